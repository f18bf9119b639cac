"""Formats that a person would write a regular expression for: its pattern, what it gives, and lines."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from agent.message import Candidate, Evidence
from agent.schemas import compile_schema

NUMBER: Final = r"(-?\d+(?:\.\d+)?)"
SCHEMA: Final = compile_schema(
    {
        "type": "object",
        "properties": {"id": {"type": "string"}, "temp": {"type": "number"}, "hum": {"type": "number"}},
        "required": ["id"],
    },
    name="hand",
)


@dataclass(frozen=True, slots=True)
class Format:
    """One format."""

    pattern: re.Pattern[str]
    """Groups: id, temp, hum."""
    draw: Callable[[Random], str]

    def read(self, text: str) -> dict[str, Any] | None:
        """Return the record of a line, by hand."""
        found = self.pattern.fullmatch(text)
        return {"id": found[1], "temp": float(found[2]), "hum": float(found[3])} if found else None


FORMATS: Final = (
    Format(
        re.compile(rf"id=(\S+) temp={NUMBER}C hum={NUMBER}%"),
        lambda r: f"id=pump-{r.randrange(100)} temp={r.uniform(-20, 60):.1f}C hum={r.randrange(100)}%",
    ),
    Format(
        re.compile(rf"([^;]+);{NUMBER};{NUMBER}"),
        lambda r: f"node_{r.randrange(100)};{r.uniform(-20, 60):.1f};{r.randrange(100)}",
    ),
    Format(
        re.compile(rf"sensor (\S+) reports {NUMBER} degrees and {NUMBER} % humidity"),
        lambda r: (
            f"sensor S{r.randrange(100)} reports {r.uniform(-20, 60):.1f} degrees"
            f" and {r.randrange(100)} % humidity"
        ),
    ),
)


def by_hand(line: str) -> dict[str, Any] | None:
    """Return the record of a line of any of the formats: the pattern that fits is found by trying."""
    return next((found for one in FORMATS if (found := one.read(line)) is not None), None)


def with_evidence(line: str) -> Candidate | None:
    """Return what the agent wants of a line: the record, and the characters that each value comes from."""
    for one in FORMATS:
        found = one.pattern.fullmatch(line)
        if found:
            value = {"id": found[1], "temp": float(found[2]), "hum": float(found[3])}
            places = tuple(
                Evidence(f"/{name}", *found.span(group), 1.0) for group, name in enumerate(value, 1)
            )
            return Candidate(value, places, 1.0, "hand", "")
    return None
