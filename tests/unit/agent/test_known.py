"""Known words: which kinds of values a name asks for, and which a word says."""

from __future__ import annotations

import pytest

from agent.known import KINDS_OF, NONE, asked


@pytest.mark.parametrize(
    ("name", "about", "kinds"),
    [
        (["transport"], [], {"protocol"}),
        (["dir"], ["the", "state"], {"direction"}),
        (["machine", "state"], [], {"state"}),
        (["x7"], ["severity", "as", "printed"], {"level"}),
        (["request", "method"], [], {"method"}),
        (["pressure"], ["pressure", "in", "bar"], set()),
    ],
)
def test_asked(name: list[str], about: list[str], kinds: set[str]) -> None:
    """A name's own words count before those of its description."""
    assert asked(name, about) == kinds


def test_words_of_several_kinds() -> None:
    """A word may say several things: which is meant, the question knows."""
    assert KINDS_OF["down"] == {"direction", "state"}
    assert KINDS_OF.get("pump", NONE) == NONE
