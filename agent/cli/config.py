"""``maaza config``: check the configuration, show what is in effect, write a first one."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli import options
from agent.errors import ConfigError, Permanent
from agent.message import Json
from agent.terminal import DIM, GREEN, cut, paint_for, table

if TYPE_CHECKING:
    from agent.app.configuration import Configuration, Effect
    from agent.settings.effective import Setting

VALUE_CELLS = 60
"""Cells of a value in a table; JSON has it whole."""


@click.group()
def command() -> None:
    """Check the configuration, show what is in effect, write a first one. No data is touched."""


@command.command("check")
@options.config
@click.option(
    "--drop-in",
    "name",
    metavar="NAME",
    help="Read standard input as if it lay in conf.d under this name, and say what it would change.",
)
@options.as_json
def check(path: Path, *, name: str | None, as_json: bool) -> None:
    """Check everything that a start would read: settings, drop-ins, variables, schemas, named files.

    All faults are said at once, each with file, line, key, reason and remedy. Needs no network and no broker.
    Exit code 78 where something is wrong.
    """
    found = _read(path) if name is None else _read(path, {_drop_in(name): sys.stdin.buffer.read()})
    weighed = None if name is None else _effect(path, found)
    if as_json:
        files: list[Json] = [str(file) for file in found.files]
        told = {} if weighed is None else {"changed": list(weighed.changed), "takes": weighed.takes}
        options.print_json({"sound": True, "files": files, "fingerprint": found.fingerprint, **told})
        return
    settings, paint = found.settings, paint_for(sys.stdout)
    counts = f"{_many(found.files, 'file')}, {_many(settings.route, 'route')}, {_many(settings.tier, 'tier')}"
    click.echo(f"{paint('sound', GREEN)}  {path}: {counts}", color=True)
    if weighed is not None:
        click.echo(f"takes  {weighed.takes}: {', '.join(weighed.changed) or 'no setting differs'}")


def _drop_in(name: str) -> str:
    """Return the name of a drop-in that would be read."""
    if "/" in name or name.startswith(".") or not name.endswith(".toml"):
        raise click.BadParameter(
            "name a file that is read from conf.d, as in 50-site.toml", param_hint="--drop-in"
        )
    return name


def _effect(path: Path, proposed: Configuration) -> Effect:
    """Say what the service would need after a change of its files; where they are wrong, a new start."""
    from agent.app.configuration import Effect, effect  # noqa: PLC0415 - pydantic is slow to import

    try:
        return effect(_read(path), proposed)
    except ConfigError:
        return Effect((), "restart")


def _many(things: tuple[object, ...], name: str) -> str:
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"


@command.command("show")
@options.config
@options.as_json
@click.option("--effective", is_flag=True, help="Show every setting, those at their default too.")
def show(path: Path, *, as_json: bool, effective: bool) -> None:
    """Show settings with their values, and where each came from: file and line, variable, or default.

    Only what is set is shown, with --effective everything. Secrets are shown as ***.
    """
    from agent.settings.effective import rows  # noqa: PLC0415 - pydantic is slow to import

    found = _read(path)
    wanted = [one for one in rows(found.settings, found.tree) if effective or str(one.origin) != "default"]
    if as_json:
        options.print_json({"settings": [described(one) for one in wanted]})
        return
    paint = paint_for(sys.stdout)
    cells = [(one.key, cut(written(one.value), VALUE_CELLS), str(one.origin)) for one in wanted]
    codes = [(DIM,) if origin == "default" else () for _, _, origin in cells]
    click.echo(table(cells, ("key", "value", "from"), paint=paint, codes=codes), color=True)


def described(one: Setting) -> dict[str, Json]:
    """Return a setting for programs."""
    origin = one.origin
    kind = "environment" if origin.variable else "file" if origin.file else "default"
    place: dict[str, Json] = {"file": origin.file, "line": origin.line, "variable": origin.variable}
    return {
        "key": one.key,
        "value": one.value,
        "from": kind,
        **{name: at for name, at in place.items() if at},
    }


def written(value: Json) -> str:
    """Write a value as the file would have it."""
    return "not set" if value is None else json.dumps(value, ensure_ascii=False)


@command.command("init")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@options.as_json
def init(file: Path | None, *, force: bool, as_json: bool) -> None:
    """Print a complete configuration with a comment at every key, or write it to FILE.

    It passes `maaza config check` as it is. A file that is there is never overwritten without --force.
    """
    from agent.settings.template import template  # noqa: PLC0415 - pydantic is slow to import

    text = template()
    if file is None:
        click.echo(text, nl=False)
        return
    _write(file, text, force=force)
    if as_json:
        options.print_json({"written": str(file)})
    else:
        click.echo(f"Written: {file}\nNext: edit it, then `maaza config check --config {file}`")


def _write(file: Path, text: str, *, force: bool) -> None:
    """Write a file whole or not at all."""
    options.require_writable(file, force=force)
    draft = options.draft_of(file)
    try:
        draft.write_text(text, encoding="utf-8")
        if file.exists():
            draft.chmod(stat.S_IMODE(file.stat().st_mode))
        draft.replace(file)
    except OSError as error:
        draft.unlink(missing_ok=True)
        remedy = "name a file in a folder that is there, has room, and that this user may write to"
        raise Permanent(f"write {file}", cause=error.strerror or str(error), remedy=remedy) from error


def _read(path: Path, proposed: Mapping[str, bytes] | None = None) -> Configuration:
    from agent.app.configuration import read  # noqa: PLC0415 - pydantic is slow to import

    return read(path, os.environ, proposed=proposed)
