"""How the agent is: beats of its loops, what is degraded, and what systemd is told."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Mapping

BEAT_S = 20.0
"""Seconds without a beat after which a loop counts as stuck; its longest pause is under one."""


class Health:
    """Collects beats. A loop beats after each round, so a beat means progress, not merely life."""

    def __init__(
        self, *, monotonic: Callable[[], float], notify: Callable[[str], None] | None = None
    ) -> None:
        """Measure with `monotonic`; speak to systemd through `notify`."""
        self._monotonic = monotonic
        self._notify = notify or systemd_notify(os.environ)
        self._beats: dict[str, float] = {}
        self._degraded: dict[str, str] = {}
        self._lock = threading.Lock()

    def beat(self, loop: str) -> None:
        """Note that a loop has finished a round."""
        self._beats[loop] = self._monotonic()

    def forget(self, loop: str) -> None:
        """Expect no more beats of a loop that has ended in order."""
        self._beats.pop(loop, None)

    def degrade(self, part: str, cause: str) -> None:
        """Note that a part does not do all it should; an empty cause says that it does again."""
        with self._lock:
            if cause:
                self._degraded[part] = cause
            else:
                self._degraded.pop(part, None)

    @property
    def degraded(self) -> Mapping[str, str]:
        """Return what does not do all it should, and why."""
        with self._lock:
            return dict(self._degraded)

    def stuck(self) -> list[str]:
        """Return the loops that have not beaten for too long."""
        now = self._monotonic()
        return [loop for loop, at in list(self._beats.items()) if now - at > BEAT_S]

    def ready(self) -> None:
        """Tell systemd that the agent works."""
        self._notify("READY=1")

    def reloading(self) -> None:
        """Tell systemd that the configuration is read again; `ready` ends it."""
        self._notify(f"RELOADING=1\nMONOTONIC_USEC={int(self._monotonic() * 1_000_000)}")

    def stopping(self) -> None:
        """Tell systemd that the agent ends in order."""
        self._notify("STOPPING=1")

    def patience(self, seconds: float) -> None:
        """Ask systemd for more time, while a model loads."""
        self._notify(f"EXTEND_TIMEOUT_USEC={int(seconds * 1_000_000)}")

    def feed_watchdog(self) -> None:
        """Tell systemd that all loops make progress; say nothing when one does not, and be restarted."""
        if self.stuck():
            return
        degraded = self.degraded
        status = "; ".join(f"{part}: {cause}" for part, cause in degraded.items()) or "working"
        # One datagram per line of meaning; a newline in a cause would begin another assignment.
        self._notify(f"WATCHDOG=1\nSTATUS={status.replace(chr(10), ' ')}")


def systemd_notify(environment: Mapping[str, str]) -> Callable[[str], None]:
    """Return a function that sends to the service manager; it does nothing where there is none."""
    address = environment.get("NOTIFY_SOCKET", "")
    if not address:
        return lambda _message: None
    target = "\0" + address[1:] if address.startswith("@") else address

    def send(message: str) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.sendto(message.encode(), target)

    return send
