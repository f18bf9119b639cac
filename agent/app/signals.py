"""What the process is asked for: SIGTERM and SIGINT to stop, SIGHUP to read the configuration again."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType

GRACE_S = 2.0
"""Seconds after which a second SIGTERM ends the process whatever it is doing."""
FAILED = 1
"""Exit code of an end that was forced."""


class Stop:
    """The wish to stop: once in order, twice at once. A wish to reload comes in between."""

    def __init__(self) -> None:
        """Wish nothing yet."""
        self.wished = threading.Event()
        self.at_once = threading.Event()
        self.reload = threading.Event()
        self._heard = threading.Event()

    def listen(self) -> None:
        """Take SIGTERM and SIGINT as the wish to stop, SIGHUP as that to reload."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGHUP, self._reload)

    def wait(self, seconds: float) -> None:
        """Wait until something is wished, for a bounded time."""
        self._heard.wait(seconds)
        self._heard.clear()

    def wants_reload(self) -> bool:
        """Tell whether a reload is wished; asked once, the wish is taken up."""
        wished = self.reload.is_set()
        self.reload.clear()
        return wished

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        if self.wished.is_set():
            self.at_once.set()
            threading.Timer(GRACE_S, os._exit, (FAILED,)).start()
        self.wished.set()
        self._heard.set()

    def _reload(self, _number: int, _frame: FrameType | None) -> None:
        self.reload.set()
        self._heard.set()
