"""What a stretch of text looks like: a time stamp, an address, a number, an identifier.

A small model should not have to learn that ``10.0.0.5`` is one thing and not four numbers. The shapes of a
text do not overlap; each token is told the shape that it begins, goes on with, or ends.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from agent.schemas.node import NUMERIC, Node
from agent.vocabulary import Token

_DATE = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{1,2}[-/ ][A-Za-z]{3}[-/ ]\d{2,4}"
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?"
_ZONE = r"(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?"
_BSD = rf"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {{1,2}}\d{{1,2}}(?: \d{{4}})? {_CLOCK}"
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_HEX = r"[0-9A-Fa-f]{1,4}"
_IP = (
    rf"{_OCTET}(?:\.{_OCTET}){{3}}(?![.\d])|(?:{_HEX}:){{3,7}}{_HEX}"
    rf"|(?<!\w)(?:{_HEX}:){{1,7}}:(?:{_HEX}:){{0,7}}{_HEX}|::{_HEX}"
)
_NAME = (
    r"(?:(?<![^\W\d_])[^\W\d_]{1,32}[-_./#]?(?=\w{0,32}\d)|\b\d{1,32}[-_:](?=\w{0,32}[^\W\d_]))"
    r"\w+(?:[-_.:]\w+)*"
)
_FORMS = (
    ("moment", rf"(?:{_DATE})(?:[T :]|, ?){_CLOCK}{_ZONE}|\b{_BSD}|\d{{8}}T\d{{6}}Z?"),
    ("uuid", r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"),
    ("mac", r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}"),
    ("ip", _IP),
    ("email", r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,8}"),
    ("uri", r"(?<![A-Za-z])[A-Za-z][A-Za-z0-9+.-]{1,9}://[^\s\"'<>|]+"),
    ("date", rf"(?:{_DATE})(?![\w:-])"),
    ("clock", rf"{_CLOCK}(?![\w:])"),
    ("hex", r"0x[0-9A-Fa-f]+"),
    ("path", r"(?<![\w/])/[A-Za-z][\w.-]*(?:/[\w.-]*)*"),
    ("version", r"v?\d{1,4}\.\d{1,5}\.\d{1,6}(?:[.+~-]?[A-Za-z0-9]+)*"),
    ("epoch", r"(?<![\w.-])1[0-9]{9}(?:[0-9]{3})?(?:\.\d{1,6})?(?![\w.])"),
    ("name", _NAME),
    ("decimal", r"(?<![\w.])[-+\u2212]?(?:\d{1,3}(?:,\d{3})+|\d+)?\.\d+(?:[eE][-+]?\d{1,3})?(?![.\d])"),
    ("integer", r"(?<![\w.])[-+\u2212]?(?:\d{1,3}(?:,\d{3})+|\d+)(?!\.?\d)"),
    ("compound", r"(?<![^\W\d_])[^\W\d_]{1,64}(?:[-_.][^\W\d_]{1,64}){1,16}"),
    ("capitals", r"(?<![A-Z])[A-Z]{2,64}(?![^\W\d_])"),
)  # fmt: skip
"""Kinds of shapes, the surest first."""
SHAPES = tuple(name for name, _ in _FORMS)
_SHAPE = re.compile("|".join(f"(?P<{name}>{form})" for name, form in _FORMS))
BEGINS, INSIDE, ENDS = 1, 2, 3
SHAPE_VALUES = 3 * len(SHAPES) + 1
"""Values of the layout feature: 0 for no shape, else three for each kind."""
MAX_CHARS = 20_000
"""Characters in which shapes are looked for; a text that fits a model is shorter."""

TIMES = frozenset({"moment", "date", "clock", "epoch"})
_OF_FORMAT = {
    "date-time": TIMES, "date": TIMES, "time": TIMES, "uuid": frozenset({"uuid"}),
    "ipv4": frozenset({"ip"}), "ipv6": frozenset({"ip"}), "email": frozenset({"email"}),
    "uri": frozenset({"uri"}),
}  # fmt: skip
_OF_WORD = {
    "time": TIMES, "timestamp": TIMES, "date": TIMES, "ts": TIMES, "datetime": TIMES,
    "uuid": frozenset({"uuid"}), "guid": frozenset({"uuid"}), "mac": frozenset({"mac"}),
    "ip": frozenset({"ip"}), "ipv4": frozenset({"ip"}), "ipv6": frozenset({"ip"}),
    "email": frozenset({"email"}), "url": frozenset({"uri"}), "uri": frozenset({"uri"}),
    "version": frozenset({"version"}), "firmware": frozenset({"version"}), "path": frozenset({"path"}),
}  # fmt: skip
NUMBERS = frozenset({"decimal", "integer"})
SOLID = TIMES | {"ip", "mac", "uuid", "version", "hex"}
"""Shapes whose parts are no values of their own."""


class Shape(NamedTuple):
    """A stretch of the text, ``[start, end)``, that looks like something."""

    kind: str
    start: int
    end: int


def shapes(text: str) -> list[Shape]:
    """Return the shapes of a text in order; they do not overlap."""
    return [Shape(match.lastgroup or "", *match.span()) for match in _SHAPE.finditer(text, 0, MAX_CHARS)]


def shape_layout(found: Sequence[Shape], tokens: Sequence[Token]) -> npt.NDArray[np.int32]:
    """Return the layout feature of each token."""
    values = np.zeros(len(tokens), np.int32)
    place = 0
    for shape in found:
        while place < len(tokens) and tokens[place].start < shape.start:
            place += 1
        first = 3 * SHAPES.index(shape.kind)
        while place < len(tokens) and tokens[place].end <= shape.end:
            begins = tokens[place].start == shape.start
            ends = tokens[place].end == shape.end
            values[place] = first + (BEGINS if begins else ENDS if ends else INSIDE)
            place += 1
    return values


def expected(node: Node, words: Sequence[str]) -> frozenset[str]:
    """Return the shapes that a value of a field has, by its format, its kind or the words of its name."""
    if node.kind in NUMERIC:
        return NUMBERS
    known = _OF_FORMAT.get(str(node.fragment.get("format")))
    if known:
        return known
    return next((_OF_WORD[word] for word in reversed(words) if word in _OF_WORD), frozenset())
