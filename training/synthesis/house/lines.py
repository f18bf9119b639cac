"""A text from a line of a recipe's grammar."""

from __future__ import annotations

from random import Random
from typing import Final

from training.synthesis.device.cast import Cast
from training.synthesis.device.part import Part
from training.synthesis.fill import fill
from training.synthesis.house.grammar import Sign, Slot, expand
from training.synthesis.house.recipe import Recipe
from training.synthesis.layout import Written
from training.synthesis.layout.scribe import by_field
from training.synthesis.page import Page

_JOINTS: Final = ("=", "=", "=", ":", ":", " ", ": ")
_MARKS: Final = (";", ";", ",", ",", "|", " ", ", ", "; ", " | ", "\t", "/")


def line_of(recipe: Recipe, cast: Cast, rng: Random) -> Written:
    """Write one line of a recipe; its optional parts as they come."""
    pieces = list(expand(rng.choice(recipe.lines), rng))
    parts = {row.key: part for row, part in zip(recipe.rows, cast.parts, strict=True)}
    printed = {piece.key for piece in pieces if isinstance(piece, Slot)}
    for key, part in parts.items():
        part.presence = 1.0 if key in printed else 0.0
    root = cast.root
    assert root is not None  # noqa: S101 - the caller has made it
    filled = fill(root, rng)
    page, records = Page(), by_field(filled)
    glue, drawn = rng.choice(("", "", " ", " ", None)), signs([parts[key] for key in printed], rng)
    for piece in pieces:
        if isinstance(piece, Slot):
            part = parts[piece.key]
            page.put(records.pop(id(part)))
            page.write(part.sign(glue) if glue is not None and not piece.bare else "")
        else:
            page.write(drawn[piece.name] if isinstance(piece, Sign) else piece)
    return Written(root, filled, page)


def signs(parts: list[Part], rng: Random) -> dict[str, str]:
    """Draw what joins labels and values and what parts cells; no value of the text holds the latter."""
    spaced = any(part.source.wide for part in parts)
    marks = [mark for mark in _MARKS if not (spaced and mark in (" ", "/", ",", ", "))]
    return {"^": rng.choice(_JOINTS), "~": rng.choice(marks)}
