"""Typed fakes of the protocols: a clock that is turned by hand, connections and tiers without a network.

SQLite is never faked: tests use a real file.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from agent.errors import Transient
from agent.extract import Extractor, Job
from agent.extract.lane import Finished, Ticket
from agent.message import Candidate, Crashed, Packet
from agent.mqtt import Endpoint

ENDPOINT = Endpoint(
    host="broker",
    port=1883,
    client_id="test",
    keepalive_s=30,
    session_expiry_s=3600,
    receive_maximum=10,
    packet_bytes=1 << 20,
)


class FakeClock:
    """Time that passes when told to."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        """Begin at a Unix time."""
        self.at = now
        self.since = 1000.0
        self.spent = 0.0
        """Processor time that everything has taken."""

    def now(self) -> float:
        """Return Unix time, seconds."""
        return self.at

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return self.since

    def processor(self) -> float:
        """Return seconds of processor time that were taken."""
        return self.spent

    def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Turn both times on."""
        self.at += seconds
        self.since += seconds


class FakeInput:
    """An input connection that notes what was acknowledged."""

    def __init__(self, acknowledged: Callable[[int], None] = lambda _packet_id: None) -> None:
        """Call `acknowledged` at each PUBACK."""
        self.endpoint = ENDPOINT
        self.is_connected = True
        self.generation = 1
        self.acks: list[int] = []
        self._acknowledged = acknowledged
        self.reads = True
        """Whether the broker answers a mark."""
        self.marks: list[int] = []
        """How many PUBACKs each mark is behind."""

    def acknowledge(self, generation: int, packet_id: int, /) -> bool:
        """Note a PUBACK of the present connection."""
        if generation != self.generation:
            return False
        self._acknowledged(packet_id)
        self.acks.append(packet_id)
        return True

    def mark(self, generation: int, /) -> threading.Event | None:
        """Answer at once, or never."""
        if generation != self.generation:
            return None
        self.marks.append(len(self.acks))
        answer = threading.Event()
        if self.reads:
            answer.set()
        return answer


class FakeOutput:
    """An output connection that keeps what was published."""

    def __init__(self) -> None:
        """Begin connected, with nothing published."""
        self.published: list[tuple[str, str, dict[str, str]]] = []
        self.expiries: list[int | None] = []
        self.is_connected = True

    def publish(
        self,
        topic: str,
        payload: str,
        *,
        properties: Sequence[tuple[str, str]],
        expiry_s: int | None = None,
    ) -> int:
        """Keep a message; packet ids count from 1."""
        if not self.is_connected:
            raise Transient("publish", cause="no connection")
        self.published.append((topic, payload, dict(properties)))
        self.expiries.append(expiry_s)
        return len(self.published)


class FakeQueue:
    """A tier's queue that keeps tickets until the test answers them."""

    def __init__(self, tier: str) -> None:
        """Answer under this name."""
        self.tier = tier
        self.tickets: list[Ticket] = []

    def put(self, ticket: Ticket, /) -> None:
        """Keep a ticket."""
        self.tickets.append(ticket)

    def answer(self, make: Callable[[Job], Candidate | Crashed]) -> list[Finished]:
        """Answer all tickets that wait."""
        tickets, self.tickets = self.tickets, []
        return [Finished(ticket, self.tier, make(ticket.job)) for ticket in tickets]

    def answer_with(self, extractor: Extractor) -> list[Finished]:
        """Answer all tickets that wait with an extractor."""
        return self.answer(lambda job: extractor.extract([job])[0])


def packet(packet_id: int, payload: str | bytes, *, topic: str = "load/a/raw", generation: int = 1) -> Packet:
    """Return a PUBLISH at QoS 1."""
    return Packet(
        generation=generation,
        topic=topic,
        payload=payload.encode() if isinstance(payload, str) else payload,
        qos=1 if packet_id else 0,
        retained=False,
        packet_id=packet_id,
        expiry_s=None,
        arrived_at=1_700_000_000.0,
    )
