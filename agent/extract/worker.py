"""Inference in a child process: a crash or hang in native code costs one message's time, never the daemon."""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import multiprocessing
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any

from agent.errors import AgentError, EngineBroken, WorkerFailed
from agent.extract import Extractor, Job
from agent.message import Candidate, Evidence, Refusal

if TYPE_CHECKING:
    from agent.schemas import Schema

Flat = tuple[Any, tuple[Any, ...], float, str, str, str | None, str, int, dict[str, float]]
"""A candidate as it crosses the pipe."""
KILL_WAIT_S = 5.0
"""How long a killed child may take to vanish, seconds."""
DIE_WITH_PARENT = 1
"""``PR_SET_PDEATHSIG``: the kernel ends the child when the parent is gone, also after SIGKILL."""
STOPPED = "the process was stopped"
"""Cause where the daemon itself ends the child, in the middle of a batch."""
TRACE_CHARS = 2000
"""Last characters of a child's traceback that travel to the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What the child builds."""

    tier: str
    factory: str
    """``module:function`` that returns an Extractor."""
    options: Mapping[str, Any]
    """Keyword arguments of the factory; picklable."""
    ready_s: float
    """Seconds in which the engine must be built."""
    batch_s: float
    """Seconds in which a batch must be answered."""


@dataclass(frozen=True, slots=True)
class Question:
    """A batch as it crosses the pipe: each schema only once per child."""

    schemas: Mapping[str, Schema]
    """Schemas that the child has not seen, by fingerprint."""
    jobs: tuple[tuple[str, str], ...]
    """Text and fingerprint of each job."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The child could not build the engine, or the engine raised."""

    cause: str


class Worker:
    """An Extractor whose engine lives in a child process. Used by one thread."""

    def __init__(self, engine: Engine) -> None:
        """Prepare; the child is started by `start` or by the first batch."""
        self._engine = engine
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._sent: set[str] = set()
        self.restarts = 0
        self.processor_s = 0.0
        """Processor time of the last batch, seconds, of all threads of the child."""

    @property
    def tier(self) -> str:
        """Name of the tier, as written to the audit record."""
        return self._engine.tier

    @property
    def pid(self) -> int | None:
        """Process id of the child; None where there is none."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the child and wait until its engine is built.

        Raises:
            EngineBroken: the engine cannot be built, or not in time.
        """
        self.stop()
        context = multiprocessing.get_context("spawn")
        pipe, theirs = context.Pipe()
        engine = self._engine
        process = context.Process(
            target=serve,
            args=(theirs, engine.factory, dict(engine.options)),
            name=f"extract-{engine.tier}",
            daemon=True,
        )
        process.start()
        theirs.close()
        self._process, self._pipe, self._sent = process, pipe, set()
        self._await_ready()

    def _await_ready(self) -> None:
        try:
            answer = self._receive(self._engine.ready_s)
        except WorkerFailed as error:
            raise EngineBroken(f"start tier {self.tier}", cause=error.cause, remedy="see the log") from error
        if isinstance(answer, Failure):
            self.stop()
            remedy = "check the tier's settings and its model file"
            raise EngineBroken(f"start tier {self.tier}", cause=answer.cause, remedy=remedy)

    def extract(self, jobs: Sequence[Job], /) -> list[Candidate]:
        """Return one candidate per job, in order.

        Raises:
            WorkerFailed: the child crashed, hung or raised; it is gone, the next call starts another.
            EngineBroken: another one cannot be started.
        """
        if self._process is None:
            self.restarts += 1
            self.start()
        self._send(jobs)
        answer, self.processor_s = self._receive(self._engine.batch_s)
        if isinstance(answer, Failure):
            self.stop()
            raise WorkerFailed(f"extract in tier {self.tier}", cause=answer.cause)
        return [unpack(flat) for flat in answer]

    def stop(self) -> None:
        """End the child at once; it holds nothing that would be lost."""
        process, self._process = self._process, None
        pipe, self._pipe = self._pipe, None
        if pipe is not None:
            pipe.close()
        if process is not None:
            process.kill()
            process.join(KILL_WAIT_S)

    def _send(self, jobs: Sequence[Job]) -> None:
        new = {job.schema.fingerprint: job.schema for job in jobs if job.schema.fingerprint not in self._sent}
        question = Question(new, tuple((job.text, job.schema.fingerprint) for job in jobs))
        pipe = self._pipe
        if pipe is None:
            raise self._failure(STOPPED)
        try:
            pipe.send(question)
        except OSError as error:
            raise self._failure(f"the process is gone: {error}") from error
        self._sent.update(new)

    def _receive(self, seconds: float) -> Any:  # noqa: ANN401 - what comes over a pipe
        pipe = self._pipe
        if pipe is None:
            raise self._failure(STOPPED)
        try:
            if pipe.poll(seconds):
                return pipe.recv()
        except (OSError, EOFError) as error:
            raise self._failure(f"the process ended{self._exit_code()}") from error
        raise self._failure(f"no answer within {seconds:g} s")

    def _exit_code(self) -> str:
        process = self._process
        if process is None:
            return ""
        process.join(KILL_WAIT_S)
        return f" with code {process.exitcode}"

    def _failure(self, cause: str) -> WorkerFailed:
        """End the child, whose state nobody knows, and return the error to raise."""
        self.stop()
        return WorkerFailed(f"extract in tier {self.tier}", cause=cause)


