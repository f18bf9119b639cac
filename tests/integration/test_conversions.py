"""Declared conversions on a real broker and a real file: converted, proved, or a dead letter."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rig import Agent, Broker, Consumer, Producer, wait_until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

BOILER = {
    "$id": "https://example.invalid/boiler/1",
    "type": "object",
    "properties": {
        "at": {"type": "string", "x-maaza": {"time": "%d.%m.%Y %H:%M", "zone": "Europe/Berlin"}},
        "temp": {
            "type": "number",
            "ucumUnit": "Cel",
            "x-maaza": {"decimal": ",", "unit": "behind", "round": 2},
        },
    },
    "required": ["temp"],
    "additionalProperties": False,
}
ROUTE = """
[[route]]
filter = "boiler/+/raw"
schemas = ["boiler"]
device_level = 1
"""


@pytest.fixture
def converting(tmp_path: Path, broker: Broker) -> Iterator[Callable[[], Agent]]:
    """Give a way to start an agent whose schema declares conversions."""
    agent = Agent(tmp_path, broker.port, more=ROUTE)
    (tmp_path / "schemas/boiler.schema.json").write_text(json.dumps(BOILER))

    def start() -> Agent:
        agent.start()
        agent.wait_ready()
        return agent

    yield start
    agent.kill()


def test_converted_record_says_so_and_keeps_its_evidence(
    converting: Callable[[], Agent], producer: Producer, consumer: Consumer
) -> None:
    """Value in the schema's unit, span of the raw text, and the text itself beside what was done to it."""
    agent, text = converting(), "Kessel Vorlauf 142,7 °F am 05.07.2026 14:03"
    producer.send("boiler/a/raw", text)
    wait_until(lambda: bool(consumer.bodies("data")), 10, what="a record")
    body: dict[str, Any] = consumer.bodies("data")[0]
    assert body["value"] == {"at": "2026-07-05T14:03:00+02:00", "temp": 61.5}
    assert {pointer: text[slice(*span)] for pointer, span in body["evidence"].items()} == {
        "/at": "05.07.2026 14:03",
        "/temp": "142,7",
    }
    assert body["converted"]["/temp"] == {
        "text": "142,7",
        "how": "decimal ','; unit '°F' ([degF]) to Cel; rounded to 2 decimals",
    }
    with agent.query() as db:
        evidence = json.loads(db.execute("SELECT evidence FROM v_records").fetchone()[0])
    assert evidence[1]["converted"] == body["converted"]["/temp"]["how"]


def test_unit_that_does_not_fit_is_a_dead_letter_and_the_next_flows(
    converting: Callable[[], Agent], producer: Producer, consumer: Consumer
) -> None:
    """Never a wrong number, and nothing is lost."""
    agent = converting()
    for text in ("Vorlauf 1,5 bar", "Vorlauf 20 °C am 29.03.2026 02:30", "Vorlauf 20,5 °C"):
        producer.send("boiler/a/raw", text)
    wait_until(lambda: agent.is_settled(3), 10, what="settled")
    wait_until(lambda: bool(consumer.bodies("data")), 10, what="the good one")
    assert [one["value"] for one in consumer.bodies("data")] == [{"temp": 20.5}]
    letters = [(one["reason"], str(one["detail"])) for one in consumer.bodies("rejected")]
    assert letters == [
        ("unconvertible", "/temp: 'bar' behind '1,5' is no unit that fits Cel"),
        ("unconvertible", "/at: clocks in Europe/Berlin left 2026-03-29 02:30:00 out"),
    ]
