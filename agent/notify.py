"""What the service manager is told (sd_notify): one datagram per message, to nobody where nobody listens."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping

from agent.log import logger

LOG = logger("notify")

Notify = Callable[[str], None]
"""Takes assignments, one per line, that the service manager shall have at once."""

SEND_S = 1.0
"""Longest wait for a service manager that does not read, seconds."""
STATUS_BYTES = 1024
"""Longest status, bytes; systemd ignores a datagram of more than 4096 as a whole."""


def notifier(environment: Mapping[str, str]) -> Notify:
    """Return how to speak to the service manager that ``NOTIFY_SOCKET`` names; silence without one."""
    address = environment.get("NOTIFY_SOCKET", "")
    return Channel(address).send if address else _silence


def status(text: str) -> str:
    """Return the assignment of a status: on one line, as a newline would begin another, and not too long."""
    line = " ".join(text.split())
    return f"STATUS={line.encode()[:STATUS_BYTES].decode(errors='ignore')}"


def extend_timeout(seconds: float) -> str:
    """Return the assignment that asks for more time to start or to stop."""
    return f"EXTEND_TIMEOUT_USEC={int(seconds * 1_000_000)}"


class Channel:
    """The socket of the service manager. That nobody reads it is no reason to fail."""

    def __init__(self, address: str) -> None:
        """Take a path, or with ``@`` a name without a file."""
        self._target = f"\0{address[1:]}" if address.startswith("@") else address
        self._fault = ""

    def send(self, message: str) -> None:
        """Send one datagram; say once when that begins to fail."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
                channel.settimeout(SEND_S)
                channel.sendto(message.encode(), self._target)
        except OSError as error:
            self._failed(str(error))
        else:
            self._fault = ""

    def _failed(self, cause: str) -> None:
        if cause != self._fault:
            LOG.warning("service_manager_deaf", cause=cause, socket=self._target.replace("\0", "@"))
        self._fault = cause


def _silence(_message: str) -> None:
    pass
