"""Where each key of a TOML text stands. Reads only texts that the TOML parser has accepted. Pure."""

from __future__ import annotations

import re
import tomllib
from typing import Final

from agent.settings.given import Location

BARE: Final = r"[A-Za-z0-9_-]+"
BASIC: Final = r'"(?:\\.|[^"\\\n])*"'
LITERAL: Final = r"'[^'\n]*'"
LONG_BASIC: Final = r'"""(?s:\\.|(?!""").)*"{3,5}'
LONG_LITERAL: Final = r"'''(?s:(?!''').)*'{3,5}"

BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
"""Spaces, ends of lines, comments."""
PART: Final = re.compile(f"{BARE}|{BASIC}|{LITERAL}")
"""One part of a dotted key."""
DOT: Final = re.compile(r"[ \t]*\.[ \t]*")
SCALAR: Final = re.compile(rf"{LONG_BASIC}|{LONG_LITERAL}|{BASIC}|{LITERAL}|[^,\]}}#\n]+")
"""A value that is neither a list nor an inline table."""

Places = dict[Location, tuple[int, int]]


def positions(text: str) -> Places:
    """Return line and column, from 1, of every key, table and list item."""
    return _Scanner(text).scan()


class _Scanner:
    """A cursor that walks over the text once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._places: Places = {}
        self._counts: dict[Location, int] = {}
        """Tables seen so far of each ``[[list]]``."""

    def scan(self) -> Places:
        table: Location = ()
        while self._skip_blank():
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._entry(table)
        return self._places

    def _skip_blank(self) -> bool:
        """Go to the next sign; False at the end of the text."""
        self._at = self._match(BLANK).end()
        return self._at < len(self._text)

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str]:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise ValueError(f"no TOML at character {self._at}")
        return found

    def _note(self, location: Location, start: int) -> None:
        line = self._text.count("\n", 0, start) + 1
        self._places.setdefault(location, (line, start - self._text.rfind("\n", 0, start)))

    def _note_all(self, location: Location, first: int, start: int) -> None:
        """Note a place and the tables on the way to it, which stand there unless they were made before."""
        for depth in range(first, len(location) + 1):
            self._note(location[:depth], start)

    def _header(self) -> Location:
        """Read ``[table]`` or ``[[list]]``; a name of a list on the way means its last table."""
        start = self._at
        double = self._text.startswith("[[", start)
        self._at += 1 + double
        self._skip_blank()
        location = self._resolve(self._key(), adds=double)
        self._at = self._text.index("]", self._at) + 1 + double
        self._note_all(location, 1, start)
        return location

    def _resolve(self, names: Location, *, adds: bool) -> Location:
        location: Location = ()
        for depth, name in enumerate(names, start=1):
            location = (*location, name)
            if adds and depth == len(names):
                self._counts[location] = self._counts.get(location, -1) + 1
            if location in self._counts:
                location = (*location, self._counts[location])
        return location

    def _key(self) -> Location:
        parts = [self._part()]
        while dot := DOT.match(self._text, self._at):
            self._at = dot.end()
            parts.append(self._part())
        return tuple(parts)

    def _part(self) -> str:
        found = self._match(PART)
        self._at = found.end()
        if found[0][0] not in "\"'":
            return found[0]
        return next(iter(tomllib.loads(f"{found[0]} = 0")))

    def _entry(self, table: Location) -> None:
        """Read ``key = value``; the tables that a dotted key makes stand there too."""
        start = self._at
        key = self._key()
        self._note_all((*table, *key), len(table) + 1, start)
        self._at = self._text.index("=", self._at) + 1
        self._skip_blank()
        self._value((*table, *key))

    def _value(self, location: Location) -> None:
        if self._text[self._at] == "[":
            self._list(location)
        elif self._text[self._at] == "{":
            self._inline_table(location)
        else:
            self._at = self._match(SCALAR).end()

    def _list(self, location: Location) -> None:
        self._at += 1
        index = 0
        while not self._ends("]"):
            self._note((*location, index), self._at)
            self._value((*location, index))
            index += 1

    def _inline_table(self, location: Location) -> None:
        self._at += 1
        while not self._ends("}"):
            self._entry(location)

    def _ends(self, end: str) -> bool:
        """Go to the next item of a list or inline table; True, and behind it, at the end."""
        self._skip_blank()
        if self._text[self._at] == ",":
            self._at += 1
            self._skip_blank()
        if self._text[self._at] != end:
            return False
        self._at += 1
        return True
