"""What simulator and consumer write down, each in a file of its own: the witnesses of the proof."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from agent.message import Json


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the broker has confirmed to the simulator."""

    topic: str
    sha256: str
    """Digest of the payload, hex."""


@dataclass(frozen=True, slots=True)
class Received:
    """A message that the consumer got from the broker."""

    id: str
    kind: str
    """``data`` or ``rejected``."""
    value: Json
    """The published object; None of a dead letter."""


Note = TypeVar("Note", Sent, Received)


def line(note: Sent | Received) -> str:
    """Return a note as a line of its file."""
    return json.dumps(asdict(note), ensure_ascii=False) + "\n"


def read(path: Path, kind: type[Note]) -> list[Note]:
    """Return the notes in a file, without a last line that is not written to its end."""
    return [kind(**json.loads(text)) for text in _whole_lines(path)]


def count(path: Path) -> int:
    """Return how many notes a file holds."""
    return sum(1 for _ in _whole_lines(path))


def _whole_lines(path: Path) -> Iterator[str]:
    if path.exists():
        with path.open(encoding="utf-8") as file:
            yield from (text for text in file if text.endswith("\n"))
