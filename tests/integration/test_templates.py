"""A format taught beside the running agent, on a real broker and a real file: served from then on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from rig import Agent, Broker, Consumer, Producer, wait_until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

EXAMPLES = [
    ("unit a-1 is at 20.5 deg, 40 pct", {"device": "a-1", "temp": 20.5, "hum": 40}),
    ("unit bb-22 is at -3 deg, 7 pct", {"device": "bb-22", "temp": -3, "hum": 7}),
    ("unit c-3 is at 7.25 deg, 99 pct", {"device": "c-3", "temp": 7.25, "hum": 99}),
]


def test_a_format_is_taught_while_messages_flow(
    tmp_path: Path, broker: Broker, producer: Producer, consumer: Consumer
) -> None:
    """The record names tier and template; what is not of the format still goes to the model's tier."""
    agent = Agent(tmp_path, broker.port)
    agent.start()
    try:
        agent.wait_ready()
        (tmp_path / "new.jsonl").write_text(
            "\n".join(json.dumps({"text": text, "expected": value}) for text, value in EXAMPLES)
        )
        command = [sys.executable, "-m", "agent", "schema", "learn", "new.jsonl", "--json"]
        command += ["--schema", "schemas/load.schema.json", "--database", str(agent.database)]
        taught = subprocess.run(
            command, cwd=tmp_path, env=agent.environment(), capture_output=True, check=False
        )
        assert taught.returncode == 0, taught.stderr + taught.stdout
        (template,) = (one["id"] for one in json.loads(taught.stdout)["templates"])
        wait_until(lambda: '"templates"' in agent.log(), 10, what="templates in force")
        producer.send("load/a/raw", "unit zz-9 is at 0.5 deg, 1 pct")
        producer.send("load/b/raw", "zz-9 temp 0.5 hum 1")
        wait_until(lambda: len(consumer.bodies("data")) == 2, 20, what="two records")
        bodies = {str(body["tier"]): body for body in consumer.bodies("data")}
        assert bodies.keys() > {"template"}
        assert bodies["template"]["template"] == template
        assert bodies["template"]["value"] == {"device": "zz-9", "temp": 0.5, "hum": 1}
        with agent.query() as db:
            rows = db.execute("SELECT template FROM v_records WHERE tier = 'template'").fetchall()
        assert rows == [(template,)]
    finally:
        agent.kill()
