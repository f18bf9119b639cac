"""Causal models under looser rules than the agent's, and the differences that an ablation shows."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from agent.extract import Job
from agent.extract.bridge import Vocabulary
from agent.extract.grammar import Declined
from agent.extract.source import prepare
from agent.models import Model, load
from agent.schemas import bundled_schemas, compile_schema
from agent.validate import validate
from eval import loose
from eval.ablation import arms, asked_with, outcomes, table_of
from eval.dataset import Case
from eval.loose import FreeWalk, LooseExtractor, free, placed, shaped

random_model = pytest.importorskip("training.random_model", reason="needs gguf")
pytestmark = pytest.mark.model

SCHEMA = bundled_schemas()["machine_state"]
TEXTS = ["M-7 running 81.4 C", "press 3 is idle, 2.1 mm/s", "nothing to see here"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """Return a model of random weights that never says "another kind of text"."""
    folder = random_model.make(random_model.SHAPES["tiny"], "F16", tmp_path_factory.mktemp("tiny"))
    manifest = folder / "manifest.json"
    document = json.loads(manifest.read_text("utf-8"))
    manifest.write_text(json.dumps(document | {"thresholds": {"fits": 0.0}}), "utf-8")
    return load(folder)


class Letters:
    """A vocabulary of three tokens; the last ends an answer."""

    size, tokens, control, begin, end = 3, (b"a", b"b", b""), frozenset({2}), (), 2

    def encode(self, text: bytes, *, control: bool = False) -> list[int]:
        """Return the tokens of a text."""
        del control
        return [self.tokens.index(bytes([one])) for one in text]


def written(walk: FreeWalk, wanted: list[int]) -> FreeWalk:
    """Let each of the tokens be the likeliest in its turn."""
    for token in wanted:
        walk.decide(np.eye(3, dtype=np.float32)[token])
    return walk


def test_free_writing_takes_the_likeliest_token_until_the_end() -> None:
    """Nothing is forbidden, and each token's chance is among all."""
    vocabulary: Vocabulary = Letters()
    walk = written(FreeWalk(vocabulary), [0, 1, 0, 2])
    assert (bytes(walk.answer), walk.done) == (b"aba", True)
    assert walk.chance == pytest.approx((np.e / (np.e + 2)) ** 4)


def test_free_writing_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model may go on for ever."""
    monkeypatch.setattr(loose, "LONGEST", 5)
    with pytest.raises(Declined, match="no end"):
        written(FreeWalk(Letters()), [0] * 6)


def test_grammar_of_the_schema_keeps_the_schema_and_not_the_text(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Values validate, or there is none; what stands nowhere in the text has no place."""
    monkeypatch.setattr(loose, "LONGEST", 200)
    made = LooseExtractor(model, shaped).extract([Job(text, SCHEMA) for text in TEXTS])
    given = [one for one in made if one.refusal is None]
    for one in given:
        assert isinstance(one.value, dict)
        assert one.value.keys() <= {child.name for child in SCHEMA.root.properties}
        assert [fault.message for fault in validate(one.value, SCHEMA) if "required" in fault.message] == []
    assert all(one.tokens > 0 for one in made)


def test_free_writing_of_random_weights_is_not_json(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused with what was written, and counts as wrong."""
    monkeypatch.setattr(loose, "LONGEST", 20)
    made = LooseExtractor(model, free).extract([Job(text, SCHEMA) for text in TEXTS])
    assert all(one.refusal and ("not JSON" in one.detail or "no end" in one.detail) for one in made)


def test_what_is_said_gets_its_place_where_it_stands() -> None:
    """A value that the text does not hold has none, so that scoring sees it."""
    schema = compile_schema(
        {"type": "object", "properties": {"n": {"type": "number"}, "s": {"type": "string"}}}
    )
    found = placed({"n": 7, "s": "gone"}, schema, prepare("n is 7"))
    assert [(one.pointer, one.start, one.end) for one in found.evidence] == [("/n", 5, 6), ("/s", -1, -1)]
    assert placed([1, 2], schema, prepare("1 2")).evidence == ()


def test_an_ablation_of_a_causal_model_answers_in_every_way(
    model: Model, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Grounded arms are grounded whatever the weights; all arms answer the same cases."""
    monkeypatch.setattr(loose, "LONGEST", 60)
    (tmp_path / "link").symlink_to(model.folder)
    cases = [Case(text, text, SCHEMA, {"machine_id": "x"}, "simple") for text in TEXTS]
    rows = table_of(outcomes(cases, arms([str(tmp_path / "link")])))
    assert [row["cases"] for row in rows] == [3] * 6
    grounded = [row for row in rows if row["arm"].startswith("grounded")]
    assert len(grounded) == 2
    assert all(row["grounded"] in {None, 1.0} for row in grounded)


def test_the_prompt_holds_the_schema_only_where_it_is_asked_for(model: Model) -> None:
    """Whatever the manifest's own prompt says."""
    for own in ("{schema}\n{text}\n", "Input: {text}\n"):
        manifest = model.manifest.model_copy(update={"prompt": own})
        asked = dataclasses.replace(model, manifest=manifest)

        assert "{schema}" in asked_with(asked, schema=True).manifest.prompt
        assert "{schema}" not in asked_with(asked, schema=False).manifest.prompt
