"""Structured logging: one event name per line, the message id where one is concerned, never a payload."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any, Protocol, TextIO

import structlog


class Logger(Protocol):
    """The part of a logger that the agent uses."""

    def debug(self, event: str, /, **facts: object) -> None:
        """Say what only a developer wants to know."""

    def info(self, event: str, /, **facts: object) -> None:
        """Say what an operator may want to know."""

    def warning(self, event: str, /, **facts: object) -> None:
        """Say what an operator should look at."""

    def error(self, event: str, /, **facts: object) -> None:
        """Say what an operator must act on."""

    def exception(self, event: str, /, **facts: object) -> None:
        """Say what an operator must report, with the traceback."""


PRIORITY = {"critical": "<2>", "error": "<3>", "warning": "<4>", "info": "<6>", "debug": "<7>"}
"""Prefix by which journald knows the priority of a line."""


def logger(part: str) -> Logger:
    """Return the logger of a part of the agent."""
    made: Logger = structlog.get_logger(part=part)
    return made


def configure(*, level: str = "info", stream: TextIO | None = None) -> None:
    """Write to `stream` (standard error): for people on a terminal, else JSON, one object per line.

    Under systemd each line begins with its priority, so that ``journalctl -p warning`` works.
    """
    journald = "JOURNAL_STREAM" in os.environ
    target = stream or sys.stderr
    last: list[Any] = [structlog.dev.ConsoleRenderer()] if target.isatty() else json_lines(journald=journald)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            *last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(target),
        cache_logger_on_first_use=False,
    )


def json_lines(*, journald: bool) -> list[Any]:
    """Return the processors that end in one JSON object per line."""
    render = structlog.processors.JSONRenderer(ensure_ascii=False)

    def prefixed(owner: Any, method: str, event: Any) -> str:  # noqa: ANN401 - structlog's signature
        priority = PRIORITY.get(str(event.get("level")), "")
        return f"{priority}{render(owner, method, event)!s}"

    return [structlog.processors.dict_tracebacks, prefixed if journald else render]
