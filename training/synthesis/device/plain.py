"""Lines without labels: a name, numbers with their units, a word for the state."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from training.synthesis import words
from training.synthesis.device.cast import Cast, draw, written
from training.synthesis.device.part import Part, Role
from training.synthesis.form import Filled
from training.synthesis.layout import Written
from training.synthesis.layout.scribe import Records
from training.synthesis.page import Page


@dataclass(frozen=True, slots=True)
class _Look:
    gap: str
    glue: str
    head: str
    """Before the first value."""


def plain(rng: Random, level: float) -> Written:
    """Write a line in which only the kind of a value and its unit tell what it is."""
    return plain_of(draw(rng, level, labelled=False, apart=True), rng, level)


def plain_of(cast: Cast, rng: Random, level: float) -> Written:
    """Write a cast as such a line."""
    order = ordered(cast, rng)
    look = _look(cast, rng)

    def write(page: Page, records: Records, rng: Random) -> None:
        page.write(look.head)
        first = True
        for part in order:
            if (leaf := records.get(id(part))) is not None:
                page.write("" if first else look.gap)
                first = False
                bare(page, leaf, part, look.glue)
        if rng.random() < 0.05:
            page.write(look.gap + words.word(rng))

    return written(cast, write, rng, level, telling=True)


def ordered(cast: Cast, rng: Random) -> list[Part]:
    """Put time and name first, the state often last, and decoys anywhere."""
    ahead = cast.shown(Role.TIME, Role.IDENT)
    rng.shuffle(ahead)
    states, rest = cast.shown(Role.STATE), cast.shown(Role.GAUGE, Role.FLAG, Role.TEXT)
    rng.shuffle(rest)
    for decoy in cast.decoys:
        rest.insert(rng.randint(0, len(rest)), decoy)
    style = rng.random()
    if style < 0.6:
        return [*ahead, *rest, *states]
    if style < 0.8:
        return [*ahead, *states, *rest]
    return [*rest, *states, *ahead] if style < 0.88 else [*ahead[:1], *rest, *states, *ahead[1:]]


def tag(cast: Cast, rng: Random, chance: float = 0.35) -> str:
    """Draw the word a line begins with that is neither name nor reading; often there is none."""
    if rng.random() > chance:
        return ""
    word = rng.choice(cast.theme.tags) if rng.random() < 0.6 else words.pseudo(rng).upper()[:4]
    if rng.random() < 0.15:
        word = words.word(rng).upper()
    return rng.choice(
        ("{} ", "{} ", "[{}] ", "{}: ", "{}> ", "<{}> ", "{} | ", "#{} ", "({}) ", "${},")
    ).format(word)


def _look(cast: Cast, rng: Random) -> _Look:
    gap = rng.choice((" ", " ", " ", " ", "  ", ", ", " | ", "; ", " / ", "\t", ",", ";", " - ", "\n"))
    glue = rng.choice(("", "", " "))
    return _Look(gap, glue, tag(cast, rng))


def bare(page: Page, leaf: Filled, part: Part, glue: str) -> None:
    """Write a value with its unit behind it, or with the mark that belongs before it."""
    page.write(part.lead)
    page.put(leaf)
    page.write(part.sign(glue))
