"""Casts: the parts of one device text, which of them it prints, and the tree that a schema makes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final

from training.synthesis import casing, words
from training.synthesis.device.keys import name_all
from training.synthesis.device.part import MEASURED, Part, Role, gauge, ident, moment, text
from training.synthesis.device.units import listed, rows
from training.synthesis.device.words_of import flag, state
from training.synthesis.fill import fill
from training.synthesis.form import Field, Group, Shape
from training.synthesis.layout import Written
from training.synthesis.layout.scribe import Records, by_field
from training.synthesis.naming import Dialect, dialect
from training.synthesis.page import Page

Writer = Callable[[Page, Records, Random], None]


@dataclass(frozen=True, slots=True)
class Theme:
    """A trade and what its devices report."""

    things: tuple[str, ...]
    tags: tuple[str, ...]
    quantities: tuple[str, ...]
    states: tuple[str, ...]


THEMES: Final = tuple(Theme(*map(listed, row[1:])) for row in rows("themes.tsv"))


@dataclass(slots=True)
class Cast:
    """The parts of one text."""

    theme: Theme
    how: Dialect
    parts: list[Part]
    """All that the schema asks, in its order."""
    decoys: list[Part] = field(default_factory=list)
    """What the text prints and the schema does not ask."""
    root: Group | None = None
    """The tree of a schema that is given, with the names of its properties; else both are drawn."""

    def shown(self, *roles: Role) -> list[Part]:
        """List the parts that the text prints, of some roles or of all."""
        return [part for part in self.parts if part.presence > 0 and (not roles or part.role in roles)]


def draw(rng: Random, level: float, *, labelled: bool, apart: bool) -> Cast:
    """Draw parts; with ``apart`` no two of them share a unit, so that the unit tells which is which."""
    theme = rng.choice(THEMES)
    most = max(1, round(1 + level * rng.choice((2, 4, 5, 7))))
    parts = _gauges(theme, most, rng, level, apart=apart, labelled=labelled)
    parts += _others(theme, rng, level, labelled=labelled)
    if rng.random() < 0.3:
        rng.shuffle(parts)
    if rng.random() < 0.3 * level:
        parts.insert(rng.choice((0, len(parts))), moment(rng))
    if rng.random() < 0.85:
        parts.insert(0, ident(theme.things, rng))
    cast = Cast(theme, dialect(rng, level, casing.MOSTLY_JOINED), unlike(parts))
    hide(cast.parts, rng, level)
    cast.decoys = _decoys(cast, rng, level)
    return cast


def _gauges(theme: Theme, most: int, rng: Random, level: float, *, apart: bool, labelled: bool) -> list[Part]:
    found: list[Part] = []
    seen: set[str] = set()
    for name in rng.sample(theme.quantities, min(most, len(theme.quantities))):
        chance = rng.random()
        other = "" if chance < 0.15 * level else rng.choice(MEASURED)
        part = gauge(rng, name if chance >= 0.3 * level else other)
        code = part.measure.code if part.measure else "" if apart else part.name
        if (apart and code in seen) or (part.measure is None and not labelled):
            continue
        seen.add(code)
        found.append(part)
    return found or [gauge(rng, "temperature")]


def _others(theme: Theme, rng: Random, level: float, *, labelled: bool) -> list[Part]:
    found = []
    if rng.random() < 0.5:
        found.append(state(theme.states, rng))
    found += [flag(rng, labelled=labelled) for _ in range(2) if rng.random() < 0.25 * level]
    found += [text(rng) for _ in range(2) if rng.random() < 0.25 * level]
    return found


def unlike(parts: list[Part]) -> list[Part]:
    """Keep the first of parts that share their words."""
    seen: set[str] = set()
    kept = []
    for part in parts:
        if part.name not in seen and (part.words[-1] not in seen or part.role is Role.GAUGE):
            kept.append(part)
        seen |= {part.name, part.words[-1]}
    return kept


def hide(parts: list[Part], rng: Random, level: float) -> None:
    """Draw which parts the text prints; the others are asked for in vain."""
    absent = level * rng.choice((0.0, 0.2, 0.4, 0.55, 0.65))
    for part in parts:
        part.presence = 1.0 if rng.random() < 0.5 else 0.999
        if rng.random() < (absent * 0.25 if part.role is Role.IDENT else absent):
            part.presence = 0.0
    while sum(part.presence > 0 for part in parts) < min(3, len(parts)):
        rng.choice(parts).presence = 1.0


def _decoys(cast: Cast, rng: Random, level: float) -> list[Part]:
    """Draw printed quantities that no property stands for, in units that none has."""
    codes = {part.measure.code for part in cast.parts if part.measure}
    names = {word for part in cast.parts for word in part.words}
    if rng.random() > 0.4 * level:
        return []
    found = [gauge(rng, rng.choice((*cast.theme.quantities, rng.choice(MEASURED)))) for _ in range(2)]
    kept = [p for p in found if p.measure and p.measure.code not in codes and not names & set(p.words)]
    for part in kept:
        part.asked = False
    return kept[: rng.randint(1, 2)] if len({p.name for p in kept}) == len(kept) else kept[:1]


def written(cast: Cast, writer: Writer, rng: Random, level: float, *, telling: bool = False) -> Written:
    """Name, fill and write a cast."""
    if cast.root is None:
        name_all(cast.parts, rng, cast.how, telling=telling)
    root = cast.root or _tree(cast, rng, level)
    root.children.extend(cast.decoys)
    filled = fill(root, rng)
    page = Page()
    writer(page, by_field(filled), rng)
    if rng.random() < 0.08 * level:
        page.write("\n")
    return Written(root, filled, page, title=_title(cast, rng))


def _title(cast: Cast, rng: Random) -> str:
    if rng.random() < 0.5:
        return ""
    thing = rng.choice(cast.theme.things)
    shape = rng.choice(
        ("{} report", "{} reading", "{} status", "{} telegram", "Reading of a {}", "{} message")
    )
    found = shape.format(thing)
    return found[:1].upper() + found[1:]


_PARTS: Final = ("readings", "measurements", "values", "data", "measured", "sensors", "metrics", "telemetry")


def _tree(cast: Cast, rng: Random, level: float) -> Group:
    """Put the parts under a root, sometimes the measured ones in an object of their own."""
    inner: list[Field | Group] = [part for part in cast.parts if part.role is Role.GAUGE]
    root = Group((), Shape.OBJECT, [*cast.parts])
    if len(inner) < 2 or rng.random() > 0.12 * level:
        return root
    name = rng.choice((*_PARTS, words.word(rng)))
    if name in {part.key for part in cast.parts}:
        return root
    group = Group((name,), Shape.OBJECT, inner, key=name)
    members = {id(part) for part in inner}
    root.children = [part for part in cast.parts if id(part) not in members]
    root.children.insert(rng.choice((len(root.children), min(1, len(root.children)))), group)
    return root
