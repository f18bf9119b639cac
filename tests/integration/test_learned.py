"""Templates that the embedded model teaches while messages flow, on a real broker and a real file."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rig import ROOT, Broker, Producer, wait_until
from streaming import StreamAgent, shares

from eval.devices import BY_NAME
from eval.streams import Message, examples, stream

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

SURE = 0.5
"""Threshold of these tests: they are about templates, not about how sure a model has to be."""
QUICK = "[templates]\naudit_share = 0.5\nagreeing = 3\n"
"""Audits at once, so that a test need not wait for them."""
NAMES = ("climate", "tracker", "tank")
"""Shapes that the embedded model reads well."""


def lines(count: int, *names: str, drift_at: int | None = None, seed: int = 5) -> list[Message]:
    """Return messages of some shapes."""
    drawn = (one for one in stream(20 * count, seed=seed) if one.shape in names)
    plain = [one for one, _ in zip(drawn, range(count), strict=False)]
    if drift_at is None:
        return plain
    drawn = (one for one in stream(20 * count, seed=seed, drift_at=0) if one.shape in names)
    return plain[:drift_at] + [one for one, _ in zip(drawn, range(count), strict=False)][drift_at:]


@contextlib.contextmanager
def running(folder: Path, broker: Broker, **options: Any) -> Iterator[StreamAgent]:
    """Give an agent that runs."""
    agent = StreamAgent(folder, broker.port, threshold=SURE, **options)
    agent.start()
    try:
        agent.wait_ready()
        yield agent
    finally:
        agent.kill()


def active(agent: StreamAgent, schema: str = "env_sensor") -> list[str]:
    """Return the templates of a schema that serve."""
    return [one["id"] for one in agent.templates() if one["schema"] == schema and one["state"] == "active"]


def refreshed(agent: StreamAgent) -> int:
    """Return how often it has read its templates anew."""
    return agent.log().count('"event": "templates"')


def swap(agent: StreamAgent, name: str, *, origin: str) -> None:
    """Make a template read humidity as temperature, as if it had been so from the beginning, and in force."""
    wait_until(lambda: refreshed(agent) > 0, 20, what="it is in force as it was")
    before = refreshed(agent)
    with contextlib.closing(sqlite3.connect(agent.database, timeout=30)) as db, db:
        (document,) = db.execute("SELECT document FROM templates WHERE id = ?", (name,)).fetchone()
        swapped = (
            document.replace("/temperature_c", "/x")
            .replace("/humidity_pct", "/temperature_c")
            .replace("/x", "/humidity_pct")
        )
        assert swapped != document
        db.execute("UPDATE template_standings SET template = 'planted' WHERE template = ?", (name,))
        db.execute(
            "UPDATE templates SET id = 'planted', document = ?, origin = ? WHERE id = ?",
            (swapped, origin, name),
        )
    wait_until(lambda: refreshed(agent) > before, 20, what="the planted one is in force")


def test_stream_is_served_and_drift_loses_and_confuses_nothing(
    tmp_path: Path, broker: Broker, producer: Producer
) -> None:
    """Three devices get new firmware half way; the agent is killed once. No record is wrong."""
    sent = lines(150, *NAMES, drift_at=75)
    with running(tmp_path, broker) as agent:
        agent.play(producer, sent[:75])
        before = {one["id"] for one in agent.templates("WHERE state = 'active'")}
        assert len(before) == len(NAMES)
        agent.kill()
        agent.start()
        agent.wait_ready(2)
        agent.play(producer, sent[75:])
        made = agent.made(sent)
        after = agent.templates("WHERE state = 'active'")
    assert {one.state for one in made} == {"published"}
    assert [one.message.text for one in made if one.by_template and not one.is_right] == []
    assert shares(made[60:75]).get("template_right", 0) >= 10
    assert shares(made[135:]).get("template_right", 0) >= 10
    assert before < {one["id"] for one in after}


def test_planted_wrong_template_is_found_and_its_records_are_listed(
    tmp_path: Path, broker: Broker, producer: Producer
) -> None:
    """The audit contradicts it: it serves no more, and what it made is in doubt, to be read again."""
    first, then = lines(12, "climate"), lines(30, "climate", seed=6)
    with running(tmp_path, broker, more=QUICK) as agent:
        agent.play(producer, first)
        (name,) = active(agent)
        swap(agent, name, origin="learned")
        agent.play(producer, then)
        wait_until(lambda: "planted" not in active(agent), 60, what="it is demoted")
        wrong = [one for one in agent.made([*first, *then]) if one.template == "planted" and not one.is_right]
        suspects = agent.ask("templates", "suspects", "planted", "--json")["suspects"]
        with agent.query() as db:
            ((detail,),) = db.execute("SELECT detail FROM v_events WHERE kind = 'template_demoted'")
        assert wrong
        assert {one["text"] for one in suspects} >= {one.message.text for one in wrong}
        assert json.loads(detail)["fields"] == ["/temperature_c", "/humidity_pct"]
        told = agent.ask("templates", "replay", "planted")
        wait_until(
            lambda: all(one.is_right for one in agent.made([*first, *then])), 60, what="all is right again"
        )
    assert told == f"{len(suspects)} are read again\n"


def test_template_of_a_person_goes_to_review(tmp_path: Path, broker: Broker, producer: Producer) -> None:
    """It serves further, as the person wanted."""
    # What the planted one cannot read goes to the model, which would teach another one.
    sent = [one for one in lines(40, "climate") if not one.text.count("temp=-")][:20]
    with running(tmp_path, broker, more=QUICK) as agent:
        name = agent.teach(BY_NAME["climate"])
        swap(agent, name, origin="taught")
        agent.play(producer, sent)
        wait_until(
            lambda: bool(agent.ask("templates", "list", "--review", "--json")["templates"]),
            60,
            what="there is something to review",
        )
        assert active(agent) == ["planted"]
        assert {one.template for one in agent.made(sent)} == {"planted"}


def test_change_of_a_schema_puts_its_templates_on_probation(
    tmp_path: Path, broker: Broker, producer: Producer
) -> None:
    """After the reload nothing is served by the old one; the format earns its place again."""
    folder = tmp_path / "own"
    shutil.copytree(ROOT / "schemas", folder)
    first, then = lines(12, "climate"), lines(24, "climate", seed=6)
    with running(tmp_path, broker, more=QUICK, schemas=str(folder)) as agent:
        agent.play(producer, first)
        (name,) = active(agent)
        path = folder / "env_sensor.schema.json"
        path.write_text(path.read_text().replace("Air temperature in degrees", "Temperature in degrees"))
        assert agent.process is not None
        os.kill(agent.process.pid, signal.SIGHUP)
        wait_until(lambda: active(agent) == [], 30, what="nothing serves")
        agent.play(producer, then[:1])
        assert not agent.made([*first, then[0]])[-1].by_template
        agent.play(producer, then[1:])
        wait_until(lambda: bool(active(agent)), 30, what="it serves again")
        assert name not in active(agent)
        made = agent.made([*first, *then])
    assert [one.message.text for one in made if one.by_template and not one.is_right] == []


def test_taught_and_streamed_are_not_the_same_lines() -> None:
    """What these tests teach is not what they ask."""
    taught = {one.text for one in examples(BY_NAME["climate"], 3)}
    assert not taught & {one.text for one in lines(50, "climate")}
