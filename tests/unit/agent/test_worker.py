"""Inference in a child: crashes, hangs and faults cost one message's time."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from bench import make_schema

from agent.errors import EngineBroken, WorkerFailed
from agent.extract import Extractor, Job
from agent.extract.lane import Finished, Lane, Ticket
from agent.extract.stub import Stub
from agent.extract.worker import Engine, Worker
from agent.message import Candidate, Crashed

HERE = Path(__file__).resolve()
SCHEMA = make_schema()


class Fragile:
    """An engine with a trigger word for each way to fail."""

    tier = "fragile"

    def extract(self, jobs: Sequence[Job], /) -> list[Candidate]:
        """Do what the text says."""
        words = " ".join(job.text for job in jobs)
        if "crash" in words:
            os.kill(os.getpid(), signal.SIGSEGV)
        if "hang" in words:
            time.sleep(60)
        if "raise" in words:
            raise ValueError("a fault of the engine")
        return Stub("fragile").extract(jobs)


def fragile() -> Extractor:
    """Build the fragile engine, in the child."""
    return Fragile()


def broken() -> Extractor:
    """Fail to build."""
    raise FileNotFoundError("model.gguf is missing")


@pytest.fixture
def worker() -> Iterator[Worker]:
    """Give a worker with the fragile engine."""
    made = Worker(engine("fragile"))
    yield made
    made.stop()


def engine(factory: str) -> Engine:
    """Return an engine of this file; the child finds the file on its path."""
    if str(HERE.parent) not in sys.path:
        sys.path.append(str(HERE.parent))
    return Engine(tier="fragile", factory=f"test_worker:{factory}", options={}, ready_s=30, batch_s=1.5)


def job(text: str) -> Job:
    """Return a job."""
    return Job(text, SCHEMA)


def test_child_answers_batches_in_order(worker: Worker) -> None:
    """What comes back is what the engine made, in order."""
    made = worker.extract([job("a temp 1"), job("b temp 2")])
    assert [one.value for one in made] == [{"device": "a", "temp": 1}, {"device": "b", "temp": 2}]
    assert made == Stub("fragile").extract([job("a temp 1"), job("b temp 2")])


@pytest.mark.parametrize(
    ("text", "cause"), [("crash", "ended with code -11"), ("hang", "no answer"), ("raise", "ValueError")]
)
def test_failure_is_reported_and_the_next_batch_works(worker: Worker, text: str, cause: str) -> None:
    """The child is gone; the next call starts another."""
    with pytest.raises(WorkerFailed, match=cause):
        worker.extract([job(text)])
    assert worker.extract([job("a temp 1")])[0].value == {"device": "a", "temp": 1}


def test_engine_that_cannot_be_built_says_why() -> None:
    """The cause crosses the pipe."""
    with pytest.raises(EngineBroken, match=r"model\.gguf is missing"):
        Worker(engine("broken")).start()


def test_killed_child_is_noticed(worker: Worker) -> None:
    """Somebody else's kill is a failure like any other."""
    worker.start()
    assert worker.pid
    os.kill(worker.pid, signal.SIGKILL)
    with pytest.raises(WorkerFailed):
        worker.extract([job("a temp 1")])


def test_poison_is_in_quarantine_and_its_company_is_not(worker: Worker) -> None:
    """One text that crashes the engine each time costs only itself."""
    done: list[Finished] = []
    lane = Lane(worker, batch=8, done=done.extend)
    lane._serve([Ticket(1, job("a temp 1")), Ticket(2, job("crash")), Ticket(3, job("c temp 3"))])
    kinds = {one.ticket.seq: type(one.result) for one in done}
    assert kinds == {1: Candidate, 2: Crashed, 3: Candidate}


def test_engine_that_breaks_later_makes_messages_wait() -> None:
    """A model that vanished is not the messages' fault: none is condemned."""

    class Vanished:
        tier = "gone"
        tries = 0

        def extract(self, jobs: Sequence[Job], /) -> list[Candidate]:
            """Be broken twice, then work."""
            self.tries += 1
            if self.tries < 3:
                raise EngineBroken("start", cause="no file")
            return Stub("gone").extract(jobs)

        def stop(self) -> None:
            """Nothing to let go."""

    done: list[Finished] = []
    lane = Lane(Vanished(), batch=8, done=done.extend)
    lane._serve([Ticket(1, job("a temp 1"))])
    assert [type(one.result) for one in done] == [Candidate]
    assert lane.broken == ""


def test_child_dies_with_its_parent() -> None:
    """After kill -9 of the daemon no extractor is left behind."""
    program = (
        "import sys, time; sys.path[:0] = sys.argv[1:];"
        "from agent.extract.worker import Engine, Worker;"
        "e = Engine(tier='s', factory='agent.extract.stub:load',"
        "           options={'tier': 's'}, ready_s=30, batch_s=5);"
        "w = Worker(e);"
        "w.start(); print(w.pid, flush=True); time.sleep(60)"
    )
    import subprocess  # noqa: PLC0415 - one test only

    parent = subprocess.Popen(
        [sys.executable, "-c", f"if __name__ == '__main__': exec({program!r})", str(HERE.parents[3])],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    until = time.monotonic() + 5
    with contextlib.suppress(ProcessLookupError):
        while time.monotonic() < until:
            os.kill(child, 0)
            time.sleep(0.05)
        pytest.fail("the child outlived its parent")
