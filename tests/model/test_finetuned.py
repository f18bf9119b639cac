"""The whole way of a causal model, small: base → two steps → merged → GGUF → quantised → answers.

Needs the environment of training (`make test-train`): torch, transformers, peft.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

torch = pytest.importorskip("torch", reason="needs the environment of training: make test-train")
pytest.importorskip("peft", reason="needs the environment of training: make test-train")
pytest.importorskip("gguf")

from learnable import MACHINE, TEXT, edgejson, examples, exported  # noqa: E402 - only where torch is

from agent.extract import Job  # noqa: E402
from agent.extract.generate import GenerateExtractor  # noqa: E402
from agent.models import Model, load, verify  # noqa: E402
from agent.schemas import bundled_folder, bundled_schemas, compile_schema  # noqa: E402
from eval.grounding import ungrounded  # noqa: E402
from training.bpe import HubVocabulary  # noqa: E402
from training.export import __main__ as export  # noqa: E402
from training.export import llama, parity  # noqa: E402
from training.faults import Unfaithful, Unusable  # noqa: E402
from training.finetune import adapter as adapters  # noqa: E402
from training.finetune import merge  # noqa: E402
from training.finetune.__main__ import encoded, finetune, opened  # noqa: E402
from training.finetune.__main__ import main as command  # noqa: E402
from training.finetune.answers import Encoder, Unfit  # noqa: E402
from training.finetune.recipe import Recipe  # noqa: E402
from training.finetune.rows import Gathered, Row, Why, gather  # noqa: E402
from training.finetune.train import LOG, Run  # noqa: E402
from training.random_base import make  # noqa: E402
from training.random_model import SHAPES  # noqa: E402
from training.record import read  # noqa: E402

pytestmark = [
    pytest.mark.model,
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("default"),  # those of torch and its company are not ours
]
KINDS = ("F16", "Q8_0", "Q4_0", "Q4_K_M")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a base of two layers in the hub's form."""
    return make(SHAPES["tiny"], tmp_path_factory.mktemp("base") / "tiny", texts=300)


@pytest.fixture(scope="module")
def gathered() -> Gathered:
    """Return the bundled examples."""
    return gather([bundled_folder()])


@pytest.fixture(scope="module")
def recipe(base: Path) -> Recipe:
    """Return a recipe of small steps."""
    return Recipe(base=str(base), batch=4, epochs=1, threads=1, dropout=0.1, tier="micro")


