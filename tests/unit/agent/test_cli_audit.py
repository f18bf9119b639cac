"""`maaza audit`: the proof and the questions, on a real database."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agent.buffer import audit as buffer_audit
from agent.buffer import search
from agent.buffer.connection import open_database
from agent.cli import main

ADD = """
INSERT INTO inbox (id, received_at, topic, device, ordered, qos, retained, packet_id, size, sha256, text,
  state, reason, settled_at, finished_at)
VALUES (?, 1.0, 'a/b', 'b', 1, 1, 0, 1, 5, x'00ff', 'hello PUMP-07', ?, ?, 1.5, ?)
"""


def add(
    db: sqlite3.Connection, message_id: str, state: str, reason: str | None, finished: float | None
) -> None:
    """Store a message, as the agent does."""
    db.execute(ADD, (message_id, state, reason, finished))
    buffer_audit.count(db, {"received": 1})


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Give a database with one rejected message, open as the agent has it."""
    db = open_database(tmp_path / "maaza.db")
    add(db, "m1", "rejected", "not_this_schema", 2.0)
    yield db
    db.close()


def audit(path: Path, *arguments: str) -> Result:
    """Run a verb on the database in a folder."""
    return CliRunner().invoke(main, ["audit", *arguments, "--database", str(path / "maaza.db")])


@pytest.mark.usefixtures("database")
def test_verify_counts_states(tmp_path: Path) -> None:
    """A sound database passes, with its messages by state."""
    result = audit(tmp_path, "verify", "--settled", "--json")
    found = json.loads(result.output)
    assert result.exit_code == 0
    assert (found["messages"], found["states"], found["integrity"]) == (1, {"rejected": 1}, "ok")


def test_verify_finds_a_contradiction(database: sqlite3.Connection, tmp_path: Path) -> None:
    """A message that counts as published and has no record is found and named."""
    add(database, "m2", "published", None, 2.0)
    result = audit(tmp_path, "verify")
    assert result.exit_code == 1
    assert "m2: published without a record" in result.output


def test_verify_settled_fails_on_open_messages(database: sqlite3.Connection, tmp_path: Path) -> None:
    """What is still under way is no fault, unless the end was asked for."""
    add(database, "m2", "received", None, None)
    assert audit(tmp_path, "verify").exit_code == 0
    assert audit(tmp_path, "verify", "--settled").exit_code == 1


@pytest.mark.usefixtures("database")
def test_query_answers_in_json_csv_and_table(tmp_path: Path) -> None:
    """One question, three forms; bytes are written in hex."""
    sql = "SELECT id, state, sha256 FROM inbox"
    assert json.loads(audit(tmp_path, "query", sql, "--json").output) == [
        {"id": "m1", "state": "rejected", "sha256": "00ff"}
    ]
    rows = list(csv.reader(io.StringIO(audit(tmp_path, "query", sql, "--csv").output)))
    assert rows == [["id", "state", "sha256"], ["m1", "rejected", "00ff"]]
    assert "m1  rejected" in audit(tmp_path, "query", sql).output


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("view", ["records", "rejected", "states", "latency", "events", "configurations"])
def test_query_knows_the_views(view: str, tmp_path: Path) -> None:
    """The newest rows of each view need no SQL."""
    assert audit(tmp_path, "query", "--view", view, "--json").exit_code == 0


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM inbox",
        "UPDATE inbox SET state = 'dropped'",
        "ATTACH 'x.db' AS x",
        "PRAGMA journal_mode = DELETE",
        "SELECT 1; DELETE FROM inbox",
        "CREATE TEMP TABLE t (a)",
        "SELECT * FROM nothing",
    ],
)
def test_query_takes_nothing_but_questions(sql: str, database: sqlite3.Connection, tmp_path: Path) -> None:
    """Nothing that writes, attaches or sets is run."""
    result = audit(tmp_path, "query", sql)
    assert result.exit_code == 1
    assert "next" in result.stderr
    assert database.execute("SELECT count(*) FROM inbox").fetchone()[0] == 1
    assert not (tmp_path / "x.db").exists()


@pytest.mark.parametrize("words", ["pump-07", "HELLO 07", "hel*", "hello pump-07"])
def test_search_finds_words_in_any_case(words: str, database: sqlite3.Connection, tmp_path: Path) -> None:
    """What a person types is found as it stands, also with characters that mean something to FTS5."""
    search.index_more(database, 10)
    found = json.loads(audit(tmp_path, "query", "--search", words, "--device", "b", "--json").output)
    assert [one["id"] for one in found] == ["m1"]


def test_search_says_what_it_cannot_find_yet(database: sqlite3.Connection, tmp_path: Path) -> None:
    """Nobody takes a message that is not in the index for one that is not there."""
    before = audit(tmp_path, "query", "--search", "hello", "--json")
    search.index_more(database, 10)
    after = audit(tmp_path, "query", "--search", "hello", "--json")
    assert (before.stdout.strip(), after.stderr) == ("[]", "")
    assert "not searched: 1 messages" in before.stderr


