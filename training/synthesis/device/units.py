"""Units: their signs in a text, and what a schema says of them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from random import Random
from typing import Final


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of measurement."""

    code: str
    """In UCUM."""
    signs: tuple[str, ...]
    """As devices print it."""
    suffixes: tuple[str, ...]
    """At the end of a property name."""
    spoken: tuple[str, ...]
    """In a description."""


def rows(name: str) -> list[list[str]]:
    """Read a table of this package; its first line names the columns."""
    text = (files(__package__) / name).read_text("utf-8")
    return [line.split("\t") for line in text.splitlines() if not line.startswith("#")]


def listed(cell: str) -> tuple[str, ...]:
    """Split a cell at its commas."""
    return tuple(part.strip() for part in cell.split(",") if part.strip())


UNITS: Final = tuple(
    Unit(code, tuple(signs.split()), tuple(suffixes.split()), listed(spoken))
    for code, signs, suffixes, spoken in rows("units.tsv")
)
_BY_SIGN: Final = {sign: unit for unit in reversed(UNITS) for sign in unit.signs}


def of_sign(sign: str) -> Unit | None:
    """Return the unit of a sign; None where none is known."""
    return _BY_SIGN.get(sign)


def any_unit(rng: Random) -> Unit:
    """Draw any unit."""
    return rng.choice(UNITS)
