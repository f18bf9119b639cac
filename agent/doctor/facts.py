"""What probes bring home: plain values, so that judging them needs no network and no broken machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

FAILURE: Final = 0x80
"""Reason codes from here on are refusals (MQTT 5, 2.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What became of a broker's name."""

    host: str
    addresses: tuple[str, ...] = ()
    is_address: bool = False
    """The setting is an address already."""
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What became of a TCP connection."""

    address: str
    """``host:port``."""
    seconds: float = 0.0
    kind: str = ""
    """Empty: it stands. ``refused``, ``silent`` (no answer), ``unreachable``, or ``other``."""
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secured:
    """What became of a TLS handshake."""

    host: str
    version: str = ""
    """As in ``TLSv1.3``."""
    expires_at: float | None = None
    """Unix seconds at which the broker's certificate expires."""
    kind: str = ""
    """Empty: it stands. ``untrusted``, ``name``, ``expired``, ``early``, ``no_tls``, ``ours``, ``other``."""
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a broker said to CONNECT."""

    code: int | None = None
    """Reason code of MQTT 5, also where the broker spoke 3.1.1; None: it closed or said nothing."""
    reason: str = ""
    v5: bool = True
    present: bool = False
    """It had kept the session."""
    session_expiry_s: int | None = None
    """What it keeps the session for, where it says something else than was asked."""
    receive_maximum: int | None = None
    maximum_qos: int = 2
    retain: bool = True
    wildcards: bool = True
    shared: bool = True
    packet_bytes: int | None = None

    @property
    def accepted(self) -> bool:
        """Tell whether the connection stands."""
        return self.code == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribed:
    """What became of one subscription."""

    filter: str
    code: int | None
    """Granted QoS, or a reason code from 0x80 on; None: no answer."""
    live: int = 0
    """Messages that came while listening."""
    retained: int = 0
    listened_s: float = 0.0
    stored: int = 0
    """Messages of this filter that the agent's database has of the last hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What became of one probe message."""

    topic: str
    code: int | None
    """Reason code of the PUBACK; None: none came, or the connection ended."""
    v5: bool
    echoed: bool
    """It came back to a subscription of the same user."""

    @property
    def passed(self) -> bool:
        """Tell whether it proves the right to publish; 3.1.1 confirms what it throws away."""
        return self.code is not None and self.code < FAILURE and (self.v5 or self.echoed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What became of a session while its client was away."""

    present: bool
    echoed: bool
    """Probe messages reach the probe while it is connected."""
    queued: bool
    """A message that came while it was away was there when it came back."""
    asked_s: int
    """Session expiry that the settings ask for, seconds."""
    granted_s: int | None = None
    """What the broker said to that; None: nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerWords:
    """What the broker says about itself below ``$SYS``."""

    version: str = ""
    dropped: int | None = None
    """Messages that it has thrown away since it started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerFile:
    """What Mosquitto's configuration says, on this machine."""

    path: str = ""
    """Empty: no configuration could be read."""
    fault: str = ""
    """Why not."""
    persistence: bool = False
    autosave_s: int = 1800
    queued_messages: int = 1000
    """Per session; 0: no limit."""
    queued_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """Where the database lies."""

    folder: str
    exists: bool = True
    writable: bool = True
    user: str = ""
    kind: str = ""
    """Type of the file system, as in ``ext4``."""
    read_only: bool = False
    free_bytes: int = 0
    used_bytes: int = 0
    """Bytes of the database and its log."""
    sync_s: tuple[float, ...] = ()
    """Seconds of each write with fsync."""
    fault: str = ""
    """Why the write failed."""
    owner: int | None = None
    """Process that has the database open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """What the machine knows about time."""

    now: float
    built: float
    """Unix seconds before which this version did not exist."""
    synchronised: bool | None
    """None: the system does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Processor:
    """What the processor can, and what llama.cpp was compiled for."""

    flags: frozenset[str]
    """As in ``/proc/cpuinfo``."""
    built: frozenset[str]
    """As ``llama_print_system_info`` names them."""
    fault: str = ""
    """Why llama.cpp did not say."""
    slowed: Mapping[str, str] = field(default_factory=dict)
    """What slows it now → what to do; empty where nothing does, or it does not say."""
    slowed_before: Mapping[str, str] = field(default_factory=dict)
    """The same since the machine started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFiles:
    """The model of a tier."""

    tier: str
    name: str = ""
    folder: str = ""
    sha256: str = ""
    bytes: int = 0
    fault: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What a tier gets done on this machine."""

    tier: str
    texts: int = 0
    seconds: float = 0.0
    unfit: int = 0
    """Texts among them that were refused for want of context: they cost nothing and say nothing."""
    busy: bool = False
    """The agent ran beside the measurement."""
    fault: str = ""

    @property
    def per_s(self) -> float:
        """Return texts per second."""
        return self.texts / self.seconds if self.seconds else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """How many messages come."""

    source: str
    """As in ``the last hour of the database``."""
    by_route: Mapping[int, float] = field(default_factory=dict)
    """Messages per second of each route."""
    counts: Mapping[int, int] = field(default_factory=dict)
    """Messages of each route."""
    climbed: Mapping[str, float] = field(default_factory=dict)
    """Records per second of each tier that is not the first of its route."""

    @property
    def per_s(self) -> float:
        """Return messages per second of all routes."""
        return sum(self.by_route.values())
