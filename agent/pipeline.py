"""Table of contents: receive, process, deliver. Three loops between durable tables.

A crash between any two lines loses nothing. The only place where a message's fate is decided.
"""

from __future__ import annotations

import queue
import sqlite3
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Protocol

from agent import grounding, intake, journey, publish
from agent.buffer import Buffer, Session
from agent.clock import Clock
from agent.errors import Permanent, Transient
from agent.extract import Job
from agent.extract.lane import Finished, Ticket
from agent.intake import Inflow, Known, Ledger, Limits
from agent.journey import Journey, Rejection
from agent.lines import Lines
from agent.log import logger
from agent.message import Candidate, Claimed, Outgoing, Packet, RawMessage, Reason, Record, Settlement, State
from agent.mqtt import Endpoint, Opened
from agent.publish import Addresses, Answer, Closed, Confirmed, Courier, News, Pace, Source
from agent.retry import REDELIVER, REOPEN
from agent.route import Router
from agent.schemas import Schema
from agent.validate import validate

LOG = logger("pipeline")

RECEIVE_BATCH = 500
"""Messages stored in one unit of work at most."""
SURE_KEEPALIVES = 1.5
"""Keep-alives on a live connection after which a PUBACK is known to have reached the broker."""
CONFIRM_EVERY_S = 5.0
"""Seconds between notes of how far PUBACKs are known to have arrived."""
RENEW_EVERY_S = 30.0
"""Seconds between renewals of the leases in hand; well under the lease."""
NOTE_ROWS = 100
"""Confirmed messages noted in one unit of work; a crash before the note repeats at most these."""
NOTE_S = 0.02
"""Longest time for which a confirmation waits for company before it is noted, seconds."""
READ_ROWS = 500
"""Outbox rows read at a time."""
LOOK_BACK_EVERY_S = 2.0
"""Seconds between looks at the start of the outbox."""
LOOK_EVERY_S = 0.5
"""Seconds after which a loop looks at its table without being woken."""


class Input(Protocol):
    """The input connection, as the receive loop needs it."""

    @property
    def endpoint(self) -> Endpoint:
        """Where it goes."""

    @property
    def is_connected(self) -> bool:
        """Whether a connection stands."""

    def acknowledge(self, generation: int, packet_id: int, /) -> bool:
        """Send a PUBACK; False where the connection it is for has ended."""


class Output(Protocol):
    """The output connection, as the deliver loop needs it."""

    def publish(self, topic: str, payload: str, *, properties: Sequence[tuple[str, str]]) -> int:
        """Hand a message over at QoS 1 and return its packet id."""


class Queue(Protocol):
    """A tier's queue, as the process loop needs it."""

    def put(self, ticket: Ticket, /) -> None:
        """Add a job; the result comes to `Process.finished`."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Packets of one connection, and the new messages among them."""

    packets: tuple[Packet, ...]
    messages: tuple[RawMessage, ...]
    notices: Mapping[str, Outgoing]
    """Dead letters of messages rejected on arrival, by message id."""


class Admission:
    """What to make of packets: new messages with their ids, dead letters, or repeats of what is stored."""

    def __init__(
        self, *, router: Router, limits: Limits, addresses: Addresses, new_id: Callable[[], str]
    ) -> None:
        """Give each new message an id from `new_id`."""
        self._router, self._limits, self._addresses, self._new_id = router, limits, addresses, new_id
        self.ledger = Ledger()

    def admit(self, packets: tuple[Packet, ...]) -> Batch:
        """Turn packets of one connection into what is to be stored."""
        new = [message for packet in packets if (message := self._look_at(packet))]
        return Batch(packets, tuple(new), {one.id: self._notice(one) for one in new if one.reason})

    def _look_at(self, packet: Packet) -> RawMessage | None:
        """Return the message of a packet; None for one that is stored already."""
        sha256 = intake.digest(packet.payload)
        if packet.packet_id and self.ledger.recognise(packet.packet_id, packet.topic, sha256):
            return None
        message_id = self._new_id()
        if packet.packet_id:
            self.ledger.remember(packet.packet_id, Known(message_id, packet.topic, sha256))
        route = self._router.find(packet.topic)
        return intake.admit(packet, message_id=message_id, route=route, limits=self._limits, sha256=sha256)

    def _notice(self, message: RawMessage) -> Outgoing:
        source = Source(message.id, message.topic, message.device, message.received_at, message.text)
        reason = message.reason or Reason.UNDECODABLE
        return publish.dead_letter(source, reason, message.detail, (), self._addresses)


