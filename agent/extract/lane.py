"""One tier's queue and thread: forms batches for throughput, puts poison in quarantine."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Protocol

from agent.errors import EngineBroken, WorkerFailed
from agent.extract import Job
from agent.log import logger
from agent.message import Candidate, Crashed
from agent.retry import RESTART, Backoff

LOG = logger("extract")
TRIES = 2
"""Failures after which a text is in quarantine: once in company, once alone."""
NAMED = 8
"""Messages of a failed batch that the log names."""
IDLE_S = 0.5
"""Longest sleep without work, seconds."""


class Tier(Protocol):
    """What a lane needs of an extractor that may fail."""

    @property
    def tier(self) -> str:
        """Name of the tier."""

    def extract(self, jobs: Sequence[Job], /) -> list[Candidate]:
        """Return one candidate per job, or raise WorkerFailed or EngineBroken."""

    def stop(self) -> None:
        """Let go of what it holds."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A job on its way through a lane."""

    seq: int
    job: Job
    id: str = ""
    """Id of the message, for the log."""


@dataclass(frozen=True, slots=True)
class Finished:
    """What a tier made of a ticket."""

    ticket: Ticket
    tier: str
    result: Candidate | Crashed
    processor_s: float = 0.0
    """Its share of the processor time of its batch, seconds."""


class Lane:
    """Serves one tier from a queue. The caller bounds how much it puts in."""

    def __init__(
        self, tier: Tier, *, batch: int, done: Callable[[list[Finished]], None], backoff: Backoff = RESTART
    ) -> None:
        """Serve batches of at most `batch` jobs and hand results to `done`."""
        self.tier = tier
        self.broken = ""
        self.failures = 0
        """Batches at which the tier failed."""
        self.busy_s = 0.0
        """Seconds that the tier worked on batches."""
        self._batch = batch
        self._done = done
        self._backoff = backoff
        self._tickets: queue.SimpleQueue[Ticket] = queue.SimpleQueue()
        self._stop = threading.Event()

    @property
    def waiting(self) -> int:
        """Return the number of jobs that wait for the tier."""
        return self._tickets.qsize()

    def put(self, ticket: Ticket) -> None:
        """Add a job."""
        self._tickets.put(ticket)

    def run(self) -> None:
        """Serve until told to stop. The body of the lane's thread."""
        while not self._stop.is_set():
            batch = self._gather()
            if batch:
                self._serve(batch)
        self.tier.stop()

    def stop(self) -> None:
        """End after the batch in hand."""
        self._stop.set()

    def _gather(self) -> list[Ticket]:
        try:
            batch = [self._tickets.get(timeout=IDLE_S)]
        except queue.Empty:
            return []
        while len(batch) < self._batch and not self._tickets.empty():
            batch.append(self._tickets.get_nowait())
        return batch

    def _serve(self, batch: list[Ticket]) -> None:
        """Try all together, after a failure each alone: poison must not condemn its neighbours."""
        results = self._attempt(batch, failures=0)
        if results is not None:
            share = self._processor_s() / len(batch)
            self._done([self._finished(*pair, share) for pair in zip(batch, results, strict=True)])
            return
        for ticket in batch:
            result = self._alone(ticket)
            if result is not None:
                self._done([self._finished(ticket, result, self._processor_s())])

    def _alone(self, ticket: Ticket) -> Candidate | Crashed | None:
        """Return a verdict on one text; None where the stop came first: no verdict is not a bad one."""
        for failures in range(1, TRIES):
            results = self._attempt([ticket], failures=failures)
            if results is not None:
                return results[0]
        if self._stop.is_set():
            return None
        return Crashed(f"tier {self.tier.tier} failed {TRIES} times on this text, the last time alone")

    def _attempt(self, batch: list[Ticket], *, failures: int) -> list[Candidate] | None:
        """Return the candidates, or None where the tier failed. A tier that cannot start is waited for."""
        waits = 0
        while not self._stop.is_set():
            began = monotonic()
            try:
                results = self.tier.extract([ticket.job for ticket in batch])
            except WorkerFailed as error:
                self.failures += 1
                self._report_failed(error, batch, failures + 1)
                return None
            except EngineBroken as error:
                waits += 1
                self._report_broken(error, waits)
                continue
            self.broken = ""
            self.busy_s += monotonic() - began
            return results
        return None

    def _report_failed(self, error: WorkerFailed, batch: list[Ticket], failures: int) -> None:
        """Say which messages were in hand; the first few of a large batch will do."""
        ids = [ticket.id for ticket in batch[:NAMED]]
        LOG.warning(
            "extractor_failed",
            tier=self.tier.tier,
            cause=error.cause,
            messages=len(batch),
            message_id=ids if len(ids) > 1 else ids[0],
            failures=failures,
        )

    def _report_broken(self, error: EngineBroken, waits: int) -> None:
        """The engine's fault is not the messages': they wait until it can be built again."""
        self.broken = str(error)
        LOG.error("extractor_broken", cause=error.cause, remedy=error.remedy)
        self._stop.wait(self._backoff.wait(waits, 0.5))

    def _processor_s(self) -> float:
        """Return what the last batch has cost; 0 where the tier does not say."""
        return float(getattr(self.tier, "processor_s", 0.0))

    def _finished(self, ticket: Ticket, result: Candidate | Crashed, processor_s: float) -> Finished:
        return Finished(ticket, self.tier.tier, result, processor_s)
