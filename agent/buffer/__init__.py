"""Buffer: the one door to the database. Every method returns when its work is durable, or raises."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

from agent.buffer import audit, inbox, outbox, rates, requeue, retention
from agent.buffer.connection import WAL_KEPT_BYTES, lock, open_database
from agent.buffer.damage import is_damage, newest_set_aside, set_aside
from agent.buffer.inbox import Session, Stored
from agent.buffer.readers import Readers
from agent.buffer.requeue import Choice
from agent.buffer.upkeep import Keeping, Upkeep
from agent.buffer.writer import Writer
from agent.clock import Clock
from agent.errors import BufferFull, BufferRefused, BufferUnavailable
from agent.message import DROPS, Claimed, Fragment, Joined, Json, Outgoing, RawMessage, Settlement
from agent.metrics import Meter
from agent.metrics.watching import Kept

__all__ = ["Buffer", "Keeping", "Session", "Stored"]

Result = TypeVar("Result")

RETENTION_SHARE = 0.7
"""Share of the byte cap from which the oldest finished messages are forgotten."""
INTAKE_SHARE = 0.8
"""Share of the byte cap from which nothing is taken in: the rest is for what extraction writes."""
CLAIM_SHARE = 0.95
"""Share of the byte cap from which extraction pauses until deliveries free space."""
KEEP_ALL = Keeping()
"""For as long as there is room, and searchable."""
COMPANY_S = 0.05
"""Seconds for which an arrival, and its PUBACK, may wait for its fate, so that one commit serves both."""
COMPANY_MESSAGES = 4
"""Arrivals from which none waits: they share a commit, and their broker sends no more before PUBACKs."""
NOTE_S = 2.0
"""Seconds for which a note of what the brokers have confirmed may wait for another commit."""


class Buffer:
    """Inbox, outbox and audit in one SQLite file with one owner."""

    def __init__(
        self,
        path: Path,
        *,
        clock: Clock,
        max_bytes: int,
        min_free_bytes: int = 0,
        synchronous: str = "FULL",
        keeping: Keeping = KEEP_ALL,
        meter: Meter | None = None,
    ) -> None:
        """Open the file, or set a damaged one aside and begin anew; give back what a dead run had claimed."""
        self.path = path
        self._clock = clock
        self._max_bytes = max_bytes
        self._min_free_bytes = min_free_bytes
        self._synchronous, self._overwrites = synchronous, keeping.overwrites
        self._identity: tuple[int, int] | None = None
        self._lock: int | None = lock(path)
        self._writer = Writer(self._open, meter)
        self._readers = Readers(path)
        self._upkeep = Upkeep(
            self._writer.execute,
            clock=clock,
            is_short=self._is_short,
            keeping=keeping,
        )
        self._begin()

    def _begin(self) -> None:
        """Find faults of the file now and in the caller's thread, not at the first message."""
        try:
            self._open_or_begin_anew()
        except BaseException:
            if self._lock is not None:
                os.close(self._lock)
            raise
        self._writer.start()
        self.return_claims()

    def _open_or_begin_anew(self) -> None:
        try:
            self._open().close()
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            self._begin_anew(str(error))

    def _begin_anew(self, cause: str) -> None:
        """Set the damaged file aside and write down in a new one why it begins."""
        kept = set_aside(self.path, self._clock.now())
        with contextlib.closing(self._open()) as connection:
            detail: dict[str, Json] = {"file": str(kept), "cause": cause}
            audit.event(connection, "set_aside", now=self._clock.now(), detail=detail)

    def _open(self) -> sqlite3.Connection:
        connection = open_database(self.path, synchronous=self._synchronous, overwrites=self._overwrites)
        # Reads the first page of each table: damage that matters at once shows here.
        audit.backlog(connection)
        inbox.append(connection, (), epoch=0)
        self._identity = identity(self.path)
        return connection

    @property
    def damage(self) -> str:
        """Return why the file can be used no more; empty while it can. Close this door and open another."""
        return self._writer.damage

    @property
    def set_aside(self) -> Path | None:
        """Return the newest damaged file that was set aside and that nobody has taken away yet."""
        return newest_set_aside(self.path)

    @property
    def is_replaced(self) -> bool:
        """Tell whether the file was removed or replaced while it was open: what is written is lost then."""
        return identity(self.path) != self._identity

    def close(self) -> None:
        """Commit what waits and give the file up; a damaged one is set aside for who opens the next."""
        if self._lock is None:
            return
        self._writer.close()
        self._readers.close()
        with contextlib.suppress(OSError, sqlite3.Error, BufferRefused):
            if self.damage:
                self._begin_anew(self.damage)
        os.close(self._lock)
        self._lock = None

    # receive

    def open_session(self, broker: str, client_id: str, *, present: bool) -> Session:
        """Continue the broker's session, or begin a new epoch and write down that one was lost."""

        def work(db: sqlite3.Connection) -> Session:
            now = self._clock.now()
            session = inbox.open_session(db, broker=broker, client_id=client_id, present=present, now=now)
            if session.lost:
                audit.event(db, "session_lost", now=now, detail={"broker": broker, "epoch": session.epoch})
            return session

        # How far PUBACKs have arrived may still ride.
        return self._writer.execute(work, sees_all=True)

    def store(
        self,
        batch: Sequence[RawMessage],
        *,
        epoch: int,
        notices: Mapping[str, Outgoing],
        arrived: Callable[[], None] = lambda: None,
    ) -> int:
        """Store messages and the dead letters of those rejected on arrival; return the newest row's number.

        `arrived` is called from another thread as soon as they can be claimed, before they are durable: a
        fate that is settled within `COMPANY_S` is committed with them.

        Raises:
            BufferFull: the cap or the disk's reserve is reached; nothing was stored.
            BufferUnavailable: the file is not the one that was opened; nothing was stored.
        """

        def work(db: sqlite3.Connection) -> int:
            self._refuse_when_replaced()
            self._refuse_when_full(db, INTAKE_SHARE)
            new, last = inbox.append(db, batch, epoch=epoch)
            if new:
                for message_id, notice in notices.items():
                    outbox.notify(db, message_id, notice)
                dropped = sum(message.reason in DROPS for message in batch)
                audit.count(db, {"received": new, "rejected": len(notices), "dropped": dropped})
            arrived()
            return last

        return self._writer.execute(work, within_s=COMPANY_S if is_decided_soon(batch) else 0.0)

    def known(self, ids: Collection[str]) -> frozenset[str]:
        """Return which of some ids are those of our own messages."""
        return self._writer.execute(lambda db: inbox.known(db, ids))

    def confirm(self, *, epoch: int, acked_seq: int) -> None:
        """Note, when something else is written, how far the broker is known to have received our PUBACKs.

        Where that fails nothing is lost: the next note goes further.
        """
        self._writer.ride(lambda db: inbox.confirm(db, epoch=epoch, acked_seq=acked_seq), within_s=NOTE_S)

    # process

    def claim(
        self, limit: int, *, held: Collection[str] = (), in_hand: Collection[int] = ()
    ) -> list[Claimed]:
        """Return up to `limit` messages, oldest first, none of a held device and none that is in hand.

        A claim is not written: the caller knows what it has, and what is not settled waits for the next run.
        It sees what has arrived and is not durable yet; what is settled of that is durable together with it.
        None while the file is full.
        """

        def work(db: sqlite3.Connection) -> list[Claimed]:
            with contextlib.suppress(BufferFull):
                self._refuse_when_full(db, CLAIM_SHARE)
                return inbox.claim(db, limit=limit, held=held, in_hand=in_hand)
            return []

        return self._writer.execute(work, is_early=True)

    def pending(self, *, after: int, limit: int) -> list[Fragment]:
        """Return rows behind number `after` that may be parts of records, in order of arrival."""
        return self._writer.execute(lambda db: inbox.pending(db, after=after, limit=limit))

    def texts(self, seqs: Sequence[int]) -> dict[int, str]:
        """Return the texts of rows by their numbers."""
        return self._writer.execute(lambda db: inbox.texts(db, seqs))

    def join(self, batch: Sequence[Joined]) -> None:
        """Make records of fragments: the first row of each carries it, all in one transaction."""

        def work(db: sqlite3.Connection) -> None:
            inbox.join(db, batch, now=self._clock.now())
            rejected = sum(one.reason is not None for one in batch)
            audit.count(db, {"rejected": rejected, "joined": sum(len(one.parts) for one in batch)})

        self._writer.execute(work)

    def settle(self, batch: Sequence[Settlement]) -> int:
        """Decide the fate of messages, all in one transaction; return how many still waited for one."""

        def work(db: sqlite3.Connection) -> int:
            settled = inbox.settle(db, batch, now=self._clock.now())
            audit.count(db, tally(batch))
            return settled

        return self._writer.execute(work)

    def return_claims(self) -> int:
        """Give back what a version that wrote its claims down had claimed; return how many messages."""
        return self._writer.execute(inbox.return_claims)

    # deliver

    def due(self, *, after: int, limit: int) -> list[Outgoing]:
        """Return what to deliver next, in order."""
        return self._writer.execute(
            lambda db: outbox.due(db, after=after, limit=limit, now=self._clock.now())
        )

    def delivered(self, numbers: Sequence[int], *, at_once: bool = False) -> Future[int]:
        """Note what the output broker has confirmed, when something else is written or after `NOTE_S`.

        The result, how many rows left the outbox or BufferUnavailable, is there once it is durable.
        """
        now = self._clock.now()
        return self._writer.ride(
            lambda db: outbox.delivered(db, numbers, now=now), within_s=0.0 if at_once else NOTE_S
        )

    def postpone(self, number: int, *, wait_s: float) -> None:
        """Hold a device back after a refusal."""
        until = self._clock.now() + wait_s
        self._writer.execute(lambda db: outbox.postpone(db, number, not_before=until))

    def give_up(self, number: int, *, detail: str) -> None:
        """End a message that the output broker refuses for good."""
        self._writer.execute(lambda db: outbox.give_up(db, number, detail=detail, now=self._clock.now()))

    def expire(self, number: int, *, detail: str) -> None:
        """End a record that nobody wants any more: it is dropped."""

        def work(db: sqlite3.Connection) -> None:
            dropped = outbox.expire(db, number, detail=detail, now=self._clock.now())
            audit.count(db, {"dropped": dropped})

        self._writer.execute(work)

    def last_number(self) -> int:
        """Return the newest number in the outbox."""
        return self._writer.execute(outbox.last_number)

    # audit

    def event(self, kind: str, detail: Mapping[str, Json]) -> None:
        """Write down something that a person who audits wants to know."""
        self._writer.execute(lambda db: audit.event(db, kind, now=self._clock.now(), detail=detail))

    def keep_rates(self, kept: Sequence[Kept]) -> None:
        """Keep what is known of the rates that are watched for drift."""
        self._writer.execute(lambda db: rates.keep(db, kept, now=self._clock.now()))

    def begin_configuration(self, *, sha256: str, document: Mapping[str, Json]) -> int:
        """Write down which configuration comes into force; return its number."""
        now = self._clock.now()
        return self._writer.execute(
            lambda db: audit.begin_configuration(db, sha256=sha256, document=document, now=now)
        )

    def read(self, query: Callable[[sqlite3.Connection], Result]) -> Result:
        """Run a question of `audit` (proof, backlog, counters) behind all that was asked for before."""
        return self._writer.execute(query, sees_all=True)

    def glance(self, query: Callable[[sqlite3.Connection], Result]) -> Result:
        """Run a question that hurries no commit: what waits for company goes on waiting, and is not seen."""
        return self._writer.execute(query, is_early=True)

    def change(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Change what is known of templates; it is durable when this returns."""
        return self._writer.execute(work)

    def note(self, work: Callable[[sqlite3.Connection], Result], *, within_s: float) -> Future[Result]:
        """Change something with whatever is written next, or after a while: nothing is lost without it."""
        return self._writer.ride(work, within_s=within_s)

    def put_back(self, ids: Sequence[str]) -> int:
        """Try rejected messages again; return how many went back."""
        choice = Choice(ids=tuple(ids))
        return self._writer.execute(
            lambda db: requeue.put_back(db, choice, after=0, limit=len(ids), now=self._clock.now()).count
        )

    def keep_up(self) -> int:
        """Forget, index and shrink what is due, in small units between the loops' own; return how much."""
        return self._upkeep.step()

    def keep_small(self) -> int:
        """Forget oldest finished messages while the file is past its retention share; return how many."""
        return self._upkeep.forget_for_space()

    @property
    def held_by(self) -> str:
        """Say who reads for so long that the log grows; empty while nobody does."""
        return self._readers.holding()

    def _is_short(self, db: sqlite3.Connection) -> bool:
        # Without the log: forgetting messages would not shorten it.
        return retention.used_bytes(db) >= self._max_bytes * RETENTION_SHARE

    def _used(self, db: sqlite3.Connection) -> int:
        """Return the bytes in use; a log that a long reader keeps from being copied back counts too."""
        return retention.used_bytes(db) + max(0, self._readers.log_bytes() - WAL_KEPT_BYTES)

    def _refuse_when_replaced(self) -> None:
        if self.is_replaced:
            remedy = "start the agent anew: it opens the file that is there then"
            raise BufferUnavailable("store", cause=f"{self.path} was removed or replaced", remedy=remedy)

    def _refuse_when_full(self, db: sqlite3.Connection, share: float) -> None:
        used = self._used(db)
        if used >= self._max_bytes * share:
            cause = f"{used} of {self._max_bytes} bytes are used"
            raise BufferFull("store", cause=cause, remedy="raise buffer.max_bytes, or mend the output")
        disk = os.statvfs(self.path.parent)
        if self._min_free_bytes and disk.f_bavail * disk.f_frsize < self._min_free_bytes:
            cause = f"less than {self._min_free_bytes} bytes are free on the disk"
            raise BufferFull("store", cause=cause, remedy="free space on the disk")


def is_decided_soon(batch: Sequence[RawMessage]) -> bool:
    """Tell whether arrivals may have their fate soon enough to wait for it."""
    waits = any(one.reason is None and not one.pending for one in batch)
    return waits and len(batch) < COMPANY_MESSAGES


def identity(path: Path) -> tuple[int, int] | None:
    """Return which file stands at a path; None where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def tally(batch: Sequence[Settlement]) -> dict[str, int]:
    """Count fates by state, for the counters that survive retention."""
    counts: dict[str, int] = {}
    for one in batch:
        counts[str(one.state)] = counts.get(str(one.state), 0) + 1
    return counts
