"""How lines are made and where they go: JSON for the journal, colours for people; never a fault itself."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Mapping, MutableMapping
from time import monotonic
from typing import Any, TextIO

import structlog

from agent.log.privacy import Privacy
from agent.log.repeats import Key, Repeats
from agent.log.words import PRIORITY, logger

LOG = logger("log")
HELD_BACK = "held_back"
"""Event of a line that tells what was held back; itself it never is."""
REPEATS = Repeats(monotonic=monotonic)


class Lines:
    """Writes lines to a stream. One that cannot be written is counted: a full disk must not end a loop."""

    lost = 0
    """Lines that could not be written since the start, by all of these."""

    def __init__(self, stream: TextIO) -> None:
        """Take the stream."""
        self._stream = stream
        self._lock = threading.Lock()

    def __call__(self, *_arguments: object) -> Lines:
        """Return itself: structlog asks a factory."""
        return self

    def msg(self, line: str) -> None:
        """Write one line, whole."""
        try:
            with self._lock:
                self._stream.write(f"{line}\n")
                self._stream.flush()
        except (OSError, ValueError):
            Lines.lost += 1

    debug = info = warning = error = critical = msg


def configure(*, level: str = "info", payloads: bool = False, stream: TextIO | None = None) -> None:
    """Write to `stream` (standard error): for people on a terminal, else JSON, one object per line.

    Where systemd reads it, each line begins with its priority, so that ``journalctl -p warning`` works.
    `payloads`: also what may hold raw text.
    """
    target = stream or sys.stderr
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            _sparing,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            Privacy(payloads=payloads),
            *_rendering(target, os.environ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=Lines(target),
        cache_logger_on_first_use=False,
    )


def is_enabled(level: str) -> bool:
    """Tell whether lines of a level are said at present; cheaper than to make one in vain."""
    wrapper = structlog.get_config()["wrapper_class"]
    return bool(wrapper.is_enabled_for(None, logging.getLevelNamesMapping()[level.upper()]))


def said() -> Mapping[str, int]:
    """Return how many lines were not said, by cause, since the start."""
    return {"held_back": REPEATS.total, "unwritable": Lines.lost}


def held_back(*, at_end: bool = False) -> None:
    """Tell what was held back of storms that are over; `at_end`: of all."""
    for (part, event, level), lines in REPEATS.rest() if at_end else REPEATS.overdue():
        tell = LOG.info if level in {"info", "debug"} else LOG.warning
        tell(HELD_BACK, of=event, of_part=part, of_level=level, lines=lines)


def _sparing(_owner: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop a line that says too often what was said; the next one carries how many there were."""
    if method == "debug" or event["event"] == HELD_BACK:
        return event
    key: Key = (str(event.get("part", "")), str(event["event"]), method)
    held = REPEATS.admit(key)
    if held is None:
        raise structlog.DropEvent
    if held:
        event["held_back"] = held
    return event


def _rendering(target: TextIO, environment: Mapping[str, str]) -> list[Any]:
    """Return the processors that end in a line."""
    if target.isatty():
        plain = bool(environment.get("NO_COLOR")) or environment.get("TERM") == "dumb"
        return [structlog.dev.ConsoleRenderer(colors=not plain, sort_keys=False)]
    return json_lines(journald=is_journal(target, environment))


def is_journal(target: TextIO, environment: Mapping[str, str]) -> bool:
    """Tell whether systemd's journal reads a stream: ``JOURNAL_STREAM`` is its device and inode."""
    try:
        found = os.fstat(target.fileno())
    except (OSError, ValueError):
        return False
    return environment.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def json_lines(*, journald: bool) -> list[Any]:
    """Return the processors that end in one JSON object per line."""
    # What is no JSON is written as text: bytes of a broken name, a path. Never a failure.
    render = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)

    def prefixed(owner: Any, method: str, event: Any) -> str:  # noqa: ANN401 - structlog's signature
        priority = PRIORITY.get(str(event.get("level")), "")
        return f"{priority}{render(owner, method, event)!s}"

    return [prefixed if journald else render]
