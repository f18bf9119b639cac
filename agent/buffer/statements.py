"""The statements of ``queries.sql`` by name."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def statements() -> dict[str, str]:
    """Return each statement of ``queries.sql`` without its description."""
    parts = NAME.split(resources.files("agent.buffer").joinpath("queries.sql").read_text("utf-8"))
    return {name: _bare(body) for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def _bare(body: str) -> str:
    """Drop comment lines: sqlite3's cache of prepared statements is keyed by the text."""
    lines = [line for line in body.strip().splitlines() if not line.startswith("--")]
    return "\n".join(lines).rstrip(";")


def sql(name: str) -> str:
    """Return one statement."""
    return statements()[name]
