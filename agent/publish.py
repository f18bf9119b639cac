"""Sends messages out: what they look like, how fast they go, and what the broker answered."""

from __future__ import annotations

import math
import queue
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto

from agent.json_text import written
from agent.message import (
    Attempt,
    Candidate,
    Claimed,
    Json,
    Kind,
    Outgoing,
    Packet,
    RawMessage,
    Reason,
    Record,
)
from agent.mqtt import Opened

HOPELESS = {0x90: "topic name invalid", 0x95: "packet too large", 0x99: "payload format invalid"}
"""MQTT 5 reason codes after which another try is of no use."""
REFUSED = 0x80
"""Reason codes from here on are refusals."""
TEXT_IN_DEAD_LETTER = 4096
"""Characters of the raw text that a dead letter carries; the whole text stays in the database."""


OUTPUTS = frozenset({"data", "rejected", "status", "info", "health", "metrics", "response"})
"""Topic levels below ``<base>/<node>`` that only this agent writes to."""


@dataclass(frozen=True, slots=True)
class Source:
    """What an outgoing message says about where it comes from."""

    id: str
    topic: str
    device: str
    received_at: float
    text: str | None
    qos: int = 1
    """0: its broker had promised nothing."""
    retained: bool = False
    """It is perhaps older than it looks."""
    expires_at: float | None = None
    """Unix time, seconds, after which nobody wants its record; None: never."""
    hops: int = 0
    """Agents that it has gone through before this one."""

    @property
    def way(self) -> dict[str, Json]:
        """Return how many agents it has gone through, this one included; nothing where that is all."""
        return {"hops": self.hops + 1} if self.hops else {}