class Receive:
    """Packet, limits, inbox row (durable), PUBACK, in arrival order. Nothing else."""

    def __init__(
        self,
        *,
        inflow: Inflow,
        admission: Admission,
        buffer: Buffer,
        link: Input,
        clock: Clock,
        stored: Callable[[], None],
    ) -> None:
        """Take `stored`, called after each commit: there is work for the process loop."""
        self._inflow, self._admission, self._buffer, self._link = inflow, admission, buffer, link
        self._clock, self._stored = clock, stored
        self._sure_s = SURE_KEEPALIVES * link.endpoint.keepalive_s
        self._items: deque[Opened | Packet] = deque()
        self._batch: Batch | None = None
        self._session: Session | None = None
        self._sent: deque[tuple[float, int]] = deque()
        self._confirm_at = 0.0
        self._failures = 0
        self._resume_at = 0.0
        self.blocked = ""
        """Why nothing is acknowledged at present; empty while all is well."""

    def step(self, *, wait_s: float) -> None:
        """Store and acknowledge what has arrived; while that fails, keep it and acknowledge nothing."""
        if not self._items:
            self._items.extend(self._inflow.take(RECEIVE_BATCH, wait_s=wait_s))
        elif (left := self._resume_at - self._clock.monotonic()) > 0:
            self._clock.sleep(min(wait_s, left))
        try:
            while self._items and self._clock.monotonic() >= self._resume_at:
                self._take_next()
            self._note_confirmed()
        except Transient as error:
            self._hold(error)

    @property
    def is_idle(self) -> bool:
        """Tell whether all that arrived is stored."""
        return not self._items and self._inflow.is_empty()

    def _take_next(self) -> None:
        first = self._items[0]
        if isinstance(first, Opened):
            self._open(first)
            self._items.popleft()
            return
        self._batch = self._batch or self._admission.admit(self._leading())
        last = self._store(self._batch)
        self._acknowledge(self._batch.packets, last)
        for _ in self._batch.packets:
            self._items.popleft()
        self._batch, self.blocked, self._failures = None, "", 0
        self._stored()

    def _open(self, opened: Opened) -> None:
        """A connection stands: continue the session, or begin an epoch in which everything is new."""
        end = self._link.endpoint
        session = self._buffer.open_session(end.address, end.client_id, present=opened.session_present)
        self._session = session
        self._admission.ledger.open(
            (one.packet_id, Known(one.id, one.topic, one.sha256)) for one in session.unconfirmed
        )
        self._sent = deque([(self._clock.monotonic(), session.last_seq)])
        log = LOG.warning if session.lost else LOG.info
        log("input_connected", epoch=session.epoch, session_lost=session.lost, v5=opened.v5)

    def _leading(self) -> tuple[Packet, ...]:
        """Return the packets before the next connection."""
        return tuple(takewhile(lambda item: isinstance(item, Packet), self._items))  # type: ignore[arg-type]

    def _store(self, batch: Batch) -> int:
        epoch = self._session.epoch if self._session else 0
        return self._buffer.store(batch.messages, epoch=epoch, notices=batch.notices)

    def _acknowledge(self, packets: Sequence[Packet], last_seq: int) -> None:
        """Send PUBACKs in arrival order, for what is durable."""
        for packet in packets:
            if not self._admission.ledger.awaits_puback(packet.packet_id):
                continue
            if not self._link.acknowledge(packet.generation, packet.packet_id):
                # The connection has ended: the broker sends these again on the next one.
                return
            self._admission.ledger.acknowledged(packet.packet_id)
        self._sent.append((self._clock.monotonic(), last_seq))

    def _note_confirmed(self) -> None:
        now = self._clock.monotonic()
        if self._session is None or now < self._confirm_at or not self._link.is_connected:
            return
        self._confirm_at = now + CONFIRM_EVERY_S
        sure = 0
        while self._sent and self._sent[0][0] <= now - self._sure_s:
            sure = self._sent.popleft()[1]
        if sure:
            self._admission.ledger.close_older()
            self._buffer.confirm(epoch=self._session.epoch, acked_seq=sure)

    def _hold(self, error: Transient) -> None:
        """Acknowledge nothing until it can be stored; the broker keeps the rest."""
        if not self.blocked:
            LOG.error("intake_blocked", cause=error.cause, remedy=error.remedy)
        self.blocked = str(error)
        self._failures += 1
        self._resume_at = self._clock.monotonic() + REOPEN.wait(self._failures, 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """A tier as the process loop sees it."""

    lane: Queue
    threshold: float
    """Confidence under which the tier's value or refusal is not believed."""


@dataclass(frozen=True, slots=True)
class Hand:
    """A message in hand."""

    message: Claimed
    journey: Journey


class Process:
    """Claim, route, extract, validate (next tier or schema if refused), settle in one transaction."""

    def __init__(
        self,
        *,
        buffer: Buffer,
        router: Router,
        schemas: Mapping[str, Schema],
        addresses: Addresses,
        clock: Clock,
        window: int,
        settled: Callable[[], None],
    ) -> None:
        """Hold at most `window` messages in hand; `settled` is called when there is something to deliver."""
        self._buffer, self._router, self._schemas = buffer, router, schemas
        self._complexity = {name: schema.complexity for name, schema in schemas.items()}
        self._addresses, self._clock, self._window, self._settled = addresses, clock, window, settled
        self._rungs: dict[str, Rung] = {}
        self._lines: Lines[Settlement] = Lines(per_line=max(1, window // 4))
        self._hands: dict[int, Hand] = {}
        self._fates: list[Settlement] = []
        self._events: queue.SimpleQueue[list[Finished]] = queue.SimpleQueue()
        self._look_at = 0.0
        self._renew_at = clock.monotonic() + RENEW_EVERY_S
        self.claiming = True
        """False during an ordered stop: finish what is in hand, take nothing new."""

    def add(self, name: str, rung: Rung) -> None:
        """Add a tier."""
        self._rungs[name] = rung

    def finished(self, results: list[Finished]) -> None:
        """Hear from a lane. Called from its thread."""
        self._events.put(results)

    def wake(self) -> None:
        """Hear that there is something new in the inbox. Called from the receive loop."""
        self._events.put([])

    @property
    def in_hand(self) -> int:
        """Return the number of messages in hand."""
        return len(self._lines) + len(self._fates)

    def step(self, *, wait_s: float) -> None:
        """Weigh results, settle fates, claim more."""
        for finished in self._results(wait_s):
            self._weigh(finished)
        try:
            self._settle()
            self._claim()
            self._renew()
        except Transient as error:
            LOG.warning("process_blocked", cause=error.cause, remedy=error.remedy)
            self._look_at = self._clock.monotonic() + LOOK_EVERY_S

    def let_go(self) -> None:
        """Give back what is in hand: another run will do it."""
        self._settle()
        self._buffer.release(self._lines.clear())
        self._hands.clear()

    def _results(self, wait_s: float) -> list[Finished]:
        try:
            results = list(self._events.get(timeout=wait_s))
            while not self._events.empty():
                results.extend(self._events.get_nowait())
        except queue.Empty:
            return []
        self._look_at = 0.0
        return results

    def _claim(self) -> None:
        room = self._window - self.in_hand
        # Fewer, larger claims: one statement costs as much as fifty rows.
        if not self.claiming or room * 4 < self._window or self._clock.monotonic() < self._look_at:
            return
        claimed = self._buffer.claim(room, held=self._lines.held())
        if len(claimed) < room:
            self._look_at = self._clock.monotonic() + LOOK_EVERY_S
        for message in claimed:
            self._begin(message)
        self._settle()

    def _begin(self, message: Claimed) -> None:
        self._lines.enter(message.seq, message.device, ordered=message.ordered)
        route = self._router.find(message.topic)
        if message.expires_at is not None and self._clock.now() >= message.expires_at:
            detail = "Message Expiry passed before extraction"
            self._decide(Settlement(message.seq, State.DROPPED, reason=Reason.EXPIRED, detail=detail))
        elif route is None:
            self._reject(message, Rejection(Reason.NO_ROUTE, "no route's filter matches the topic", ()))
        else:
            self._try(Hand(message, journey.begin(route.schemas, route.tiers, self._complexity)))

    def _try(self, hand: Hand) -> None:
        self._hands[hand.message.seq] = hand
        job = Job(hand.message.text, self._schemas[hand.journey.schema])
        self._rungs[hand.journey.tier].lane.put(Ticket(hand.message.seq, job))

    def _weigh(self, finished: Finished) -> None:
        """Accept a candidate that is valid, grounded and sure; else climb, change the schema, or reject."""
        hand = self._hands.pop(finished.ticket.seq, None)
        if hand is None:
            return
        schema, result = finished.ticket.job.schema, finished.result
        verdict = journey.judge(
            result,
            threshold=self._rungs[finished.tier].threshold,
            violations=self._violations(result, schema),
            ungrounded=self._ungrounded(result, hand.message.text, schema),
        )
        if verdict.reason is None and isinstance(result, Candidate):
            self._accept(hand, Record(schema.name, schema.version, schema.fingerprint, result))
            return
        following = journey.advance(hand.journey, verdict)
        if isinstance(following, Rejection):
            self._reject(hand.message, following)
        else:
            self._try(replace(hand, journey=following))

    def _violations(self, result: object, schema: Schema) -> list[str]:
        if not isinstance(result, Candidate) or result.refusal is not None:
            return []
        return [f"{one.pointer or '/'}: {one.message}" for one in validate(result.value, schema)]

    def _ungrounded(self, result: object, text: str, schema: Schema) -> tuple[str, ...]:
        if not isinstance(result, Candidate) or result.refusal is not None:
            return ()
        return grounding.ungrounded(result, text, schema.root)

    def _accept(self, hand: Hand, record: Record) -> None:
        outgoing = publish.data(source_of(hand.message), record, self._addresses)
        trail = hand.journey.trail
        self._decide(Settlement(hand.message.seq, State.READY, trail=trail, record=record, outgoing=outgoing))

    def _reject(self, message: Claimed, end: Rejection) -> None:
        letter = publish.dead_letter(source_of(message), end.reason, end.detail, end.trail, self._addresses)
        LOG.info("rejected", message_id=message.id, reason=str(end.reason))
        self._decide(
            Settlement(
                message.seq,
                State.REJECTED,
                trail=end.trail,
                reason=end.reason,
                detail=end.detail,
                outgoing=letter,
            )
        )

    def _decide(self, fate: Settlement) -> None:
        """A fate waits until all before it in its line are decided."""
        self._fates.extend(self._lines.finish(fate.seq, fate))

    def _settle(self) -> None:
        """Commit fates: record, evidence, outbox row and state together."""
        if not self._fates:
            return
        settled = self._commit(self._fates)
        if settled < len(self._fates):
            LOG.warning("leases_lapsed", messages=len(self._fates) - settled)
        self._fates = []
        self._settled()

    def _commit(self, fates: list[Settlement]) -> int:
        """Commit together; where one cannot be stored at all, each alone, and that one as rejected."""
        try:
            return self._buffer.settle(fates)
        except (sqlite3.Error, ValueError) as error:
            if len(fates) > 1:
                return sum(self._commit([one]) for one in fates)
            LOG.exception("settlement_refused", seq=fates[0].seq)
            detail = f"could not be stored: {error}"
            return self._buffer.settle(
                [Settlement(fates[0].seq, State.REJECTED, reason=Reason.INVALID, detail=detail)]
            )

    def _renew(self) -> None:
        now = self._clock.monotonic()
        if now < self._renew_at:
            return
        self._renew_at = now + RENEW_EVERY_S
        self._buffer.renew(self._lines.seqs)
        self._buffer.return_leases()


def source_of(message: Claimed) -> Source:
    """Return what an outgoing message says about where it comes from."""
    return Source(message.id, message.topic, message.device, message.received_at, message.text)


class Deliver:
    """Outbox, publish at QoS 1, broker confirms, delivered."""

    def __init__(
        self, *, buffer: Buffer, link: Output, courier: Courier, pace: Pace, in_flight: int, clock: Clock
    ) -> None:
        """Have at most `in_flight` messages out without the broker's answer."""
        self._buffer, self._link, self._courier, self._pace = buffer, link, courier, pace
        self._wish, self._bound, self._clock = in_flight, 0, clock
        self._generation = 0
        self._read: deque[Outgoing] = deque()
        self._out: dict[int, Outgoing] = {}
        self._numbers: set[int] = set()
        self._confirmed: list[int] = []
        self._note_at = 0.0
        self._after = 0
        self._resent_up_to = 0
        self._look_at = 0.0
        self._look_back_at = 0.0

    @property
    def in_flight(self) -> int:
        """Return the number of messages out without an answer, or with an answer that is not noted."""
        return len(self._out) + len(self._confirmed)

    def step(self, *, wait_s: float) -> None:
        """Note answers, then send what is due."""
        try:
            for event in self._courier.take(wait_s=NOTE_S if self._confirmed else wait_s):
                self._hear(event)
            self._note_delivered()
            self._send_due()
        except Transient as error:
            LOG.warning("deliver_blocked", cause=error.cause)
            self._look_at = self._clock.monotonic() + LOOK_EVERY_S

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
        self._numbers = set(self._confirmed)
        self._bound = 0
        self._read_from_start()

    def _read_from_start(self) -> None:
        self._read.clear()
        self._after, self._look_at = 0, 0.0

    def _weigh(self, answer: Confirmed) -> None:
        sent = self._out.pop(answer.packet_id, None)
        if sent is None:
            return
        verdict = publish.weigh(answer.code)
        if verdict is not Answer.TAKEN:
            self._refused(sent, answer.code, for_good=verdict is Answer.NEVER)
            return
        if not self._confirmed:
            self._note_at = self._clock.monotonic() + NOTE_S
        self._confirmed.append(sent.number)

    def _refused(self, sent: Outgoing, code: int, *, for_good: bool) -> None:
        self._numbers.discard(sent.number)
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
        """Mark as delivered what the broker has confirmed, and nothing else."""
        early = len(self._confirmed) < NOTE_ROWS and self._clock.monotonic() < self._note_at
        if not self._confirmed or (early and self._out):
            return
        self._buffer.delivered(self._confirmed)
        self._numbers.difference_update(self._confirmed)
        self._confirmed = []

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
        self._read.extend(row for row in rows if row.number not in self._numbers)
        if rows:
            self._after = rows[-1].number
        else:
            self._look_at = now + LOOK_EVERY_S

    def _send(self, outgoing: Outgoing) -> None:
        resent = (("resent", "true"),) if outgoing.number <= self._resent_up_to else ()
        properties = (*outgoing.properties, *resent)
        try:
            packet_id = self._link.publish(outgoing.topic, outgoing.payload, properties=properties)
        except Permanent as error:
            self._buffer.give_up(outgoing.number, detail=error.cause)
            return
        self._out[packet_id] = outgoing
        self._numbers.add(outgoing.number)
