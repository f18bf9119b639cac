"""What the agent says lines with."""

from __future__ import annotations

from typing import Protocol

import structlog

PRIORITY = {"critical": "<2>", "error": "<3>", "warning": "<4>", "info": "<6>", "debug": "<7>"}
"""Prefix by which journald knows the priority of a line (sd-daemon(3))."""


class Logger(Protocol):
    """The part of a logger that the agent uses. A fact named ``text`` is a payload, left out by default."""

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


def logger(part: str) -> Logger:
    """Return the logger of a part of the agent."""
    made: Logger = structlog.get_logger(part=part)
    return made
