"""What a conversion reads and gives."""

from __future__ import annotations

from dataclasses import dataclass

from agent.message import Json


class Unconvertible(Exception):  # noqa: N818 - a finding about the text, not a fault of the program
    """A text does not say what its schema declares; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A span of a raw text, and when the text came in."""

    text: str
    start: int
    end: int
    received_at: float | None = None
    """Unix time, seconds; None where it is not known."""

    @property
    def written(self) -> str:
        """Return the characters of the span."""
        return self.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Converted:
    """A value, and what was done to get it."""

    value: Json
    how: str
    """The steps, in words that name the declared forms."""
