"""`maaza rejected requeue`: which messages go back, what is written down, nobody is decided twice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bench import Bench
from click.testing import CliRunner, Result

from agent.buffer import Buffer, audit
from agent.buffer.connection import open_database
from agent.cli import main
from agent.cli.moments import moment
from agent.message import Reason
from agent.testing import FakeClock, packet


def requeue(path: Path, *arguments: str) -> Result:
    """Run the verb."""
    return CliRunner().invoke(main, ["rejected", "requeue", *arguments, "--json", "--database", str(path)])


def ids(bench: Bench) -> list[str]:
    """Return all ids in order of arrival."""
    return [str(row[0]) for row in bench.rows("id")]


@pytest.fixture
def past(bench: Bench, clock: FakeClock) -> Bench:
    """Give five messages: of one device two rejected, one published, one too large; later one of another."""
    bench.arrive(packet(1, "no numbers", topic="load/a/raw"), packet(2, "none either", topic="load/a/raw"))
    bench.extract()
    bench.arrive(packet(3, "kiln temp 5", topic="load/a/raw"), packet(4, "x" * 2000, topic="load/a/raw"))
    bench.extract()
    bench.buffer.delivered([1, 2, 3, 4], at_once=True).result()
    clock.advance(86_400)
    bench.arrive(packet(5, "again none", topic="load/b/raw"))
    bench.extract()
    day_later = "UPDATE inbox SET received_at = 1700100000 WHERE seq = 5"
    bench.buffer.read(lambda db: db.execute("UPDATE inbox SET received_at = 1700000000 WHERE seq < 5"))
    bench.buffer.read(lambda db: db.execute(day_later))
    assert [row[0] for row in bench.rows("state")] == ["rejected"] * 2 + ["published"] + ["rejected"] * 2
    return bench


@pytest.mark.parametrize(
    ("arguments", "back"),
    [
        (("--all",), [0, 1, 4]),
        (("--device", "a"), [0, 1]),
        (("--device", "nobody"), []),
        (("--reason", "missing_required"), [0, 1, 4]),
        (("--reason", "unsure"), []),
        (("--reason", "missing_required", "--device", "b"), [4]),
        (("--since", "2023-11-15T12:00:00Z"), [4]),
        (("--until", "2023-11-15T12:00:00Z"), [0, 1]),
        (("--all", "--limit", "2"), [0, 1]),
        (("--all", "--limit", "1"), [0]),
    ],
)
def test_choice_of_messages(past: Bench, arguments: tuple[str, ...], back: list[int]) -> None:
    """All that is given must fit; the oldest come first."""
    result = requeue(past.path, *arguments)
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["put_back"] == len(back)
    received = [index for index, row in enumerate(past.rows("state")) if row[0] == "received"]
    assert received == back


def test_messages_are_named_by_id(past: Bench) -> None:
    """Ids stay, also through a second verdict."""
    before = ids(past)
    assert json.loads(requeue(past.path, before[1]).output)["put_back"] == 1
    past.extract()
    assert ids(past) == before
    assert past.rows("state, reason", "WHERE seq = 2") == [("rejected", "missing_required")]


def test_only_rejected_messages_go_back(past: Bench) -> None:
    """What is published stays published, and what is on its way is left alone."""
    result = json.loads(requeue(past.path, *ids(past)).output)
    assert result == {"put_back": 3, "chosen": 3, "unfit": 1}
    assert past.rows("state", "WHERE seq = 3") == [("published",)]
    assert json.loads(requeue(past.path, *ids(past)).output)["put_back"] == 0


def test_verdict_stays_in_an_event(past: Bench, buffer: Buffer) -> None:
    """Who audits finds why it had been rejected, and when."""
    requeue(past.path, ids(past)[0])
    rows = buffer.read(lambda db: db.execute("SELECT kind, id, detail FROM v_events").fetchall())
    assert [(kind, message) for kind, message, _ in rows] == [("put_back", ids(past)[0])]
    told = json.loads(rows[0][2])
    assert told["reason"] == Reason.MISSING_REQUIRED
    assert told["trail"][0]["tier"] == "one"
    assert told["finished_at"] > 0
    assert buffer.read(audit.counters)["put_back"] == 1


def test_message_that_went_back_can_be_published(past: Bench, buffer: Buffer) -> None:
    """After a new model, schema or template, here a text that has become clear; the proof holds."""
    requeue(past.path, "--device", "b")
    buffer.read(lambda db: db.execute("UPDATE inbox SET text = 'oven temp 7' WHERE state = 'received'"))
    past.extract()
    buffer.delivered(list(range(1, 20)), at_once=True).result()
    assert past.rows("state", "WHERE seq = 5") == [("published",)]
    assert all(faults == 0 for _, faults in past.proof().values())


def test_dry_run_changes_nothing(past: Bench) -> None:
    """It says how many would go."""
    assert json.loads(requeue(past.path, "--all", "--dry-run").output) == {
        "put_back": 0,
        "chosen": 3,
        "unfit": 1,
    }
    assert past.rows("count(*)", "WHERE state = 'rejected'") == [(4,)]


def test_redacted_text_goes_back_only_when_asked(past: Bench, buffer: Buffer) -> None:
    """Its hidden part would be read as it stands now."""
    buffer.read(lambda db: db.execute("UPDATE inbox SET redacted = 3 WHERE seq = 1"))
    assert json.loads(requeue(past.path, "--device", "a").output) == {"put_back": 1, "chosen": 1, "unfit": 2}
    assert json.loads(requeue(past.path, "--device", "a", "--redacted").output)["put_back"] == 1


def test_expiry_that_has_passed_drops_nothing_that_a_person_put_back(past: Bench, buffer: Buffer) -> None:
    """Whoever asks for it wants it, however late."""
    buffer.read(lambda db: db.execute("UPDATE inbox SET expires_at = 1 WHERE seq = 1"))
    requeue(past.path, ids(past)[0])
    past.extract()
    assert past.rows("state", "WHERE seq = 1") == [("rejected",)]


def test_what_cannot_be_meant_is_refused(past: Bench) -> None:
    """A misspelt reason, or an id of nobody, would pass for "there are none"."""
    misspelt = requeue(past.path, "--reason", "unsur")
    assert misspelt.exit_code == 2
    assert "unsure" in misspelt.output
    nobody = requeue(past.path, "no-such-id")
    assert nobody.exit_code == 1
    assert "none that is rejected has such an id" in nobody.output


def test_nothing_named_is_wrong_usage(past: Bench) -> None:
    """Everything at once must be asked for."""
    assert requeue(past.path).exit_code == 2
    assert requeue(past.path, "--since", "yesterday").exit_code == 2


def test_older_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """The agent brings it up to date; the verb does not."""
    db = open_database(tmp_path / "m.db")
    db.execute("PRAGMA user_version = 1002")
    db.close()
    result = requeue(tmp_path / "m.db", "--all")
    assert result.exit_code == 1
    assert "start the agent" in result.output


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2h", 1_000_000 - 7200),
        ("90s", 1_000_000 - 90),
        ("1w", 1_000_000 - 604_800),
        ("1970-01-01T00:01:00Z", 60.0),
        ("1970-01-01T01:00:00+01:00", 0.0),
    ],
)
def test_moments_are_read(text: str, expected: float) -> None:
    """How long ago, or RFC 3339."""
    assert moment(text, 1_000_000.0) == expected
