"""Recipes: what the texts of one bundled schema are made of."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any, Final

from jsonschema import Draft202012Validator

from agent.schemas.bundled import bundled_schemas
from training.synthesis import pattern, value
from training.synthesis.device.flow import port
from training.synthesis.device.logline import said
from training.synthesis.device.part import Part, Role, measured, named, plain_number
from training.synthesis.device.units import of_sign
from training.synthesis.house.grammar import Sequence, parse

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DECIDED: Final = frozenset({"gps_fix", "energy_meter", "water_meter", "tank_level", "network_event"})
"""Schemas whose required fields no text of another recipe has."""


@dataclass(frozen=True, slots=True)
class Row:
    """One field of a recipe."""

    key: str
    """Its property name; the names of the objects that it is in before it, parted by ``/``."""
    role: Role
    kind: str
    labels: tuple[str, ...]
    shorts: tuple[str, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What the texts of one schema are made of."""

    name: str
    document: dict[str, Any]
    """The schema."""
    validator: Draft202012Validator
    rows: tuple[Row, ...]
    lines: tuple[Sequence, ...]
    refused: tuple[Sequence, ...]
    """Texts about the same things that have nothing of what is asked."""

    def parts(self, rng: Random) -> list[Part]:
        """Draw the fields of one text, in the order of the schema."""
        return [_part(row, rng) for row in self.rows]


@cache
def recipes() -> dict[str, Recipe]:
    """Return all recipes by the name of their schema."""
    folder = files(__package__) / "recipes"
    documents = {name: schema.document for name, schema in bundled_schemas().items()}
    names = [entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")]
    return {
        name: _recipe(name, documents[name], tomllib.loads((folder / f"{name}.toml").read_text("utf-8")))
        for name in sorted(names)
    }


def _recipe(name: str, document: dict[str, Any], read: dict[str, Any]) -> Recipe:
    rows = tuple(_row(key, *cells) for key, cells in read["fields"].items())
    lines, refused = (
        tuple(parse(line) for line in read["text"][part].strip("\n").split("\n"))
        for part in ("lines", "refused")
    )
    return Recipe(name, document, Draft202012Validator(document), rows, lines, refused)


def _row(key: str, role: str, kind: str, labels: str, shorts: str, signs: str) -> Row:
    return Row(
        key, Role(role), kind, tuple(labels.split("|")), tuple(shorts.split(",")), tuple(signs.split(","))
    )


def _part(row: Row, rng: Random) -> Part:
    kind, _, rest = row.kind.partition(":")
    source = _SOURCES[kind](rest, rng) if kind in _SOURCES else value.source(row.kind, rng)
    words = tuple(rng.choice(row.labels).split())
    part = Part(words, source, row.shorts, role=row.role, key=row.key.rpartition("/")[2])
    sign = rng.choice(row.signs)
    unit = of_sign(sign.strip()) if sign else None
    if unit is not None:
        measured(part, unit, rng)
    part.unit = sign
    return part


def _form(rest: str, rng: Random) -> value.Source:
    """Fix one of some patterns."""
    shape = rng.choice(rest.split("|"))
    draw = pattern.maker(shape)
    return value.Source("string", lambda r: ((drawn := draw(r)), drawn), wide=" " in shape)


def _words(rest: str, rng: Random) -> value.Source:
    """Draw from a list, in one way to write it."""
    case = rng.choice((str, str, str.upper, str.capitalize))
    listed = tuple(case(word) for word in rest.split(","))
    wide = any(" " in word for word in listed)
    return value.Source("string", lambda r: ((drawn := r.choice(listed)), drawn), wide=wide)


def _choice(rest: str, rng: Random) -> value.Source:
    """Draw a choice of an enum, printed in one of its ways: ``opened=opened,OPEN;closed=closed,CLOSED``."""
    ways = {name: told.split(",") for name, _, told in (part.partition("=") for part in rest.split(";"))}
    way, choices = rng.randrange(99), tuple(ways)

    def draw(r: Random) -> value.Drawn:
        choice = r.choice(choices)
        return ways[choice][way % len(ways[choice])], choice

    return value.Source("string", draw, choices)


def _truth(rest: str, rng: Random) -> value.Source:
    """Draw true or false, printed in one of their ways: ``yes,on=no,off``."""
    yes, no = (told.split(",") for told in rest.split("="))
    way = rng.randrange(99)

    def draw(r: Random) -> value.Drawn:
        true = r.random() < 0.5
        return (yes if true else no)[way % len(yes if true else no)], true

    return value.Source("boolean", draw)


def _angle(rest: str, rng: Random) -> value.Source:
    """Draw decimal degrees."""
    low, high = map(float, rest.split(":"))
    digits = rng.choice((4, 5, 5, 5, 6, 6, 7, 3))

    def draw(r: Random) -> value.Drawn:
        printed = f"{r.uniform(low, high):.{digits}f}"
        return printed, float(printed)

    return value.Source("number", draw)


def _place(rest: str, rng: Random) -> value.Source:
    """Fix a pattern of places in half of the texts; else each place looks otherwise."""
    if rng.random() < 0.5:
        return _form(rest, rng)
    draws = [pattern.maker(shape) for shape in rest.split("|")]
    return value.Source("string", lambda r: ((drawn := r.choice(draws)(r)), drawn), wide=True)


def _number(rest: str, rng: Random) -> value.Source:
    low, high, digits = rest.split(":")
    if digits == "0" and rng.random() < 0.5:
        return plain_number(float(low), float(high), "int", rng)
    return plain_number(float(low), float(high), f"float::{digits}", rng)


def _whole(rest: str, rng: Random) -> value.Source:
    low, high = map(float, rest.split(":"))
    return plain_number(low, high, "int", rng)


def _stamp(rest: str, rng: Random) -> value.Source:
    """Draw times as system logs print them: most without a year."""
    del rest
    if rng.random() < 0.45:
        return value.source("time", rng)
    year = rng.random() < 0.1

    def draw(r: Random) -> value.Drawn:
        clock = f"{r.randrange(24):02}:{r.randrange(60):02}:{r.randrange(60):02}"
        day = f"{r.choice(_MONTHS)} {r.randint(1, 31):2}" + (f" {r.randint(2015, 2035)}" if year else "")
        return f"{day} {clock}", f"{day} {clock}"

    return value.Source("string", draw, wide=True)


def _address(rest: str, rng: Random) -> value.Source:
    del rest
    return value.source("ip6" if rng.random() < 0.15 else "ip4", rng)


_SOURCES: Final[dict[str, Callable[[str, Random], value.Source]]] = {
    "ident": lambda rest, rng: named(rng.choice(rest.split(",")), rng),
    "serial": _form, "form": _form, "words": _words, "choice": _choice, "truth": _truth, "angle": _angle,
    "place": _place, "number": _number, "whole": _whole, "stamp": _stamp, "ip": _address,
    "said": lambda _, rng: said(rng), "port": lambda _, rng: port(rng),
}  # fmt: skip
"""Kinds of value that only recipes have."""
