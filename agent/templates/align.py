"""Lays the tokens of several examples beside each other: what is the same, what varies, what may be missing.

A progressive alignment: columns so far against the next example, by dynamic programming (Needleman and
Wunsch, 1970), tokens of one kind only in one column, and fields only with themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.templates.tokens import Kind, Token

MISSING = 1.0
"""What it costs to leave a token out."""
VARIES = {Kind.WORD: 1.4, Kind.NUMBER: 0.5, Kind.MOMENT: 0.0, Kind.BLANK: 0.1, Kind.LINE: 0.1}
"""What it costs to lay two tokens of one kind together that differ."""
APART = 1e9
"""What may not be laid together."""
ABSENT = frozenset({"null", "none", "nil", "na", "nan", "n", "unknown", "missing", "-"})
"""Words that may stand where a field has no value."""
MAX_CELLS = 400_000
"""Size of the table; larger texts are compared only where they have equal tokens."""


@dataclass(frozen=True, slots=True)
class Column:
    """Tokens of one place, one for each example; None where it has none."""

    tokens: tuple[Token | None, ...]

    @property
    def present(self) -> tuple[Token, ...]:
        """Return the tokens that are there."""
        return tuple(one for one in self.tokens if one is not None)

    @property
    def kind(self) -> Kind:
        """Return the kind of its tokens; that of the field where one is among them."""
        return next((one.kind for one in self.present if one.is_field), self.present[0].kind)

    @property
    def is_field(self) -> bool:
        """Tell whether a field comes from here."""
        return self.kind in {Kind.SLOT, Kind.GROUP}

    @property
    def pointer(self) -> str:
        """Return the field that comes from here; also empty of an item that is a value itself."""
        return next((one.pointer for one in self.present if one.is_field), "")

    @property
    def texts(self) -> tuple[str, ...]:
        """Return the different texts, in order."""
        return tuple(dict.fromkeys(one.text for one in self.present))

    @property
    def is_whole(self) -> bool:
        """Tell whether each example has it."""
        return None not in self.tokens


def columns(examples: Sequence[Sequence[Token]]) -> list[Column]:
    """Return the columns of some examples."""
    made = [Column((token,)) for token in examples[0]]
    for count, example in enumerate(examples[1:], 1):
        made = _joined(made, example, count)
    return made


def cost(made: Sequence[Column], example: Sequence[Token]) -> float:
    """Return how badly an example fits into columns: 0 where only fields differ, 1 where nothing fits."""
    table = _table(made, example)
    total = sum(not one.is_field for one in example) + sum(not column.is_field for column in made)
    return table[-1][-1] / max(1, total) if table else 1.0


def _joined(made: Sequence[Column], example: Sequence[Token], count: int) -> list[Column]:
    """Return the columns with one more example."""
    table = _table(made, example)
    if not table:
        return [
            *(Column((*column.tokens, None)) for column in made),
            *(Column((*(None,) * count, token)) for token in example),
        ]
    found: list[Column] = []
    left, right = len(made), len(example)
    while left or right:
        here = table[left][right]
        together = left and right and _pair(made[left - 1], example[right - 1])
        # Laying together comes first, so that what is missing is missing with the blank before it.
        if (
            left
            and right
            and together is not False
            and _equal(here, table[left - 1][right - 1] + float(together))
        ):
            left, right = left - 1, right - 1
            found.append(Column((*made[left].tokens, example[right])))
        elif right and _equal(here, table[left][right - 1] + MISSING):
            right -= 1
            found.append(Column((*(None,) * count, example[right])))
        else:
            left -= 1
            found.append(Column((*made[left].tokens, None)))
    return found[::-1]


def _equal(one: float, two: float) -> bool:
    return abs(one - two) < 1e-6  # noqa: PLR2004 - sums of a few tenths


def _table(made: Sequence[Column], example: Sequence[Token]) -> list[list[float]]:
    """Return the least cost of each pair of beginnings; empty where it would be too large."""
    if len(made) * len(example) > MAX_CELLS:
        return []
    row = [index * MISSING for index in range(len(example) + 1)]
    table = [row]
    for column in made:
        above, row = row, [row[0] + MISSING]
        for index, token in enumerate(example):
            best = min(above[index + 1], row[index]) + MISSING
            row.append(min(best, above[index] + _pair(column, token)))
        table.append(row)
    return table


def _pair(column: Column, token: Token) -> float:
    """Return what it costs to lay a token into a column."""
    kind = column.kind
    if token.is_field or column.is_field:
        if token.is_field and column.is_field:
            return 0.0 if token.kind is kind and token.pointer == column.pointer else APART
        words = [token.text] if column.is_field else list(column.texts)
        is_slot = Kind.SLOT in {kind, token.kind}
        return 0.9 if is_slot and all(word.casefold() in ABSENT for word in words) else APART
    if kind is not token.kind:
        return APART
    if token.text in column.texts:
        return 0.0
    return VARIES.get(kind, APART)
