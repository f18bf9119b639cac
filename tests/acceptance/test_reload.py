"""Reload under load: nothing is lost, nothing is processed under a mixture of two configurations."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rig import SCHEMA, Agent, Broker, Consumer, Producer, check_promises, load, result, wait_until

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]
RATE = 500
"""Messages per second."""
COUNT, FEWER = 5_000, 2_000
RELOADS = 8
TWICE = 20
"""Messages that a broker may have in hand between a SUBSCRIBE and the UNSUBSCRIBE behind it."""
MIXED = """
SELECT count(*) FROM v_records r JOIN v_configurations c ON c.number = r.configuration
WHERE r.schema != json_extract(c.document, '$."route[0].schemas"[0]')
  OR r.schema_sha256 != json_extract(c.document, '$."schema ' || r.schema || '"')
  OR r.device != CASE json_extract(c.document, '$."route[0].device_level"')
    WHEN 1 THEN substr(r.topic, 6, instr(substr(r.topic, 6), '/') - 1) ELSE replace(r.topic, '/', '%2F') END
"""
"""Records whose schema, version of the schema, or device is not that of the configuration they name."""


def change(agent: Agent, *replacements: tuple[str, str]) -> None:
    """Change the settings file as an editor does: whole, at once."""
    text = agent.settings.read_text()
    for before, after in replacements:
        assert before in text
        text = text.replace(before, after)
    draft = agent.settings.with_suffix(".new")
    draft.write_text(text)
    draft.replace(agent.settings)


def reload(agent: Agent, event: str = "reloaded") -> None:
    """Send SIGHUP and wait until the agent has said what became of it."""
    before = agent.log().count(f'"event": "{event}"')
    assert agent.process is not None
    agent.process.send_signal(signal.SIGHUP)
    wait_until(lambda: agent.log().count(f'"event": "{event}"') > before, 10, what=event)


def add_schema(folder: Path, name: str, **more: object) -> None:
    """Write another schema of the tests."""
    document = SCHEMA | {"$id": f"https://example.invalid/{name}/1", **more}
    draft = folder / f"schemas/{name}.new"
    draft.write_text(json.dumps(document))
    draft.replace(folder / f"schemas/{name}.schema.json")


A = ('schemas = ["load"]', "device_level = 1", 'filter = "load/+/raw"')
B = ('schemas = ["other"]', "# the whole topic", 'filter = "load/#"')


def swap(agent: Agent, number: int, *, filters: bool) -> None:
    """Go from one route to the other, or back; every second time back a schema has changed too."""
    before, after = (A, B) if number % 2 == 0 else (B, A)
    if number % 4 == 3:
        add_schema(agent.folder, "load", title=f"changed {number}")
    change(agent, *list(zip(before, after, strict=True))[: 3 if filters else 2])
    reload(agent)


def run_load(agent: Agent, port: int, count: int, *, filters: bool) -> dict[str, object]:
    """Send, reload meanwhile, wait for the end; return what the consumer counted."""
    collector = load("collect", port, count, timeout=60)
    assert collector.stdout is not None
    assert collector.stdout.readline().strip() == "ready"
    sender = load("send", port, count, rate=RATE)
    for number in range(RELOADS):
        arrived = count * (number + 1) // (RELOADS + 1)
        wait_until(lambda wanted=arrived: sum(agent.states().values()) >= wanted, 30, what=f"{arrived} rows")  # type: ignore[misc]
        swap(agent, number, filters=filters)
    sent = result(sender, 120)
    collected = result(collector, 120)
    wait_until(lambda: agent.is_settled(count), 60, what="all settled")
    return collected | {"per_s": sent["per_s"]}


def decided(agent: Agent, collected: dict[str, object]) -> tuple[dict[int, int], int]:
    """Return the records by configuration, and how many are under a mixture; print both."""
    with agent.query() as db:
        counts = "SELECT configuration, count(*) FROM v_records GROUP BY configuration"
        under: dict[int, int] = dict(db.execute(counts).fetchall())
        mixed: int = db.execute(MIXED).fetchone()[0]
    said = f"{collected['per_s']} messages/s, {RELOADS} reloads, {sum(under.values())} records, {mixed} mixed"
    sys.stdout.write(f"{said}, by configuration: {list(under.values())}\n")
    return under, mixed


def test_reload_under_load_loses_and_mixes_nothing(
    make_agent: Callable[..., Agent], broker: Broker, tmp_path: Path
) -> None:
    """Each message is decided wholly under the configuration that its audit row names."""
    agent = make_agent()
    add_schema(tmp_path, "other")
    collected = run_load(agent, broker.port, COUNT, filters=False)
    assert check_promises(agent, COUNT, collected) == []
    under, mixed = decided(agent, collected)
    assert mixed == 0
    # On a slow machine the last reloads may come after the load; most must come under it.
    assert RELOADS // 2 < len(under) <= RELOADS + 1
    assert sum(under.values()) == COUNT
    assert agent.terminate() == 0


def test_change_of_subscriptions_under_load_loses_nothing(
    make_agent: Callable[..., Agent], broker: Broker, tmp_path: Path
) -> None:
    """The new filter is asked for before the old one is given up.

    Where both match, MQTT lets the broker send a message that comes in between once for each: two messages.
    """
    agent = make_agent()
    add_schema(tmp_path, "other")
    collected = run_load(agent, broker.port, FEWER, filters=True)
    broken = check_promises(agent, FEWER, collected)
    assert [one for one in broken if not one.startswith("P3")] == []
    assert collected["texts"] == FEWER
    under, mixed = decided(agent, collected)
    assert mixed == 0
    assert 0 <= sum(under.values()) - FEWER <= TWICE * RELOADS
    assert agent.terminate() == 0


def test_bad_configuration_leaves_the_old_one_running(
    agent: Agent, producer: Producer, consumer: Consumer
) -> None:
    """The log says file, line, key and remedy; messages flow on; the corrected file is taken over."""
    change(agent, ("device_level = 1", "device_levl = 0"))
    reload(agent, "reload_refused")
    line = agent.settings.read_text().split("device_levl")[0].count("\n") + 1
    assert f"{agent.settings}:{line}:1: route[0].device_levl: unknown key" in agent.log()
    assert "did you mean 'device_level'?" in agent.log()
    producer.send("load/a/raw", "a temp 1.5")
    wait_until(lambda: len(consumer.bodies("data")) == 1, 10, what="a record under the old configuration")
    change(agent, ("device_levl = 0", "device_level = 0"))
    reload(agent)
    producer.send("load/a/raw", "a temp 1.5")
    wait_until(lambda: len(consumer.bodies("data")) == 2, 10, what="a record under the new configuration")
    assert [topic.rsplit("/", 1)[1] for topic, *_ in consumer.messages if "/data/" in topic] == ["a", "load"]
    with agent.query() as db:
        kinds = [row[0] for row in db.execute("SELECT kind FROM events WHERE kind LIKE 'reload%'")]
    assert kinds == ["reload_refused", "reloaded"]


def test_what_needs_a_restart_is_named(agent: Agent, producer: Producer, consumer: Consumer) -> None:
    """Broker and database stay as they are; the rest of the file is taken over at once."""
    path = agent.folder / "other.db"
    change(
        agent,
        (str(agent.database), str(path)),
        ("[input]", "[input]\nkeepalive_s = 60"),
        ("device_level = 1", "device_level = 0"),
    )
    reload(agent)
    said = next(line for line in agent.log().splitlines() if '"restart_needed"' in line)
    assert f"buffer.path ({agent.settings}:" in said
    assert f"input.keepalive_s ({agent.settings}:" in said
    assert "device_level" not in said
    producer.send("load/a/raw", "a temp 1.5")
    wait_until(lambda: len(consumer.bodies("data")) == 1, 10, what="a record")
    assert not path.exists()


def test_filter_that_went_while_the_agent_was_down_is_given_up(
    agent: Agent, producer: Producer, consumer: Consumer
) -> None:
    """The broker's session still has it; nobody wants its messages as dead letters."""
    assert agent.terminate() == 0
    change(agent, ("load/+/raw", "other/+/raw"))
    agent.start()
    agent.wait_ready(2)
    producer.send("load/a/raw", "a temp 1.5")
    producer.send("other/a/raw", "b temp 1.5")
    wait_until(lambda: agent.is_settled(1), 10, what="one message published")
    assert agent.states() == {"published": 1}
    assert len(consumer.bodies("data")) == 1
