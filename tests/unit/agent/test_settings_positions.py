"""Where keys stand: the scanner finds what the TOML parser found, at its place."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given as given_
from hypothesis import settings
from hypothesis import strategies as st

from agent.settings.given import Location, given, origins
from agent.settings.positions import positions

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted([*ROOT.glob("*.toml"), *ROOT.glob("[!.]*/**/*.toml")])
HARD = '''
# a comment = with "signs" [not.a.table]
a.b . "c d" = 1 # a comment
'q=1' = "a # no comment \\" ] }"
empty = []
nested = [[1, 2], [ # a comment ]
  [3], {x = 1, y = {z = [4]}},
], ]
long = """
[no.table]
key = "no key" \\"""
""""
raw = \'\'\'
x = ['y
\'\'\'\'
date = 1979-05-27 07:32:00
[ table . "x.y" ]
k = true
[[list]]
k = 1
[list.below]
k = 2
[[list.deep]]
k = 3
[[list]]
k = 4
[[list.deep]]
k = 5
'''


def leaves_of(value: object, at: Location = ()) -> set[Location]:
    """Return every place of a document."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {at} | {place for key, below in pairs for place in leaves_of(below, (*at, key))}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_place_of_a_real_file_is_found(path: Path) -> None:
    """No key is missed, none is invented."""
    text = path.read_text("utf-8")
    assert set(positions(text)) | {()} == leaves_of(tomllib.loads(text))


def test_every_place_of_a_hard_text_is_found() -> None:
    """Quoted and dotted keys, comments with signs, long texts, lists of tables in lists of tables."""
    assert set(positions(HARD)) | {()} == leaves_of(tomllib.loads(HARD))


@pytest.mark.parametrize(
    ("location", "line", "begins"),
    [
        (("a", "b", "c d"), 3, "a.b"),
        (("q=1",), 4, "'q=1'"),
        (("nested", 1, 1, "y", "z", 0), 7, "4]"),
        (("raw",), 13, "raw"),
        (("table", "x.y", "k"), 18, "k"),
        (("list", 0, "deep", 0, "k"), 24, "k = 3"),
        (("list", 1, "deep", 0, "k"), 28, "k = 5"),
        (("list", 1), 25, "[[list]]"),
    ],
)
def test_place_is_line_and_column(location: Location, line: int, begins: str) -> None:
    """Counted from 1, as editors do."""
    found, column = positions(HARD)[location]
    assert found == line
    assert HARD.splitlines()[line - 1][column - 1 :].startswith(begins)


def test_table_without_a_place_has_that_of_its_file() -> None:
    """The whole document stands nowhere in particular."""
    tree = given(tomllib.loads(HARD), positions(HARD), "m.toml")
    places = dict(origins(tree))
    assert str(places[("list", 0, "k")]) == "m.toml:20"
    assert str(places[()]) == "m.toml"


KEYS = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=3)
TEXTS = st.text(st.sampled_from("ab\"'\\#[]{}=,. \n\té"), max_size=8)
VALUES = st.recursive(
    st.booleans() | st.integers(-9, 9) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


def written(value: object) -> str:
    """Write a value as TOML on one line; JSON's texts are TOML's."""
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(
                f"{json.dumps(key, ensure_ascii=False)} = {written(one)}" for key, one in value.items()
            )
            + "}"
        )
    if isinstance(value, list):
        return "[ # ]\n" + "".join(f"{written(one)} , # [\n" for one in value) + "]"
    return json.dumps(value, ensure_ascii=False)


@settings(deadline=None, max_examples=60)
@given_(st.dictionaries(KEYS, VALUES, max_size=4), st.dictionaries(KEYS, VALUES, max_size=3))
def test_every_place_of_any_text_is_found(top: dict[str, object], table: dict[str, object]) -> None:
    """Whatever the keys and values are: signs of TOML inside texts mislead nobody."""
    text = "".join(f"{json.dumps(key, ensure_ascii=False)} = {written(one)}\n" for key, one in top.items())
    text += "[[a.list]]\n" if "a" not in top else ""
    text += "".join(
        f"{json.dumps(key, ensure_ascii=False)} = {written(one)}\n"
        for key, one in table.items()
        if "a" not in top
    )
    assert set(positions(text)) | {()} == leaves_of(tomllib.loads(text))
