"""A database that is damaged while the agent runs: nothing that belongs to it touches the one after it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from bench import Bench, open_buffer

from agent.buffer import Buffer, audit
from agent.errors import BufferUnavailable
from agent.mqtt import Opened
from agent.testing import FakeClock, packet


def damage(buffer: Buffer) -> None:
    """Let a write fail, so that the connection is thrown away, and spoil the file before the next one."""

    def fail(_db: sqlite3.Connection) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with pytest.raises(BufferUnavailable):
        buffer._writer.execute(fail)
    buffer.path.write_bytes(b"not a database at all" * 1000)


def on_its_way_out(bench: Bench) -> None:
    """Have one message at the output broker, which has not answered."""
    bench.courier.up(Opened(1, session_present=False, receive_maximum=10, v5=True))
    bench.arrive(packet(1, "a temp 1"))
    bench.extract()
    bench.deliver.step(wait_s=0)
    assert len(bench.out.published) == 1


def test_late_confirmation_removes_nothing_from_the_new_outbox(
    bench: Bench, buffer: Buffer, tmp_path: Path, clock: FakeClock
) -> None:
    """Numbers begin again in a new file: the answer to the old number 1 is none to the new number 1."""
    on_its_way_out(bench)
    damage(buffer)
    bench.connect(generation=2, present=False)
    bench.arrive(packet(2, "a temp 2", generation=2))
    bench.extract()
    bench.courier.confirmed(1, 1, 0)
    bench.deliver.step(wait_s=0)
    buffer.close()
    after = Bench(tmp_path / "maaza.db", clock, open_buffer(tmp_path / "maaza.db", clock))
    after.connect(generation=3, present=False)
    after.arrive(packet(2, "a temp 2", generation=3))
    after.extract()
    bench.deliver.step(wait_s=0)
    assert after.rows("text, state") == [("a temp 2", "ready")]
    assert after.buffer.read(audit.backlog)["outbox"] == 1
    after.buffer.close()


def test_damaged_file_takes_nothing_more(bench: Bench, buffer: Buffer) -> None:
    """Nothing is acknowledged and nothing claimed; no other file is begun under the feet of the loops."""
    damage(buffer)
    bench.arrive(packet(1, "a temp 1"))
    assert bench.link.acks == []
    assert "not a database" in bench.receive.blocked
    assert "not a database" in buffer.damage
    assert buffer.set_aside is None


def test_damage_while_open_is_set_aside_at_the_end(buffer: Buffer, tmp_path: Path, clock: FakeClock) -> None:
    """Also where the next opening would not see it; the new file says why it begins."""
    damage(buffer)
    with pytest.raises(BufferUnavailable, match="not a database"):
        buffer.read(audit.backlog)
    buffer.close()
    fresh = open_buffer(tmp_path / "maaza.db", clock)
    assert fresh.damage == ""
    kept = fresh.set_aside
    assert kept is not None
    assert kept.read_bytes().startswith(b"not a database")
    assert fresh.read(lambda db: db.execute("SELECT kind FROM events").fetchall()) == [("set_aside",)]
    kept.unlink()
    assert fresh.set_aside is None
    fresh.close()


def test_closed_database_refuses_instead_of_hanging(buffer: Buffer) -> None:
    """A loop that is late must not wait for an answer that nobody gives."""
    buffer.close()
    with pytest.raises(BufferUnavailable, match="closed"):
        buffer.read(audit.backlog)
