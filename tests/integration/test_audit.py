"""The audit beside a running agent: messages that go back, devices erased, copies, readers that stay."""

from __future__ import annotations

import contextlib
import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from rig import Agent, Broker, Consumer, Producer, load, result, wait_until

pytestmark = pytest.mark.integration

MARK = "zebrafinch"


def maaza(agent: Agent, *words: str, code: int = 0) -> dict[str, object]:
    """Run a verb as a person does beside the agent; return what it says."""
    script = Path(sys.executable).with_name("maaza")
    command = [str(script), *words, "--json", "--database", str(agent.database)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert ended.returncode == code, ended.stdout + ended.stderr
    told: dict[str, object] = json.loads(ended.stdout)
    return told


def test_rejected_messages_go_back_while_the_agent_runs(
    make_agent: Callable[..., Agent], producer: Producer, consumer: Consumer
) -> None:
    """After a better schema they are published under their old ids, each once, and the proof holds."""
    agent = make_agent()
    for number in range(40):
        producer.send("load/a/raw", f"sensor{number} says nothing")
    wait_until(lambda: agent.states() == {"rejected": 40} and agent.outbox() == 0, 20, what="rejected")
    easier = agent.folder / "schemas/load.schema.json"
    easier.write_text(easier.read_text().replace(', "temp"]', "]"))
    assert agent.process is not None
    agent.process.send_signal(signal.SIGHUP)
    wait_until(lambda: '"reloaded"' in agent.log(), 10, what="reloaded")
    assert maaza(agent, "rejected", "requeue", "--reason", "missing_required")["put_back"] == 40
    wait_until(lambda: agent.is_settled(40), 20, what="settled again")
    assert agent.states() == {"published": 40}
    wait_until(lambda: len(consumer.bodies("data")) == 40, 10, what="received")
    letters = {str(body["id"]) for body in consumer.bodies("rejected")}
    assert {str(body["id"]) for body in consumer.bodies("data")} == letters
    assert maaza(agent, "audit", "verify", "--settled")["sound"]


def test_put_back_under_load_decides_nobody_twice(
    make_agent: Callable[..., Agent], broker: Broker, producer: Producer
) -> None:
    """The verb and the agent write to one file: every message ends in one state, none is lost."""
    agent = make_agent()
    for number in range(200):
        producer.send("load/a/raw", f"sensor{number} says nothing")
    wait_until(lambda: agent.states() == {"rejected": 200}, 20, what="rejected")
    sender = load("send", broker.port, 4000, rate=400)
    back = [maaza(agent, "rejected", "requeue", "--all")["put_back"] for _ in range(4)]
    assert back[0] == 200
    assert result(sender, 60)["sent"] == 4000
    wait_until(lambda: agent.is_settled(4200), 30, what="all settled")
    assert agent.states() == {"published": 4000, "rejected": 200}
    assert maaza(agent, "audit", "verify", "--settled")["sound"]
    with agent.query() as db:
        events = db.execute("SELECT count(*) FROM v_events WHERE kind = 'put_back'").fetchone()[0]
    assert events == sum(map(int, map(str, back)))


def test_device_is_erased_while_messages_flow(
    make_agent: Callable[..., Agent], broker: Broker, producer: Producer
) -> None:
    """No byte of it is left in the database; the messages of others are all there."""
    agent = make_agent()
    for number in range(300):
        producer.send("load/bird/raw", f"{MARK}{number} temp {number}" if number % 3 else f"{MARK} silent")
    sender = load("send", broker.port, 3000, rate=500)
    wait_until(lambda: agent.states().get("published", 0) > 500, 20, what="flowing")
    told = maaza(agent, "audit", "erase", "--device", "bird", "--yes")
    assert told["messages"] == 300
    assert result(sender, 60)["sent"] == 3000
    wait_until(lambda: agent.is_settled(3000), 30, what="all settled")
    verdict = maaza(agent, "audit", "verify", "--settled")
    assert (verdict["sound"], verdict["erased"], verdict["received"]) == (True, 300, 3300)
    files = [one for one in agent.folder.iterdir() if one.name.startswith("maaza.db")]
    assert [one.name for one in files if MARK.encode() in one.read_bytes()] == []


def test_snapshot_under_load_is_sound(agent: Agent, broker: Broker, tmp_path: Path) -> None:
    """A copy of one moment, while hundreds of messages a second come in; nothing of them is lost."""
    sender = load("send", broker.port, 3000, rate=500)
    wait_until(lambda: agent.states().get("published", 0) > 500, 20, what="flowing")
    copies = tmp_path / "copies"
    told = maaza(agent, "audit", "snapshot", "--folder", str(copies), "--keep", "2")
    assert result(sender, 60)["sent"] == 3000
    wait_until(lambda: agent.is_settled(3000), 30, what="all settled")
    with contextlib.closing(sqlite3.connect(f"file:{told['file']}?mode=ro", uri=True)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("SELECT count(*) FROM v_states WHERE fault IS NOT NULL").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM v_states").fetchone() == (told["messages"],)


def test_reader_that_stays_and_a_vacuum_lose_nothing(agent: Agent, broker: Broker) -> None:
    """A long question blocks nobody; VACUUM by another program holds messages up for its time alone."""
    sender = load("send", broker.port, 3000, rate=500)
    wait_until(lambda: agent.states().get("published", 0) > 200, 20, what="flowing")
    with contextlib.closing(sqlite3.connect(agent.database, isolation_level=None, timeout=30)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM inbox").fetchone()
        before, began = agent.states().get("published", 0), time.monotonic()
        wait_until(lambda: agent.states().get("published", 0) > before + 300, 10, what="flowing on")
        assert time.monotonic() - began < 30
        reader.execute("COMMIT")
        reader.execute("VACUUM")
    assert result(sender, 60)["sent"] == 3000
    wait_until(lambda: agent.is_settled(3000), 30, what="all settled")
    assert maaza(agent, "audit", "verify", "--settled")["sound"]
    assert agent.database.with_name("maaza.db-wal").stat().st_size < 32 << 20
