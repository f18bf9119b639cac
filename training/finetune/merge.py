"""Merge an adapter into its base, as the published Maaza models are given.

``python -m training.finetune.merge --base FOLDER --adapter FOLDER --source edgejson --out runs/135m/merged``

An adapter of this repository says what it was taught; of another say it, for its licences ask for something.
"""

from __future__ import annotations

from pathlib import Path

import click

from training.export.__main__ import licence_of
from training.export.card import ATTRIBUTIONS
from training.faults import in_words
from training.finetune import adapter as adapters
from training.record import PROMPT, Record, read


@click.command()
@click.option("--base", required=True, help="Folder in the hub's form, or name on the hub.")
@click.option("--adapter", required=True, help="The same of the adapter.")
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--prompt", default=PROMPT, help="Template that the adapter was trained with.")
@click.option("--tier", default="", help="Tier that it is for.")
@click.option("--licence", default="", help="SPDX id; else what the base names.")
@click.option(
    "--source", "sources", type=click.Choice(list(ATTRIBUTIONS)), multiple=True, help="What it was taught."
)
def main(
    *, base: str, adapter: str, out: Path, prompt: str, tier: str, licence: str, sources: tuple[str, ...]
) -> None:
    """Write base and adapter as one model of the hub's form."""
    with in_words():
        folder, added = adapters.folder_of(base), adapters.folder_of(adapter)
        model = adapters.with_known(adapters.open_base(folder), added, learns=False)
        taught = {*sources, *read(folder).sources, *read(added).sources}
        if not taught:
            click.echo("Nothing says what the adapter was taught; --source puts it on the card.", err=True)
        record = Record(
            base=f"{base} with {adapter}",
            licence=licence or licence_of(folder),
            tier=tier,
            prompt=prompt,
            sources=tuple(sorted(taught)),
        )
        out.parent.mkdir(parents=True, exist_ok=True)
        adapters.merge(model, folder, out, record)
        click.echo(f"done: {out}")


if __name__ == "__main__":
    main()
