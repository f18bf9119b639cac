"""Export a model of the hub's form to model folders of the agent.

``python -m training.export --model runs/360m/merged --out runs/360m/models``

Writes for each quantisation a folder with a GGUF, its card and, last, the manifest: OUT is then a folder of
models as the setting ``models`` names one. The files are compared with the model first (``parity.py``);
where they differ by more than half precision brings, OUT stays as it was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import numpy as np

from agent.extract.template import Template
from agent.models import MANIFEST, Manifest, Model, sha256
from training.bpe import HubVocabulary
from training.export import llama
from training.export.card import card
from training.export.parity import Reference, compare, same_tokens, sequences, trained
from training.faults import Unusable, in_words
from training.parity import Parity, faithful
from training.quantise import quantise
from training.record import Record, read
from training.scored import CAUSAL_CASES, bearable

KINDS = ("Q8_0", "Q4_0", "Q4_K_M")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be exported, and what it is to be called."""

    model: Path
    name: str
    record: Record
    kinds: tuple[str, ...] = KINDS


@dataclass(frozen=True, slots=True)
class Built:
    """The files of a model, and how near they are to it."""

    files: dict[str, Path]
    """Quantisation → GGUF."""
    parity: dict[str, Parity]
    texts: int
    """Texts whose tokens were compared."""
    parameters: int
    whole: Path | None = None
    """The GGUF in half precision."""


def build(plan: Plan, folder: Path) -> Built:
    """Write the files of a model and compare them with it.

    Raises:
        Unusable: the model is of another kind than this exporter knows.
        Unfaithful: the files do not say what the model says.
    """
    config = llama.read_config(plan.model)
    vocabulary = HubVocabulary(plan.model, config["vocab_size"])
    model = load(plan.model)
    wanted = trained(model, sequences(Template.parse(plan.record.prompt), vocabulary))
    weights = {name: weight.numpy() for name, weight in model.state_dict().items()}
    head = llama.header(config, name=plan.name, licence=plan.record.licence)
    exact, half = folder / f"{plan.name}-F32.gguf", folder / f"{plan.name}-F16.gguf"
    llama.write(exact, head, vocabulary.bpe, llama.tensors(weights, config), np.float32)
    texts = same_tokens(exact, vocabulary)
    click.echo(f"tokens of {texts} texts are the same")
    parity = {
        "F32": _said(
            "F32", faithful(compare(wanted, exact, single=True), exact.name, single=True, ties=False)
        )
    }
    exact.unlink()
    llama.write(half, head, vocabulary.bpe, llama.tensors(weights, config))
    parity["F16"] = faithful(_said("F16", compare(wanted, half)), half.name, single=False, ties=True)
    parameters = sum(weight.size for _, weight in llama.tensors(weights, config))
    files = _quantised(plan, half, wanted, parity)
    return Built(files, parity, texts, parameters, half)


def _quantised(plan: Plan, half: Path, wanted: Reference, parity: dict[str, Parity]) -> dict[str, Path]:
    """Quantise and measure what that costs."""
    files = {}
    for kind in plan.kinds:
        files[kind] = half
        if kind != "F16":
            files[kind] = half.with_name(f"{plan.name}-{kind}.gguf")
            quantise(half, files[kind], kind)
            parity[kind] = _said(kind, compare(wanted, files[kind]))
    return files


def _said(kind: str, found: Parity) -> Parity:
    click.echo(f"{kind}: {found}")
    return found


def load(folder: Path) -> Any:  # noqa: ANN401 - the package has no types here
    """Return a model of a folder, in single precision."""
    import torch  # noqa: PLC0415 - training's environment only
    from transformers import AutoModelForCausalLM  # noqa: PLC0415 - training's environment only

    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


def scored(plan: Plan, built: Built, count: int) -> None:
    """Compare what the quantised files score with what the whole one does.

    Raises:
        Unfaithful: one loses more than a point.
    """
    if built.whole is None:
        return
    files = {"F16": built.whole} | built.files
    whole, *others = (Model(gguf.parent, _manifest(plan, built, kind, gguf)) for kind, gguf in files.items())
    if others:
        bearable(whole, others, count)


