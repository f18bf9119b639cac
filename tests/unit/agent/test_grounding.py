"""A value must be what its span says."""

from __future__ import annotations

import pytest

from agent.grounding import says, ungrounded
from agent.message import Candidate, Evidence, Json
from agent.schemas import compile_schema

ROOT = compile_schema(
    {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "temp": {"type": ["number", "null"]},
            "on": {"type": "boolean"},
            "kind": {"const": "pump"},
            "list": {"type": "array", "items": {"type": "string"}},
        },
    },
    name="s",
).root
TEXT = "p7 is 81.4 on"


@pytest.mark.parametrize(
    ("span", "value", "expected"),
    [
        ("p7", "p7", True),
        ("p7 ", "p7", False),
        ("81.40", 81.4, True),
        ("81.4", 81, False),
        ("1,200", 1200, True),
        ("-3", -3, True),
        ("1e3", 1000, True),
        ("nan", float("nan"), False),
        ("1_0", 10, False),
        ("1E100", 10**100, True),
        ("1E100", int(1e100), False),
        ("1E100", 1e100, True),
        ("9007199254740993", 9007199254740992.0, False),
        ("1e400", float("inf"), True),
        ("1e400", 10**400, False),
        ("1e999999999", 1, False),
        ("٣", 3, False),
        ("", 0, False),
        ("1", True, False),
        ("True", True, True),
        ("x", None, False),
    ],
)
def test_says(span: str, value: Json, expected: bool) -> None:  # noqa: FBT001 - a table
    """Equal as a string, or equal when read as a plain number; nothing else."""
    assert says(span, value) is expected


@pytest.mark.parametrize(
    ("value", "evidence", "expected"),
    [
        ({"name": "p7"}, [Evidence("/name", 0, 2, 1.0)], ()),
        ({"name": "p8"}, [Evidence("/name", 0, 2, 1.0)], ("/name",)),
        ({"name": "p7"}, [], ("/name",)),
        ({"name": "p7"}, [Evidence("/name", 0, 99, 1.0)], ("/name",)),
        ({"name": "p7"}, [Evidence("/name", -2, 2, 1.0)], ("/name",)),
        ({"temp": 81.4}, [Evidence("/temp", 6, 10, 1.0)], ()),
        ({"temp": None}, [], ()),
        ({"on": True}, [Evidence("/on", 11, 13, 1.0, inferred=True)], ()),
        ({"on": True}, [Evidence("/on", -1, -1, 1.0, inferred=True)], ()),
        ({"on": True}, [Evidence("/on", 0, 99, 1.0, inferred=True)], ("/on",)),
        ({"name": "zz"}, [Evidence("/name", -1, -1, 1.0, inferred=True)], ("/name",)),
        ({"temp": 5}, [Evidence("/temp", 0, 2, 1.0, inferred=True)], ("/temp",)),
        ({"kind": "pump"}, [], ()),
        ({"kind": "valve"}, [], ("/kind",)),
        (
            {"list": ["p7", "zz"]},
            [Evidence("/list/0", 0, 2, 1.0), Evidence("/list/1", 0, 2, 1.0)],
            ("/list/1",),
        ),
    ],
)
def test_ungrounded_leaves_are_named(
    value: Json, evidence: list[Evidence], expected: tuple[str, ...]
) -> None:
    """Wrong, missing and impossible evidence; constants and null need none."""
    assert ungrounded(Candidate(value, tuple(evidence), 1.0, "t", ""), TEXT, ROOT) == expected
