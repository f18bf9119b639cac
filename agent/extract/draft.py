"""Guesses how an answer goes on, from the lines of the text: many tokens are read at the price of few calls.

A guess is only offered. Every token of it is decided by the model under the grammar as if it had come alone
(speculative decoding, Leviathan and others, 2023); what it decides otherwise is thrown away. So guesses
change how long an answer takes, never what it says. The guess: what stands behind a property's name in
the text, to the end of the line, then the next line's name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent.schemas import Node

_LINE = re.compile(r"\s*([^:=]{1,60}?)\s*[:=]\s*(.*?)\s*$")
_KEY = re.compile(r'"((?:[^"\\]|\\.)*)": ')
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_SCALAR = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s",\]}\[{]+(?=[,\]}])')
_NUMERAL = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_OPENINGS = (', "{}": ', '}}, {{"{}": ', '}}], "{}": ', '], "{}": ', '}}, "{}": ')
"""Ways from the end of a value to a property."""
_CLOSINGS = ("}", "}]}", "]}", "}}", "}]}}")
MAX_LINES = 500
"""Lines of a text that are looked at."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a text."""

    name: str
    """The property that its label names; empty where there is none."""
    rest: str
    """What stands behind the label; the whole line where there is none."""
    labelled: bool


class Guide:
    """The guesses of one text."""

    def __init__(self, text: str, root: Node) -> None:
        """Match the labels of a text's lines with the names of a schema's properties."""
        names = {_letters(name): name for name in _names(root)}
        self._lines = [_line(one, names) for one in text.splitlines()[:MAX_LINES] if one.strip()]

    def after(self, answer: str) -> Iterator[str]:
        """Yield how an answer may go on; the grammar tells which of them can be."""
        keys = list(_KEY.finditer(answer))
        if not keys:
            yield from self._opening(answer)
            return
        key = keys[-1]
        at = self._place(key[1], sum(one[1] == key[1] for one in keys))
        if at is not None:
            yield from self._value(answer[key.end() :], at)

    def _opening(self, answer: str) -> Iterator[str]:
        named = next((line.name for line in self._lines if line.name), "")
        for begun in (f'{{"{named}": "', f'{{"{named}": ') if named else ("{",):
            if begun.startswith(answer):
                yield begun[len(answer) :]

    def _place(self, name: str, count: int) -> int | None:
        """Return the line of a property that is written for the ``count``-th time."""
        found = [at for at, line in enumerate(self._lines) if line.name == name]
        return found[min(count, len(found)) - 1] if found else None

    def _value(self, written: str, at: int) -> Iterator[str]:
        """Go on with the value of a line, as far as it is written, or behind it."""
        if written.startswith("["):
            yield from self._list(written, at)
            return
        whole = _SCALAR.match(written)
        if whole:
            yield from self._cut(self._turns(at), written[whole.end() :])
            return
        for value in _ways(self._lines[at].rest):
            if value.startswith(written):
                yield from (value[len(written) :] + turn for turn in self._turns(at))

    def _list(self, written: str, at: int) -> Iterator[str]:
        """Go on with an array of strings, one a line below the label."""
        items = self._items(at)
        ends = list(_STRING.finditer(written))
        behind = ends[-1].end() if ends else 1
        if len(ends) >= len(items):
            turns = (turn for turn in self._turns(at + len(items)) if turn.startswith("]"))
            yield from self._cut(turns, written[behind:])
            return
        rest = ", ".join(json.dumps(one, ensure_ascii=False) for one in items[len(ends) :])
        begun = (", " if ends else "") + rest
        if begun.startswith(written[behind:]):
            yield begun[len(written) - behind :] + "]"

    def _items(self, at: int) -> list[str]:
        if self._lines[at].rest:
            return [one.strip() for one in self._lines[at].rest.split(",")]
        found = []
        for line in self._lines[at + 1 :]:
            if line.labelled:
                break
            found.append(line.rest)
        return found

    def _turns(self, at: int) -> Iterator[str]:
        """Yield the ways from a line's value to the next line that has a name, or to the end."""
        named = next((line.name for line in self._lines[at + 1 :] if line.name), "")
        for one in _OPENINGS if named else ():
            yield one.format(named) + '"'
            yield one.format(named)
        yield from _CLOSINGS

    @staticmethod
    def _cut(turns: Iterator[str], begun: str) -> Iterator[str]:
        return (turn[len(begun) :] for turn in turns if turn.startswith(begun) and turn != begun)


def _line(line: str, names: dict[str, str]) -> Line:
    found = _LINE.fullmatch(line)
    if found is None:
        return Line("", line.strip(), labelled=False)
    return Line(names.get(_letters(found[1]), ""), found[2], labelled=True)


def _ways(rest: str) -> Iterator[str]:
    """Yield how an answer may write what stands behind a label."""
    yield json.dumps(rest, ensure_ascii=False)
    numeral = _NUMERAL.search(rest)
    if numeral:
        yield numeral.group()
    if rest.lower() in {"true", "false"}:
        yield rest.lower()


def _names(node: Node) -> Iterator[str]:
    for child in node.properties:
        yield child.name
        yield from _names(child)
    if node.item:
        yield from _names(node.item)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()
