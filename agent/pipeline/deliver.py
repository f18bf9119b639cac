"""Third loop: from the outbox to the output broker, until it confirms."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol

from agent import publish
from agent.buffer import Buffer
from agent.clock import Clock
from agent.errors import Permanent, Transient
from agent.log import logger
from agent.message import Outgoing
from agent.metrics import Meter
from agent.mqtt import Opened
from agent.pipeline import tally
from agent.pipeline.obstacle import Obstacle
from agent.publish import Answer, Closed, Confirmed, Courier, News, Pace
from agent.retry import REDELIVER

LOG = logger("deliver")

NOTE_ROWS = 100
"""Confirmed messages without a durable note from which it cannot wait; a crash repeats so many at most."""
NOTE_S = 0.02
"""Longest time for which a confirmation waits for others before it is handed to be noted, seconds."""
READ_ROWS = 500
"""Outbox rows read at a time."""
LOOK_BACK_EVERY_S = 2.0
"""Seconds between looks at the start of the outbox."""
LOOK_EVERY_S = 0.5
"""Seconds after which a loop looks at its table without being woken."""


class Output(Protocol):
    """The output connection, as the deliver loop needs it."""

    def publish(
        self,
        topic: str,
        payload: str,
        *,
        properties: Sequence[tuple[str, str]],
        expiry_s: int | None = None,
    ) -> int:
        """Hand a message over at QoS 1 and return its packet id."""


class Deliver:
    """Outbox, publish at QoS 1, broker confirms, delivered."""

    def __init__(
        self,
        *,
        buffer: Buffer,
        link: Output,
        courier: Courier,
        pace: Pace,
        in_flight: int,
        clock: Clock,
        meter: Meter | None = None,
    ) -> None:
        """Have at most `in_flight` messages out without the broker's answer."""
        self._meter = meter or Meter()
        self._buffer, self._link, self._courier, self._pace = buffer, link, courier, pace
        self._wish, self._bound, self._clock = in_flight, 0, clock
        self._generation = 0
        self._read: deque[Outgoing] = deque()
        self._out: dict[int, tuple[Outgoing, float]] = {}
        """By packet id: what is out, and monotonic seconds since when."""
        self._numbers: set[int] = set()
        self._confirmed: list[int] = []
        self._notes: deque[tuple[Future[int], list[int]]] = deque()
        """Confirmed messages that are being noted, oldest first."""
        self._heard: deque[publish.Event] = deque()
        """Events that a fault has left for the next step."""
        self._note_at = 0.0
        self._after = 0
        self._resent_up_to = 0
        self._look_at = 0.0
        self._look_back_at = 0.0
        self._resume_at = 0.0
        self._obstacle = Obstacle("deliver", LOG, clock)

    @property
    def blocked(self) -> str:
        """Return why nothing is sent or noted at present; empty while all is well."""
        return self._obstacle.words

    @property
    def in_flight(self) -> int:
        """Return the number of messages out without an answer, or with one that nobody has taken down."""
        return len(self._out) + len(self._confirmed)

    def step(self, *, wait_s: float) -> None:
        """Note answers, then send what is due."""
        try:
            self._heard.extend(self._courier.take(wait_s=self._patience(wait_s)))
            while self._heard:
                self._hear(self._heard.popleft())
            if self._clock.monotonic() >= self._resume_at:
                self._note_delivered()
                self._send_due()
        except Transient as error:
            self._obstacle.meet(error)
            self._look_at = self._resume_at = self._clock.monotonic() + LOOK_EVERY_S

    def _patience(self, wait_s: float) -> float:
        """Return how long to wait for news: not long with a confirmation in hand that can be noted."""
        return NOTE_S if self._confirmed and not self._obstacle.tries else wait_s

    def _hear(self, event: publish.Event) -> None:
        if isinstance(event, Opened):
            self._begin(event)
        elif isinstance(event, News):
            self._look_at = 0.0
        elif isinstance(event, Closed) and event.generation == self._generation:
            self._begin_again()
        elif isinstance(event, Confirmed) and event.generation == self._generation:
            self._weigh(event)

    def _begin(self, opened: Opened) -> None:
        """A connection stands: what was in the outbox before may have been sent before."""
        self._begin_again()
        self._generation = opened.generation
        self._bound = min(self._wish, opened.receive_maximum)
        self._resent_up_to = self._buffer.last_number()
        LOG.info("output_connected", v5=opened.v5, in_flight=self._bound)

    def _begin_again(self) -> None:
        """Send everything without an answer again, in order."""
        self._out.clear()
        self._numbers = {*self._confirmed, *(number for _note, numbers in self._notes for number in numbers)}
        self._bound = 0
        self._read_from_start()

    def _read_from_start(self) -> None:
        self._read.clear()
        self._after, self._look_at = 0, 0.0

    def _weigh(self, answer: Confirmed) -> None:
        known = self._out.pop(answer.packet_id, None)
        if known is None:
            return
        sent, since = known
        verdict = publish.weigh(answer.code)
        if verdict is not Answer.TAKEN:
            self._refused(sent, answer.code, for_good=verdict is Answer.NEVER)
            return
        tally.confirmed(self._meter, sent, self._clock, since)
        if not self._confirmed:
            self._note_at = self._clock.monotonic() + NOTE_S
        self._confirmed.append(sent.number)

    def _refused(self, sent: Outgoing, code: int, *, for_good: bool) -> None:
        self._numbers.discard(sent.number)
        self._meter.publish_refused.add()
        LOG.error(
            "publish_refused", message_id=sent.id, topic=sent.topic, code=code, attempts=sent.attempts + 1
        )
        if for_good:
            self._buffer.give_up(sent.number, detail=f"{publish.HOPELESS[code]} ({code:#x})")
            return
        self._buffer.postpone(sent.number, wait_s=REDELIVER.wait(sent.attempts + 1, 0.5))
        # Its device is held back until then; the others go on.
        self._read_from_start()

    def _note_delivered(self) -> None:
        """Mark as delivered what the broker has confirmed, and nothing else: with what is written next."""
        self._see_notes()
        early = len(self._confirmed) < NOTE_ROWS and self._clock.monotonic() < self._note_at
        if not self._confirmed or (early and self._out):
            return
        unsure = len(self._confirmed) + sum(len(numbers) for _note, numbers in self._notes)
        note = self._buffer.delivered(self._confirmed, at_once=unsure >= NOTE_ROWS)
        self._notes.append((note, self._confirmed))
        self._confirmed = []

    def _see_notes(self) -> None:
        """Forget what is durable; note again what could not be."""
        while self._notes and self._notes[0][0].done():
            note, numbers = self._notes.popleft()
            try:
                note.result()
            except Transient:
                self._confirmed = [*numbers, *self._confirmed]
                raise
            self._obstacle.clear()
            self._numbers.difference_update(numbers)

    def _send_due(self) -> None:
        room = self._pace.allow(self._bound - len(self._out))
        if room <= 0:
            return
        self._read_more()
        count = min(room, len(self._read))
        for _ in range(count):
            self._send(self._read.popleft())
        self._pace.spend(count)

    def _read_more(self) -> None:
        """Read the outbox on; now and then from the start, where devices that were held back stand."""
        now = self._clock.monotonic()
        if now >= self._look_back_at:
            self._look_back_at = now + LOOK_BACK_EVERY_S
            self._read_from_start()
        if self._read or now < self._look_at:
            return
        rows = self._buffer.due(after=self._after, limit=READ_ROWS + len(self._numbers))
        self._obstacle.clear()
        self._read.extend(row for row in rows if row.number not in self._numbers)
        if rows:
            self._after = rows[-1].number
        else:
            self._look_at = now + LOOK_EVERY_S

    def _send(self, outgoing: Outgoing) -> None:
        left_s = publish.left_s(outgoing.expires_at, self._clock.now())
        if left_s == 0:
            self._buffer.expire(outgoing.number, detail="Message Expiry passed before delivery")
            return
        resent = (("resent", "true"),) if outgoing.number <= self._resent_up_to else ()
        properties = (*outgoing.properties, *resent)
        try:
            packet_id = self._link.publish(
                outgoing.topic, outgoing.payload, properties=properties, expiry_s=left_s
            )
        except Permanent as error:
            LOG.exception("undeliverable", message_id=outgoing.id, topic=outgoing.topic, cause=error.cause)
            self._buffer.give_up(outgoing.number, detail=error.cause)
            return
        if resent:
            self._meter.resent.add()
        self._out[packet_id] = (outgoing, self._clock.monotonic())
        self._numbers.add(outgoing.number)
