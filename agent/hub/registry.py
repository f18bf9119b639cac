"""Which file of which repository, and which bytes are the right ones: known entries, the user's pins."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from agent.errors import Permanent

REGISTRY: Final = Path(__file__).with_name("models.toml")
PINS: Final = "pins.toml"
"""Name of the user's pins, in the folder of models."""
NEWEST: Final = "main"
"""Revision where none is pinned."""
PARTS: Final = 3
"""Parts that OWNER/REPO/FILE has at least."""

Digest = Annotated[str, Field(pattern="^([0-9a-f]{64})?$")]
Commit = Annotated[str, Field(pattern="^([0-9a-f]{40})?$")]
REPO: Final = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
Repo = Annotated[str, Field(pattern=f"^{REPO.pattern}$")]


class Entry(BaseModel):
    """A model that is known by a short name."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    repo: Repo
    file: str = ""
    revision: Commit = ""
    sha256: Digest = ""
    size: int = Field(default=0, ge=0)
    licence: str
    adapter_of: str = ""
    """The base model, where the repository holds only what is to be merged into it."""


class Pin(BaseModel):
    """Bytes that the user has said to trust."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    revision: Commit = ""
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    size: int = Field(default=0, ge=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A file to get."""

    name: str
    """Of the model's folder."""
    repo: str
    file: str
    revision: str = NEWEST
    sha256: str = ""
    """Empty: the user accepts what comes, and it becomes the pin."""
    size: int = 0
    """Bytes; 0: not known beforehand."""
    licence: str = ""

    @property
    def key(self) -> str:
        """Return the name of its pin."""
        return f"{self.repo}/{self.file}"


def known_entries(path: Path = REGISTRY) -> dict[str, Entry]:
    """Return the known models by name."""
    return TypeAdapter(dict[str, Entry]).validate_python(tomllib.loads(path.read_text("utf-8")))


def read_pins(folder: Path) -> dict[str, Pin]:
    """Return the user's pins by repository and file.

    Raises:
        Permanent: the file of pins is no such file.
    """
    path = folder / PINS
    if not path.exists():
        return {}
    try:
        return TypeAdapter(dict[str, Pin]).validate_python(tomllib.loads(path.read_text("utf-8")))
    except (OSError, ValueError, ValidationError) as error:
        remedy = "correct the file, or remove it and pin again"
        raise Permanent(f"read {path}", cause=" ".join(str(error).split()), remedy=remedy) from error


def pins_text(pins: Mapping[str, Pin]) -> str:
    """Return the text of a file of pins."""
    lines = ["# Files that somebody here has said to trust; written by `maaza models pull`."]
    for key, pin in sorted(pins.items()):
        lines += ["", f"[{json.dumps(key)}]", f'sha256 = "{pin.sha256}"']
        lines += [f'revision = "{pin.revision}"'] if pin.revision else []
        lines += [f"size = {pin.size}"] if pin.size else []
    return "\n".join(lines) + "\n"


def wanted(
    target: str,
    *,
    entries: Mapping[str, Entry],
    pins: Mapping[str, Pin],
    sha256: str = "",
    size: int = 0,
    revision: str = "",
    accept: bool = False,
) -> Wanted:
    """Return what a name or OWNER/REPO/FILE stands for, pinned; what the user says must not contradict it.

    Raises:
        Permanent: nobody knows it, it is no GGUF, its hash is not known, or pins contradict each other.
    """
    entry, repo, file = _found(target, entries)
    known = _agreed(target, _pins_of(entry, pins.get(f"{repo}/{file}"), sha256, size, revision))
    if not known.sha256 and not accept:
        remedy = (
            "give the SHA-256 that its author states (--sha256), or --accept to trust what comes and pin that"
        )
        raise Permanent(
            f"pull {target}", cause="nobody has said which bytes are the right ones", remedy=remedy
        )
    return Wanted(
        name=target if entry else Path(file).stem.lower(),
        repo=repo,
        file=file,
        revision=known.revision or NEWEST,
        sha256=known.sha256,
        size=known.size,
        licence=entry.licence if entry else "",
    )


def _found(target: str, entries: Mapping[str, Entry]) -> tuple[Entry | None, str, str]:
    entry = entries.get(target)
    if entry and entry.adapter_of:
        cause = f"{entry.repo} holds an adapter of {entry.adapter_of}, and no GGUF"
        remedy = (
            "merge it into its base and export a GGUF on another machine, then `maaza models import FILE`"
        )
        raise Permanent(f"pull {target}", cause=cause, remedy=remedy)
    if entry:
        return entry, entry.repo, entry.file
    owner, *rest = target.split("/")
    sound = len(rest) >= PARTS - 1 and not {"", ".", ".."} & {owner, *rest}
    if not sound or not REPO.fullmatch(f"{owner}/{rest[0]}") or not target.endswith(".gguf"):
        close = get_close_matches(target, entries, n=1)
        hint = f"did you mean {close[0]!r}? " if close else ""
        remedy = f"{hint}known are {', '.join(entries)}; anything else is named OWNER/REPO/FILE.gguf"
        raise Permanent(f"pull {target}", cause="there is no such model", remedy=remedy)
    return None, f"{owner}/{rest[0]}", "/".join(rest[1:])


@dataclass(frozen=True, slots=True)
class _Said:
    """What somebody says about a file."""

    who: str
    sha256: str = ""
    size: int = 0
    revision: str = ""


def _pins_of(entry: Entry | None, pin: Pin | None, sha256: str, size: int, revision: str) -> list[_Said]:
    said = [_Said("the command line", sha256, size, revision)]
    if pin:
        said.append(_Said(f"{PINS}", pin.sha256, pin.size, pin.revision))
    if entry:
        said.append(_Said("the list of known models", entry.sha256, entry.size, entry.revision))
    return said


def _agreed(target: str, said: list[_Said]) -> _Said:
    """Return what all say together; of the hash there is one truth, else the first who speaks counts."""
    hashes = {one.sha256: one.who for one in reversed(said) if one.sha256}
    if len(hashes) > 1:
        cause = "; ".join(f"{who} says {digest[:16]}…" for digest, who in hashes.items())
        remedy = f"find out which is right; to trust another file, remove its entry from {PINS}"
        raise Permanent(f"pull {target}", cause=f"pins contradict each other: {cause}", remedy=remedy)
    return _Said(
        "all",
        next(iter(hashes), ""),
        next((one.size for one in said if one.size), 0),
        next((one.revision for one in said if one.revision), ""),
    )
