"""What a message costs as things grow: backlog, schemas, topics, length of texts, fields. No broker.

``python -m eval.flow.curves [--quick] [--json]``. Each figure is microseconds of the processor per message,
from packet to confirmed record: the least of some batches, since other work on the machine only adds to it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from agent.buffer import Buffer
from agent.clock import SystemClock
from agent.extract.lane import Ticket
from agent.identity import IdSource
from agent.log import configure
from agent.message import Json, Outgoing, Packet, Route
from agent.metrics import Meter
from agent.payload import Limits
from agent.pipeline import Admission, Process, Rung
from agent.plans import Plans, plan
from agent.publish import Addresses
from agent.schemas import Schema, compile_schema
from agent.templates.compiled import compiled
from agent.templates.register import Entry, Register
from agent.templates.teach import Taught, learn

BATCH: Final = 250
"""Messages of a batch."""
BATCHES: Final = 5
EXAMPLES: Final = 5
ADDRESSES: Final = Addresses(base="maaza", node="bench")
FILLING: Final = """
INSERT INTO inbox
  (id, received_at, topic, device, ordered, qos, retained, packet_id, size, sha256, text, state)
WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < :count)
SELECT printf('00000000-0000-7000-8000-%012d', n), 0.0, 'a/d' || (n % 20), 'd' || (n % 20), 1, 1, 0, 0, 10,
  x'00', :text, 'received' FROM number"""
"""Rows that wait."""


@dataclass(frozen=True, slots=True)
class Format:
    """A schema, and lines of it with their records."""

    schema: Schema
    line: Callable[[int], tuple[str, dict[str, Any]]]


def of_fields(name: str, fields: int, padding: int = 0) -> Format:
    """Return a format of so many numeric fields, with so many characters around them that say nothing."""
    names = [f"f{'abcdefghij'[at // 10]}{'abcdefghij'[at % 10]}" for at in range(fields)]
    schema: dict[str, Json] = {
        "type": "object",
        "properties": {one: {"type": "number"} for one in names},
        "required": [*names],
        "additionalProperties": False,
    }
    tail = " and nothing more to say" * (padding // 24)

    def line(number: int) -> tuple[str, dict[str, Any]]:
        record = {one: (number * 7 + at) % 1000 / 10 + 0.5 for at, one in enumerate(names)}
        return f"{name} " + " ".join(f"{one}={value}" for one, value in record.items()) + tail, record

    return Format(compile_schema(schema, name=name), line)


class Known:
    """The templates in force, as the process loop asks for them."""

    def __init__(self, formats: Sequence[Format]) -> None:
        """Learn each format from a few lines."""
        self._register = Register([entry for one in formats for entry in _learned(one)])

    def match(self, schemas: tuple[str, ...], text: str, route: str = "", /) -> Any:  # noqa: ANN401 - a hit or None
        """Return what they say of a text."""
        return self._register.match(schemas, text, route)


def _learned(one: Format) -> Iterator[Entry]:
    rows = [Taught(at, *one.line(at * 37)) for at in range(1, EXAMPLES + 1)]
    for found in learn(rows, one.schema, now=0.0).learned:
        yield Entry(found.id, one.schema.fingerprint, compiled(found.template, one.schema, found.guard), 0.9)


class Deaf:
    """A tier that never answers: what no template reads stays in hand."""

    def put(self, ticket: Ticket, /) -> None:
        """Take a job."""


class Way:
    """The stages of the agent between two brokers, driven by hand."""

    def __init__(self, folder: Path, formats: Sequence[Format], routes: Sequence[Route]) -> None:
        """Put them together."""
        clock, meter = SystemClock(), Meter()
        self.buffer = Buffer(folder / "curves.db", clock=clock, max_bytes=1 << 40, meter=meter)
        plans = Plans(plan(1, routes, {one.schema.name: one.schema for one in formats}))
        self._process = Process(
            buffer=self.buffer,
            plans=plans,
            addresses=ADDRESSES,
            clock=clock,
            window=2 * BATCH,
            settled=lambda: None,
            meter=meter,
        )
        self._process.know(Known(formats))
        self._process.add("none", Rung(lane=Deaf(), threshold=0.5))
        self._admission = Admission(
            plans=plans, limits=Limits(payload_bytes=1 << 20), addresses=ADDRESSES, new_id=IdSource(clock.now)
        )
        self._after = 0
        self._epoch = self.buffer.open_session("curves", "curves", present=False).epoch

    def take(self, messages: Sequence[tuple[str, str]]) -> float:
        """Take messages (topic, text) from packet to confirmed record; return seconds of the processor."""
        packets = tuple(packet_of(topic, text) for topic, text in messages)
        began = time.process_time()
        batch = self._admission.admit(packets)
        self.buffer.store(batch.messages, epoch=self._epoch, notices=batch.notices)
        rows: list[Outgoing] = []
        while len(rows) < len(messages):
            self._process.wake()
            self._process.step(wait_s=0.01)
            rows = self.buffer.due(after=self._after, limit=len(messages))
        self._after = rows[-1].number
        self.buffer.delivered([row.number for row in rows], at_once=True).result()
        return time.process_time() - began


def packet_of(topic: str, text: str) -> Packet:
    """Return a packet at QoS 0, which no ledger remembers."""
    return Packet(
        generation=1,
        topic=topic,
        payload=text.encode(),
        qos=0,
        retained=False,
        packet_id=0,
        expiry_s=None,
        arrived_at=time.time(),
    )


@contextmanager
def way(formats: Sequence[Format], routes: Sequence[Route]) -> Iterator[Way]:
    """Return the stages with a database of their own."""
    with tempfile.TemporaryDirectory() as folder:
        made = Way(Path(folder), formats, routes)
        try:
            yield made
        finally:
            made.buffer.close()


def route(topic_filter: str, *schemas: str) -> Route:
    """Return a route to schemas; the last level of its topics is the device."""
    return Route(filter=topic_filter, schemas=schemas, tiers=("none",), device_level=1)


def cost(some: Way, make: Callable[[int], tuple[str, str]]) -> float:
    """Return microseconds per message: the least of some batches."""
    batches = ([make(number * BATCH + at) for at in range(BATCH)] for number in range(BATCHES))
    return round(min(some.take(batch) for batch in batches) / BATCH * 1e6, 1)


def backlog(rows: int) -> float:
    """Many rows wait: for each message that comes in, one of them goes out."""
    one = of_fields("reading", 4)
    with way([one], [route("a/+", "reading")]) as made:
        if rows:
            made.buffer.read(lambda db: db.execute(FILLING, {"count": rows, "text": one.line(1)[0]}))
        return cost(made, lambda number: (f"a/d{number % 20}", one.line(number)[0]))


def schemas(count: int) -> float:
    """One route with many schemas, tried in order."""
    formats = [
        of_fields(f"kind{'abcdefghij'[at // 10 % 10]}{'abcdefghij'[at % 10]}{at}", 4) for at in range(count)
    ]
    with way(formats, [route("a/+", *(one.schema.name for one in formats))]) as made:
        return cost(made, lambda number: (f"a/d{number % 20}", formats[number % count].line(number)[0]))


def topics(count: int) -> float:
    """Many routes, and as many topics."""
    one = of_fields("reading", 4)
    with way([one], [route(f"a{at}/+", "reading") for at in range(count)]) as made:
        return cost(made, lambda number: (f"a{number % count}/d{number % 20}", one.line(number)[0]))


def length(characters: int) -> float:
    """Texts that go on."""
    one = of_fields("reading", 4, padding=characters)
    with way([one], [route("a/+", "reading")]) as made:
        return cost(made, lambda number: (f"a/d{number % 20}", one.line(number)[0]))


def fields(count: int) -> float:
    """Records with many fields."""
    one = of_fields("reading", count)
    with way([one], [route("a/+", "reading")]) as made:
        return cost(made, lambda number: (f"a/d{number % 20}", one.line(number)[0]))


CURVES: Final[dict[str, tuple[Callable[[int], float], tuple[int, ...]]]] = {
    "backlog": (backlog, (0, 10_000, 100_000, 1_000_000)),
    "schemas": (schemas, (1, 10, 50, 200)),
    "topics": (topics, (1, 100, 1000, 4000)),
    "length": (length, (0, 240, 2_400, 24_000)),
    "fields": (fields, (1, 4, 16, 64)),
}
QUICK: Final = 3
"""Points of each curve that are measured in a hurry."""


def curves(points: int | None = None) -> dict[str, dict[int, float]]:
    """Return microseconds per message by what grows; `points`: so many of each curve."""
    return {name: {size: of(size) for size in sizes[:points]} for name, (of, sizes) in CURVES.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="leave the longest point of each out")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    configure(level="warning")
    found = curves(QUICK if options.quick else None)
    if options.json:
        sys.stdout.write(f"{json.dumps(found)}\n")
        return
    for name, points in found.items():
        sys.stdout.write(
            f"{name:<9}" + "".join(f"{size:>10}: {us:8.1f} µs" for size, us in points.items()) + "\n"
        )


if __name__ == "__main__":
    main()