def put(plan: Plan, built: Built, out: Path) -> list[Path]:
    """Make model folders of the files, then put each in its place, whole; return the folders."""
    folders = []
    for kind, gguf in built.files.items():
        manifest = _manifest(plan, built, kind, gguf)
        draft, folder = gguf.parent / manifest.name, out / manifest.name
        draft.mkdir()
        target = gguf.rename(draft / gguf.name)
        text = card(manifest, plan.record, target.stat().st_size, built.parity, built.texts)
        (draft / "README.md").write_text(text, encoding="utf-8")
        written = manifest.model_dump_json(indent=2, exclude_unset=True)
        (draft / MANIFEST).write_text(written + "\n", encoding="utf-8")
        if folder.exists():
            folder.rename(draft.with_name(f"{draft.name}.previous"))
        draft.rename(folder)
        folders.append(folder)
    return folders


def _manifest(plan: Plan, built: Built, kind: str, gguf: Path) -> Manifest:
    record = plan.record
    return Manifest(
        name=f"{plan.name}-{kind.lower()}",
        decoding="generate",
        gguf=gguf.name,
        gguf_sha256=sha256(gguf),
        prompt=record.prompt,
        context=record.context,
        licence=record.licence,
        tier=record.tier,
        parameters=built.parameters,
        quantisation=kind,
        agreement=round(built.parity[kind].agreement, 4),
        trained_tokens=record.tokens,
        trained_examples=record.examples,
    )


def licence_of(folder: Path) -> str:
    """Return the licence that a model's README names in its head; empty where it names none."""
    path = folder / "README.md"
    head = path.read_text(encoding="utf-8").split("\n---", 1)[0] if path.is_file() else ""
    found = re.search(r"^license:\s*(\S+)", head, re.MULTILINE)
    return found[1] if found else ""


def plan_of(model: Path, kinds: tuple[str, ...], **given: str | int | None) -> Plan:
    """Return what is to be exported: what is given goes before what the model's folder says.

    Raises:
        Unusable: no licence is known, or the context is longer than the model's.
        EngineBroken: the prompt has no place for a text.
    """
    record = read(model)
    name = str(given.pop("name") or (model.parent.name if model.name == "merged" else model.name))
    record = record.model_copy(update={key: value for key, value in given.items() if value is not None})
    record = record.model_copy(update={"licence": record.licence or licence_of(model)})
    if not record.licence:
        raise Unusable(
            f"export {model}", cause="no licence is known", remedy="say --licence, in SPDX's words"
        )
    longest = llama.read_config(model)["max_position_embeddings"]
    if record.context > longest:
        raise Unusable(
            f"export {model}",
            cause=f"context {record.context}; the model has {longest}",
            remedy="lower --context",
        )
    Template.parse(record.prompt)
    return Plan(model=model, name=name, record=record, kinds=kinds)


@click.command()
@click.option("--model", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option(
    "--kind", "kinds", multiple=True, default=KINDS, show_default=True, help="Quantisations; F16 for none."
)
@click.option("--name", help="Name; else that of the folder, or of the run around a folder named merged.")
@click.option("--tier", help="Tier that it is for.")
@click.option("--prompt", help="Template with {text} and perhaps {schema}; else what it was trained with.")
@click.option("--context", type=click.IntRange(256), help="Tokens of prompt and answer.")
@click.option("--licence", help="SPDX id; else what the model names.")
@click.option(
    "--scored",
    "count",
    default=CAUSAL_CASES,
    show_default=True,
    help="Texts on which quantised weights may lose a point; 0: none.",
)
def main(model: Path, out: Path, kinds: tuple[str, ...], count: int, **given: str | int | None) -> None:
    """Write model folders: GGUF, card, manifest."""
    with in_words(), TemporaryDirectory(dir=_made(out), prefix=".export-") as folder:
        plan = plan_of(model, kinds, **given)
        built = build(plan, Path(folder))
        if count:
            scored(plan, built, count)
        for made in put(plan, built, out):
            size = sum(path.stat().st_size for path in made.iterdir()) / 1e6
            click.echo(f"{made} {size:.1f} MB")


def _made(folder: Path) -> Path:
    """Return a folder, made if need be: what is moved into place must lie on the same disk."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder


if __name__ == "__main__":
    main()
