"""Pieces: what a pointing model sees of a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.pieces import fold, pieces, space_class


def seen(text: str) -> list[str]:
    """Return the pieces as the model sees them."""
    return [piece.text for piece in pieces(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sensorId", ["sensor", "id"]),
        ("sensor_id", ["sensor", "_", "id"]),
        ("IPAddress", ["ip", "address"]),
        ("81.4C", ["81", ".", "4", "c"]),
        ("2024", ["20", "24"]),
        ("a b", ["a", "b"]),
        ("a  b", ["a", "<sp2>", "b"]),
        ("a\tb\r\nc", ["a", "<tab>", "b", "\n", "c"]),
        ("-----x", ["-----", "x"]),
        ("Grüße", ["grüße"]),
    ],
)
def test_pieces_of_a_text(text: str, expected: list[str]) -> None:
    """Words split at case changes, digits come in pairs, single spaces are not seen."""
    assert seen(text) == expected


def test_glued_digits_are_marked() -> None:
    """A later digit pair of one run is told from the first digits of the next."""
    assert [piece.glued for piece in pieces("2024 05")] == [False, True, False]


@given(st.text())
def test_pieces_tile_the_text(text: str) -> None:
    """Offsets are in order, apart, and leave out white space alone."""
    place = 0
    for piece in pieces(text):
        assert place <= piece.start < piece.end <= len(text)
        assert not text[place : piece.start].strip(" \t\f\v\r\u00a0")
        place = piece.end
    assert not text[place:].strip(" \t\f\v\r\u00a0")


@given(st.text())
def test_folding_keeps_the_length(text: str) -> None:
    """Offsets into the folded text are offsets into the raw text."""
    assert len(fold(text)) == len(text)


@pytest.mark.parametrize(
    ("run", "name"), [(" ", ""), ("  ", "<sp2>"), (" " * 5, "<sp4>"), (" " * 99, "<sp16>")]
)
def test_space_classes(run: str, name: str) -> None:
    """A run of spaces is known by the largest class not above its length."""
    assert space_class(run) == name
