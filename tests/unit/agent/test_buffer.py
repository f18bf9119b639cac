"""The database: durable, whole, upgradable, never in the way."""

from __future__ import annotations

import contextlib
import sqlite3
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from bench import Bench, open_buffer

from agent.buffer import Buffer, audit, connection
from agent.buffer.connection import MAJOR, STEPS_PER_MAJOR, migrate, pending, steps
from agent.buffer.statements import statements
from agent.errors import BufferFull, BufferRefused, BufferUnavailable
from agent.message import Candidate, Kind, Outgoing, RawMessage, Record, Settlement, State
from agent.testing import FakeClock


def raw(number: int, device: str = "a") -> RawMessage:
    """Return a message."""
    return RawMessage(
        id=f"id-{number}",
        received_at=1.0,
        topic=f"load/{device}/raw",
        device=device,
        ordered=True,
        qos=1,
        retained=False,
        packet_id=number,
        size=3,
        sha256=b"x",
        text="txt",
        raw=None,
        expires_at=None,
    )


def fill(buffer: Buffer, count: int, devices: int = 1) -> None:
    """Store messages."""
    epoch = buffer.open_session("b:1", "c", present=False).epoch
    buffer.store([raw(one, str(one % devices)) for one in range(1, count + 1)], epoch=epoch, notices={})


def fate(seq: int, *, payload: str = "{}") -> Settlement:
    """Return the settlement of an accepted message."""
    record = Record("s", "1", "f", Candidate({}, (), 1.0, "t", ""))
    outgoing = Outgoing(f"id-{seq}", Kind.DATA, "a", "t", payload)
    return Settlement(seq, State.READY, record=record, outgoing=outgoing, id=f"id-{seq}")


