"""Prompts of causal models: the manifest's template, taken apart so that no text can pose as it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from agent.errors import EngineBroken
from agent.schemas import Schema

TEXT, SCHEMA = "{text}", "{schema}"


@dataclass(frozen=True, slots=True)
class Template:
    """What stands before and behind the text; both may name the schema."""

    before: str
    behind: str

    @classmethod
    def parse(cls, written: str) -> Template:
        """Take a manifest's template apart.

        Raises:
            EngineBroken: the text's place is not there exactly once.
        """
        if written.count(TEXT) != 1:
            raise EngineBroken(
                "read the prompt template",
                cause=f"{TEXT} stands in it {written.count(TEXT)} times",
                remedy=f"write {TEXT} once in the manifest's prompt",
            )
        before, behind = written.split(TEXT)
        return cls(before, behind)

    def around(self, schema: Schema) -> tuple[str, str]:
        """Return what stands before and behind every text of a schema."""
        compact = json.dumps(schema.document, ensure_ascii=False, separators=(",", ":"))
        return self.before.replace(SCHEMA, compact), self.behind.replace(SCHEMA, compact)
