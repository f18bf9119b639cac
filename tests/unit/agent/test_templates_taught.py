"""What cannot be learned from examples is said: which lines, why, and what to do."""

from __future__ import annotations

from typing import Any

import pytest
from lessons import READING, Rows, taught

CONTRADICTIONS: list[tuple[str, Rows, tuple[int, ...], str]] = [
    ("one text, two values", [("t=5", {"t": 5}), ("t=5", {"t": 6})], (1, 2), "the same text"),
    ("a value that is not there", [("t=5", {"t": 6})], (1,), "stands nowhere"),
    (
        "a word for two choices",
        [("s=x t=1", {"state": "IDLE", "t": 1}), ("s=x t=2", {"state": "FAULT", "t": 2})],
        (1,),
        "tell",
    ),
    (
        "two fields changed over",
        [
            ("a=1 b=20", {"t": 1, "h": 20}),
            ("a=2 b=30", {"t": 2, "h": 30}),
            ("a=3 b=40", {"h": 3, "t": 40}),
        ],
        (1, 2, 3),
        "wants something else",
    ),
    ("a text that must be refused", [("t=5", {"t": 5}), ("t=6", None)], (1, 2), "wants something else"),
    ("a field at two places", [("t=5 h=6", {"t": 5}), ("t=6 h=5", {"t": 5})], (1, 2), "two places"),
    ("a place in doubt", [("x;5;5", {"t": 5}), ("x;6;6", {"t": 6})], (1,), "another place"),
]


@pytest.mark.parametrize(
    ("rows", "lines", "cause"),
    [case[1:] for case in CONTRADICTIONS],
    ids=[case[0] for case in CONTRADICTIONS],
)
def test_contradictions_name_their_lines(rows: Rows, lines: tuple[int, ...], cause: str) -> None:
    """Nothing is learned that contradicts an example; both sides are named, with a remedy."""
    lesson = taught(rows)
    found = [one for one in lesson.contradictions if cause in one.cause]
    assert found
    assert set(lines) <= {line for one in found for line in one.lines}
    assert all(one.remedy for one in found)


def test_examples_that_were_not_needed_agree() -> None:
    """From where a format is known, the others are held against it, and are not learned from."""
    rows: Rows = [(f"t={number} h={number + 1}", {"t": number, "h": number + 1}) for number in range(20)]
    (learned,) = taught(rows).learned
    assert len(learned.lines) <= 3
    assert len(learned.lines) + len(learned.agreed) == 20


def test_examples_left_out_in_turn_are_counted() -> None:
    """Each example is read by a template of the others, as far as that goes."""
    rows: Rows = [
        (f"{name} t={number}", {"id": name, "t": number})
        for number, name in enumerate(("a1", "B-2", "c/3"), 1)
    ]
    (learned,) = taught(rows).learned
    assert sum(learned.left_out) == 3


def test_a_format_of_fields_alone_is_not_learned() -> None:
    """Without a character that is always the same a template would take every word."""
    rows: list[tuple[str, dict[str, Any] | None]] = [
        ("a 1", {"id": "a", "t": 1}),
        ("b 2", {"id": "b", "t": 2}),
    ]
    assert taught(rows, READING).learned == ()
