"""Choices that stand in a text under another word: found where a word varies as the choice does. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agent.message import Json
from agent.templates.align import Column
from agent.templates.compiled import Unfit
from agent.templates.tokens import Kind

TELLING = frozenset({Kind.WORD, Kind.NUMBER, Kind.MARK})
"""Tokens that may tell a choice."""


def told(columns: Sequence[Column], cued: Sequence[Sequence[tuple[str, Json]]]) -> list[Column]:
    """Return columns in which the words that tell choices are fields.

    Raises:
        Unfit: no word tells one, or several may.
    """
    made = list(columns)
    pointers = {pointer for one in cued for pointer, _value in one}
    for pointer in sorted(pointers):
        values = [dict(one).get(pointer) for one in cued]
        index = _column(made, pointer, values)
        made[index] = Column(
            tuple(
                token
                if token is None or value is None
                else replace(token, kind=Kind.SLOT, pointer=pointer, value=value)
                for token, value in zip(made[index].tokens, values, strict=True)
            )
        )
    return made


def _column(columns: Sequence[Column], pointer: str, values: Sequence[Json]) -> int:
    """Return the column whose word says a choice."""
    seen = {repr(value) for value in values}
    if len(seen) < 2:  # noqa: PLR2004 - what never varies is told by nothing
        said = next((value for value in values if value is not None), None)
        raise Unfit(f"no word in the text tells that {pointer} is {said!r}")
    own = [number for number, one in enumerate(columns) if one.is_field and one.pointer == pointer]
    ways = own or [number for number, one in enumerate(columns) if _tells(one, values)]
    if len(ways) != 1:
        what = "no word tells" if not ways else "several words may tell"
        raise Unfit(f"{what} the choice {pointer}")
    return ways[0]


def _tells(column: Column, values: Sequence[Json]) -> bool:
    """Tell whether each word of a column goes with one choice."""
    if column.kind not in TELLING or not column.is_whole:
        return False
    said: dict[str, str] = {}
    for token, value in zip(column.tokens, values, strict=True):
        word = token.text.casefold() if token else ""
        if value is None or said.setdefault(word, repr(value)) != repr(value):
            return False
    return len(said) > 1
