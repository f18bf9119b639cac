"""How to reach a broker, and who hears from the connection."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import Protocol

from agent.message import Packet


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """Files that secure a connection."""

    ca_file: str | None = None
    """Authorities to trust; None: the system's."""
    cert_file: str | None = None
    """Our certificate, for brokers that ask for one."""
    key_file: str | None = None


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
    username: str | None = None
    password: str | None = None
    tls: Tls | None = None
    will: Will | None = None

    @property
    def address(self) -> str:
        """Return ``host:port``."""
        return f"{self.host}:{self.port}"


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


def tls_context(tls: Tls) -> ssl.SSLContext:
    """Return a context that verifies the broker; files are read anew for each connection."""
    context = ssl.create_default_context(cafile=tls.ca_file)
    if tls.cert_file:
        context.load_cert_chain(tls.cert_file, tls.key_file)
    return context
