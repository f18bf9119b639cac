"""Formats that a person would write a regular expression for: its pattern, what it gives, and lines."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, Final

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