@pytest.mark.parametrize("words", ["pump-08", "07 AND", "hell", "hello NOT there"])
def test_search_does_not_find_what_is_not_there(
    words: str, database: sqlite3.Connection, tmp_path: Path
) -> None:
    """No word is an operator, and none is found by its beginning unless asked."""
    search.index_more(database, 10)
    result = audit(tmp_path, "query", "--search", words, "--json")
    assert (result.exit_code, json.loads(result.output)) == (0, [])


@pytest.mark.usefixtures("database")
def test_question_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    """A reader that stays would keep the agent's log from being copied back."""
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    result = audit(tmp_path, "query", endless, "--timeout", "1")
    assert result.exit_code == 1
    assert "no answer within 1 s" in result.stderr
    assert "add `received_at > unixepoch() - 86400` to WHERE" in result.stderr
    bounded = audit(tmp_path, "query", f"{endless}, v_states WHERE received_at > 1", "--timeout", "1")
    assert "ask for less; or give a longer --timeout" in bounded.stderr


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--view", "states", "--limit", "99999999999999999999"), "not in the range"),
        (("--view", "states", "--json", "--csv"), "give one of --json and --csv"),
    ],
)
def test_contradictions_and_endless_numbers_are_wrong_usage(
    tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    """Words, no fault of ours."""
    result = audit(tmp_path, "query", *options)
    assert result.exit_code == 2
    assert said in result.output


def test_folder_is_no_database(tmp_path: Path) -> None:
    """Where something is, "no such file" would be a riddle."""
    result = CliRunner().invoke(main, ["audit", "verify", "--database", str(tmp_path)])
    assert (result.exit_code, "it is a folder" in result.stderr) == (1, True)


@pytest.mark.usefixtures("database")
def test_slow_question_is_told_how_it_would_be_quicker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On standard error, beside its answer; one with a bound of time is not."""
    monkeypatch.setattr(sys.modules["agent.cli.audit.query"], "SLOW_S", -1.0)
    result = audit(tmp_path, "query", "SELECT count(*) AS n FROM v_records WHERE schema = 'rare'", "--csv")
    assert (result.exit_code, result.stdout) == (0, "n\n0\n")
    assert "add `received_at > unixepoch() - 86400` to WHERE" in result.stderr
    quick = audit(tmp_path, "query", "SELECT count(*) FROM v_records WHERE received_at > 5")
    assert quick.stderr == ""


def test_verify_misses_a_message_that_nobody_removed(database: sqlite3.Connection, tmp_path: Path) -> None:
    """Every message that was received is here, or counted as forgotten or erased."""
    add(database, "m2", "dropped", "expired", 2.0)
    assert audit(tmp_path, "verify").exit_code == 0
    database.execute("DELETE FROM inbox WHERE id = 'm2'")
    result = audit(tmp_path, "verify")
    assert result.exit_code == 1
    assert "received: 2 = 1 here + 0 forgotten + 0 erased + 1 missing" in result.output
    buffer_audit.count(database, {"forgotten": 1})
    assert audit(tmp_path, "verify").exit_code == 0


@pytest.mark.usefixtures("database")
def test_query_wants_either_sql_or_a_view(tmp_path: Path) -> None:
    """Both or none is wrong usage."""
    assert audit(tmp_path, "query").exit_code == 2
    assert audit(tmp_path, "query", "SELECT 1", "--view", "states").exit_code == 2
    assert audit(tmp_path, "query", "SELECT 1", "--device", "b").exit_code == 2
    assert audit(tmp_path, "query", "--view", "events", "--device", "b").exit_code == 2


def test_a_missing_database_is_named(tmp_path: Path) -> None:
    """The error says which file, and which setting names it."""
    result = audit(tmp_path, "verify")
    assert result.exit_code == 1
    assert "buffer.path" in result.stderr


def test_a_file_that_is_no_database_is_an_error(tmp_path: Path) -> None:
    """Rubbish is reported, not read."""
    (tmp_path / "maaza.db").write_text("no database " * 100)
    assert audit(tmp_path, "verify").exit_code == 1


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("flag", ["--json", "--csv"])
def test_infinite_number_is_written_as_text(tmp_path: Path, flag: str) -> None:
    """JSON has no word for it."""
    result = audit(tmp_path, "query", "SELECT 9e999 AS a", flag)
    assert result.exit_code == 0
    assert "inf" in result.stdout


def test_damage_found_on_the_way_is_one_clear_error(tmp_path: Path) -> None:
    """The first look may succeed and a later page not be what it was."""
    with contextlib.closing(sqlite3.connect(tmp_path / "maaza.db")) as db:
        db.execute("CREATE TABLE v_states (a)")
    result = audit(tmp_path, "verify", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["errors"][0]["what"].startswith("verify ")
