"""JSON pointers: what is escaped is read back, and the RFC's own examples hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.json_pointer import below, escape, tokens


@pytest.mark.parametrize(
    ("pointer", "names"),
    [
        ("", []),
        ("/foo", ["foo"]),
        ("/foo/0", ["foo", "0"]),
        ("/", [""]),
        ("/a~1b", ["a/b"]),
        ("/c%d", ["c%d"]),
        ('/k"l', ['k"l']),
        ("/ ", [" "]),
        ("/m~0n", ["m~n"]),
    ],
)
def test_examples_of_the_rfc(pointer: str, names: list[str]) -> None:
    """RFC 6901, section 5."""
    assert tokens(pointer) == names


def test_tilde_is_read_last() -> None:
    """``~01`` is a tilde and a one, not a slash."""
    assert tokens("/~01") == ["~1"]
    assert escape("~1") == "~01"


def test_item_is_a_number() -> None:
    """An item's place is its number."""
    assert below("/readings", 2) == "/readings/2"


@given(st.lists(st.text()))
def test_names_survive(names: list[str]) -> None:
    """Any names, joined to a pointer, are read back as they were."""
    pointer = ""
    for name in names:
        pointer = below(pointer, name)
    assert tokens(pointer) == names


@given(st.text(), st.text())
def test_different_names_never_meet(one: str, other: str) -> None:
    """Two members of one object never share a pointer."""
    assert (below("/a", one) == below("/a", other)) == (one == other)
