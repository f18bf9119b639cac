"""Lines that were tampered with are never read wrongly, and varied lines of a taught layout are read.

The layouts here are of the developing family. The reserved one is for the benchmark and for a last test:
nothing was adapted to it.
"""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from layouts import DEVELOPED, RESERVED, Family, Layout, layout, mutants
from lessons import register

from agent.templates.places import same
from agent.templates.register import Register
from agent.templates.teach import Taught, learn

TAUGHT, LINES = 3, 20


def known(made: Layout) -> Register:
    """Teach the first lines of a layout."""
    rows = [Taught(at, one.text, one.expected) for at, one in enumerate(made.lines(TAUGHT), 1)]
    return register(learn(rows, made.schema, now=0.0), made.schema)


def outcome(family: Family, seed: int) -> tuple[int, int, list[str]]:
    """Return how many further lines are read rightly, of how many, and what is read wrongly."""
    made = layout(family, seed)
    templates, lines = known(made), made.lines(LINES)
    right, wrong = 0, []
    for one in lines[TAUGHT:]:
        hit = templates.match((made.schema.name,), one.text)
        right += hit is not None and same(hit.found.value, one.expected)
        wrong += [one.text] if hit is not None and not same(hit.found.value, one.expected) else []
    rng = random.Random(seed)  # noqa: S311 - seeded mutants are no secrets
    for mutant in (mutant for line in lines for mutant in mutants(line, made.style, rng)):
        hit = templates.match((made.schema.name,), mutant.text)
        if hit is not None and (mutant.right is None or not same(hit.found.value, mutant.right)):
            wrong.append(f"{mutant.how}: {mutant.text}")
    return right, len(lines) - TAUGHT, wrong


def test_layouts_of_the_developing_family() -> None:
    """Three examples teach a layout with optional fields and arrays; nothing tampered with is read."""
    found = [outcome(DEVELOPED, seed) for seed in range(0, 1000, 25)]
    assert [one for _, _, wrong in found for one in wrong] == []
    assert sum(right for right, _, _ in found) >= 0.95 * sum(of for _, of, _ in found)


@pytest.mark.slow
def test_layouts_of_the_reserved_family() -> None:
    """The same of forty layouts that nothing was adapted to: nine of ten lines, none wrong."""
    found = [outcome(RESERVED, seed) for seed in RESERVED.seeds]
    assert [one for _, _, wrong in found for one in wrong] == []
    assert sum(right for right, _, _ in found) >= 0.9 * sum(of for _, of, _ in found)


FIELDS = layout(DEVELOPED, 0)
READY = known(FIELDS)
SAMPLE = FIELDS.lines(1)[0].text


@given(st.text(max_size=60))
def test_any_text_is_read_whole_or_not_at_all(text: str) -> None:
    """What is read has each value at its place, whatever stands around."""
    hit = READY.match((FIELDS.schema.name,), SAMPLE[:20] + text)
    for leaf in hit.found.leaves if hit else ():
        assert (
            leaf.inferred
            or str(leaf.value).casefold() in (SAMPLE[:20] + text)[leaf.start : leaf.end].casefold()
        )


@given(st.integers(0, len(SAMPLE)), st.text(min_size=1, max_size=8))
def test_what_is_put_in_is_a_value_or_no_match(at: int, more: str) -> None:
    """Characters put into a line are read as part of the value at their place, or the line is not read."""
    text = SAMPLE[:at] + more + SAMPLE[at:]
    hit = READY.match((FIELDS.schema.name,), text)
    if hit is not None and more.strip():
        assert any(leaf.start <= at and at + len(more) <= leaf.end for leaf in hit.found.leaves)


@given(st.integers(1, 6), st.integers(1000, 40_000))
def test_a_hostile_line_takes_no_time(kind: int, length: int) -> None:
    """Long runs of what a slot takes are refused in time linear in their length."""
    hostile = {1: "1", 2: "a", 3: "a-", 4: "1.", 5: " temp=1", 6: "="}[kind] * length
    assert READY.match((FIELDS.schema.name,), SAMPLE + hostile) is None
