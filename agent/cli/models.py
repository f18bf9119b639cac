"""``maaza models``: which models there are, whether their files are what they should be, and more of them."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from agent.cli import options
from agent.cli.acquire import import_, models_folder, pull, use
from agent.errors import EngineBroken
from agent.message import Json
from agent.models import Broken, Model, find
from agent.models import verify as compare
from agent.terminal import GREEN, RED, Paint, paint_for, shown, table

folders = click.option(
    "--folder",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder that holds model folders; may be given more than once. Else the setting `models`. "
    "The embedded model is always there.",
)


@click.group()
def command() -> None:
    """Get models, list them, compare their files with their manifests, put them into use."""


command.add_command(pull)
command.add_command(import_)
command.add_command(use)


def found_in(folders: tuple[Path, ...], config: Path) -> list[Model | Broken]:
    """Return the embedded model and those of the folders; of the setting's where none is given."""
    places = list(folders) or [models_folder(config, None)]
    return find([place for place in places if place.is_dir()])


@command.command("list")
@folders
@options.config
@options.as_json
@click.pass_context
def show(ctx: click.Context, folders: tuple[Path, ...], path: Path, *, as_json: bool) -> None:
    """List the embedded model and those in the folder of models. Exit code 1 where a manifest is broken."""
    found = found_in(folders, path)
    broken = [one for one in found if isinstance(one, Broken)]
    if as_json:
        options.print_json(
            {
                "models": [described(one) for one in found if isinstance(one, Model)],
                "broken": [{"folder": str(one.folder), "fault": one.fault} for one in broken],
            }
        )
    else:
        click.echo(page(found, paint_for(sys.stdout)), color=True)
    ctx.exit(int(bool(broken)))


HEADER = ("name", "decoding", "weights", "size", "context", "licence", "folder")


def page(found: list[Model | Broken], paint: Paint) -> str:
    """Return the models as a table, then what is wrong with each broken one."""
    codes = [(RED,) if isinstance(one, Broken) else () for one in found]
    rows = table([_row(one) for one in found], HEADER, paint=paint, codes=codes)
    faults = [f"{one.folder.name}: {one.fault}" for one in found if isinstance(one, Broken)]
    return "\n".join([rows, *(f"\n{paint(shown(fault), RED)}" for fault in faults)])


def described(model: Model) -> dict[str, Json]:
    """Return what is known about a model."""
    known: dict[str, Json] = model.manifest.model_dump(mode="json")
    return {**known, "folder": str(model.folder), "bytes": size(model)}


def size(model: Model) -> int:
    """Return the bytes of a model's weights; 0 where the file is missing."""
    return model.gguf.stat().st_size if model.gguf.is_file() else 0


def _row(model: Model | Broken) -> tuple[str, ...]:
    if isinstance(model, Broken):
        return model.folder.name, "broken", "", "", "", "", str(model.folder)
    manifest = model.manifest
    weights = f"{manifest.parameters / 1e6:.1f}M {manifest.quantisation}"
    megabytes = f"{size(model) / 1e6:.1f} MB"
    context = str(manifest.context)
    return manifest.name, manifest.decoding, weights, megabytes, context, manifest.licence, str(model.folder)


@command.command("verify")
@folders
@options.config
@options.as_json
@click.pass_context
def verify(ctx: click.Context, folders: tuple[Path, ...], path: Path, *, as_json: bool) -> None:
    """Compare the SHA-256 of every file with the manifest. Exit code 1 where one differs or none is there."""
    found = [(name_of(one), fault_of(one)) for one in found_in(folders, path)]
    if as_json:
        options.print_json({"models": [{"name": name, "fault": fault or None} for name, fault in found]})
    else:
        rows = [(name, fault or "as the manifest says") for name, fault in found]
        codes = [(RED,) if fault else (GREEN,) for _, fault in found]
        click.echo(table(rows, ("name", "files"), paint=paint_for(sys.stdout), codes=codes), color=True)
    ctx.exit(int(not found or any(fault for _, fault in found)))


def name_of(model: Model | Broken) -> str:
    """Return a model's name; of a broken one that of its folder."""
    return model.folder.name if isinstance(model, Broken) else model.manifest.name


def fault_of(model: Model | Broken) -> str:
    """Say what is wrong with a model's files; the empty string where nothing is."""
    if isinstance(model, Broken):
        return model.fault
    try:
        compare(model)
    except EngineBroken as error:
        return str(error)
    return ""
