"""The report: a line for each finding, its remedy below it; or one JSON object."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Final

from agent.doctor.verdict import Finding, Mark
from agent.message import Json
from agent.terminal import DIM, GREEN, RED, YELLOW, Paint, padded, shown

SIGNS: Final = {
    Mark.GOOD: ("✓", GREEN),
    Mark.WARNING: ("!", YELLOW),
    Mark.FAULT: ("✗", RED),
    Mark.SKIPPED: ("–", DIM),
}
NAME_CELLS: Final = 20
"""Width of the names of checks."""


def line(finding: Finding, paint: Paint) -> str:
    """Return a finding for people; the remedy stands on a line of its own."""
    sign, colour = SIGNS[finding.mark]
    said = shown(finding.said)
    said = paint(said, DIM) if finding.mark is Mark.SKIPPED else said
    first = f"{paint(sign, colour)} {padded(finding.check, NAME_CELLS)} {said}"
    if not finding.remedy:
        return first
    return f"{first}\n{' ' * (NAME_CELLS + 3)}→ {shown(finding.remedy)}"


def summary(findings: Sequence[Finding], seconds: float) -> str:
    """Return the counts, for people."""
    counts = {mark: sum(one.mark is mark for one in findings) for mark in Mark}
    parts = [f"{counts[mark]} {SIGNS[mark][0]}" for mark in Mark if counts[mark]]
    return f"{'  '.join(parts)}  in {seconds:.1f} s"


def document(findings: Iterable[Finding], seconds: float) -> dict[str, Json]:
    """Return the report for programs."""
    rows: list[Json] = [{**asdict(one), "mark": str(one.mark)} for one in findings]
    return {"findings": rows, "seconds": round(seconds, 3)}