def count(buffer: Buffer, table: str) -> int:
    """Return the rows of a table."""
    found: int = buffer.read(lambda db: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608
    return found


def test_settlement_is_whole_or_not_at_all(buffer: Buffer) -> None:
    """When the outbox row is refused, neither state nor record are changed."""
    fill(buffer, 1)
    buffer.claim(1)
    with pytest.raises(sqlite3.IntegrityError):
        buffer.settle([fate(1, payload="not JSON")])
    assert buffer.read(audit.proof) == {"received": (1, 0)}
    assert count(buffer, "records") == 0
    assert buffer.settle([fate(1)]) == 1
    assert buffer.read(audit.proof) == {"ready": (1, 0)}


def test_one_unit_that_fails_leaves_the_others_of_the_commit(buffer: Buffer) -> None:
    """Group commit joins the work of loops, not their faults."""
    fill(buffer, 1)
    with pytest.raises(sqlite3.IntegrityError):
        buffer.read(lambda db: db.execute("INSERT INTO events VALUES (NULL, 1, 'x', NULL, 'not JSON')"))
    buffer.event("fine", {})
    assert count(buffer, "events") == 1


def test_claims_of_a_dead_run_come_back(tmp_path: Path, clock: FakeClock) -> None:
    """What a killed process had in hand is free at the next start, also where its version wrote that down."""
    dead = open_buffer(tmp_path / "m.db", clock)
    fill(dead, 3)
    assert len(dead.claim(2)) == 2
    dead.read(lambda db: db.execute("UPDATE inbox SET state = 'claimed', attempts = 1 WHERE seq = 1"))
    dead.close()
    alive = open_buffer(tmp_path / "m.db", clock)
    assert [one.attempts for one in alive.claim(10)] == [2, 1, 1]
    alive.close()


def test_what_is_in_hand_is_not_claimed_again(buffer: Buffer) -> None:
    """A claim is the caller's own knowledge: it says what it has, and gets something else."""
    fill(buffer, 3)
    assert [one.seq for one in buffer.claim(2)] == [1, 2]
    assert [one.seq for one in buffer.claim(2, in_hand=[1, 2])] == [3]
    assert buffer.claim(2, in_hand=[1, 2, 3]) == []


def test_fate_of_another_message_is_not_settled(buffer: Buffer) -> None:
    """A number may have been given again where its first commit failed: the id decides."""
    fill(buffer, 1)
    assert buffer.settle([replace(fate(1), id="id-of-another")]) == 0
    assert count(buffer, "outbox") == 0
    assert buffer.settle([fate(1)]) == 1


def test_decided_message_is_not_settled_again(buffer: Buffer) -> None:
    """The first fate holds."""
    fill(buffer, 1)
    assert [buffer.settle([fate(1)]), buffer.settle([fate(1)])] == [1, 0]
    assert count(buffer, "outbox") == 1


def test_claim_passes_over_held_devices(buffer: Buffer) -> None:
    """A device with enough in hand holds nobody else up, however long its backlog is."""
    epoch = buffer.open_session("b:1", "c", present=False).epoch
    buffer.store([raw(one, "slow") for one in range(1, 2101)], epoch=epoch, notices={})
    buffer.store([raw(9000, "quick")], epoch=epoch, notices={})
    assert [one.device for one in buffer.claim(5, held=["slow"])] == ["quick"]
    assert buffer.claim(5, held=["slow"], in_hand=[2101]) == []


def test_commits_wait_for_the_disk(buffer: Buffer) -> None:
    """WAL with a sync at each commit: what was answered survives a power cut."""
    pragmas = buffer.read(
        lambda db: [db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    )
    assert pragmas == ["wal", 2]


def pragmas(db: sqlite3.Connection) -> list[object]:
    """Return how a file is laid out, and when its log is copied."""
    names = ("page_size", "journal_mode", "auto_vacuum", "wal_autocheckpoint")
    return [db.execute(f"PRAGMA {name}").fetchone()[0] for name in names]


def test_pages_are_small_and_those_of_an_older_file_can_be_made_so(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file with larger pages works as it is, and as the documents change it."""
    path, sizes = tmp_path / "m.db", list[list[object]]()
    monkeypatch.setattr(connection, "PAGE_BYTES", 4096)
    open_buffer(path, clock).close()
    monkeypatch.undo()
    for change in ("", "PRAGMA journal_mode = DELETE; PRAGMA page_size = 1024; VACUUM;"):
        with contextlib.closing(sqlite3.connect(path)) as db:
            db.executescript(change)
        buffer = open_buffer(path, clock)
        fill(buffer, 1)
        sizes.append(buffer.read(pragmas))
        buffer.close()
    assert sizes == [[4096, "wal", 2, 2048], [1024, "wal", 2, 8192]]


def test_file_is_open_to_the_group_only(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under the agent's umask auditors of the group read, strangers do not."""
    import os  # noqa: PLC0415 - the umask belongs to this test alone

    before = os.umask(0o027)
    try:
        open_buffer(tmp_path / "m.db", clock).close()
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "m.db").stat().st_mode) == 0o640


def test_second_owner_is_refused(tmp_path: Path, clock: FakeClock, buffer: Buffer) -> None:
    """Two agents on one file would settle each other's messages."""
    with pytest.raises(BufferRefused, match="another agent"):
        open_buffer(buffer.path, clock)


def test_missing_folder_is_one_clear_error(tmp_path: Path, clock: FakeClock) -> None:
    """The error names the file and what to do."""
    with pytest.raises(BufferRefused, match="create"):
        open_buffer(tmp_path / "nowhere/m.db", clock)


def test_later_generation_is_refused_and_later_steps_are_not() -> None:
    """Promise P9: code N runs on the file of N+1 within a generation, and refuses the next generation."""
    known = steps()
    assert pending(0, known) == sorted(known)
    assert pending(MAJOR * STEPS_PER_MAJOR + 900, known) == []
    with pytest.raises(BufferRefused, match="newer"):
        pending((MAJOR + 1) * STEPS_PER_MAJOR, known)


def test_migration_twice_changes_nothing(tmp_path: Path) -> None:
    """A file that is up to date is left alone."""
    db = connection.open_database(tmp_path / "m.db")
    before = db.execute("SELECT sql FROM sqlite_master").fetchall()
    migrate(db)
    assert db.execute("SELECT sql FROM sqlite_master").fetchall() == before
    db.close()


def test_no_two_steps_have_one_number() -> None:
    """One of them would never be taken."""
    files = list((Path(connection.__file__).parent / "migrations").glob("*.sql"))
    assert len(steps()) == len(files)
    assert sorted(steps()) == list(range(1, len(files) + 1))


def test_every_table_is_strict_and_every_column_explained(buffer: Buffer) -> None:
    """The file explains itself to whoever opens it."""
    tables = buffer.read(
        lambda db: db.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            " AND name NOT IN ('search', 'search_data', 'search_idx', 'search_config')"
        ).fetchall()
    )
    assert len(tables) == 14
    for name, text in tables:
        assert text.rstrip().endswith("STRICT"), name
        columns = buffer.read(lambda db, name=name: db.execute(f"PRAGMA table_info({name})").fetchall())  # type: ignore[misc]
        assert text.count("-- ") >= len(columns), name


