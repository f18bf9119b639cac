"""Span puzzles: their known places are true, and looking values up afterwards fails them."""

from __future__ import annotations

from collections.abc import Sequence

from agent.extract import Job
from agent.message import Candidate, Evidence
from agent.validate import validate
from eval.floor import FloorExtractor
from eval.grounding import is_grounded
from eval.puzzles import LAYOUTS, Puzzle, puzzles
from eval.spans import measure

COUNT = 300


class Oracle:
    """Answers with the right value and a place found by ``find`` (first) or known (true)."""

    tier = "oracle"

    def __init__(self, made: Sequence[Puzzle], *, looks_up: bool) -> None:
        """Know the answers."""
        self.answers = {one.text: one for one in made}
        self.looks_up = looks_up

    def extract(self, jobs: Sequence[Job], /) -> list[Candidate]:
        """Return the right value for every job."""
        return [self.answer(self.answers[job.text]) for job in jobs]

    def answer(self, puzzle: Puzzle) -> Candidate:
        """Return the right value, its evidence true or looked up."""
        spans = {
            pointer: self.found(puzzle, span) if self.looks_up else span
            for pointer, span in puzzle.spans.items()
        }
        evidence = tuple(Evidence(pointer, *span, confidence=1.0) for pointer, span in spans.items())
        return Candidate(dict(puzzle.expected), evidence, 1.0, "oracle", "")

    def found(self, puzzle: Puzzle, span: tuple[int, int]) -> tuple[int, int]:
        """Return the first place where the same characters stand."""
        written = puzzle.text[slice(*span)]
        start = puzzle.text.index(written)
        return start, start + len(written)


def test_known_places_say_the_expected_values() -> None:
    """Every span of every layout is grounded, and the value validates."""
    for puzzle in puzzles(COUNT):
        evidence = [Evidence(pointer, *span, confidence=1.0) for pointer, span in puzzle.spans.items()]
        assert is_grounded(puzzle.text, dict(puzzle.expected), evidence, puzzle.schema.root), puzzle
        assert not validate(dict(puzzle.expected), puzzle.schema)


def test_every_layout_occurs_and_the_set_repeats() -> None:
    """The same seed makes the same texts."""
    made = puzzles(COUNT)
    assert {one.layout for one in made} == set(LAYOUTS)
    assert [one.text for one in made] == [one.text for one in puzzles(COUNT)]


def test_true_places_score_full_and_looked_up_ones_fail() -> None:
    """The puzzle tells pointing from searching: the first occurrence is often the wrong one."""
    made = puzzles(COUNT)
    assert measure(Oracle(made, looks_up=False), made)["span_accuracy"] == 1.0
    assert measure(Oracle(made, looks_up=True), made)["span_accuracy"] < 0.8


def test_only_right_values_count() -> None:
    """The floor reads reports alone; what it reads, it points at."""
    found = measure(FloorExtractor(), puzzles(COUNT))
    assert found["span_accuracy"] == 1.0
    assert 0 < found["value_accuracy"] < 0.5
    assert found["by_layout"]["columns"]["span_accuracy"] is None
