"""Options that several verbs share, and how their values are understood."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final

import click

from agent.errors import Permanent
from agent.schemas import Schema, bundled_folder, load_schema
from agent.schemas.load import SUFFIX

DEFAULT_SETTINGS: Final = Path("/etc/maaza/maaza.toml")


as_json = click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print JSON, for programs; errors too.",
)

config = click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path),
    default=DEFAULT_SETTINGS,
    show_default=True,
    help="Settings file (TOML); conf.d/*.toml beside it and MAAZA__… variables are laid over it.",
)

model = click.option(
    "--model", default="", metavar="FOLDER", help="Model folder; the embedded model where left out."
)

threads = click.option(
    "--threads",
    type=click.IntRange(1, 256),
    default=max(1, min(4, (os.cpu_count() or 1) - 1)),
    show_default=True,
    help="Threads of the model. One fewer than there are cores is as fast as it gets beside other work.",
)


def require_writable(file: Path, *, force: bool) -> None:
    """Refuse to write where something is that was not meant: another file without --force, never a device.

    Raises:
        Permanent: it is there already.
    """
    operation = f"write {file}"
    if file.exists() and not file.is_file():
        raise Permanent(operation, cause="it is there already, and no file", remedy="name a file")
    if file.exists() and not force:
        remedy = "name another file, or add --force to write over it"
        raise Permanent(operation, cause="it is there already", remedy=remedy)


def draft_of(file: Path) -> Path:
    """Return where a file is written before it takes its place: hidden beside it, this process's own."""
    return file.with_name(f".{file.name}.{os.getpid()}.part")


def print_json(value: object) -> None:
    """Print one JSON object on one line."""
    click.echo(json.dumps(value, ensure_ascii=False, allow_nan=False))


def schema_path(name_or_path: str) -> Path:
    """Return the file of a schema: a path as it is, a name among the bundled ones."""
    if name_or_path.endswith(".json") or "/" in name_or_path:
        return Path(name_or_path)
    path = bundled_folder() / f"{name_or_path}{SUFFIX}"
    if path.is_file():
        return path
    known = ", ".join(bundled_names())
    message = f"no bundled schema is called {name_or_path!r}. Known: {known}. A file ends in .json."
    raise click.BadParameter(message, param_hint="schema")


def bundled_names() -> list[str]:
    """Return the names of the bundled schemas."""
    return sorted(path.name.removesuffix(SUFFIX) for path in bundled_folder().glob(f"*{SUFFIX}"))


def schema_of(name_or_path: str) -> Schema:
    """Load a schema by name or path."""
    return load_schema(schema_path(name_or_path))
