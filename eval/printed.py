"""A message as a device prints it: values with what stands around them, so that its record is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from agent.message import Json


@dataclass(frozen=True, slots=True)
class Piece:
    """A value in a line, with what the device prints around it."""

    path: tuple[str, ...]
    """Keys of its field; empty where it belongs to none."""
    before: str
    text: str
    after: str
    value: Json

    @property
    def is_labelled(self) -> bool:
        """Tell whether a word before it says what it is."""
        return any(one.isalpha() for one in self.before)


@dataclass(frozen=True, slots=True)
class Line:
    """A message in its pieces."""

    head: str
    pieces: tuple[Piece, ...]
    joint: str
    tail: str = ""

    @property
    def text(self) -> str:
        """Return the raw text."""
        return (
            self.head + self.joint.join(one.before + one.text + one.after for one in self.pieces) + self.tail
        )

    @property
    def record(self) -> dict[str, Json]:
        """Return the record that is right."""
        made: dict[str, Json] = {}
        for one in self.pieces:
            inner = made
            for key in one.path[:-1]:
                below = inner.setdefault(key, {})
                assert isinstance(below, dict)  # noqa: S101 - paths are those of one schema; for the type checker
                inner = below
            if one.path:
                inner[one.path[-1]] = one.value
        return made


Draw = Callable[[Random, str, bool], Line]
"""How a device prints a line; the flag: with its new firmware."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of device."""

    name: str
    schema: str
    devices: tuple[str, ...]
    draw: Draw

    @property
    def filter(self) -> str:
        """Return the topic filter of its messages."""
        return f"stream/{self.name}/+"


Value = tuple[str, Json]
"""As it is printed, and as it is meant."""
Field = tuple[str, str, Value, str]
"""Path of a field with dots, what stands before its value, the value, what stands behind."""


def line(head: str, joint: str, tail: str, *fields: Field | None) -> Line:
    """Return a line of its head, what stands between its fields, its tail, and its fields."""
    pieces = [
        Piece(tuple(path.split(".")) if path else (), before, text, after, value)
        for path, before, (text, value), after in (field for field in fields if field is not None)
    ]
    return Line(head, tuple(pieces), joint, tail)


def number(random: Random, low: float, high: float, decimals: int = 0) -> Value:
    """Draw a number of some decimals."""
    text = f"{random.uniform(low, high):.{decimals}f}"
    return text, float(text) if decimals else int(text)


def one_of(random: Random, *words: str) -> Value:
    """Draw one of some words."""
    return same(random.choice(words))


def same(text: str) -> Value:
    """Return what is meant as it is printed."""
    return text, text


def flag(random: Random, share: float) -> Value:
    """Draw yes or no; `share`: how often it is yes."""
    value = random.random() < share
    return "yes" if value else "no", value


def moment(random: Random) -> Value:
    """Draw a date with its time."""
    hour, minute, second = random.randrange(24), random.randrange(60), random.randrange(60)
    return same(
        f"2026-0{random.randrange(1, 10)}-{random.randrange(10, 29)} {hour:02}:{minute:02}:{second:02}"
    )


def address(random: Random, first: str) -> Value:
    """Draw an address of IPv4 by its first two bytes."""
    return same(f"{first}.{random.randrange(256)}.{random.randrange(1, 255)}")
