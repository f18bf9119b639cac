"""Span accuracy: does a right value point to the right place?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agent.extract import Extractor, Job
from agent.message import Candidate
from eval.puzzles import Puzzle
from eval.runner import BATCH
from eval.values import equal, leaves


@dataclass(slots=True)
class _Tally:
    leaves: int = 0
    right_values: int = 0
    right_spans: int = 0

    def figures(self) -> dict[str, Any]:
        """Return counts and shares; the share of spans is of the right values."""
        return {
            "leaves": self.leaves,
            "right_values": self.right_values,
            "value_accuracy": round(self.right_values / self.leaves, 4) if self.leaves else None,
            "span_accuracy": round(self.right_spans / self.right_values, 4) if self.right_values else None,
        }


def measure(extractor: Extractor, made: Sequence[Puzzle]) -> dict[str, Any]:
    """Return the span accuracy of ``extractor`` over ``made``, whole and by layout."""
    candidates: list[Candidate] = []
    for first in range(0, len(made), BATCH):
        candidates += extractor.extract([Job(one.text, one.schema) for one in made[first : first + BATCH]])
    whole, by_layout = _Tally(), {name: _Tally() for name in sorted({one.layout for one in made})}
    for puzzle, candidate in zip(made, candidates, strict=True):
        for tally in (whole, by_layout[puzzle.layout]):
            _count(puzzle, candidate, tally)
    return {
        "texts": len(made),
        **whole.figures(),
        "by_layout": {name: tally.figures() for name, tally in by_layout.items()},
        "model": str(getattr(extractor, "name", extractor.tier)),
    }


def _count(puzzle: Puzzle, candidate: Candidate, tally: _Tally) -> None:
    got = {leaf.pointer: leaf.value for leaf in leaves(candidate.value, puzzle.schema.root)}
    spans = {one.pointer: (one.start, one.end) for one in candidate.evidence}
    tally.leaves += len(puzzle.spans)
    for pointer, span in puzzle.spans.items():
        if pointer in got and equal(got[pointer], puzzle.expected[pointer[1:]]):
            tally.right_values += 1
            tally.right_spans += spans.get(pointer) == span
