"""What a person has erased is gone: from every table, the index, the free pages and the log."""

from __future__ import annotations

import contextlib
import importlib
import json
import sqlite3
from pathlib import Path

import pytest
from bench import Bench
from click.testing import CliRunner, Result

from agent.buffer import Buffer, audit
from agent.buffer.upkeep import INDEX_EVERY_S
from agent.cli import main
from agent.testing import packet

MARK = "zebrafinch"
"""A word that only the erased device says."""


def traces(path: Path) -> dict[str, int]:
    """Return how often the word stands in the file and in what belongs to it."""
    files = [one for one in path.parent.iterdir() if one.name.startswith(path.name)]
    return {one.name: one.read_bytes().count(MARK.encode()) for one in files}


def erase(path: Path, device: str, *more: str) -> Result:
    """Run the verb."""
    return CliRunner().invoke(
        main, ["audit", "erase", "--device", device, "--yes", "--json", "--database", str(path), *more]
    )


@pytest.fixture
def busy(bench: Bench, buffer: Buffer) -> Bench:
    """Give messages of two devices in every state: published, rejected, ready, claimed, received."""
    for round_ in range(12):
        for number in range(1, 21):
            text = f"{MARK}{number} temp {number} hum 7" if number % 2 else f"{MARK} says nothing"
            bench.arrive(
                packet(round_ * 40 + number, text, topic="load/bird/raw"),
                packet(round_ * 40 + number + 20, f"kiln temp {number}", topic="load/kiln/raw"),
            )
        bench.extract()
        if round_ < 10:
            buffer.delivered(list(range(1, round_ * 40 + 30)), at_once=True).result()
        bench.clock.advance(INDEX_EVERY_S)
        buffer.keep_up()
    bench.arrive(packet(900, f"{MARK} temp 1", topic="load/bird/raw"))
    buffer.claim(1)
    bench.arrive(packet(901, f"{MARK} temp 2", topic="load/bird/raw"))
    return bench


def test_no_byte_of_an_erased_device_is_left(busy: Bench, buffer: Buffer) -> None:
    """Text, value, dead letter, word, free page, log: its word is nowhere; the other device is whole."""
    assert sum(traces(buffer.path).values()) > 100
    others = buffer.read(
        lambda db: db.execute("SELECT count(*) FROM inbox WHERE device = 'kiln'").fetchone()[0]
    )
    result = erase(buffer.path, "bird")
    assert result.exit_code == 0, result.output
    assert sum(traces(buffer.path).values()) == 0, traces(buffer.path)
    left = buffer.read(lambda db: db.execute("SELECT device, count(*) FROM inbox GROUP BY device").fetchall())
    assert left == [("kiln", others)]
    assert json.loads(result.output)["messages"] == 242
    buffer.read(lambda db: db.execute("INSERT INTO search (search, rank) VALUES ('integrity-check', 1)"))


def test_traces_that_retention_left_are_swept(busy: Bench, buffer: Buffer) -> None:
    """Pages that were set free before are given back, so that no old copy of a text stays in them."""
    buffer._max_bytes = 1
    while buffer.keep_small():
        pass
    assert erase(buffer.path, "bird").exit_code == 0
    assert sum(traces(buffer.path).values()) == 0, traces(buffer.path)


def test_event_counts_and_does_not_tell(busy: Bench, buffer: Buffer) -> None:
    """One event for the whole, however many transactions; the proof adds up."""
    assert erase(buffer.path, "bird").exit_code == 0
    rows = buffer.read(lambda db: db.execute("SELECT detail FROM v_events WHERE kind = 'erased'").fetchall())
    assert len(rows) == 1
    told = json.loads(rows[0][0])
    assert (told["device"], told["messages"]) == ("bird", 242)
    assert MARK not in rows[0][0]
    counters = buffer.read(audit.counters)
    assert counters["erased"] == 242 == sum(told["states"].values())
    verdict = CliRunner().invoke(main, ["audit", "verify", "--database", str(buffer.path)])
    assert verdict.exit_code == 0, verdict.output


def test_claimed_message_that_is_erased_settles_nothing(busy: Bench, buffer: Buffer) -> None:
    """The agent may hold it in hand: what it decides then finds no row, and nothing goes out."""
    outbox = "SELECT count(*) FROM outbox WHERE device = 'bird'"
    assert erase(buffer.path, "bird").exit_code == 0
    busy.extract()
    assert buffer.read(lambda db: db.execute(outbox).fetchone()[0]) == 0
    assert {state: faults for state, (_, faults) in busy.proof().items() if faults} == {}


def test_events_of_erased_messages_go_too(bench: Bench, buffer: Buffer) -> None:
    """The verdict of a message that was put back may quote its text."""
    bench.arrive(packet(1, "nothing", topic="load/bird/raw"))
    bench.extract()
    buffer.read(lambda db: db.execute("UPDATE inbox SET detail = ?", (f"{MARK} is no number",)))
    buffer.put_back([str(bench.rows("id")[0][0])])
    assert erase(buffer.path, "bird").exit_code == 0
    assert sum(traces(buffer.path).values()) == 0


def test_unknown_device_is_no_error_and_no_event(busy: Bench, buffer: Buffer) -> None:
    """There is nothing of it, which is what was asked for."""
    result = erase(buffer.path, "nobody")
    assert (result.exit_code, json.loads(result.output)["messages"]) == (0, 0)
    assert (
        buffer.read(lambda db: db.execute("SELECT count(*) FROM events WHERE kind = 'erased'").fetchone()[0])
        == 0
    )


def test_copies_beside_the_database_are_named(buffer: Buffer) -> None:
    """What was set aside, and snapshots: the verb does not touch them, and says so."""
    aside = buffer.path.with_name(f"{buffer.path.name}.damaged-20260101T000000Z")
    copy = buffer.path.with_name("snapshots") / "maaza-20260101T000000Z.db"
    copy.parent.mkdir()
    for file in (aside, copy):
        file.touch()
    assert json.loads(erase(buffer.path, "a").output)["copies"] == [str(aside), str(copy)]


def test_nobody_to_ask_is_wrong_usage(buffer: Buffer) -> None:
    """A script must say that it means it."""
    result = CliRunner().invoke(main, ["audit", "erase", "--device", "a", "--database", str(buffer.path)])
    assert result.exit_code == 2
    assert "--yes" in result.stderr


def test_reader_that_stays_is_told(busy: Bench, buffer: Buffer, monkeypatch: pytest.MonkeyPatch) -> None:
    """All is removed, but the log still holds old pages: that is said, with what to do."""
    monkeypatch.setattr(importlib.import_module("agent.cli.audit.erase"), "LOG_WAIT_S", 0.1)
    monkeypatch.setattr("agent.cli.database.WRITE_WAIT_S", 0.1)
    with contextlib.closing(sqlite3.connect(buffer.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM inbox").fetchone()
        result = erase(buffer.path, "bird")
        assert result.exit_code == 1
        assert "call the same again" in result.output
    assert erase(buffer.path, "bird").exit_code == 0
    assert sum(traces(buffer.path).values()) == 0
