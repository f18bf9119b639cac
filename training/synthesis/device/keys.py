"""How a schema names the parts of a device text: property name, unit, description."""

from __future__ import annotations

from random import Random
from typing import Final

from training.synthesis import casing
from training.synthesis.device.part import Part, Role
from training.synthesis.naming import Dialect

_ABOUT: Final[dict[Role, tuple[str, ...]]] = {
    Role.IDENT: ("{N}", "{N}, as printed", "Name of the {n}", "Which device reports", "The {n} that reports",
                 "{N} as the device gives it", "Id of the sender", "Which {n} it is"),
    Role.TIME: ("{N}", "Time of the reading", "When it was measured", "Time, as printed",
    "Time stamp of the line"),
    Role.STATE: ("{N}", "What the device is doing", "Current {n}", "{N} of the machine", "{N} word"),
    Role.FLAG: ("{N}", "True when {n}", "Whether {n}", "{N} or not", "True if {n}"),
    Role.TEXT: ("{N}", "{N}, as printed", "The {n}", "{N} of the device"),
    Role.GAUGE: ("{N}", "The {n}", "Current {n}", "Measured {n}", "{N} at the time of the reading",
    "Mean {n}"),
}  # fmt: skip


def name_all(parts: list[Part], rng: Random, how: Dialect, *, telling: bool) -> None:
    """Give every part its property name and description; ``telling`` where only these lead to its value."""
    taken: set[str] = set()
    units = rng.choice((0.0, 0.3, 0.7, 1.0))
    for part in parts:
        key = _key(part, rng, how, units)
        while key in taken:
            key = how.key((*part.words, str(len(taken))))
        taken.add(key)
        part.key = key
        if rng.random() < how.described:
            part.description = _about(part, rng)
        if telling:
            _tell(part, rng)


def _key(part: Part, rng: Random, how: Dialect, units: float) -> str:
    chance = rng.random()
    if chance < 0.08 and part.shorts:
        name: tuple[str, ...] = (rng.choice(part.shorts),)
    elif chance < 0.12:
        name = tuple(casing.shorten(rng, part.words))
    else:
        name = part.words
    if part.measure is not None and rng.random() < units:
        name = (*name, rng.choice(part.measure.suffixes))
    return how.key(name)


def _about(part: Part, rng: Random) -> str:
    text = rng.choice(_ABOUT[part.role])
    name = part.name
    text = text.replace("{n}", name).replace("{N}", name[:1].upper() + name[1:])
    if part.measure is not None and rng.random() < 0.6:
        text += _in_unit(part, rng)
    return text


def _in_unit(part: Part, rng: Random) -> str:
    if part.measure is None:
        return ""
    return rng.choice((" in {}", " in {}", ", in {}", " ({})")).format(rng.choice(part.measure.spoken))


def _tell(part: Part, rng: Random) -> None:
    """Let the schema name the unit somewhere, where the text has nothing but that."""
    if part.measure is None or part.source.ucum or " in " in part.description:
        return
    if part.key.endswith(part.measure.suffixes) or (part.shorts and rng.random() < 0.3):
        return
    name = part.name
    part.description = (part.description or name[:1].upper() + name[1:]) + _in_unit(part, rng)
