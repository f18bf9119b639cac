"""JSON pointers: what is escaped is read back, and the RFC's own examples hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.json_pointer import below, escape, fault_of, resolve, tokens


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


@pytest.mark.parametrize(
    ("pointer", "value"),
    [("", {"a": [10, {"b~/": True}]}), ("/a/0", 10), ("/a/1/b~0~1", True)],
)
def test_value_at_a_pointer(pointer: str, value: object) -> None:
    """RFC 6901, section 4."""
    assert resolve({"a": [10, {"b~/": True}]}, pointer) == value


@pytest.mark.parametrize(
    "pointer", ["/b", "/a/2", "/a/-", "/a/01", "/a/-1", "/a/0/x", "/a/x", f"/a/{'9' * 5000}"]
)
def test_nothing_at_a_pointer(pointer: str) -> None:
    """A member that is missing, an index that is none or past the end."""
    with pytest.raises(LookupError):
        resolve({"a": [10, 11]}, pointer)


@pytest.mark.parametrize(
    ("pointer", "sound"), [("", True), ("/a~0~1", True), ("a", False), ("/~2", False), ("/~", False)]
)
def test_syntax_of_pointers(pointer: str, sound: bool) -> None:  # noqa: FBT001 - a table
    """RFC 6901, section 3."""
    assert (fault_of(pointer) == "") == sound
