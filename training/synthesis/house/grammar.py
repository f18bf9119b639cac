"""A small grammar of lines: ``{key}`` a value, ``(a|b)`` one of some, ``[x]`` sometimes, ``<low>`` made up.

``{key!}`` prints a number without its unit; ``^`` stands for what joins labels and values, ``~`` for what
parts cells, both the same all over a text. A backslash takes the meaning from the sign behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from training.synthesis import pattern, value

_KINDS: Final = {"time": "time", "clock": "clock", "date": "date", "person": "name"}
"""Names of made up words that are kinds of value; all others are of ``training.synthesis.pattern``."""
_CLOSE: Final = {"(": ")", "[": "]"}
_OPTIONAL: Final = 0.55
"""Share of texts that have an optional part."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A value of a field."""

    key: str
    bare: bool
    """Printed without its unit."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some sequences, or nothing."""

    options: tuple[Sequence, ...]
    optional: bool


@dataclass(frozen=True, slots=True)
class Noise:
    """Words that answer nothing."""

    draw: Callable[[Random], str]


@dataclass(frozen=True, slots=True)
class Sign:
    """What is the same all over a text: ``^`` or ``~``."""

    name: str


Sequence = tuple["str | Slot | Choice | Noise | Sign", ...]
Piece = str | Slot | Sign


def parse(line: str) -> Sequence:
    """Read a line.

    Raises:
        ValueError: a bracket is open at its end, or closed twice.
    """
    found, at = _sequence(line, 0, "")
    if at != len(line):
        message = f"{line!r}: a bracket too many at {at}"
        raise ValueError(message)
    return found


def _sequence(line: str, at: int, ends: str) -> tuple[Sequence, int]:
    """Read up to one of ``ends``, or to the end of the line."""
    found: list[str | Slot | Choice | Noise | Sign] = []
    while at < len(line) and line[at] not in ends:
        char = line[at]
        if char in _CLOSE:
            choice, at = _choice(line, at)
            found.append(choice)
        elif char in "{<":
            end = line.index("}" if char == "{" else ">", at)
            found.append(_named(line[at + 1 : end], of_field=char == "{"))
            at = end + 1
        elif char in "^~":
            found.append(Sign(char))
            at += 1
        else:
            at += char == "\\"
            found.append(line[at])
            at += 1
    return tuple(found), at


def _choice(line: str, at: int) -> tuple[Choice, int]:
    close = _CLOSE[line[at]]
    optional, options = line[at] == "[", []
    while True:
        option, at = _sequence(line, at + 1, "|" + close)
        options.append(option)
        if at >= len(line):
            message = f"{line!r}: a bracket is not closed"
            raise ValueError(message)
        if line[at] == close:
            return Choice(tuple(options), optional), at + 1


def _named(name: str, *, of_field: bool) -> Slot | Noise:
    if of_field:
        return Slot(name.removesuffix("!"), name.endswith("!"))
    if name in _KINDS:
        return Noise(lambda rng: value.source(_KINDS[name], rng).draw(rng)[0])
    return Noise(pattern.maker("{" + name + "}"))


def expand(sequence: Sequence, rng: Random) -> Iterator[Piece]:
    """Yield the pieces of one text."""
    for part in sequence:
        if isinstance(part, Noise):
            yield part.draw(rng)
        elif isinstance(part, Choice):
            if not part.optional or rng.random() < _OPTIONAL:
                yield from expand(rng.choice(part.options), rng)
        else:
            yield part
