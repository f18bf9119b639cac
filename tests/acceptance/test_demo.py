"""`maaza demo` as people start it: a real broker, the real agent, and a verdict that cannot be fooled."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.demo import notes
from agent.demo.notes import Received, Sent
from agent.demo.proof import concluded

pytestmark = pytest.mark.acceptance

SECONDS = 4
RATE = 10

COLUMNS = """
  received_at, topic, device, ordered, qos, retained, epoch, packet_id, size, sha256, text, raw, expires_at,
  state, reason, detail, trail, attempts, lease_owner, lease_until, settled_at, finished_at, configuration
"""
DOUBLE = f"""
INSERT INTO inbox (id, {COLUMNS})
SELECT 'doubled', {COLUMNS} FROM inbox WHERE state = 'rejected' ORDER BY seq DESC LIMIT 1
"""  # noqa: S608 - names of columns that stand above


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command."""
    command = [str(Path(sys.executable).with_name("maaza")), "demo", "--stub", "--seconds", str(SECONDS)]
    return subprocess.run(
        [*command, "--rate", str(RATE), *arguments], capture_output=True, text=True, timeout=90, check=False
    )


@pytest.fixture(scope="module")
def kept() -> Iterator[tuple[str, Path]]:
    """Give what a demo printed, and the folder that it left."""
    ran = demo("--keep")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    folder = Path(ran.stdout.split("Logs and database are in ")[1].split("\n")[0])
    yield ran.stdout, folder
    shutil.rmtree(folder)


def verdict(folder: Path, tmp_path: Path, tamper: str) -> tuple[str, ...]:
    """Return the faults that the demo would have found after a change to its database."""
    copy = tmp_path / "maaza.db"
    shutil.copy(folder / "maaza.db", copy)
    with contextlib.closing(sqlite3.connect(copy)) as db:
        assert db.execute(tamper).rowcount == 1
        db.commit()
        return concluded(
            db,
            sent=notes.read(folder / "sent.jsonl", Sent),
            received=notes.read(folder / "received.jsonl", Received),
            seconds=1,
        ).faults


def test_three_counts_agree(kept: tuple[str, Path]) -> None:
    """Simulator, database and consumer count the same, and the summary says so."""
    printed, _ = kept
    assert "The three counts agree." in printed
    assert f"sent, and confirmed by the broker  {SECONDS * RATE}" in printed
    assert "->" in printed


@pytest.mark.parametrize(
    "tamper",
    [
        "DELETE FROM inbox WHERE seq = (SELECT min(seq) FROM inbox)",
        DOUBLE,
        "DELETE FROM records WHERE seq = (SELECT min(seq) FROM records)",
        "UPDATE records SET value = '{}' WHERE seq = (SELECT min(seq) FROM records)",
        "UPDATE inbox SET state = 'dropped', reason = 'expired' WHERE seq = (SELECT min(seq) FROM records)",
    ],
)
def test_one_changed_row_makes_the_demo_fail(kept: tuple[str, Path], tmp_path: Path, tamper: str) -> None:
    """A row deleted, doubled or altered is found, whichever it is."""
    assert verdict(kept[1], tmp_path, tamper)


def test_the_broker_in_python_will_do() -> None:
    """A machine without Mosquitto still gets a demo, over MQTT 3.1.1."""
    ran = demo("--broker", "python", "--json")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    figures = json.loads(ran.stdout)
    assert figures["agree"]
    assert figures["sent"] == figures["rows"] == SECONDS * RATE
