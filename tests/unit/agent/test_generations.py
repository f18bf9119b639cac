"""Promise P9: a version on the file of a newer one works, or refuses and touches nothing."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest
from bench import Bench, open_buffer

from agent.buffer import audit
from agent.buffer.connection import MAJOR, STEPS_PER_MAJOR, steps
from agent.errors import BufferRefused
from agent.mqtt import Opened
from agent.testing import FakeClock, packet

NEXT_STEP = """
ALTER TABLE inbox ADD COLUMN novelty TEXT NOT NULL DEFAULT 'none';
ALTER TABLE records ADD COLUMN novelty REAL;
ALTER TABLE outbox ADD COLUMN novelty INTEGER NOT NULL DEFAULT 0;
CREATE TABLE novelties (number INTEGER PRIMARY KEY, seq INTEGER NOT NULL) STRICT;
CREATE INDEX inbox_novelty ON inbox(novelty) WHERE state = 'published';
CREATE TRIGGER novelty_decided AFTER UPDATE OF state ON inbox WHEN new.state = 'published'
BEGIN INSERT INTO novelties (seq) VALUES (new.seq); END;
CREATE VIEW v_novelties AS SELECT n.number, i.id FROM novelties n JOIN inbox i ON i.seq = n.seq;
"""
"""What a later version may do to the file: columns with defaults, tables, indexes, triggers, views."""


def make_newer(path: Path, clock: FakeClock, version: int, script: str = "") -> None:
    """Make a file as a later version leaves it."""
    open_buffer(path, clock).close()
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.executescript(f"{script} PRAGMA user_version = {version}; PRAGMA wal_checkpoint(TRUNCATE);")


def test_message_goes_its_whole_way_on_a_newer_file(tmp_path: Path, clock: FakeClock) -> None:
    """After a roll-back: stored, decided, delivered, forgotten; the later version's number stays."""
    path, version = tmp_path / "m.db", MAJOR * STEPS_PER_MAJOR + max(steps()) + 1
    make_newer(path, clock, version, NEXT_STEP)
    bench = Bench(path, clock, open_buffer(path, clock))
    bench.connect(present=False)
    bench.courier.up(Opened(1, session_present=False, receive_maximum=100, v5=True))
    bench.arrive(packet(1, "a temp 1"), packet(2, "no numbers"))
    bench.extract()
    clock.advance(3)
    bench.deliver.step(wait_s=0)
    for packet_id in (1, 2):
        bench.courier.confirmed(1, packet_id, 0)
    bench.deliver.step(wait_s=0)
    clock.advance(1)
    bench.deliver.step(wait_s=0)
    assert bench.proof() == {"published": (1, 0), "rejected": (1, 0)}
    assert bench.buffer.read(lambda db: db.execute("SELECT count(*) FROM v_novelties").fetchone()) == (1,)
    bench.buffer._max_bytes = 1
    assert bench.buffer.keep_small() == 2
    assert bench.buffer.read(audit.counters)["forgotten"] == 2
    assert bench.buffer.read(lambda db: db.execute("PRAGMA user_version").fetchone()) == (version,)
    bench.buffer.close()


def test_file_of_a_later_generation_is_refused_and_left_alone(tmp_path: Path, clock: FakeClock) -> None:
    """Its rules are not known: not a byte of it changes."""
    path = tmp_path / "m.db"
    make_newer(path, clock, (MAJOR + 1) * STEPS_PER_MAJOR)
    before = path.read_bytes()
    with pytest.raises(BufferRefused, match="newer maaza"):
        open_buffer(path, clock)
    assert path.read_bytes() == before
