"""`maaza demo`: the exit code is the verdict."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from agent.cli import main
from agent.demo import show
from agent.demo.proof import Summary

AGREED = Summary(
    sent=2,
    rows=2,
    states={"published": 1, "rejected": 1},
    records=1,
    dead_letters=1,
    repeats=0,
    p50_ms=10.0,
    p95_ms=20.0,
    per_second=1.0,
    tiers={"nano": 1},
    faults=(),
)
LOST = Summary(
    sent=3,
    rows=2,
    states={"published": 2},
    records=2,
    dead_letters=0,
    repeats=1,
    p50_ms=10.0,
    p95_ms=20.0,
    per_second=1.0,
    tiers={"nano": 2},
    faults=("1 sent, and not in the database",),
)


@pytest.mark.parametrize(
    ("figures", "code", "said"),
    [(AGREED, 0, "The three counts agree."), (LOST, 1, "The counts do not agree.")],
)
def test_exit_code_and_last_line_are_the_verdict(
    monkeypatch: pytest.MonkeyPatch, figures: Summary, code: int, said: str
) -> None:
    """A script sees by the exit code what a person reads in the last line."""
    monkeypatch.setattr(show, "perform", lambda *_, **__: figures)
    result = CliRunner().invoke(main, ["demo"])
    assert result.exit_code == code
    assert result.output.splitlines()[-1] == said
    assert all(fault in result.output for fault in figures.faults)


def test_json_has_every_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs get the counts, the faults and the verdict, and nothing else on standard output."""
    monkeypatch.setattr(show, "perform", lambda *_, **__: LOST)
    found = json.loads(CliRunner().invoke(main, ["demo", "--json"]).output)
    assert (found["sent"], found["rows"], found["agree"]) == (3, 2, False)
    assert found["faults"] == ["1 sent, and not in the database"]
