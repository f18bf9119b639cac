"""Faults of learned templates: each would publish something that no example has shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from planting import put

from agent.app import recognition
from agent.buffer import templates
from agent.templates import compiled, register
from agent.templates.compiled import Compiled, Found

FORMATS = "tests/unit/agent/test_templates_learned.py"
WAY = "tests/unit/agent/test_recognition.py"


def read_in_part() -> None:
    """A text that goes on behind the format is taken for it."""
    match = Compiled.match

    def beginning(self: Compiled, text: str) -> Found | None:
        found = self.pattern.match(text)
        return None if found is None else match(self, found.group())

    put(Compiled, "match", beginning)


def take_the_first() -> None:
    """Of two templates that disagree the first one is believed."""
    put(register, "_agree", lambda _hit, _entry, _found: True)


def forget_labels() -> None:
    """Free text takes the labels of other fields in."""
    ready = compiled.compiled

    def unguarded(template: Any, schema: Any, guard: Any = ()) -> Compiled:
        _ = guard
        return ready(template, schema, ())

    put(compiled, "compiled", unguarded)
    import lessons  # noqa: PLC0415 - the tests' own helper has the name already

    put(lessons, "compiled", unguarded)


def use_under_any_schema() -> None:
    """Templates go on under a schema that has changed."""
    refresh = recognition.Recognition.refresh

    def anyway(self: Any) -> bool:
        (schema, *_) = self._plans.current.schemas.values()
        rows = self._buffer.glance(templates.rows)
        moved = [replace(row, schema_sha256=schema.fingerprint) for row in rows]
        put(templates, "rows", lambda _db: moved)
        return refresh(self)

    put(recognition.Recognition, "refresh", anyway)


PLANTED: dict[str, tuple[Callable[[], None], str]] = {
    "read_in_part": (
        read_in_part,
        f"{FORMATS}::test_a_format_with_an_optional_part[FAN-1 temp 5C hum 1 state FAULT state IDLE-None]",
    ),
    "take_the_first": (take_the_first, f"{WAY}::test_two_templates_that_disagree_leave_it_to_the_tiers"),
    "forget_labels": (forget_labels, f"{FORMATS}::test_free_text_holds_no_label"),
    "use_under_any_schema": (use_under_any_schema, f"{WAY}::test_a_template_serves_its_own_schema_only"),
}
