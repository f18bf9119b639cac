"""A service manager of the test's own: hears what an agent says to systemd."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from pathlib import Path

from rig import wait_until

POLL_S = 0.1


class ServiceManager:
    """Listens on a datagram socket and keeps each message with its time."""

    def __init__(self, path: Path) -> None:
        """Listen from now on."""
        self.path = path
        self.heard: list[tuple[float, str]] = []
        self._ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._ear.bind(str(path))
        self._ear.settimeout(POLL_S)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while not self._over.is_set():
            with contextlib.suppress(TimeoutError):
                self.heard.append((time.monotonic(), self._ear.recv(4096).decode()))

    def count(self, beginning: str) -> int:
        """Return how many messages begin like this."""
        return sum(message.startswith(beginning) for _, message in list(self.heard))

    def wait_for(self, beginning: str, times: int = 1) -> None:
        """Wait until so many messages in all begin like this."""
        wait_until(lambda: self.count(beginning) >= times, 15, what=f"{times} times {beginning}")

    def wait_for_beats(self) -> None:
        """Wait for two more beats."""
        self.wait_for("WATCHDOG=1", self.count("WATCHDOG=1") + 2)

    def beats_within(self, seconds: float) -> int:
        """Wait so long; return how many beats came meanwhile."""
        before = self.count("WATCHDOG=1")
        time.sleep(seconds)
        return self.count("WATCHDOG=1") - before

    def close(self) -> None:
        """Listen no more."""
        self._over.set()
        self._thread.join()
        self._ear.close()