def test_every_statement_compiles(buffer: Buffer) -> None:
    """No statement waits for its first use to be wrong."""

    def explain(db: sqlite3.Connection) -> None:
        for text in statements().values():
            names = {word.strip(",();") for word in text.replace("(", " ").split() if word.startswith(":")}
            db.execute(f"EXPLAIN {text}", {name.lstrip(":").rstrip(")"): 0 for name in names})

    buffer.read(explain)


@pytest.mark.parametrize(
    "name", ["waiting", "waiting_elsewhere", "claim", "due", "return_claims", "publish_confirmed"]
)
def test_hot_statements_use_indexes(buffer: Buffer, name: str) -> None:
    """No hot statement reads a whole table: its cost does not grow with the backlog."""
    fill(buffer, 10)

    def plan(db: sqlite3.Connection) -> str:
        values = dict.fromkeys(
            ("look_ahead", "held", "in_hand", "seqs", "limit", "after", "now", "latest", "numbers", "at"),
            "[]",
        )
        return "\n".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {statements()[name]}", values))

    found = buffer.read(plan)
    tables = ("inbox", "outbox", "o", "i", "held")
    scans = [
        line for line in found.splitlines() if line.split()[:1] == ["SCAN"] and line.split()[1] in tables
    ]
    assert all("USING" in line for line in scans), found


def test_oldest_finished_messages_are_forgotten_when_space_is_short(
    bench: Bench, buffer: Buffer, clock: FakeClock
) -> None:
    """Retention goes by bytes, never by a clock that may jump, and touches only what is finished."""
    fill(buffer, 2)
    buffer.claim(1)
    buffer.settle([fate(1)])
    buffer.delivered([1], at_once=True).result()
    buffer._max_bytes = 1
    assert buffer.keep_small() == 1
    assert buffer.keep_small() == 0
    assert count(buffer, "inbox") == 1
    assert buffer.read(audit.counters)["forgotten"] == 1


def test_full_file_refuses_to_store(tmp_path: Path, clock: FakeClock) -> None:
    """The cap is an error that stores nothing, not a crash."""
    buffer = open_buffer(tmp_path / "m.db", clock, max_bytes=1000)
    with pytest.raises(BufferFull):
        fill(buffer, 1)
    assert count(buffer, "inbox") == 0
    buffer.close()


@pytest.mark.parametrize("other", [False, True], ids=["removed", "replaced"])
def test_nothing_is_stored_into_a_file_that_is_gone(buffer: Buffer, *, other: bool) -> None:
    """What went into a removed file would be acknowledged, and lost with the process."""
    fill(buffer, 1)
    buffer.path.rename(buffer.path.with_name("moved"))
    if other:
        buffer.path.touch()
    with pytest.raises(BufferUnavailable, match="removed or replaced"):
        fill(buffer, 1)


@pytest.mark.parametrize("damage", ["garbage", "bit flips", "truncated"])
def test_damaged_file_is_set_aside(tmp_path: Path, clock: FakeClock, damage: str) -> None:
    """A file that is not a database any more does not stop the agent: it is kept under another name."""
    path = tmp_path / "m.db"
    buffer = open_buffer(path, clock)
    fill(buffer, 500)
    buffer.close()
    content = bytearray(path.read_bytes())
    if damage == "garbage":
        content[:100] = b"z" * 100
    elif damage == "bit flips":
        content[100:] = bytes(one ^ 0x55 for one in content[100:])
    else:
        content = content[: len(content) // 3]
    path.write_bytes(content)
    fresh = open_buffer(path, clock)
    assert fresh.set_aside is not None
    assert fresh.set_aside.exists()
    fill(fresh, 1)
    kinds = fresh.read(lambda db: db.execute("SELECT kind FROM events").fetchall())
    assert kinds == [("set_aside",)]
    fresh.close()


def test_put_back_message_is_tried_again(bench: Bench, buffer: Buffer) -> None:
    """A rejected message can be given another chance, and the audit keeps that it had one."""
    from agent.testing import packet  # noqa: PLC0415 - one test only

    bench.arrive(packet(1, "no numbers here"))
    bench.extract()
    assert bench.rows("state") == [("rejected",)]
    assert buffer.put_back([str(bench.rows("id")[0][0])]) == 1
    assert bench.rows("state, reason") == [("received", None)]
    assert count(buffer, "events") == 1
