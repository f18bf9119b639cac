"""Time comes in through a clock, so that tests can turn it."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Three times: one to write down, one to measure with, one that is paid for."""

    def now(self) -> float:
        """Return Unix time in seconds; it may jump."""

    def monotonic(self) -> float:
        """Return seconds that never run backwards; they mean nothing to another process."""

    def processor(self) -> float:
        """Return seconds of processor time that the calling thread has taken."""

    def sleep(self, seconds: float) -> None:
        """Let time pass."""


class SystemClock:
    """The machine's own time."""

    def now(self) -> float:
        """Return Unix time in seconds."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds since an arbitrary point."""
        return time.monotonic()

    def processor(self) -> float:
        """Return seconds of processor time that the calling thread has taken."""
        return time.thread_time()

    def sleep(self, seconds: float) -> None:
        """Block this thread."""
        time.sleep(seconds)
