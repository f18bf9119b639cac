"""What a schema says of where values stand: "field 5", "2nd column", "before the slash", "in order: a;b".

Device protocols are documented by the number of a field or by the marks around it. A description that says so
is taken at its word: the links of a place say whether it is in the cell, or at the mark, that is named.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

from agent.page import Page
from agent.pieces import words_in
from agent.prompt import SchemaPrompt
from agent.schemas.node import Node

_OTHER_MARKS: Final = ":/#^~"
"""Marks that part the cells of a line without white space that has no better one."""
LAST: Final = -1
"""Number of the last cell of a line."""

_WORDS: Final = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth",
)  # fmt: skip
_CELL: Final = r"(?:field|column|cell|position|pos|value|item|token|element|entry|word)"
_NUMBERED: Final = re.compile(
    rf"(?:\b{_CELL}\s*(?:no\.?|number|nr\.?|#)?\s*|#)(\d{{1,2}})\b(?!\s*(?:to|or|and|means|is|=|-|–|\.\d))",
    re.IGNORECASE,
)
_NTH: Final = re.compile(
    rf"\b(?:(\d{{1,2}})(?:st|nd|rd|th)|({'|'.join(_WORDS)}|last))\s+{_CELL}\b"
    r"(?!\s+(?:with|after|before|behind|in|inside))",
    re.IGNORECASE,
)
_LISTED: Final = re.compile(r"(?:\b(?:order|format|layout|split at \w+)\b[^:]{0,20}:\s*)(.+)", re.IGNORECASE)
_SEPARATOR: Final = re.compile(r"\s*[;,|\t]\s*")
_SPACE: Final = re.compile(r"\s")
_SENTENCE: Final = re.compile(r"\.(?:\s|$)")

_MARKS: Final = {
    "slash": "/", "colon": ":", "dash": "-", "hyphen": "-", "comma": ",", "semicolon": ";", "dot": ".",
    "equals sign": "=", "plus sign": "+", "at sign": "@", "percent sign": "%", "arrow": "->", "hash": "#",
    "pipe": "|", "bar": "|", "underscore": "_", "parentheses": "(", "parenthesis": "(", "brackets": "[",
    "bracket": "[", "square brackets": "[", "braces": "{", "curly braces": "{", "angle brackets": "<",
    "quotes": '"', "quotation marks": '"',
}  # fmt: skip
"""Marks by the names that descriptions give them; of a pair, the one that opens."""
_MARK: Final = "|".join(sorted(map(re.escape, _MARKS), key=len, reverse=True))
_SIDE: Final = re.compile(
    r"\b(before|left of|after|right of|following|behind|in|inside|within|between)\s+(?:the\s+)?(?:first\s+)?"
    rf"({_MARK})\b",
    re.IGNORECASE,
)
_AHEAD: Final = ("before", "left of")


@dataclass(frozen=True, slots=True)
class Beside:
    """A mark that a value stands at."""

    mark: str
    ahead: bool
    """The value stands before the mark; else directly behind it."""


def cells(prompt: SchemaPrompt) -> dict[int, int]:
    """Return the number of the cell that each question is said to stand in, from 1; ``LAST`` for the last."""
    found = listed(prompt)
    for order, slot in enumerate(prompt.slots):
        number = said(slot.node)
        if number and not slot.is_key:
            found[order] = number
    return found


def said(node: Node) -> int:
    """Return the number of the cell that a description names; 0 where it names none."""
    told = f"{node.title} {node.description}"
    if match := _NTH.search(told):
        digits, word = match.groups()
        if word:
            return LAST if word.lower() == "last" else _WORDS.index(word.lower()) + 1
        return int(digits)
    return int(match.group(1)) if (match := _NUMBERED.search(told)) else 0


def listed(prompt: SchemaPrompt) -> dict[int, int]:
    """Return the cells of questions whose schema lists names in the order of its fields.

    A name is a question's if it has the same words, or is the only one that has all of them.
    """
    names = _names(prompt.head)
    found: dict[int, int] = {}
    for order, slot in enumerate(prompt.slots):
        own = words_in(slot.node.name)
        like = [number for number, name in enumerate(names, start=1) if own == name]
        like = like or [number for number, name in enumerate(names, start=1) if set(own) <= set(name)]
        if own and len(like) == 1 and not slot.is_key:
            found[order] = like[0]
    return found if len(found) > 1 else {}


def beside(node: Node) -> Beside | None:
    """Return the mark that a description puts a value at."""
    match = _SIDE.search(f"{node.title} {node.description}")
    if match is None:
        return None
    side, mark = match.group(1).lower(), match.group(2).lower()
    return Beside(_MARKS[mark], side in _AHEAD)


def stands(text: str, start: int, beside: Beside) -> bool:
    """Tell whether a word that begins at a character stands at a mark."""
    if not beside.ahead:
        while start and text[start - 1] == " ":
            start -= 1
        return text.endswith(beside.mark, 0, start)
    if start and (text[start - 1].isalnum() or text[start - 1] == "_"):
        return False
    at = text.find(beside.mark, start)
    end = at - (text[at - 1 : at] == " ")  # one blank may stand before the mark
    return end > start and _SPACE.search(text, start, end) is None


def numbered(page: Page) -> dict[int, tuple[int, int]]:
    """Return, for each piece that may begin a cell, the cell's number and how many the line has.

    Cells are parted by the line's mark, else by white space, else by the sign that the line has most of.
    Marks before the first word of a cell begin it as much as the word.
    """
    found: dict[int, tuple[int, int]] = {}
    for line, (first, behind) in enumerate(page.lines):
        borders = _borders(page, line, page.pieces[behind - 1].end if behind > first else 0)
        begun = 0
        for number in range(first, behind if borders else first):
            piece = page.pieces[number]
            cell = bisect_right(borders, piece.start) + 1
            if cell > begun and piece.kind != "space":
                found[number] = (cell, len(borders) + 1)
                begun = cell if piece.kind in ("word", "digits") else begun
    return found


def _borders(page: Page, line: int, end: int) -> list[int]:
    """Return where the cells of a line begin, but the first."""
    start = page.starts[line]
    written = page.text[start:end].rstrip()
    lead = len(written) - len(written.lstrip())
    mark = page.marks[line]
    if not mark and not re.search(r"\s", written.strip()):
        mark = max(_OTHER_MARKS, key=written.count)
        mark = mark if written.count(mark) > 1 else ""
    pattern = re.compile(re.escape(mark) if mark else r"\s+")
    return [start + match.end() for match in pattern.finditer(written, lead)]


def _names(head: str) -> list[tuple[str, ...]]:
    """Return the names that a description lists in order, by their words; names are parted by marks."""
    match = _LISTED.search(head)
    told = _SENTENCE.split(match.group(1))[0] if match else ""
    parted = _SEPARATOR.split(told)
    return [words for name in parted if (words := words_in(name))] if len(parted) > 1 else []
