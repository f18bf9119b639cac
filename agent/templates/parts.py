"""What a template is made of. Frozen values; a match of all parts in their order is the whole text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from agent.message import Json


@dataclass(frozen=True, slots=True)
class Form:
    """What a varying part may look like: no wider than the samples that it was learned from need."""

    kind: str
    """``number``: a numeral; ``shape``: runs of letters and digits between marks; ``text``: characters of
    some classes; ``quantity``: a numeral as the schema declares; ``words``: one of some words."""
    shape: str = ""
    """Of a shape: ``A`` for capitals, ``a`` for small letters, ``x`` for letters, ``9`` for digits, each for
    a run of them, a blank for blanks; every other character for itself."""
    classes: str = ""
    """Of a text: ``A``, ``a``, ``x``, ``9`` as far as they may come, then the marks that may; a blank among
    them sets words apart."""
    needs: str = ""
    """Of a text: ``x`` and ``9`` where each sample had letters, or digits."""
    words: tuple[tuple[str, Json], ...] = ()
    """Of words: each with the value that it says."""
    folds: bool = False
    """Of words: their case does not count."""
    marks: str = ""
    """Of a number: what samples had beside digits and a point, as ``,`` between groups, ``e``. Of a quantity:
    decimal mark, then those between groups."""


@dataclass(frozen=True, slots=True)
class Literal:
    """Characters that are always the same."""

    text: str


@dataclass(frozen=True, slots=True)
class Blank:
    """Blanks and tabs, one or more: columns are filled up with them."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A part that varies and that no field comes from."""

    form: Form


@dataclass(frozen=True, slots=True)
class Slot:
    """A part that a field comes from."""

    pointer: str
    """JSON pointer of the field: in the value, or in the item of the group around."""
    form: Form
    absent: tuple[str, ...] = ()
    """Words that stand here where the field has no value."""


@dataclass(frozen=True, slots=True)
class Group:
    """An array: its items one after the other."""

    pointer: str
    """JSON pointer of the array."""
    body: tuple[Part, ...]
    """One item."""
    between: tuple[Part, ...] | None
    """What stands between two items; None: there is one item only."""


@dataclass(frozen=True, slots=True)
class Maybe:
    """Parts that all stand there, or none."""

    parts: tuple[Part, ...]


Part: TypeAlias = "Literal | Blank | Gap | Slot | Group | Maybe"


@dataclass(frozen=True, slots=True)
class Template:
    """How texts of one format give values of one schema."""

    parts: tuple[Part, ...]
    fixed: tuple[tuple[str, Json], ...] = ()
    """Fields whose value is the same in each text of the format, by pointer: null, or a constant."""


def literal_chars(parts: tuple[Part, ...]) -> int:
    """Return how many characters of a template are always the same, optional ones left out."""
    count = 0
    for part in parts:
        if isinstance(part, Literal):
            count += sum(not one.isspace() for one in part.text)
        elif isinstance(part, Group):
            count += literal_chars(part.body)
    return count
