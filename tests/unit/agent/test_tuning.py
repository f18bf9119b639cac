"""Threads and texts at once: what is chosen, kept and measured again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.extract.tuning import FILE, Tuning, fewest_seats, fewest_threads, measured


@pytest.mark.parametrize(
    ("seconds", "threads"),
    [
        ({1: 1.0}, 1),
        ({1: 1.0, 2: 0.55, 4: 0.3}, 4),
        ({1: 1.0, 2: 0.55, 4: 0.5}, 2),
        ({1: 1.0, 2: 0.9}, 1),
        ({1: 1.0, 2: 40.0}, 1),
        ({1: 1.0, 2: 40.0, 4: 0.3}, 4),
    ],
)
def test_more_threads_must_be_worth_it(seconds: dict[int, float], threads: int) -> None:
    """A little faster is not enough: on shared cores more threads can be far slower."""
    assert fewest_threads(seconds) == threads


@pytest.mark.parametrize(
    ("rates", "seats"), [({2: 100, 4: 180, 8: 190}, 4), ({2: 100, 4: 101, 8: 99}, 2), ({2: 1, 4: 2, 8: 4}, 8)]
)
def test_fewer_texts_at_once_where_they_are_as_fast(rates: dict[int, float], seats: int) -> None:
    """Nine tenths of the best rate will do."""
    assert fewest_seats(rates) == seats


class Machine:
    """Counts what is asked of it."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, int, int]] = []

    def __call__(self, threads: int, texts: int, tokens: int) -> None:
        """Do nothing."""
        self.calls.append((threads, texts, tokens))


def test_what_was_measured_is_kept(tmp_path: Path) -> None:
    """The second start measures nothing; another model or number of cores does."""
    first, second, third, fourth = Machine(), Machine(), Machine(), Machine()
    made = measured(tmp_path, "a", first, cores=6)
    assert {threads for threads, texts, _ in first.calls if texts == 1} == {1, 2, 4, 6}
    assert measured(tmp_path, "a", second, cores=6) == made
    assert second.calls == []
    measured(tmp_path, "b", third, cores=6)
    measured(tmp_path, "b", fourth, cores=2)
    assert third.calls
    assert fourth.calls


@pytest.mark.parametrize(
    "kept", ["", "{", "[]", "null", '{"threads": 2}', {"threads": 0}, {"threads": "2"}, {"seats": 9_999}]
)
def test_a_spoilt_file_is_measured_anew(tmp_path: Path, kept: str | dict[str, object]) -> None:
    """It is a cache, never a reason not to start."""
    measured(tmp_path, "a", Machine(), cores=1)
    path = tmp_path / FILE
    spoilt = kept if isinstance(kept, str) else json.dumps(json.loads(path.read_text("utf-8")) | kept)
    path.write_text(spoilt, "utf-8")
    again = Machine()
    assert isinstance(measured(tmp_path, "a", again, cores=1), Tuning)
    assert again.calls


def test_a_folder_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    """Then each start measures."""
    assert measured(tmp_path / "gone", "a", Machine(), cores=1).threads == 1
