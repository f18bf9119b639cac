"""Puts a model into use: a drop-in that gives a tier another model, checked whole before it is there."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from agent import models
from agent.app.configuration import Reading, examine
from agent.errors import ConfigError, Permanent
from agent.hub.shelf import check_name
from agent.settings import Settings

DROP_INS: Final = "conf.d"
EMBEDDED: Final = "embedded"
"""Name of the model in the wheel."""
MODE: Final = 0o640


@dataclass(frozen=True, slots=True)
class Chosen:
    """A drop-in, written or to be written."""

    file: Path
    text: str
    written: bool
    previous: Path | None = None
    """Where the former file is kept."""
    covered_by: str = ""
    """What is laid over it, so that it has no effect; empty: it has."""


def drop_in(tier: str, model: str) -> str:
    """Return the text of a drop-in; an empty model is the embedded one."""
    return (
        "# Written by `maaza models use`; the file before it is beside it, with .previous behind its name.\n"
        f"[[tier]]\nname = {json.dumps(tier)}\nmodel = {json.dumps(model)}\n"
    )


def one_line(text: str) -> str:
    """Return the same setting on one line of TOML, for a remedy."""
    (tier,) = tomllib.loads(text)["tier"]
    return f"tier = [{{name = {json.dumps(tier['name'])}, model = {json.dumps(tier['model'])}}}]"


def choose(
    name: str,
    tier: str,
    *,
    config: Path,
    folder: Path,
    environment: Mapping[str, str],
    new_tier: bool = False,
    rehearse: bool = False,
) -> Chosen:
    """Let a tier use a model: a name in the folder of models, the path of a model folder, or ``embedded``.

    Raises:
        Permanent: there is no such model or tier, or its files are not as its manifest says.
        ConfigError: the configuration would be wrong with it; nothing is written.
    """
    check_name(tier)
    model = _model(name, folder)
    _known(tier, examine(config, environment), new_tier=new_tier)
    text = drop_in(tier, model)
    target = config.parent / DROP_INS / f"90-model-{tier}.toml"
    settings = _checked(config, target.name, text, environment)
    in_effect = next(one.model for one in settings.tier if one.name == tier)
    chosen = Chosen(target, text, written=False, covered_by="" if in_effect == model else _cover(in_effect))
    return chosen if rehearse else _write(chosen)


def _cover(in_effect: str) -> str:
    return f"a later drop-in or a variable says {in_effect!r}: `maaza config show` says which"


def _model(name: str, folder: Path) -> str:
    if name == EMBEDDED:
        return ""
    place = Path(name).absolute() if "/" in name else folder.absolute() / name
    if not (place / models.MANIFEST).exists():
        known = [one.folder.name for one in models.find([folder]) if one.folder != models.EMBEDDED]
        hint = f"there are {', '.join(known)}" if known else f"{folder} holds none: pull or import one"
        raise Permanent(f"use {name}", cause=f"{place} holds no model", remedy=hint)
    models.verify(models.load(place))
    return str(place)


def _known(tier: str, reading: Reading, *, new_tier: bool) -> None:
    """See that a tier is there: a slip of the pen would add one behind the others."""
    names = [one.name for one in reading.settings.tier] if reading.settings else []
    if new_tier or tier in names or not names:
        return
    close = get_close_matches(tier, names, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    remedy = f"{hint}the tiers are {', '.join(names)}; --new-tier adds one behind them"
    raise Permanent(f"use a model in tier {tier}", cause="there is no such tier", remedy=remedy)


def _checked(config: Path, name: str, text: str, environment: Mapping[str, str]) -> Settings:
    """Check the configuration with the drop-in, beside the real one: faults name the real places."""
    with tempfile.TemporaryDirectory() as stage:
        copy = Path(stage) / config.name
        shutil.copyfile(config, copy)
        if (config.parent / DROP_INS).is_dir():
            shutil.copytree(config.parent / DROP_INS, Path(stage) / DROP_INS)
        (Path(stage) / DROP_INS).mkdir(exist_ok=True)
        (Path(stage) / DROP_INS / name).write_text(text, "utf-8")
        reading = examine(copy, environment)
    if reading.faults or reading.settings is None:
        here = str(config.parent)
        raise ConfigError(tuple(replace(one, file=one.file.replace(stage, here)) for one in reading.faults))
    return reading.settings


def _write(chosen: Chosen) -> Chosen:
    target = chosen.file
    previous = target.with_name(f"{target.name}.previous")
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(mode=0o750, exist_ok=True)
        fresh.write_text(chosen.text, "utf-8")
        fresh.chmod(MODE)
        owner = target.parent.stat()
        if os.geteuid() == 0:
            os.chown(fresh, owner.st_uid, owner.st_gid)
        had_one = target.exists()
        if had_one:
            shutil.copy2(target, previous)
        fresh.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            fresh.unlink()
        remedy = f"call it with sudo, or write to {target}: {one_line(chosen.text)}"
        raise Permanent(f"write {target}", cause=error.strerror or str(error), remedy=remedy) from error
    return replace(chosen, written=True, previous=previous if had_one else None)
