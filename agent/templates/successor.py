"""What follows a template when its schema has changed: the same format, held against the new schema. Pure."""

from __future__ import annotations

import re

from agent.schemas import Schema
from agent.templates.compiled import Unfit, compiled
from agent.templates.parts import Template
from agent.templates.written import identity

MIN_WORD = 3
"""Letters of a word that counts as a label."""


def successor(
    template: Template, guard: tuple[str, ...], schema: Schema
) -> tuple[str, tuple[str, ...]] | None:
    """Return id and guarded words of a template under another schema; None where it does not go with it."""
    names = {
        word.casefold()
        for node in schema.root.walk()
        for word in re.findall(r"[^\W\d_]+", node.name)
        if len(word) >= MIN_WORD
    }
    words = tuple(sorted({*guard, *names}))
    try:
        compiled(template, schema, words)
    except Unfit:
        return None
    return identity(template, schema.fingerprint), words