def serve(pipe: Connection, factory: str, options: dict[str, Any]) -> None:
    """Build the engine and answer batches until the pipe closes. The body of the child process."""
    live_for_the_parent()
    try:
        engine: Extractor = resolve(factory)(**options)
    except AgentError as error:
        pipe.send(Failure(str(error)))
        return
    except Exception:  # noqa: BLE001 - whatever it is, the parent must hear of it
        pipe.send(Failure(last_words()))
        return
    pipe.send(None)
    schemas: dict[str, Schema] = {}
    with contextlib.suppress(EOFError, OSError):
        while True:
            question: Question = pipe.recv()
            schemas.update(question.schemas)
            began = process_time()
            said = answer(engine, [Job(text, schemas[key]) for text, key in question.jobs])
            pipe.send((said, process_time() - began))


def pack(one: Candidate) -> Flat:
    """Lay a candidate out as plain tuples: pickling frozen dataclasses costs six times as much."""
    evidence = tuple(
        (each.pointer, each.start, each.end, each.confidence, each.inferred) for each in one.evidence
    )
    return (
        one.value,
        evidence,
        one.confidence,
        one.tier,
        one.model,
        None if one.refusal is None else one.refusal.value,
        one.detail,
        one.tokens,
        one.timings,
    )


def unpack(flat: Flat) -> Candidate:
    """Return the candidate that was laid out."""
    value, evidence, confidence, tier, model, refusal, detail, tokens, timings = flat
    spans = tuple(Evidence(*each) for each in evidence)
    reason = None if refusal is None else Refusal(refusal)
    return Candidate(value, spans, confidence, tier, model, reason, detail, tokens, timings)


def answer(engine: Extractor, jobs: list[Job]) -> list[Flat] | Failure:
    """Run one batch; a fault of the engine is an answer too."""
    try:
        candidates = engine.extract(jobs)
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent must hear of it
        return Failure(whereabouts(error))
    if len(candidates) != len(jobs):
        return Failure(f"{len(candidates)} answers to {len(jobs)} texts")
    return [pack(candidate) for candidate in candidates]


def live_for_the_parent() -> None:
    """Leave signals to the parent, and die with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != parent:
            # The parent died before the request took hold.
            os._exit(1)


def resolve(path: str) -> Callable[..., Extractor]:
    """Return what ``module:function`` names."""
    module, _, name = path.partition(":")
    factory: Callable[..., Extractor] = getattr(importlib.import_module(module), name)
    return factory


def whereabouts(error: Exception) -> str:
    """Return the kind of an error and where it happened, without its words: they may quote a text."""
    places = [f"{Path(one.filename).name}:{one.lineno}" for one in traceback.extract_tb(error.__traceback__)]
    return f"{type(error).__name__} at {' > '.join(places)}"[-TRACE_CHARS:]


def last_words() -> str:
    """Return the end of the present traceback."""
    return traceback.format_exc()[-TRACE_CHARS:]
