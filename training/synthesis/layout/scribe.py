"""Scribes: each writes one record in one fixed way; families are made of them, alone, in rows or together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Protocol

from training.synthesis import casing, outline
from training.synthesis.fill import fill
from training.synthesis.form import Field, Filled
from training.synthesis.layout import Written, prefix
from training.synthesis.naming import Dialect, dialect
from training.synthesis.page import Page

Records = dict[int, Filled]
"""Filled leaves of one record by the identity of their field."""


@dataclass(frozen=True, slots=True)
class Scribe:
    """Writes records of the fields it was drawn for."""

    write: Callable[[Page, Records, Random], None]
    between: str = "\n"
    """Between two records."""
    description: str = ""
    """What the schema as a whole must tell of the layout."""
    ordered: bool = False
    """Only their order leads to the values: properties follow the text, from its first value on."""


class Draw(Protocol):
    """Draws a layout: gives the fields their labels or cues, and returns who writes them."""

    def __call__(self, rng: Random, level: float, fields: list[Field], how: Dialect) -> Scribe:
        """Draw one."""
        ...


@dataclass(frozen=True, slots=True)
class Trade:
    """A family whose records are written by one scribe."""

    draw: Draw
    most: int
    """Fields of the longest record."""
    labels: tuple[tuple[str, int], ...] = casing.SPACED
    labelled: bool = True
    many: float = 0.25
    """Chance of several records."""
    ahead: float = 0.3
    """Chance of a log prefix."""
    least: int = 1

    def __call__(self, rng: Random, level: float) -> Written:
        """Write one text."""
        how = dialect(rng, level, self.labels)
        if self.labels is casing.CODES and rng.random() < 0.6:
            how = replace(how, coded=0.8)
        many = rng.random() < self.many * level
        number = outline.count(
            rng,
            level,
            min(self.most, 8) if many else self.most,
            max(self.least, 2 if rng.random() < 0.85 else 1),
        )
        fields = outline.flat(rng, level, how, number, labelled=self.labelled)
        scribe = self.draw(rng, level, fields, how)
        if scribe.ordered:
            outline.in_order(fields, rng)
        if many:
            if not any(field.asked for field in fields):
                fields[0].asked = True
            root = outline.rows(fields, rng, how)
        else:
            root = outline.asked_of(fields, rng, level, fixed=scribe.ordered)
        outline.ask(root, rng, how)
        filled = fill(root, rng)
        page, ahead = Page(), prefix(rng, level, chance=self.ahead)
        for index, record in enumerate(filled.children[0].children if many else [filled]):
            page.write(scribe.between if index else "")
            page.write(ahead(rng))
            scribe.write(page, by_field(record), rng)
        if rng.random() < 0.25:
            page.write("\n")
        return Written(root, filled, page, description=scribe.description)


def by_field(record: Filled) -> Records:
    """Index the leaves of a record."""
    return {id(leaf.of): leaf for leaf in record.leaves()}
