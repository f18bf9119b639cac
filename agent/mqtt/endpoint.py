"""How to reach a broker, and who hears from the connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from agent.message import Packet
from agent.mqtt import secrets
from agent.mqtt.secrets import NOBODY, Login, Secrets, Tls


@dataclass(frozen=True, slots=True, kw_only=True)
class Will:
    """What the broker says when we vanish."""

    topic: str
    payload: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """How to reach a broker and what to ask of it."""

    host: str
    port: int
    client_id: str
    keepalive_s: int
    session_expiry_s: int
    """Seconds for which the broker keeps our session while we are away; 0: a clean session."""
    receive_maximum: int
    """Messages that we ask the broker to send before our acknowledgement."""
    packet_bytes: int
    """Largest packet that we let the broker send: a guard of memory, far above the payload limit."""
    protocol: str = "auto"
    """``5``, ``3.1.1``, or ``auto``: 5, and 3.1.1 where the broker refuses it."""
    login: Login = NOBODY
    tls: Tls | None = None
    will: Will | None = None

    @property
    def address(self) -> str:
        """Return ``host:port``."""
        return f"{self.host}:{self.port}"

    def secrets(self) -> Secrets:
        """Return what the next connection proves itself with, from the files as they are now.

        Raises:
            OSError: a file is missing, may not be read, or is no certificate or key.
            ValueError: a file is no text.
        """
        return secrets.read(self.login, self.tls)


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection that the broker has accepted."""

    generation: int
    session_present: bool
    """True where the broker kept our session."""
    receive_maximum: int
    """Messages that the broker takes before its acknowledgement."""
    v5: bool


class Listener(Protocol):
    """Who is told. All calls come from the network thread and must not wait."""

    def up(self, opened: Opened, /) -> None:
        """Hear that a connection stands."""

    def down(self, generation: int, cause: str, /) -> None:
        """Hear that it has ended."""

    def packet(self, packet: Packet, /) -> None:
        """Take an incoming message."""

    def confirmed(self, generation: int, packet_id: int, code: int, /) -> None:
        """Hear that the broker has answered a publish; codes from 0x80 on are refusals."""
