"""`maaza audit export` and `snapshot`: all rows, in order, in three forms; a copy that opens clean."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from bench import Bench
from click.testing import CliRunner, Result
from history import build

from agent.buffer import Buffer
from agent.cli import main
from agent.cli.options import draft_of
from agent.testing import packet

LAST = 1_700_000_000.0
"""When the last message of the past was received."""


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a database with 2,500 messages: more than two pages of an export."""
    path = tmp_path_factory.mktemp("past") / "maaza.db"
    build(path, 2500, until=LAST)
    return path


def audit(path: Path, *arguments: str) -> Result:
    """Run a verb on a database."""
    return CliRunner().invoke(main, ["audit", *arguments, "--database", str(path)])


def lines(result: Result) -> list[dict[str, object]]:
    """Return the objects that were printed."""
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_all_rows_in_order_whatever_the_pages(past: Path) -> None:
    """Every record once, oldest first, JSON as JSON."""
    found = lines(audit(past, "export"))
    assert len(found) == 2250
    assert [one["seq"] for one in found] == sorted({int(str(one["seq"])) for one in found})
    assert found[0]["value"]["temp"] == 81.4  # type: ignore[index]
    assert found[0]["timings"] == {"read": 0.011}


def test_csv_and_json_lines_say_the_same(past: Path) -> None:
    """The same columns and rows."""
    rows = list(
        csv.DictReader(io.StringIO(audit(past, "export", "--view", "rejected", "--format", "csv").stdout))
    )
    found = lines(audit(past, "export", "--view", "rejected"))
    assert len(rows) == len(found) == 250
    assert [row["id"] for row in rows] == [one["id"] for one in found]
    assert list(rows[0]) == list(found[0])


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (("--device", "rare"), 1),
        (("--device", "nobody"), 0),
        (("--since", "2023-11-14T22:13:10Z"), 18),
        (("--until", "2023-11-14T21:52:35.1Z"), 9),
        (("--schema", "env_sensor"), 750),
        (("--schema", "env_sensor", "--device", "rare"), 1),
    ],
)
def test_choice_of_rows(past: Path, arguments: tuple[str, ...], count: int) -> None:
    """By time, device and schema; all that is given must fit."""
    assert len(lines(audit(past, "export", *arguments))) == count


def test_records_have_the_shape_in_which_they_were_published(bench: Bench, buffer: Buffer) -> None:
    """Byte for byte what the outbox held, so that an export can be played back to consumers."""
    bench.arrive(packet(1, "kiln temp 5 hum 6"), packet(2, "oven temp 7"))
    bench.extract()
    sent = buffer.read(
        lambda db: [row[0] for row in db.execute("SELECT payload FROM outbox ORDER BY number")]
    )
    found = audit(buffer.path, "export", "--format", "records").stdout.splitlines()
    assert found == sent


def test_file_is_whole_or_not_there(past: Path, tmp_path: Path) -> None:
    """Open to the group, never over another one unless asked, and no rest of a failed one."""
    target = tmp_path / "out.jsonl"
    assert json.loads(audit(past, "export", "--output", str(target), "--json").output)["rows"] == 2250
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    again = audit(past, "export", "--output", str(target))
    assert again.exit_code == 1
    assert "--force" in again.stderr
    assert audit(past, "export", "--output", str(target), "--force", "--device", "rare").exit_code == 0
    assert len(target.read_text().splitlines()) == 1
    assert audit(past, "export", "--output", str(tmp_path / "no/where")).exit_code == 1
    assert [one.name for one in tmp_path.iterdir()] == ["out.jsonl"]


@pytest.mark.parametrize(
    "arguments",
    [("--view", "states", "--schema", "x"), ("--view", "states", "--format", "records"), ("--json",)],
)
def test_contradicting_wishes_are_wrong_usage(past: Path, arguments: tuple[str, ...]) -> None:
    """Said before anything is read."""
    assert audit(past, "export", *arguments).exit_code == 2


