"""What the process is asked for: SIGTERM and SIGINT to stop, SIGHUP to read the configuration again."""

from __future__ import annotations

import os
import queue
import signal
import threading
from types import FrameType

GRACE_S = 2.0
"""Seconds after which a second SIGTERM ends the process whatever it is doing."""
FAILED = 1
"""Exit code of an end that was forced."""


class Stop:
    """The wish to stop: once in order, twice at once. A wish to reload may come before.

    A handler runs in the middle of the main thread, which may hold the lock of any Event just then: handlers
    only set plain values, and put into a queue that is made for it.
    """

    def __init__(self) -> None:
        """Wish nothing yet."""
        self.wished = False
        self.at_once = False
        self._reload = False
        self._heard: queue.SimpleQueue[int] = queue.SimpleQueue()

    def listen(self) -> None:
        """Take SIGTERM and SIGINT as the wish to stop, SIGHUP as that to reload."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGHUP, self._again)

    def wait(self, seconds: float) -> None:
        """Wait until something is wished, for a bounded time."""
        try:
            self._heard.get(timeout=seconds)
        except queue.Empty:
            return

    def wants_reload(self) -> bool:
        """Tell whether a reload is wished; asked once, the wish is taken up."""
        wished, self._reload = self._reload, False
        return wished

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        if self.wished:
            self.at_once = True
            threading.Timer(GRACE_S, os._exit, (FAILED,)).start()
        self.wished = True
        self._heard.put(number)

    def _again(self, number: int, _frame: FrameType | None) -> None:
        self._reload = True
        self._heard.put(number)
