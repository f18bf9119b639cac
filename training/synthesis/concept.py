"""Where fields come from: a bank of quantities, families of siblings, and compounds of any words."""

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
    rows = (
        line.split("\t") for line in (files(__package__) / "concepts.tsv").read_text("utf-8").splitlines()
    )
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
        "min max avg", "minimum maximum mean", "min max", "start end", "rx tx", "in out", "read write",
        "total used free",
        "1 2 3", "1 2", "1 2 3 4", "a b c", "x y z", "l1 l2 l3", "phase_1 phase_2 phase_3", "1m 5m 15m",
        "source destination",
        "src dst", "front_left front_right rear_left rear_right", "left right", "upper lower",
        "inlet outlet", "supply return",
        "current average peak", "today yesterday total", "before after", "first last",
        "north south east west", "ch1 ch2 ch3",
        "primary secondary", "local remote", "sent received", "input output", "actual target",
        "requested granted", "user system idle",
        "active failed spare", "new old", "day night", "morning evening", "own other", "indoor outdoor",
        "raw filtered", "count rate",
        "open closed", "created updated", "p50 p95 p99", "ok failed", "hot cold", "high low", "up down",
        "import export", "00 01 02 03",
        "requests replies", "packets bytes errors", "name id", "id name type", "value unit", "date time",
        "major minor", "soft hard",
    )
)  # fmt: skip
"""Words that tell siblings apart, which share all other words."""


def known(rng: Random) -> Field:
    """Draw a field of the bank."""
    concept = rng.choice(BANK)
    name = concept.words
    if rng.random() < 0.18:
        extra = rng.choice(
            (
                words.word(rng),
                rng.choice(("outdoor", "main", "pump", "room", "motor", "device", "last", "tank", "server")),
            )
        )
        name = (extra, *name)
        return Field(
            name, value.source(concept.kind, rng), unit=rng.choice(concept.units) if concept.units else ""
        )
    return Field(
        name,
        value.source(concept.kind, rng),
        concept.shorts,
        concept.synonyms,
        rng.choice(concept.units) if concept.units else "",
    )


def compound(rng: Random, count: int = 0) -> Field:
    """Make a field of any words, so that names must be compared and cannot be known by heart."""
    count = count or rng.choices((1, 2, 3, 4), (25, 50, 20, 5))[0]
    name = [words.word(rng) for _ in range(count)]
    if rng.random() < 0.12:
        name.append(
            rng.choice(
                (
                    "id",
                    "no",
                    "count",
                    "rate",
                    "status",
                    "type",
                    "name",
                    "code",
                    "level",
                    "time",
                    "1",
                    "2",
                    "value",
                    "flag",
                )
            )
        )
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


_MEASURES: Final = (
    ("feet f", "meters M", "fathoms F"), ("celsius C", "fahrenheit F"), ("knots N", "kmh K"),
    ("knots kn", "mps m/s"), ("bar bar", "psi psi", "kpa kPa"),
    ("volts V", "amps A", "watts W"), ("inches in", "mm mm"), ("miles mi", "km km"),
    ("degrees T", "magnetic M"), ("kilowatts kW", "kilowatthours kWh"),
    ("liters l", "gallons gal"), ("percent %", "db dB"), ("bytes B", "packets P"),
    ("seconds s", "milliseconds ms"), ("hours h", "minutes min"),
)  # fmt: skip
"""One quantity in several units: what tells the fields apart, and the sign behind the number."""


def measures(rng: Random, most: int) -> list[Field]:
    """Draw one quantity in several units, told apart by the unit alone."""
    units = [unit.split() for unit in rng.choice(_MEASURES)][:most]
    base = compound(rng, 1).words if rng.random() < 0.5 else known(rng).words
    kind = rng.choice(("float:0:500:2", "float:0:50:1", "int:0:900"))
    fields = [Field((*base, name), value.source(kind, rng), unit=sign) for name, sign in units]
    for field in fields:
        field.spoken = base if rng.random() < 0.3 else ()
    return fields


def series(rng: Random, most: int) -> Field:
    """Draw siblings that stand behind one label: ``load: 0.1, 0.2, 0.3``."""
    members = siblings(rng, max(2, min(most, 4)))
    shared = [word for word in members[0].words if all(word in member.words for member in members)]
    joint = rng.choice((", ", " ", "/", ",", " / ", ":", ";", " - "))
    source = members[0].source
    if source.wide or source.note or source.type == "boolean":
        source = value.source(rng.choice(("float:0:100:2", "int:0:999")), rng)
    if rng.random() < 0.3 and len(joint.strip()) == 1:
        marks = [" ".join(word for word in member.words if word not in shared) for member in members]
        shared = [*shared, joint.strip().join(marks).replace(" ", "_")]
    nth = ("first value", "second value", "third value", "fourth value")
    told = rng.random() < 0.5
    for index, member in enumerate(members):
        member.source, member.unit, member.spoken = source, "", tuple(shared) or member.words[:1]
        member.cues, member.hidden = (nth[index],), told
        if index:
            members[index - 1].tail = member
            members[index - 1].affix = lambda _: ("", joint)
    return members[0]


def fields(rng: Random, count: int, *, dressed: float = 0.0) -> list[Field]:
    """Draw fields whose names differ; something is glued to the values of a share of ``dressed``."""
    found: list[Field] = []
    seen: set[tuple[str, ...]] = set()
    while len(found) < count:
        left, chance = count - len(found), rng.random()
        if left >= 2 and chance < 0.13:
            drawn = siblings(rng, left)
        elif left >= 2 and chance < 0.15:
            drawn = measures(rng, left)
        elif left >= 2 and chance < 0.17 and dressed:
            drawn = [series(rng, left)]
        else:
            drawn = [compound(rng) if chance < 0.6 else known(rng)]
        for candidate in drawn:
            if candidate.words not in seen:
                seen.add(candidate.words)
                found.append(candidate)
    for field in found:
        if field.tail is None and dressed and rng.random() < dressed:
            dress.put_on(field, rng)
    return found


UNITS: Final = (
    "V", "A", "W", "kW", "°C", "C", "%", "ms", "s", "bar", "Pa", "Hz", "rpm", "kB", "MB", "dB", "m",
    "mm", "kg", "l", "ppm", "lx", "h", "min", "kWh", "mA", "mV", "dBm", "km/h", "m/s", "Nm", "psi",
    "L/min", "k", "µs", "GB",
)  # fmt: skip
"""Units that follow a number of any kind."""
