"""Where fields come from: a bank of quantities of many trades, families of siblings, and compounds of any words."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from random import Random
from typing import Final

from training.synthesis import dress, value, words
from training.synthesis.form import Field


@dataclass(frozen=True, slots=True)
class Concept:
    """A quantity that some trade prints."""

    words: tuple[str, ...]
    shorts: tuple[str, ...]
    synonyms: tuple[str, ...]
    units: tuple[str, ...]
    kind: str
    """How :func:`training.synthesis.value.source` draws its values."""


def _bank() -> tuple[Concept, ...]:
    rows = (line.split("\t") for line in (files(__package__) / "concepts.tsv").read_text("utf-8").splitlines())
    return tuple(
        Concept(tuple(name.split()), _listed(shorts), _listed(synonyms), _listed(units), kind)
        for name, shorts, synonyms, units, kind in (row for row in rows if not row[0].startswith("#"))
    )


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(",") if part.strip())


BANK: Final = _bank()
_KINDS: Final = tuple(kind for kind, _ in value.ARBITRARY)
_KIND_WEIGHTS: Final = tuple(weight for _, weight in value.ARBITRARY)

SIBLINGS: Final = tuple(
    tuple(tuple(name.split("_")) for name in line.split())
    for line in (
        "min max avg", "minimum maximum mean", "min max", "start end", "rx tx", "in out", "read write", "total used free",
        "1 2 3", "1 2", "1 2 3 4", "a b c", "x y z", "l1 l2 l3", "phase_1 phase_2 phase_3", "1m 5m 15m", "source destination",
        "src dst", "front_left front_right rear_left rear_right", "left right", "upper lower", "inlet outlet", "supply return",
        "current average peak", "today yesterday total", "before after", "first last", "north south east west", "ch1 ch2 ch3",
        "primary secondary", "local remote", "sent received", "input output", "actual target", "requested granted", "user system idle",
        "active failed spare", "new old", "day night", "morning evening", "own other", "indoor outdoor", "raw filtered", "count rate",
        "open closed", "created updated", "p50 p95 p99", "ok failed", "hot cold", "high low", "up down", "import export", "00 01 02 03",
        "requests replies", "packets bytes errors", "name id", "id name type", "value unit", "date time", "major minor", "soft hard",
    )
)  # fmt: skip
"""Words that tell siblings apart, which share all other words."""


def known(rng: Random) -> Field:
    """Draw a field of the bank."""
    concept = rng.choice(BANK)
    name = concept.words
    if rng.random() < 0.18:
        extra = rng.choice((words.word(rng), rng.choice(("outdoor", "main", "pump", "room", "motor", "device", "last", "tank", "server"))))
        name = (extra, *name)
        return Field(name, value.source(concept.kind, rng), unit=rng.choice(concept.units) if concept.units else "")
    return Field(name, value.source(concept.kind, rng), concept.shorts, concept.synonyms, rng.choice(concept.units) if concept.units else "")


def compound(rng: Random, count: int = 0) -> Field:
    """Make a field of any words, so that names must be compared and cannot be known by heart."""
    count = count or rng.choices((1, 2, 3, 4), (25, 50, 20, 5))[0]
    name = [words.word(rng) for _ in range(count)]
    if rng.random() < 0.12:
        name.append(rng.choice(("id", "no", "count", "rate", "status", "type", "name", "code", "level", "time", "1", "2", "value", "flag")))
    kind = rng.choices(_KINDS, _KIND_WEIGHTS)[0]
    source = value.source(kind, rng)
    unit = rng.choice(UNITS) if source.type in ("number", "integer") and rng.random() < 0.3 else ""
    return Field(tuple(name), source, unit=unit)


def siblings(rng: Random, most: int) -> list[Field]:
    """Draw fields that share their words but for one, the usual way to be mistaken."""
    marks = rng.choice([family for family in SIBLINGS if len(family) <= max(most, 2)])
    base = known(rng) if rng.random() < 0.5 else compound(rng, rng.choice((1, 1, 2)))
    ahead = rng.random() < 0.5
    kind_shared = rng.random() < 0.8
    fields = []
    for mark in marks:
        source = base.source if kind_shared else compound(rng).source
        name = (*mark, *base.words) if ahead else (*base.words, *mark)
        fields.append(Field(name, source, unit=base.unit))
    return fields[:most]


def fields(rng: Random, count: int, *, dressed: float = 0.0) -> list[Field]:
    """Draw fields with names that differ from each other; ``dressed`` is the share with something glued to the value."""
    found: list[Field] = []
    seen: set[tuple[str, ...]] = set()
    while len(found) < count:
        left, chance = count - len(found), rng.random()
        if left >= 2 and chance < 0.16:
            drawn = siblings(rng, left)
        else:
            drawn = [compound(rng) if chance < 0.6 else known(rng)]
        for candidate in drawn:
            if candidate.words not in seen:
                seen.add(candidate.words)
                found.append(candidate)
    for field in found:
        if dressed and rng.random() < dressed:
            dress.put_on(field, rng)
    return found


UNITS: Final = tuple("V A W kW °C C % ms s bar Pa Hz rpm kB MB dB m mm kg l ppm lx h min kWh mA mV dBm km/h m/s Nm psi L/min k µs GB".split())
"""Units that follow a number of any kind."""
