"""The three loops on a real file, with fakes at the rim; the test turns them by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from agent.buffer import Buffer, audit
from agent.extract.stub import Stub
from agent.identity import IdSource
from agent.intake import Inflow
from agent.message import Packet, Route
from agent.metrics import Meter
from agent.mqtt import Opened
from agent.payload import Limits
from agent.pipeline import Admission, Deliver, Process, Receive, Rung
from agent.plans import Plans, plan
from agent.publish import Addresses, Courier, Pace
from agent.redaction import NOTHING, Redaction
from agent.schemas import Schema, compile_schema
from agent.testing import FakeClock, FakeInput, FakeOutput, FakeQueue

CAP = 64 << 20
"""Byte cap of test buffers."""


def make_schema(name: str = "load") -> Schema:
    """Return the schema of the tests: a word and two numbers."""
    return compile_schema(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"https://example.invalid/{name}/1",
            "type": "object",
            "properties": {
                "device": {"type": "string"},
                "temp": {"type": "number", "maximum": 100},
                "hum": {"type": "integer"},
            },
            "required": ["device", "temp"],
            "additionalProperties": False,
        },
        name=name,
    )


@dataclass
class Bench:
    """All three loops on a real file, with fakes at the rim; the test turns them by hand."""

    path: Path
    clock: FakeClock
    buffer: Buffer
    route: Route = field(
        default_factory=lambda: Route("load/+/raw", ("load",), ("one", "two"), device_level=1)
    )
    window: int = 512
    redaction: Redaction = NOTHING

    def __post_init__(self) -> None:
        """Put the parts together."""
        addresses = Addresses(base="maaza", node="t")
        self.meter = Meter()
        # The buffer was opened before: what it counts belongs to the same meter.
        self.buffer._writer._meter = self.meter
        schemas = {name: make_schema(name) for name in ("load", "other")}
        self.plans = Plans(plan(1, [self.route], schemas))
        self.link, self.out = FakeInput(), FakeOutput()
        self.inflow = Inflow(max_messages=1000, max_bytes=1 << 20)
        self.courier = Courier()
        self.process = Process(
            buffer=self.buffer,
            plans=self.plans,
            addresses=addresses,
            clock=self.clock,
            window=self.window,
            settled=self.courier.wake,
            redaction=self.redaction,
            meter=self.meter,
        )
        self.queues = {name: FakeQueue(name) for name in ("one", "two")}
        for name, queue in self.queues.items():
            self.process.add(name, Rung(lane=queue, threshold=0.5))
        self.admission = Admission(
            plans=self.plans,
            limits=Limits(payload_bytes=1000),
            addresses=addresses,
            redaction=self.redaction,
            new_id=IdSource(self.clock.now),
        )
        self.receive = Receive(
            inflow=self.inflow,
            admission=self.admission,
            buffer=self.buffer,
            link=self.link,
            clock=self.clock,
            stored=self.process.wake,
            meter=self.meter,
        )
        self.deliver = Deliver(
            buffer=self.buffer,
            link=self.out,
            courier=self.courier,
            pace=Pace(0, monotonic=self.clock.monotonic),
            in_flight=10,
            clock=self.clock,
            meter=self.meter,
        )

    def connect(self, *, generation: int = 1, present: bool = True) -> None:
        """Open an input connection."""
        self.link.generation = generation
        self.inflow.put(Opened(generation, present, 100, v5=True))
        self.receive.step(wait_s=0)

    def arrive(self, *packets: Packet) -> None:
        """Receive packets."""
        for one in packets:
            assert self.inflow.put(one)
        self.receive.step(wait_s=0)

    def extract(self) -> None:
        """Claim, answer everything with the stub, settle."""
        self.clock.advance(1)
        self.process.step(wait_s=0)
        for name, queue in self.queues.items():
            self.process.finished(queue.answer_with(Stub(name)))
        self.process.step(wait_s=0)

    def rows(self, columns: str = "*", rest: str = "ORDER BY seq") -> list[tuple[object, ...]]:
        """Return rows of the inbox."""
        return self.buffer.read(lambda db: db.execute(f"SELECT {columns} FROM inbox {rest}").fetchall())  # noqa: S608

    def proof(self) -> dict[str, tuple[int, int]]:
        """Return messages and contradictions by state."""
        return self.buffer.read(audit.proof)


def open_buffer(path: Path, clock: FakeClock, max_bytes: int = CAP) -> Buffer:
    """Open a buffer on a file."""
    return Buffer(path, clock=clock, max_bytes=max_bytes)
