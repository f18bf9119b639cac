"""Fine-tune a causal model with an adapter, and merge it.

``python -m training.finetune --config training/configs/135m.toml --data FOLDER --out runs/135m``

Prompts are written and split by the agent's own code, answers as its grammar writes them. A checkpoint every
few minutes; ``--resume`` goes on from it, bit for bit on a CPU. At the end OUT holds ``adapter/`` in peft's
form and ``merged/`` in the hub's form, which ``python -m training.export`` takes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import torch

from training.bpe import HubVocabulary
from training.export.__main__ import licence_of
from training.export.llama import read_config
from training.faults import Unusable, in_words
from training.finetune import adapter as adapters
from training.finetune.answers import Encoder, Example, Unfit
from training.finetune.recipe import Recipe, load
from training.finetune.rows import Gathered, Row, Why, gather
from training.finetune.train import CHECKPOINT, Run
from training.record import Record, read

PATH = click.Path(exists=True, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.option("--config", "path", type=PATH, required=True)
@click.option(
    "--data", multiple=True, type=PATH, required=True, help="EdgeJSON's folder, examples, an export."
)
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--base", help="Base, in place of the configuration's.")
@click.option("--adapter", help="Adapter to go on from.")
@click.option("--schemas", multiple=True, type=FOLDER, help="Schemas that exported rows name.")
@click.option(
    "--held-out", multiple=True, type=PATH, help="Texts for scoring; what is near them is left out."
)
@click.option("--steps", type=click.IntRange(1), help="Stop after so many.")
@click.option("--resume", is_flag=True, help="Go on from the checkpoint in OUT.")
def main(  # noqa: PLR0913 - one parameter per option
    *,
    path: Path,
    data: tuple[Path, ...],
    out: Path,
    base: str | None,
    adapter: str | None,
    schemas: tuple[Path, ...],
    held_out: tuple[Path, ...],
    steps: int | None,
    resume: bool,
) -> None:
    """Fine-tune, merge."""
    with in_words():
        recipe = load(path, base=base, adapter=adapter)
        finetune(recipe, gather(data, schemas=schemas, held_out=held_out), out, steps=steps, resume=resume)


def finetune(
    recipe: Recipe, gathered: Gathered, out: Path, *, steps: int | None = None, resume: bool = False
) -> Path:
    """Fine-tune a base; return the folder of the merged model.

    Raises:
        Unusable: base, adapter, rows or checkpoint do not fit each other.
    """
    if (out / CHECKPOINT).exists() and not resume:
        raise Unusable(
            f"train into {out}", cause="a run is there already", remedy="say --resume, or name another folder"
        )
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(recipe.seed)
    torch.set_num_threads(recipe.threads)
    folder = adapters.folder_of(recipe.base, recipe.revision)
    examples, left_out = encoded(gathered, recipe, folder)
    run = Run(opened(folder, recipe), recipe, examples, out, limit=steps)
    if resume:
        run.resume()
    run.train()
    run.model.save_pretrained(out / "adapter")
    record = record_of(recipe, folder, gathered, left_out).model_copy(
        update={"examples": len(examples), "steps": run.state.step, "tokens": run.state.tokens}
    )
    record.write(out / "adapter")
    adapters.merge(run.model, folder, out / "merged", record)
    click.echo(f"done: {out / 'merged'}")
    return out / "merged"


def opened(folder: Path, recipe: Recipe) -> Any:  # noqa: ANN401 - the package has no types here
    """Return a base with its adapter, where it is to learn."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    base = adapters.open_base(folder)
    if recipe.adapter:
        known = adapters.with_known(base, adapters.folder_of(recipe.adapter), learns=True)
        return known.to(device)
    return adapters.with_new(base, recipe).to(device)


def encoded(gathered: Gathered, recipe: Recipe, folder: Path) -> tuple[list[Example], Counter[Why]]:
    """Return rows in tokens, and what was left out in all.

    Raises:
        Unusable: nothing is left.
    """
    vocabulary = HubVocabulary(folder, read_config(folder)["vocab_size"])
    encoder = Encoder(vocabulary, recipe.prompt, longest=recipe.max_length, ungrounded=recipe.ungrounded)
    examples, left_out = in_tokens(encoder, gathered.rows)
    left_out += gathered.left_out
    said = {str(why): count for why, count in left_out.items()}
    click.echo(json.dumps({"rows": len(examples), "left_out": said}, ensure_ascii=False))
    if not examples:
        raise Unusable("learn", cause="no row is left", remedy="raise max_length, or see why above")
    return examples, left_out


def in_tokens(encoder: Encoder, rows: Sequence[Row]) -> tuple[list[Example], Counter[Why]]:
    """Return the rows that can be learned from in tokens, and why the others cannot."""
    examples, left_out = [], Counter[Why]()
    for row in rows:
        try:
            examples.append(encoder.encode(row))
        except Unfit as unfit:
            left_out[unfit.why] += 1
    return examples, left_out


def record_of(recipe: Recipe, folder: Path, gathered: Gathered, left_out: Counter[Why]) -> Record:
    """Return what the merged weights are to say of themselves.

    What the base and an adapter to go on from were taught is still in them, with what its licences ask for.
    """
    before = [folder, *([adapters.folder_of(recipe.adapter)] if recipe.adapter else [])]
    taught = {source for one in before for source in read(one).sources}
    return Record(
        base=recipe.base,
        licence=licence_of(folder),
        tier=recipe.tier,
        prompt=recipe.prompt,
        context=recipe.context,
        sources=tuple(sorted(taught | {row.source for row in gathered.rows})),
        left_out={str(why): count for why, count in left_out.items()},
    )


if __name__ == "__main__":
    main()
