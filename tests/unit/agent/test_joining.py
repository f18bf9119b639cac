"""Which lines make one record: the decision as a table, and what no order of lines can break."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.joining import Run, look, take
from agent.message import Fragment, Reason
from agent.wrapping import Joining

STARTS = Joining(start=r"^\d")
MORE = Joining(more=r"^\s")
BOTH = Joining(start=r"^\d", more=r"^\s")
ENDED = Joining(start="^BEGIN", end="^END")


def fragment(seq: int, text: str) -> Fragment:
    """Return a line."""
    return Fragment(seq, f"id-{seq}", "t", "d", text, 0.0, 1, 1, 0, retained=False)


def grouped(lines: list[str], joining: Joining) -> list[tuple[list[str], Reason | None]]:
    """Return records as their lines, with the reason of those that are rejected; the last one times out."""
    run: Run | None = None
    done: list[Run] = []
    for seq, text in enumerate(lines):
        run, complete = take(run, fragment(seq, text), joining)
        done.extend(complete)
    done.extend([run] if run else [])
    return [([lines[seq] for seq in one.seqs], one.reason) for one in done]


@pytest.mark.parametrize(
    ("joining", "lines", "expected"),
    [
        (STARTS, ["1 a", "b", "c", "2 d"], [["1 a", "b", "c"], ["2 d"]]),
        (MORE, ["a", " b", "\tc", "d", "e"], [["a", " b", "\tc"], ["d"], ["e"]]),
        (BOTH, ["1 a", " b", "c", "2 d", " e"], [["1 a", " b"], ["c"], ["2 d", " e"]]),
        (ENDED, ["BEGIN", "a", "END", "BEGIN", "END"], [["BEGIN", "a", "END"], ["BEGIN", "END"]]),
        (STARTS, ["1 a", "", "b"], [["1 a", "", "b"]]),
        (Joining(start="^a", more="^a"), ["a", "a"], [["a"], ["a"]]),
    ],
)
def test_lines_are_grouped(joining: Joining, lines: list[str], expected: list[list[str]]) -> None:
    """A start begins, more goes on, an end completes, what is neither stands alone."""
    assert grouped(lines, joining) == [(one, None) for one in expected]


@pytest.mark.parametrize(
    ("joining", "lines", "expected"),
    [
        (STARTS, ["b", "1 a"], [(["b"], Reason.CONTINUES_NOTHING), (["1 a"], None)]),
        (MORE, [" b"], [([" b"], Reason.CONTINUES_NOTHING)]),
        (ENDED, ["BEGIN", "END", "x"], [(["BEGIN", "END"], None), (["x"], Reason.CONTINUES_NOTHING)]),
        (
            Joining(start=r"^\d", max_lines=2),
            ["1", "a", "b", "c", "2"],
            [(["1", "a", "b"], Reason.TOO_LARGE), (["c"], Reason.CONTINUES_NOTHING), (["2"], None)],
        ),
        (Joining(start=r"^\d", max_bytes=3), ["1é"], [(["1é"], None)]),
        (Joining(start=r"^\d", max_bytes=2), ["1é"], [(["1é"], Reason.TOO_LARGE)]),
        (Joining(start=r"^\d", max_bytes=3), ["1", "a", ""], [(["1", "a", ""], Reason.TOO_LARGE)]),
    ],
)
def test_lines_that_make_no_record_say_why(
    joining: Joining, lines: list[str], expected: list[tuple[list[str], Reason]]
) -> None:
    """What continues nothing and what grows too large is a dead letter, and the next start flows."""
    assert grouped(lines, joining) == expected


def test_patterns_look_at_the_beginning_of_a_line() -> None:
    """A line of a megabyte is not searched to its end for each pattern."""
    assert look("x" * 5000 + "1", Joining(start=r"1")).continues


@given(
    st.lists(st.sampled_from(["1 a", "22", " b", "c", "", "END"])),
    st.sampled_from([STARTS, MORE, BOTH, Joining(start=r"^\d", max_lines=2, end="END")]),
)
def test_every_line_is_in_one_record_in_its_order(lines: list[str], joining: Joining) -> None:
    """Nothing is lost, doubled or turned round, whatever comes."""
    assert [line for one, _ in grouped(lines, joining) for line in one] == lines
