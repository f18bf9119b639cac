"""The agent with the embedded model on streams of ten devices: what it made of each, beside what is right."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rig import Agent, Producer, wait_until

from agent.templates.places import same
from eval.devices import SHAPES
from eval.printed import Shape
from eval.streams import Message, examples

SETTINGS = """
node = "t1"
{schemas}
[input]
host = "127.0.0.1"
port = {port}
{routes}
[[tier]]
name = "nano"
{threshold}
[buffer]
path = "{folder}/maaza.db"
min_free_bytes = 0
{more}
"""
ROUTE = """
[[route]]
filter = "{filter}"
schemas = ["{schema}"]
device_level = 2
ordered = false
"""
WINDOW = 16
"""Messages that wait for the agent at a time."""


class StreamAgent(Agent):
    """The agent with a route for each shape."""

    def __init__(
        self, folder: Path, port: int, *, more: str = "", schemas: str = "", threshold: float | None = None
    ) -> None:
        """Prepare settings; `schemas`: a folder, else the bundled ones; `threshold`: else the model's own."""
        super().__init__(folder, port)
        routes = "".join(ROUTE.format(filter=one.filter, schema=one.schema) for one in SHAPES)
        given = f'schemas = "{schemas}"' if schemas else ""
        believed = "" if threshold is None else f"threshold = {threshold}"
        self.settings.write_text(
            SETTINGS.format(
                folder=folder, port=port, routes=routes, more=more, schemas=given, threshold=believed
            )
        )

    def teach(self, shape: Shape, *, drifted: bool = False, count: int = 3) -> str:
        """Teach a shape as a person does, beside the running agent; return the template's id."""
        path = self.folder / f"{shape.name}-{int(drifted)}.jsonl"
        lines = [
            {"text": one.text, "expected": one.expected} for one in examples(shape, count, drifted=drifted)
        ]
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        words = ("schema", "learn", str(path), "--schema", shape.schema, "--filter", shape.filter, "--json")
        templates = self.ask(*words)["templates"]
        return str(templates[0]["id"])

    def ask(self, *words: str) -> Any:
        """Call `maaza` beside the agent with its database; return what it prints as JSON."""
        command = [sys.executable, "-m", "agent", *words, "--database", str(self.database)]
        done = subprocess.run(command, env=self.environment(), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout) if "--json" in words else done.stdout

    def play(self, producer: Producer, messages: Sequence[Message], *, seconds: float = 120) -> None:
        """Send messages as fast as they are decided, and wait for the last one."""
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)) as db:
            before = decided = _decided(db)
            for number, one in enumerate(messages):
                while number - (decided - before) >= WINDOW:
                    time.sleep(0.02)
                    decided = _decided(db)
                producer.send(one.topic, one.text)
            wait_until(
                lambda: _decided(db) - before >= len(messages), seconds, what="all messages are decided"
            )

    def made(self, messages: Sequence[Message]) -> list[Made]:
        """Return what the agent made of all messages that were sent, in their order."""
        question = (
            "SELECT i.text, i.state, r.tier, r.value, r.template"
            " FROM inbox i LEFT JOIN records r ON r.seq = i.seq ORDER BY i.seq"
        )
        with self.query() as db:
            rows = db.execute(question).fetchall()
        assert [row[0] for row in rows] == [one.text for one in messages]
        return [Made(one, *row[1:]) for one, row in zip(messages, rows, strict=True)]

    def templates(self, rest: str = "") -> list[dict[str, Any]]:
        """Return rows of `v_templates`."""
        with self.query() as db:
            db.row_factory = sqlite3.Row
            return [dict(row) for row in db.execute(f"SELECT * FROM v_templates {rest}")]  # noqa: S608


def _decided(db: sqlite3.Connection) -> int:
    count: int = db.execute(
        "SELECT count(*) FROM inbox WHERE state IN ('published', 'rejected', 'dropped')"
    ).fetchone()[0]
    return count


@dataclass(frozen=True)
class Made:
    """A message, and what became of it."""

    message: Message
    state: str
    tier: str | None
    value: str | None
    template: str | None

    @property
    def by_template(self) -> bool:
        """Tell whether a template has read it."""
        return self.template is not None

    @property
    def is_right(self) -> bool:
        """Tell whether the record is the one that is right."""
        return self.value is not None and same(json.loads(self.value), self.message.expected)


def shares(made: Sequence[Made]) -> dict[str, int]:
    """Return how many messages templates and model have read, right and wrong."""
    counts: Counter[str] = Counter(_names(made))
    return dict(sorted(counts.items()))


def _names(made: Sequence[Made]) -> Iterator[str]:
    for one in made:
        who = "template" if one.by_template else "model" if one.tier else one.state
        yield f"{who}_{'right' if one.is_right else 'wrong'}" if one.tier else who
