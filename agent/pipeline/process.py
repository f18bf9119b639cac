"""Second loop: from the inbox to the outbox, through schemas and tiers."""

from __future__ import annotations

import queue
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from agent import journey, publish
from agent.buffer import Buffer
from agent.clock import Clock
from agent.errors import Transient
from agent.extract import Job
from agent.extract.lane import Finished, Ticket
from agent.journey import Journey, Rejection
from agent.lines import Lines
from agent.log import is_enabled, logger
from agent.message import Claimed, Reason, Record, Settlement, State
from agent.metrics import Meter
from agent.pipeline import tally
from agent.pipeline.join import Join
from agent.pipeline.observer import NOBODY, Observer
from agent.pipeline.obstacle import Obstacle
from agent.pipeline.recognise import Recognise, Templates
from agent.plans import Plan, Plans
from agent.publish import Addresses
from agent.redaction import NOTHING, Redaction

LOG = logger("process")

LOOK_EVERY_S = 0.5
"""Seconds after which a loop looks at its table without being woken."""


class Queue(Protocol):
    """A tier's queue, as the process loop needs it."""

    def put(self, ticket: Ticket, /) -> None:
        """Add a job; the result comes to `Process.finished`."""


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
    plan: Plan
    """Routes and schemas under which it was taken in: those of its whole way."""
    route: str
    """Filter of its route."""


