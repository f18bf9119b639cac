"""What people see: marks under the right characters, whatever the characters are."""

from __future__ import annotations

import io

import pytest

from agent.message import Evidence
from agent.terminal import Paint, cut, marked, paint_for, shown, table, width

PLAIN = Paint(enabled=False)
COLOUR = Paint(enabled=True)


def spans(*places: tuple[int, int]) -> list[Evidence]:
    """Return evidence at these places."""
    return [Evidence(f"/{number}", start, end, 1.0) for number, (start, end) in enumerate(places)]


def test_marks_stand_under_their_characters() -> None:
    """A letter and a rule as long as the span say where a value comes from."""
    assert marked("temp 21.5 C", spans((5, 9)), PLAIN) == ["temp 21.5 C", "     a───"]


def test_marks_count_cells_not_characters() -> None:
    """Wide characters before a span move its mark by two cells each."""
    assert marked("温度 21", spans((3, 5)), PLAIN) == ["温度 21", "     a─"]


def test_marks_follow_the_lines_of_a_text() -> None:
    """Offsets count through line ends; a line without a span has no line of marks."""
    assert marked("a: 1\nb\nc: 2\n", spans((3, 4), (10, 11)), PLAIN) == ["a: 1", "   a", "b", "c: 2", "   b"]


def test_marks_skip_what_has_no_span() -> None:
    """An inferred value has no place in the text."""
    assert marked("leak", spans((-1, -1)), PLAIN) == ["leak"]


def test_colours_replace_letters_on_a_terminal() -> None:
    """Where there is colour, the span itself carries it."""
    assert marked("t 21", spans((2, 4)), COLOUR) == ["t \x1b[36;4m21\x1b[0m"]


def test_overlapping_spans_show_the_first() -> None:
    """A character belongs to one mark."""
    assert marked("abcd", spans((0, 3), (2, 4)), PLAIN) == ["abcd", "a──b"]


@pytest.mark.parametrize("text", ["\x1b[2J", "\u202e", "a\x00b", "\u2066x"])
def test_control_characters_never_reach_the_terminal(text: str) -> None:
    """A device's text cannot clear the screen or turn a line round."""
    assert all(character.isprintable() for character in shown(text))
    assert all(character.isprintable() for line in marked(text, [], PLAIN) for character in line)


def test_tables_align_and_hold_no_control_characters() -> None:
    """Columns begin under their header."""
    drawn = table([("温", "1"), ("a\tb", "22")], ("name", "n"), paint=PLAIN)
    assert drawn.splitlines() == ["name  n", "温    1", "a␉b   22"]


def test_cut_keeps_within_its_cells() -> None:
    """Text that is too long ends in an ellipsis, and is no longer than asked for."""
    assert cut("temperature", 6) == "tempe…"
    assert width(cut("温度温度", 4)) <= 4
    assert cut("ok", 6) == "ok"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.mark.parametrize(
    ("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colour_only_where_it_is_wanted(environment: dict[str, str], *, coloured: bool) -> None:
    """NO_COLOR and dumb terminals get none, pipes neither."""
    assert paint_for(Terminal(), environment).enabled is coloured
    assert not paint_for(io.StringIO(), environment).enabled