def test_snapshot_beside_a_running_writer_is_consistent(bench: Bench, buffer: Buffer, tmp_path: Path) -> None:
    """One moment, without the log, sound, searchable, and open to the group."""
    bench.arrive(packet(1, "kiln temp 5"), packet(2, "oven"))
    bench.extract()
    buffer.keep_up()
    target = tmp_path / "copy/one.db"
    target.parent.mkdir()
    told = json.loads(audit(buffer.path, "snapshot", str(target), "--json").output)
    bench.arrive(packet(3, "later temp 1"))
    assert (told["messages"], told["removed"]) == (2, [])
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert [one.name for one in target.parent.iterdir()] == ["one.db"]
    target.chmod(0o440)
    db = sqlite3.connect(f"file:{target}?mode=ro", uri=True)
    assert db.execute("SELECT text FROM v_search WHERE words MATCH 'oven'").fetchall() == [("oven",)]
    db.close()
    assert audit(target, "verify").exit_code == 0


def test_snapshot_is_refused_where_there_is_no_room(
    past: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before a byte is written, with how much is needed."""
    monkeypatch.setattr(os, "statvfs", lambda _path: SimpleNamespace(f_bavail=1, f_frsize=4096))
    result = audit(past, "snapshot", str(tmp_path / "a.db"))
    assert result.exit_code == 1
    assert "are needed" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_snapshots_in_a_folder_are_rotated(past: Path, tmp_path: Path) -> None:
    """The newest stay; what has another name is not ours; a draft that was left is removed."""
    folder = tmp_path / "copies"
    folder.mkdir()
    for name in ("maaza-20200101T000000Z.db", "maaza-20210101T000000Z.db", "mine.db", "maaza-old.db"):
        (folder / name).touch()
    (folder / ".maaza-20220101T000000Z.db.part").touch()
    told = json.loads(audit(past, "snapshot", "--folder", str(folder), "--keep", "2", "--json").output)
    left = sorted(one.name for one in folder.iterdir())
    assert left == ["maaza-20210101T000000Z.db", Path(told["file"]).name, "maaza-old.db", "mine.db"]
    assert len(told["removed"]) == 2


def test_snapshot_over_a_file_is_refused(past: Path, tmp_path: Path) -> None:
    """Never over what is there."""
    (tmp_path / "a.db").write_text("mine")
    assert audit(past, "snapshot", str(tmp_path / "a.db")).exit_code == 1
    assert (tmp_path / "a.db").read_text() == "mine"


def test_snapshot_wants_one_place(past: Path) -> None:
    """A file or a folder."""
    assert audit(past, "snapshot").exit_code == 2
    assert audit(past, "snapshot", "a", "--keep", "2").exit_code == 2


def test_output_is_never_the_database(past: Path) -> None:
    """Not with --force either, nor a file that SQLite or the agent keeps beside it."""
    before = past.read_bytes()
    for name in (past.name, f"{past.name}-wal", f"{past.name}.lock"):
        result = audit(past, "export", "--force", "--output", str(past.with_name(name)))
        assert result.exit_code == 2
        assert "belongs to the database" in result.stderr
    link = past.with_name("link")
    link.symlink_to(past)
    assert audit(past, "export", "--force", "--output", str(link)).exit_code == 2
    assert past.read_bytes() == before


def test_output_is_never_something_else_than_a_file(past: Path, tmp_path: Path) -> None:
    """A device or pipe would be replaced by a file."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for place in (pipe, tmp_path):
        result = audit(past, "export", "--force", "--output", str(place))
        assert result.exit_code == 1
        assert "it is there already, and no file" in result.stderr
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_export_into_a_closed_standard_output_is_no_success(past: Path) -> None:
    """Nothing was written, and it says so."""
    command = [sys.executable, "-m", "agent", "audit", "export", "--database", str(past)]
    ran = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", *command], stderr=-1, text=True, check=False)
    assert ran.returncode == 1
    assert "standard output is closed" in ran.stderr


def test_each_call_writes_a_draft_of_its_own(past: Path, tmp_path: Path) -> None:
    """Two exports to one file, or two copies within a second, would else write into one another's draft."""
    folder = tmp_path / "copies"
    command = [sys.executable, "-m", "agent", "audit"]
    place = ["--database", str(past)]
    copies = [
        subprocess.Popen([*command, "snapshot", "--folder", str(folder), *place], stderr=-1, text=True)
        for _ in range(3)
    ]
    said = [one.communicate()[1] for one in copies]
    assert [one.returncode for one in copies] == [0, 0, 0] or "it is there already" in "".join(said)
    for one in folder.iterdir():
        with closing(sqlite3.connect(one)) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert not [one.name for one in folder.iterdir() if one.name.endswith(".part")]
    assert draft_of(tmp_path / "a").name == f".a.{os.getpid()}.part"