class Process:
    """Claim, route, extract, validate (next tier or schema if refused), settle in one transaction."""

    def __init__(
        self,
        *,
        buffer: Buffer,
        plans: Plans,
        addresses: Addresses,
        clock: Clock,
        window: int,
        settled: Callable[[], None],
        meter: Meter | None = None,
        redaction: Redaction = NOTHING,
    ) -> None:
        """Hold at most `window` messages in hand; `settled` is called when there is something to deliver."""
        self._meter = meter = meter or Meter()
        self._redaction = redaction
        self._recognise = Recognise(None, meter, clock)
        self._observer: Observer = NOBODY
        self._buffer, self._plans = buffer, plans
        self._addresses, self._clock, self._window, self._settled = addresses, clock, window, settled
        self._join = Join(
            buffer=buffer, plans=plans, addresses=addresses, clock=clock, meter=meter, redaction=redaction
        )
        self._rungs: dict[str, Rung] = {}
        self._lines: Lines[Settlement] = Lines(per_line=max(1, window // 4))
        self._hands: dict[int, tuple[Hand, float]] = {}
        """By row: what a tier has, and monotonic seconds since when."""
        self._fates: list[Settlement] = []
        self._events: queue.SimpleQueue[list[Finished]] = queue.SimpleQueue()
        self._look_at = 0.0
        self._obstacle = Obstacle("process", LOG, clock)
        self.claiming = True
        """False during an ordered stop: finish what is in hand, take nothing new."""

    def add(self, name: str, rung: Rung) -> None:
        """Add a tier."""
        self._rungs[name] = rung

    def know(self, templates: Templates) -> None:
        """Read texts of learned formats by their templates, before any tier is asked."""
        self._recognise = Recognise(templates, self._meter, self._clock)

    def tell(self, observer: Observer) -> None:
        """Let somebody hear what becomes of messages."""
        self._observer = observer

    def finished(self, results: list[Finished]) -> None:
        """Hear from a lane. Called from its thread."""
        self._events.put(results)

    def wake(self) -> None:
        """Hear that there is something new in the inbox. Called from the receive loop."""
        self._events.put([])

    @property
    def blocked(self) -> str:
        """Return why nothing is claimed or settled at present; empty while all is well."""
        return self._obstacle.words

    @property
    def in_hand(self) -> int:
        """Return the number of messages in hand."""
        return len(self._lines) + len(self._fates)

    def step(self, *, wait_s: float) -> None:
        """Weigh results, settle fates, join lines to records, claim more."""
        for finished in self._results(wait_s):
            self._weigh(finished)
        try:
            self._settle()
            if self._join.step():
                self._look_at = 0.0
            self._claim()
        except Transient as error:
            self._obstacle.meet(error)
            self._look_at = self._clock.monotonic() + LOOK_EVERY_S

    def let_go(self) -> None:
        """Let what is in hand be done by another run: it waits in the inbox."""
        self._settle()
        self._lines.clear()
        self._hands.clear()

    def _results(self, wait_s: float) -> list[Finished]:
        try:
            results = list(self._events.get(timeout=wait_s))
            while not self._events.empty():
                results.extend(self._events.get_nowait())
        except queue.Empty:
            return []
        self._look_at = 0.0
        self._join.news = True
        return results

    def _claim(self) -> None:
        room = self._window - self.in_hand
        # Fewer, larger claims: one statement costs as much as fifty rows.
        if not self.claiming or room * 4 < self._window or self._clock.monotonic() < self._look_at:
            return
        in_hand = [*self._lines.seqs, *(fate.seq for fate in self._fates)]
        claimed = self._buffer.claim(room, held=self._lines.held(), in_hand=in_hand)
        self._obstacle.clear()
        if len(claimed) < room:
            self._look_at = self._clock.monotonic() + LOOK_EVERY_S
        tally.claimed(self._meter, claimed, self._clock)
        for message in claimed:
            self._begin(message)
        if self._fates and len(claimed) == room:
            # What templates read at once leaves room for more, of which no tier will tell.
            self.wake()
        self._settle()

    def _begin(self, message: Claimed) -> None:
        self._lines.enter(message.seq, message.device, ordered=message.ordered)
        plan = self._plans.numbered(message.configuration)
        route = plan.router.find(message.topic)
        if message.expires_at is not None and self._clock.now() >= message.expires_at:
            self._drop(message, plan, route.filter if route else "")
        elif route is None:
            self._reject(message, plan, Rejection(Reason.NO_ROUTE, "no route's filter matches the topic", ()))
        else:
            begun = journey.begin(route.schemas, route.tiers, plan.complexity)
            hand = Hand(message, begun, plan, route.filter)
            record = self._recognise.record(message, plan, route)
            if record is None:
                self._try(hand)
            else:
                self._accept(hand, record)
                self._observer.served(message, plan, record)

    def _try(self, hand: Hand) -> None:
        self._hands[hand.message.seq] = hand, self._clock.monotonic()
        job = Job(hand.message.text, hand.plan.schemas[hand.journey.schema])
        self._rungs[hand.journey.tier].lane.put(Ticket(hand.message.seq, job, hand.message.id))

    def _weigh(self, finished: Finished) -> None:
        """Accept a candidate that is valid, grounded and sure; else climb, change the schema, or reject."""
        known = self._hands.pop(finished.ticket.seq, None)
        if known is None:
            return
        hand, since = known
        try:
            self._judge(hand, finished, since)
        except Exception as error:
            # It would end the daemon, and again after each restart: the message waits in the inbox.
            LOG.exception("judgement_failed", message_id=hand.message.id)
            detail = f"could not be judged: {type(error).__name__}: {error}"
            end = Rejection(Reason.INVALID, detail, hand.journey.trail)
            self._reject(hand.message, hand.plan, end, hand.route)

    def _judge(self, hand: Hand, finished: Finished, since: float) -> None:
        schema, result = finished.ticket.job.schema, finished.result
        threshold = self._rungs[finished.tier].threshold
        message, began = hand.message, self._clock.monotonic()
        verdict = journey.weigh(
            result, message.text, schema, threshold=threshold, received_at=message.received_at
        )
        tally.tried(self._meter, finished, verdict, extracted_s=began - since)
        self._meter.validate.observe(self._clock.monotonic() - began)
        if verdict.candidate is not None:
            found = verdict.candidate
            record = Record(schema.name, schema.version, schema.fingerprint, found, schema_id=schema.id)
            self._accept(hand, record)
            self._observer.answered(message, hand.plan, record)
            return
        following = journey.advance(hand.journey, verdict)
        if isinstance(following, Rejection):
            self._reject(hand.message, hand.plan, following, hand.route)
            self._observer.answered(message, hand.plan, following)
        else:
            self._try(replace(hand, journey=following))

    def _accept(self, hand: Hand, record: Record) -> None:
        kept, stored = self._redaction.of_record(hand.message.text, record)
        self._decide(
            Settlement(
                hand.message.seq,
                State.READY,
                trail=self._redaction.of_trail(hand.journey.trail),
                record=stored,
                outgoing=publish.data(publish.source_of(hand.message), record, self._addresses),
                configuration=hand.plan.number,
                id=hand.message.id,
                route=hand.route,
                text=kept.text,
                redacted=kept.count,
            )
        )

    def _drop(self, message: Claimed, plan: Plan, route: str) -> None:
        detail = "Message Expiry passed before extraction"
        fate = Settlement(message.seq, State.DROPPED, reason=Reason.EXPIRED, detail=detail)
        kept = self._redaction.of_text(message.text)
        fate = replace(fate, text=kept.text, redacted=kept.count)
        self._decide(replace(fate, configuration=plan.number, id=message.id, route=route))

    def _reject(self, message: Claimed, plan: Plan, end: Rejection, route: str = "") -> None:
        kept = self._redaction.of_text(message.text)
        detail, trail = self._redaction.of_words(end.detail), self._redaction.of_trail(end.trail)
        source = replace(publish.source_of(message), text=kept.text)
        LOG.info("rejected", message_id=message.id, reason=str(end.reason), text=kept.text)
        self._decide(
            Settlement(
                message.seq,
                State.REJECTED,
                trail=trail,
                reason=end.reason,
                detail=detail,
                outgoing=publish.dead_letter(source, end.reason, detail, trail, self._addresses),
                configuration=plan.number,
                id=message.id,
                route=route,
                text=kept.text,
                redacted=kept.count,
            )
        )

    def _decide(self, fate: Settlement) -> None:
        """A fate waits until all before it in its line are decided."""
        self._fates.extend(self._lines.finish(fate.seq, fate))

    def _settle(self) -> None:
        """Commit fates: record, evidence, outbox row and state together."""
        if not self._fates:
            return
        began = self._clock.monotonic()
        settled = self._commit(self._fates)
        self._obstacle.clear()
        tally.settled(self._meter, self._fates, seconds=self._clock.monotonic() - began)
        if settled < len(self._fates):
            LOG.warning("messages_gone", messages=len(self._fates) - settled)
        if is_enabled("debug"):
            self._say_decided()
        self._fates = []
        self._settled()

    def _say_decided(self) -> None:
        for one in self._fates:
            tier = one.record.candidate.tier if one.record else ""
            LOG.debug("decided", message_id=one.id, state=str(one.state), tier=tier)

    def _commit(self, fates: list[Settlement]) -> int:
        """Commit together; where one cannot be stored at all, each alone, and that one as rejected."""
        try:
            return self._buffer.settle(fates)
        except (sqlite3.Error, ValueError) as error:
            if len(fates) > 1:
                return sum(self._commit([one]) for one in fates)
            LOG.exception("settlement_refused", message_id=fates[0].id)
            detail = f"could not be stored: {error}"
            refused = Settlement(fates[0].seq, State.REJECTED, reason=Reason.INVALID, detail=detail)
            text, redacted = fates[0].text, fates[0].redacted
            return self._buffer.settle([replace(refused, id=fates[0].id, text=text, redacted=redacted)])
