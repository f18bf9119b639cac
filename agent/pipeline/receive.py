"""First loop: from the network to the inbox, and only then the acknowledgement."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Protocol

from agent.buffer import Buffer, Session
from agent.clock import Clock
from agent.errors import Transient
from agent.intake import Inflow, Known, origin
from agent.log import logger
from agent.message import Packet, RawMessage, Reason
from agent.metrics import Meter
from agent.mqtt import Endpoint, Opened
from agent.pipeline import tally
from agent.pipeline.admission import Admission, Batch
from agent.pipeline.obstacle import Obstacle
from agent.pipeline.parting import Marking, Parting
from agent.retry import REOPEN

LOG = logger("receive")

RECEIVE_BATCH = 500
"""Messages stored in one unit of work at most."""
SURE_KEEPALIVES = 1.5
"""Keep-alives on a live connection after which a PUBACK is known to have reached the broker."""
CONFIRM_EVERY_S = 5.0
"""Seconds between notes of how far PUBACKs are known to have arrived."""
ECHO_S = 60.0
"""Seconds for which a message of our own that came back makes this node degraded."""
BREAK_LOOP = {
    Reason.OWN_OUTPUT: "narrow the filter of the route, or end the bridge that brings it back",
    Reason.GOES_ROUND: "see that agents which read each other's output form no ring",
}
"""What to do about messages that come back to us, or go round among agents."""
COMES_BACK = {
    Reason.OWN_OUTPUT: "what this agent publishes comes back to it",
    Reason.GOES_ROUND: "messages go round among agents",
}
FORGOTTEN = "the broker has forgotten our session: what it kept for us while we were away is gone"
REMEMBER = (
    "let the broker keep sessions on disk (Mosquitto: persistence true) and for longer than we are away, "
    "and see that no other client uses our client id"
)


class Input(Marking, Protocol):
    """The input connection, as the receive loop needs it."""

    @property
    def endpoint(self) -> Endpoint:
        """Where it goes."""

    def acknowledge(self, generation: int, packet_id: int, /) -> bool:
        """Send a PUBACK; False where the connection it is for has ended."""


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
        meter: Meter | None = None,
    ) -> None:
        """Take `stored`, called from any thread when there is work for the process loop."""
        self._meter = meter or Meter()
        self._inflow, self._admission, self._buffer, self._link = inflow, admission, buffer, link
        self._clock, self._stored = clock, stored
        self._sure_s = SURE_KEEPALIVES * link.endpoint.keepalive_s
        self._items: deque[Opened | Packet] = deque()
        self._batch: Batch | None = None
        self._session: Session | None = None
        self._sent: deque[tuple[float, int]] = deque()
        self._confirm_at = 0.0
        self._resume_at = 0.0
        self._obstacle = Obstacle("intake", LOG, clock)
        self._echoed: Reason | None = None
        self._echoed_at = 0.0
        self._generation = 0
        self._parting = Parting(link)

    def step(self, *, wait_s: float) -> None:
        """Store and acknowledge what has arrived; while that fails, keep it and acknowledge nothing."""
        if self._parting.is_open:
            self._part(wait_s)
            return
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

    def leave(self) -> None:
        """Acknowledge nothing more on this connection; learn whether the broker has read what was."""
        self._parting.wished = True

    @property
    def has_left(self) -> bool:
        """Tell whether, after `leave`, there is nothing more to learn."""
        return self._parting.done

    @property
    def blocked(self) -> str:
        """Return why nothing is acknowledged at present; empty while all is well."""
        return self._obstacle.words

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
        self._batch = self._batch or self._admit(self._leading())
        began = self._clock.monotonic()
        last = self._store(self._batch)
        self._acknowledge(self._batch.packets, last)
        tally.received(self._meter, self._batch, self._clock, began)
        for _ in self._batch.packets:
            self._items.popleft()
        self._say_refused(self._batch)
        self._batch = None
        self._obstacle.clear()

    def _admit(self, packets: tuple[Packet, ...]) -> Batch:
        """Turn packets into what is to be stored; asks which ids they carry are those of our own messages."""
        carried = {found for packet in packets if (found := origin(packet)) is not None}
        ours = self._buffer.known(carried) if carried else frozenset()
        return self._admission.admit(packets, ours=ours)

    def _say_refused(self, batch: Batch) -> None:
        """Say which messages were rejected or dropped on arrival, now that they are stored as such."""
        for message in batch.messages:
            if message.reason in BREAK_LOOP:
                self._say_echo(message, message.reason)
            elif message.reason is not None:
                LOG.info("rejected", message_id=message.id, reason=str(message.reason), text=message.text)

    def _say_echo(self, message: RawMessage, reason: Reason) -> None:
        """Say that a message was dropped: at once to the log, to the auditor once per connection."""
        LOG.warning(str(reason), message_id=message.id, topic=message.topic, remedy=BREAK_LOOP[reason])
        self._echoed_at = self._clock.monotonic()
        known, self._echoed = self._echoed is reason, reason
        if not known:
            # It is in the log and among the dropped messages all the same.
            with contextlib.suppress(Transient):
                self._buffer.event(str(reason), {"topic": message.topic, "cause": message.detail})

    @property
    def echo(self) -> str:
        """Return that our own output comes back, or messages go round; empty where none did of late."""
        reason = self._echoed
        if reason is None or self._clock.monotonic() - self._echoed_at >= ECHO_S:
            return ""
        return f"{COMES_BACK[reason]}: {BREAK_LOOP[reason]}; it was dropped"

    def _open(self, opened: Opened) -> None:
        """A connection stands: continue the session, or begin an epoch in which everything is new."""
        end = self._link.endpoint
        session = self._buffer.open_session(end.address, end.client_id, present=opened.session_present)
        self._session = session
        self._generation = opened.generation
        self._echoed = None
        self._admission.ledger.open(
            (one.packet_id, Known(one.id, one.topic, one.sha256)) for one in session.unconfirmed
        )
        self._sent = deque([(self._clock.monotonic(), session.last_seq)])
        LOG.info("input_connected", epoch=session.epoch, session_lost=session.lost, v5=opened.v5)
        if session.lost:
            LOG.warning("session_lost", broker=end.address, cause=FORGOTTEN, remedy=REMEMBER)

    def _leading(self) -> tuple[Packet, ...]:
        """Return the packets before the next connection."""
        return tuple(takewhile(lambda item: isinstance(item, Packet), self._items))  # type: ignore[arg-type]

    def _store(self, batch: Batch) -> int:
        epoch = self._session.epoch if self._session else 0
        return self._buffer.store(batch.messages, epoch=epoch, notices=batch.notices, arrived=self._stored)

    def _acknowledge(self, packets: Sequence[Packet], last_seq: int) -> None:
        """Send PUBACKs in arrival order, for what is durable."""
        if self._parting.wished:
            # The broker sends these again at the next start, which knows them.
            return
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

    def _part(self, wait_s: float) -> None:
        """Note that the broker has all our PUBACKs, once it says so: what it sends next is new."""
        sure = self._admission.ledger.is_sure and self._sent
        if not self._parting.is_read(self._generation, wait_s=wait_s) or not sure or self._session is None:
            return
        # A database that fails now only leaves in doubt what a crash would.
        with contextlib.suppress(Transient):
            self._buffer.confirm(epoch=self._session.epoch, acked_seq=self._sent[-1][1])

    def _hold(self, error: Transient) -> None:
        """Acknowledge nothing until it can be stored; the broker keeps the rest."""
        self._obstacle.meet(error)
        self._resume_at = self._clock.monotonic() + REOPEN.wait(self._obstacle.tries, 0.5)