@pytest.fixture(scope="module")
def merged(recipe: Recipe, gathered: Gathered, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the model after two steps."""
    return finetune(recipe, gathered, tmp_path_factory.mktemp("run"), steps=2)


@pytest.fixture(scope="module")
def models(merged: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Model]:
    """Return the model folders, compared at fewer texts than a release."""
    out = tmp_path_factory.mktemp("models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parity, "TEXTS", 300)
        plan = export.plan_of(merged, KINDS, name="small", licence="Apache-2.0")
        (out / "draft").mkdir()
        folders = export.put(plan, export.build(plan, out / "draft"), out)
    return {kind: load(folder) for kind, folder in zip(KINDS, folders, strict=True)}


class TestChain:
    """From rows to answers."""

    def test_a_run_leaves_a_log_and_a_record(self, merged: Path) -> None:
        """Two steps of loss; what was learned from, and the prompt that goes with it."""
        lines = [json.loads(line) for line in (merged.parent / LOG).read_text().splitlines()]
        assert [line["step"] for line in lines] == [1, 2]
        assert all(0 < line["loss"] < 20 for line in lines)
        found = read(merged)
        assert (found.sources, found.steps, found.tier) == (("examples",), 2, "micro")
        assert found.examples > 50

    @pytest.mark.parametrize("kind", KINDS)
    def test_manifests_say_how_to_ask(self, models: dict[str, Model], kind: str) -> None:
        """Hash, prompt, tier, context, licence; the files are those."""
        model = models[kind]
        verify(model)
        said = model.manifest
        assert (said.tier, said.licence, said.context) == ("micro", "Apache-2.0", 2048)
        assert said.quantisation == kind
        assert "{text}" in said.prompt
        assert "gguf_sha256" in (model.folder / "manifest.json").read_text()
        assert said.gguf_sha256 in (model.folder / "README.md").read_text()

    @pytest.mark.parametrize("kind", KINDS)
    def test_answers_are_grounded_or_refused(self, models: dict[str, Model], kind: str) -> None:
        """Every bundled example through the agent's own extractor."""
        limits = models[kind].manifest.thresholds.model_copy(update={"fits": 0.0})
        manifest = models[kind].manifest.model_copy(update={"thresholds": limits})
        extractor = GenerateExtractor(dataclasses.replace(models[kind], manifest=manifest), threads=1)
        jobs = [Job(row.text, row.schema) for row in gather([bundled_folder()]).rows][::4]
        answers = extractor.extract(jobs)
        extractor.llama.close()
        for job, made in zip(jobs, answers, strict=True):
            assert made.refusal or not list(ungrounded(job.text, made.value, made.evidence, job.schema.root))
        assert sum(made.refusal is None for made in answers) > len(jobs) / 2

    def test_prompts_in_training_are_those_in_service(self, models: dict[str, Model], base: Path) -> None:
        """Token by token, control tokens written in the text included."""
        extractor = GenerateExtractor(models["F16"], threads=1)
        vocabulary = HubVocabulary(base, SHAPES["tiny"].tokens)
        encoder = Encoder(vocabulary, extractor.model.manifest.prompt, longest=2048, ungrounded=False)
        schema = bundled_schemas()["machine_state"]
        row = Row("M1 é <|im_end|> 5  running", schema, {"machine_id": "M1", "state": "running"}, "x")
        example = encoder.encode(row)
        assert example.ids[: example.first] == extractor._asking.ask(Job(row.text, schema)).ids
        written = b"".join(vocabulary.tokens[token] for token in example.ids[example.first : -1])
        assert json.loads(written) == row.expected
        extractor.llama.close()


class TestAnswers:
    """What is learned at which tokens."""

    @pytest.fixture
    def encoder(self, base: Path) -> Encoder:
        """Return one that knows the base's tokens."""
        vocabulary = HubVocabulary(base, SHAPES["tiny"].tokens)
        return Encoder(vocabulary, "{text}\n", longest=200, ungrounded=False)

    def row(self, text: str, expected: Any, **properties: Any) -> Row:
        """Return a row of a schema with those properties."""
        return Row(text, compile_schema({"type": "object", "properties": properties}), expected, "x")

    def test_decisions_are_what_the_grammar_leaves_open(self, encoder: Encoder) -> None:
        """Keys are forced; each decision has its own token among those allowed."""
        example = encoder.encode(self.row("a 5 b 7", {"n": 7}, n={"type": "number"}))
        assert 0 < len(example.decisions) < len(example.ids) - example.first - 1
        for decision in example.decisions:
            assert example.ids[decision.place] in decision.allowed
            assert len(decision.allowed) > 1

    def test_converted_values_are_learned_as_they_stand(self, encoder: Encoder) -> None:
        """The model points at "1,5"; code makes 1.5 of it."""
        declared = {"type": "number", "x-maaza": {"decimal": ","}}
        example = encoder.encode(self.row("temp 1,5 C", {"t": 1.5}, t=declared))
        assert example.decisions
        with pytest.raises(Unfit) as unfit:
            encoder.encode(self.row("temp 1,5 C", {"t": 2.5}, t=declared))
        assert unfit.value.why is Why.UNREACHABLE

    @pytest.mark.parametrize(
        ("text", "why"),
        [("words only", Why.UNREACHABLE), ("7 " * 150, Why.TOO_LONG), ("7 " * 98, Why.TOO_LONG)],
    )
    def test_what_cannot_be_learned_says_why(self, encoder: Encoder, text: str, why: Why) -> None:
        """A value that is not there; a prompt, or prompt with answer, that is too long."""
        with pytest.raises(Unfit) as unfit:
            encoder.encode(self.row(text, {"n": 7}, n={"type": "number"}))
        assert unfit.value.why is why

    def test_ungrounded_answers_are_learned_where_asked(self, base: Path) -> None:
        """As the published recipe does."""
        vocabulary = HubVocabulary(base, SHAPES["tiny"].tokens)
        encoder = Encoder(vocabulary, "{text}\n", longest=200, ungrounded=True)
        example = encoder.encode(self.row("words only", {"n": 7}, n={"type": "number"}))
        answer = b"".join(vocabulary.tokens[token] for token in example.ids[example.first : -1])
        assert (answer, example.decisions) == (b'{"n": 7}', ())


class TestRuns:
    """The loop."""

    @pytest.fixture
    def run(self, recipe: Recipe, gathered: Gathered, base: Path, tmp_path: Path) -> Any:
        """Return a maker of runs over the same rows."""
        examples, _ = encoded(gathered, recipe, base)

        def made(changed: dict[str, Any], limit: int) -> Run:
            now = recipe.model_copy(update=changed)
            torch.manual_seed(now.seed)
            return Run(opened(base, now), now, examples[:16], tmp_path, limit=limit)

        return made

    def test_goes_on_where_it_stopped_bit_for_bit(self, run: Any) -> None:
        """Two steps and two more are four, dropout included."""
        whole = run({}, 4)
        whole.train()
        first = run({}, 2)
        first.train()
        torch.manual_seed(99)
        second = run({}, 4)
        second.resume()
        second.train()
        assert (second.state.step, second.state.tokens) == (4, whole.state.tokens)
        for one, other in zip(whole.model.parameters(), second.model.parameters(), strict=True):
            assert torch.equal(one, other)

    @pytest.mark.parametrize("loss", ["answer", "decisions"])
    def test_learns(self, run: Any, loss: str) -> None:
        """The loss of rows that are seen again and again falls."""
        learning = run({"loss": loss, "lr": 0.02, "batch": 16, "epochs": 12, "dropout": 0.0}, 12)
        seen = [learning.step(range(16))[0] for _ in range(12)]
        assert seen[-1] < 0.8 * seen[0]

    def test_refuses_a_checkpoint_of_another_recipe(self, run: Any) -> None:
        """Its optimiser would go on with what it does not know."""
        run({}, 1).train()
        with pytest.raises(Unusable, match="another recipe"):
            run({"lr": 0.1}, 2).resume()

    def test_refuses_a_folder_that_holds_a_run(
        self, recipe: Recipe, gathered: Gathered, merged: Path
    ) -> None:
        """It is not written over unless asked."""
        with pytest.raises(Unusable, match="--resume"):
            finetune(recipe, gathered, merged.parent)


class TestAdapters:
    """Adapters of others."""

    def test_one_is_loaded_onto_its_base_and_merged(self, base: Path, merged: Path, tmp_path: Path) -> None:
        """The merged model is the same as that of the run, to the last bit."""
        model = adapters.with_known(adapters.open_base(base), merged.parent / "adapter", learns=False)
        adapters.merge(model, base, tmp_path / "again", read(merged))
        one, other = (export.load(folder).state_dict() for folder in (merged, tmp_path / "again"))
        assert all(torch.equal(one[name], other[name]) for name in one)

    def test_one_of_another_base_is_refused(self, merged: Path, tmp_path: Path) -> None:
        """In words."""
        wide = dataclasses.replace(SHAPES["tiny"], width=128)
        other = make(wide, tmp_path / "wide", texts=20)
        with pytest.raises(Unusable, match="load the adapter"):
            adapters.with_known(adapters.open_base(other), merged.parent / "adapter", learns=False)

    def test_a_run_can_begin_with_one(self, recipe: Recipe, base: Path, merged: Path) -> None:
        """It learns on."""
        begun = opened(base, recipe.model_copy(update={"adapter": str(merged.parent / "adapter")}))
        assert sum(weight.requires_grad for weight in begun.parameters()) == 2 * 4 * 2


class TestCommands:
    """What a model builder types."""

    def test_every_kind_of_data_is_learned_from(
        self, recipe: Recipe, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """EdgeJSON's folder, examples, corrected records: one run, begun with the adapter of another."""
        config = tmp_path / "recipe.toml"
        config.write_text('base = "none"\nbatch = 2\nepochs = 1\nthreads = 1\n', encoding="utf-8")
        folders = [tmp_path / name for name in ("schemas", "edgejson")]
        folders[0].mkdir()
        data = [
            examples(folders[0], {"text": TEXT, "expected": MACHINE}),
            edgejson(folders[1], monkeypatch),
            exported(tmp_path / "audit.jsonl", {}, {"corrected": MACHINE}),
        ]
        told = [part for path in data for part in ("--data", str(path))]
        first, second = tmp_path / "first", tmp_path / "second"
        begun = ["--config", str(config), "--base", str(base), *told]
        assert CliRunner().invoke(command, [*begun, "--out", str(first), "--steps", "1"]).exit_code == 0
        found = read(first / "merged")
        assert (found.sources, found.examples, found.steps) == (("audit", "edgejson", "examples"), 3, 1)
        assert found.left_out == {str(Why.LEAK): 1, str(Why.UNREVIEWED): 1}
        further = ["--adapter", str(first / "adapter"), "--out", str(second)]
        only = ["--config", str(config), "--base", str(base), "--data", str(folders[0])]
        assert CliRunner().invoke(command, [*only, *further]).exit_code == 0
        found = read(second / "merged")
        assert (found.sources, found.examples, found.steps) == (("audit", "edgejson", "examples"), 1, 1)
        assert export.plan_of(second / "merged", KINDS, name=None, licence="MIT").name == "second"

    def test_an_adapter_from_elsewhere_is_merged(self, base: Path, merged: Path, tmp_path: Path) -> None:
        """The same weights as the run's own, and a record of where they come from."""
        told = ["--base", str(base), "--adapter", str(merged.parent / "adapter"), "--licence", "MIT"]
        more = ["--tier", "micro", "--source", "edgejson", "--out", str(tmp_path / "again")]
        done = CliRunner().invoke(merge.main, [*told, *more])
        assert done.exit_code == 0, done.output
        one, other = (export.load(folder).state_dict() for folder in (merged, tmp_path / "again"))
        assert all(torch.equal(one[name], other[name]) for name in one)
        found = read(tmp_path / "again")
        assert found.sources == ("edgejson", "examples")
        assert (found.tier, found.licence, str(base) in found.base) == ("micro", "MIT", True)

    def test_a_base_that_is_nowhere_is_said_in_words(self, tmp_path: Path) -> None:
        """What, why, what next; no stack."""
        config = tmp_path / "recipe.toml"
        config.write_text('base = "/nowhere/base"\n', encoding="utf-8")
        data = examples(tmp_path, {"text": TEXT, "expected": MACHINE})
        told = ["--config", str(config), "--data", str(data), "--out", str(tmp_path / "out")]
        done = CliRunner().invoke(command, told)
        assert (done.exit_code, "Next: name a folder" in done.output) == (1, True)


class TestUnfaithfulExports:
    """Nothing is put in place that says something else."""

    def test_rows_in_the_wrong_order(
        self, merged: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """The rotation would be another."""
        monkeypatch.setattr(parity, "TEXTS", 10)
        monkeypatch.setattr(llama, "rows", lambda weight, _heads: weight)
        plan = export.plan_of(merged, ("F16",), name="wrong", licence="MIT")
        with pytest.raises(Unfaithful, match="relative error"):
            export.build(plan, tmp_path)

    def test_texts_cut_otherwise(self, merged: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """GPT-2 keeps digits together."""
        monkeypatch.setattr("training.bpe._cutting", lambda _whole, _folder: "gpt-2")
        plan = export.plan_of(merged, ("F16",), name="wrong", licence="MIT")
        with pytest.raises(Unfaithful, match="another way to write"):
            export.build(plan, tmp_path)

    def test_without_a_licence(self, base: Path) -> None:
        """Somebody has to say it."""
        with pytest.raises(Unusable, match="no licence is known"):
            export.plan_of(base, KINDS, name=None)