def source_of(message: RawMessage | Claimed) -> Source:
    """Return what is said about a message of the inbox."""
    return Source(
        message.id,
        message.topic,
        message.device,
        message.received_at,
        message.text,
        message.qos,
        message.retained,
        message.expires_at,
        message.hops,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Topics of this node, in the shape of Zigbee2MQTT."""

    base: str
    node: str

    @property
    def root(self) -> str:
        """Return ``<base>/<node>``."""
        return f"{self.base}/{self.node}"

    def is_output(self, topic: str) -> bool:
        """Tell whether a topic is one that only this agent writes to."""
        below = topic.removeprefix(f"{self.root}/")
        return below != topic and below.partition("/")[0] in OUTPUTS

    @property
    def status(self) -> str:
        """Return the topic of the retained status, also the last will."""
        return f"{self.root}/status"

    @property
    def info(self) -> str:
        """Return the topic of the retained description."""
        return f"{self.root}/info"

    @property
    def health(self) -> str:
        """Return the topic of the retained state of health."""
        return f"{self.root}/health"

    @property
    def metrics(self) -> str:
        """Return the topic of the retained metrics."""
        return f"{self.root}/metrics"

    def device(self, kind: Kind, device: str) -> str:
        """Return the topic of a device's records or dead letters."""
        return f"{self.root}/{kind}/{device}"


def data(source: Source, record: Record, addresses: Addresses) -> Outgoing:
    """Write a record as it is published.

    ``evidence`` maps JSON pointers to ``[start, end)`` in characters of the raw text, null where nothing in
    the text cues the value; ``inferred`` lists the pointers whose value is not a copy of its span;
    ``converted`` says of values that were computed from their span what stands there, and how it was done.
    """
    candidate, way = record.candidate, source.way
    body: dict[str, Json] = {
        "id": source.id,
        **way,
        "schema": record.schema,
        "schema_version": record.schema_version,
        "value": candidate.value,
        "evidence": {
            one.pointer: [one.start, one.end] if one.start >= 0 else None for one in candidate.evidence
        },
        "inferred": [one.pointer for one in candidate.evidence if one.inferred],
        "converted": conversions(candidate, source.text or ""),
        "confidence": round(candidate.confidence, 6),
        "tier": candidate.tier,
        "received_at": timestamp(source.received_at),
        "qos": source.qos,
        "retained": source.retained,
    }
    if candidate.template:
        body["template"] = candidate.template
    properties = (
        ("id", source.id),
        ("schema", record.schema),
        ("schema-version", record.schema_version),
        ("model", candidate.model),
        ("tier", candidate.tier),
        ("source-topic", source.topic),
    )
    return _outgoing(Kind.DATA, source, body, properties, addresses)


def conversions(candidate: Candidate, text: str) -> dict[str, Json]:
    """Return for each converted leaf its text and how it was converted, by JSON pointer."""
    return {
        one.pointer: {"text": text[one.start : one.end], "how": one.converted}
        for one in candidate.evidence
        if one.converted
    }


def dead_letter(
    source: Source, reason: Reason, detail: str, trail: tuple[Attempt, ...], addresses: Addresses
) -> Outgoing:
    """Write why a message was rejected, with the text and the tries that led there."""
    body: dict[str, Json] = {
        "id": source.id,
        **source.way,
        "reason": str(reason),
        "detail": detail,
        "topic": source.topic,
        "text": None if source.text is None else source.text[:TEXT_IN_DEAD_LETTER],
        "trail": [
            {
                "schema": one.schema,
                "tier": one.tier,
                "outcome": one.outcome,
                "confidence": round(one.confidence, 6),
            }
            for one in trail
        ],
        "received_at": timestamp(source.received_at),
        "qos": source.qos,
        "retained": source.retained,
    }
    properties = (("id", source.id), ("reason", str(reason)), ("source-topic", source.topic))
    return _outgoing(Kind.REJECTED, source, body, properties, addresses)


def _outgoing(
    kind: Kind,
    source: Source,
    body: dict[str, Json],
    properties: tuple[tuple[str, str], ...],
    addresses: Addresses,
) -> Outgoing:
    return Outgoing(
        id=source.id,
        kind=kind,
        device=source.device,
        topic=addresses.device(kind, source.device),
        payload=written(body),
        properties=(*properties, ("hops", str(source.hops + 1))) if source.hops else properties,
        # A dead letter is for the operator, who wants to know at any time.
        expires_at=source.expires_at if kind is Kind.DATA else None,
    )


def left_s(expires_at: float | None, now: float) -> int | None:
    """Return the whole seconds that are left of a Message Expiry, 0 once it has passed; None: it has none."""
    return None if expires_at is None else max(0, math.ceil(expires_at - now))


def timestamp(seconds: float) -> str:
    """Return Unix seconds as RFC 3339, UTC, milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Answer(Enum):
    """What the output broker's answer means."""

    TAKEN = auto()
    """Delivered."""
    LATER = auto()
    """Refused for now."""
    NEVER = auto()
    """Refused for good."""


def weigh(code: int) -> Answer:
    """Say what a PUBACK's reason code means."""
    if code < REFUSED:
        return Answer.TAKEN
    return Answer.NEVER if code in HOPELESS else Answer.LATER


class Pace:
    """Limits how fast the outbox drains: a bucket that fills at a rate and holds one second's worth."""

    def __init__(self, per_second: float, *, monotonic: Callable[[], float]) -> None:
        """Allow so many messages per second; 0 sets no limit."""
        self._rate = per_second
        self._monotonic = monotonic
        self._level = per_second
        self._at = monotonic()

    def allow(self, wanted: int) -> int:
        """Return how many of the wanted messages may go now."""
        if not self._rate:
            return wanted
        now = self._monotonic()
        self._level = min(self._rate, self._level + (now - self._at) * self._rate)
        self._at = now
        return min(wanted, int(self._level))

    def spend(self, count: int) -> None:
        """Note that so many went."""
        self._level -= count


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The broker has answered a publish."""

    generation: int
    packet_id: int
    code: int


@dataclass(frozen=True, slots=True)
class Closed:
    """The output connection has ended; what it had not confirmed goes out again."""

    generation: int


@dataclass(frozen=True, slots=True)
class News:
    """There is something new in the outbox."""


Event = Opened | Confirmed | Closed | News


class Courier:
    """The listener of the output connection: hands its events, and news of work, to the deliver loop."""

    def __init__(self, *, greet: Callable[[], None] = lambda: None) -> None:
        """Call `greet` on each new connection, before anything else is sent on it."""
        self._greet = greet
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def up(self, opened: Opened) -> None:
        """Tell that a connection stands."""
        self._greet()
        self._events.put(opened)

    def down(self, generation: int, cause: str) -> None:  # noqa: ARG002 - the protocol of a listener
        """Tell that it has ended."""
        self._events.put(Closed(generation))

    def packet(self, packet: Packet) -> None:
        """Nothing to do: this connection subscribes to nothing."""

    def confirmed(self, generation: int, packet_id: int, code: int) -> None:
        """Tell what the broker answered."""
        self._events.put(Confirmed(generation, packet_id, code))

    def wake(self) -> None:
        """Tell that there is something new in the outbox."""
        self._events.put(News())

    def take(self, *, wait_s: float) -> list[Event]:
        """Return all events that wait; wait for the first one."""
        try:
            events: list[Event] = [self._events.get(timeout=wait_s)]
        except queue.Empty:
            return []
        while not self._events.empty():
            events.append(self._events.get_nowait())
        return events
