"""Keeps payloads out of the log: what strangers' exceptions say, and texts that lines carry."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from traceback import walk_tb
from types import TracebackType
from typing import Any

from agent.errors import AgentError

PLAIN = (AgentError, OSError, sqlite3.Error, MemoryError, ImportError)
"""Exceptions whose words never hold a payload. Others may quote the value they stumbled over."""
HIDDEN = "(its words may quote a payload: set log.payloads to see them)"
TEXT_CHARS = 200
"""First characters of a text that a line carries, where that is allowed."""
FRAMES = 30
"""Innermost frames of a traceback that are shown."""
CAUSES = 5
"""Exceptions of a chain that are shown."""

Event = MutableMapping[str, Any]


class Privacy:
    """A processor: tracebacks as places in the code, words and texts only where `payloads` are allowed."""

    def __init__(self, *, payloads: bool) -> None:
        """Show payloads, or not."""
        self._payloads = payloads

    def __call__(self, _owner: object, _method: str, event: Event) -> Event:
        """Replace what may hold a payload."""
        if "text" in event:
            self._cut(event)
        if (error := _exception(event.pop("exc_info", None))) is not None:
            event["exception"] = "\n".join(self._story(error))
        return event

    def _cut(self, event: Event) -> None:
        text = event.pop("text")
        if self._payloads and isinstance(text, str):
            event["text"] = text[:TEXT_CHARS]

    def _story(self, error: BaseException) -> Iterator[str]:
        """Yield an exception and those that led to it, the last one first; frames innermost last."""
        chain = [error]
        while (before := chain[-1].__cause__ or chain[-1].__context__) and len(chain) < CAUSES:
            chain.append(before)
        for one in chain:
            words = str(one) if self._payloads or isinstance(one, PLAIN) else HIDDEN
            yield f"{type(one).__name__}: {words}"
            yield from (f"  {place}" for place in places(one.__traceback__))


def places(traceback: TracebackType | None) -> list[str]:
    """Return where a traceback leads, the innermost place last: code alone, no values."""
    frames = [
        f"{Path(frame.f_code.co_filename).name}:{line} in {frame.f_code.co_name}"
        for frame, line in walk_tb(traceback)
    ]
    return frames[-FRAMES:]


def _exception(given: object) -> BaseException | None:
    """Return the exception that a line is about: one that was given, or the one being handled."""
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return given[1] if isinstance(given[1], BaseException) else None
    return sys.exception() if given else None
