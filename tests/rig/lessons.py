"""Lessons for templates: texts with their values, learned and read."""

from __future__ import annotations

from typing import Any

from agent.grounding import ungrounded
from agent.schemas import Schema, compile_schema
from agent.templates.compiled import compiled
from agent.templates.register import Entry, Register
from agent.templates.teach import Lesson, Taught, learn

NOW = 1_700_000_000.0


def schema_of(**properties: Any) -> Schema:
    """Return a schema with some properties, none of them required."""
    return compile_schema({"type": "object", "properties": properties}, name="s")


NUMBER, STRING, BOOLEAN = {"type": "number"}, {"type": "string"}, {"type": "boolean"}
READING = schema_of(
    id=STRING,
    t={"type": "number", "maximum": 100},
    h=NUMBER,
    state={"enum": ["RUNNING", "IDLE", "FAULT"]},
    leak=BOOLEAN,
    note=STRING,
    codes={"type": "array", "items": STRING},
    parts={"type": "array", "items": {"type": "object", "properties": {"n": STRING, "v": NUMBER}}},
    at={"type": "object", "properties": {"x": NUMBER, "y": NUMBER}},
)
Rows = list[tuple[str, dict[str, Any] | None]]


def taught(rows: Rows, schema: Schema = READING) -> Lesson:
    """Learn from texts with their values."""
    return learn([Taught(line, *row) for line, row in enumerate(rows, 1)], schema, now=NOW)


def register(lesson: Lesson, schema: Schema = READING) -> Register:
    """Put what was learned in force."""
    ready = [(one.id, compiled(one.template, schema, one.guard)) for one in lesson.learned]
    return Register([Entry(name, schema.name, one, 0.9) for name, one in ready])


def read(rows: Rows, text: str, schema: Schema = READING) -> Any:
    """Return what is read of a text after a lesson; None where nothing is."""
    hit = register(taught(rows, schema), schema).match((schema.name,), text)
    if hit is None:
        return None
    candidate = hit.candidate()
    assert ungrounded(candidate, text, schema.root) == ()
    return candidate.value
