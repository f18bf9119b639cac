"""A raw text in tokens: the units in which texts of one format are compared. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from agent.message import Json


class Kind(Enum):
    """What a token is."""

    MOMENT = auto()
    """A date, a time, or both: they differ from message to message, also where samples agree."""
    NUMBER = auto()
    """Digits, with marks between them."""
    WORD = auto()
    """Letters."""
    BLANK = auto()
    LINE = auto()
    """End of a line."""
    MARK = auto()
    """Any other character."""
    SLOT = auto()
    """The place of a field."""
    GROUP = auto()
    """The places of an array."""


@dataclass(frozen=True, slots=True)
class Token:
    """A stretch of a text."""

    kind: Kind
    text: str
    pointer: str = ""
    """Of a slot or group: its field."""
    value: Json = None
    """Of a slot: the value that the example wants."""
    bodies: tuple[tuple[Token, ...], ...] = ()
    """Of a group: its items."""
    betweens: tuple[tuple[Token, ...], ...] = ()
    """Of a group: what stands between them."""
    start: int = -1
    """Offset of its first character in the text."""

    @property
    def is_field(self) -> bool:
        """Tell whether a field comes from here."""
        return self.kind in {Kind.SLOT, Kind.GROUP}


_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?"
_ZONE = r"(?:[ ]?(?:Z|[+-]\d{2}:?\d{2}))?"
_DATES = (
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}",
    r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4}",
    rf"\d{{1,2}}[- /]{_MONTH}[- /]\d{{4}}",
    rf"{_MONTH}[ ]{{1,2}}\d{{1,2}}",
)
_MOMENTS = (
    rf"(?:{'|'.join(_DATES)})(?:[T ,:]{{1,2}}{_CLOCK}{_ZONE})?",
    rf"\d{{2}}:\d{{2}}:\d{{2}}(?:[.,]\d{{1,9}})?{_ZONE}",
    # Seconds, or milliseconds, since 1970: from 2014 to 2033.
    r"1[4-9]\d{8}(?:\.\d{1,9}|\d{3})?",
)
_MOMENT = rf"(?<![\w.])(?:{'|'.join(_MOMENTS)})(?![\w])"
_TOKEN = re.compile(
    rf"(?P<MOMENT>{_MOMENT})|(?P<LINE>\r?\n)|(?P<BLANK>[ \t]+)|(?P<NUMBER>\d+(?:[.,:]\d+)*)"
    r"|(?P<WORD>[^\W\d_]+)|(?P<MARK>.)",
    re.DOTALL,
)


def tokens(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """Return the tokens of a stretch of a text, one behind the other without a hole."""
    behind = len(text) if end is None else end
    return [
        Token(Kind[str(found.lastgroup)], found.group(), start=found.start())
        for found in _TOKEN.finditer(text, start, behind)
    ]
