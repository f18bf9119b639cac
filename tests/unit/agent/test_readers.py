"""A reader that stays: it blocks nobody, and is named while the log grows because of it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.buffer import Buffer, readers
from agent.buffer.connection import WAL_KEPT_BYTES
from agent.errors import BufferFull

READ = """
import sqlite3, sys, time
db = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True, isolation_level=None)
db.execute("BEGIN")
db.execute("SELECT count(*) FROM inbox").fetchone()
print("reading", flush=True)
sys.stdin.readline()
"""


FINISHED = """
INSERT INTO inbox (id, received_at, topic, device, ordered, qos, retained, packet_id, size, sha256, state,
  reason, finished_at) VALUES ('a', 1, 'a', 'a', 1, 1, 0, 1, 1, x'00', 'dropped', 'expired', 1)
"""


@pytest.fixture
def reader(buffer: Buffer) -> Iterator[subprocess.Popen[str]]:
    """Give another process that holds a read transaction open until it reads a line."""
    process = subprocess.Popen(
        [sys.executable, "-c", READ, str(buffer.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "reading\n"
    yield process
    process.kill()
    process.communicate()


def write(buffer: Buffer, mebibytes: int) -> float:
    """Write much; return the seconds of the slowest commit."""
    slowest = 0.0
    for _ in range(mebibytes):
        began = time.monotonic()
        buffer.event("filling", {"text": "x" * (1 << 20)})
        slowest = max(slowest, time.monotonic() - began)
    return slowest


def test_long_reader_blocks_nobody_and_is_named(buffer: Buffer, reader: subprocess.Popen[str]) -> None:
    """The writer goes on; the log grows, and the process that holds it is told by its id."""
    slowest = write(buffer, 40)
    assert buffer.held_by.startswith(f"process {reader.pid} reads for long: the log has ")
    assert slowest < 5
    reader.communicate("\n", timeout=10)
    write(buffer, 2)
    assert buffer.held_by == ""
    assert readers.Readers(buffer.path).log_bytes() <= WAL_KEPT_BYTES + (2 << 20)


def test_log_that_a_reader_holds_forgets_no_message(buffer: Buffer, reader: subprocess.Popen[str]) -> None:
    """It counts towards the cap, so that it is bounded; but forgetting would not shorten it."""
    write(buffer, 10)
    buffer._max_bytes = 20 << 20
    for number in range(4):
        text = f'{{"text": "{chr(ord("A") + number) * (1 << 20)}"}}'
        buffer.read(lambda db, text=text: db.execute("UPDATE events SET detail = ?", (text,)))  # type: ignore[misc]
    buffer.read(lambda db: db.execute(FINISHED))
    assert buffer.held_by
    assert buffer.keep_small() == 0
    epoch = buffer.open_session("b:1", "c", present=False).epoch
    with pytest.raises(BufferFull):
        buffer.store([], epoch=epoch, notices={})


def test_log_stays_small_without_a_reader(buffer: Buffer) -> None:
    """Nobody is blamed, and our own connection is no reader."""
    write(buffer, 40)
    assert buffer.held_by == ""
    assert buffer._readers.reader() == 0


def test_look_at_the_locks_takes_none_and_drops_none(buffer: Buffer, tmp_path: Path) -> None:
    """A second program may still write, and our own locks are as they were."""
    assert buffer._readers.reader() == 0
    with sqlite3.connect(buffer.path) as other:
        other.execute("UPDATE search_progress SET seq = 0")
    buffer.event("after", {})
    other.close()
