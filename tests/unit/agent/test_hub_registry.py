"""Which bytes are the right ones: known entries, pins, and what the user says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from agent.errors import Permanent
from agent.hub import Entry, Pin, known_entries, read_pins, wanted
from agent.hub.registry import pins_text

ONE, OTHER = "1" * 64, "2" * 64
COMMIT = "c" * 40
ENTRIES = {
    "tiny": Entry(repo="a/b", file="tiny.gguf", revision=COMMIT, sha256=ONE, size=9, licence="MIT"),
    "bare": Entry(repo="a/b", file="bare.gguf", licence="MIT"),
    "half": Entry(repo="a/c", adapter_of="a/base", licence="MIT"),
}


def test_every_known_entry_is_pinned_whole_or_says_that_it_is_an_adapter() -> None:
    """Commit, size and hash; nobody downloads what nobody has vouched for."""
    for name, entry in known_entries().items():
        whole = entry.revision and entry.sha256 and entry.size and entry.file.endswith(".gguf")
        assert whole or entry.adapter_of, name


def test_known_name_brings_its_pins() -> None:
    """Nothing else need be said."""
    wish = wanted("tiny", entries=ENTRIES, pins={})
    assert (wish.repo, wish.file, wish.revision, wish.sha256, wish.size) == (
        "a/b",
        "tiny.gguf",
        COMMIT,
        ONE,
        9,
    )


@pytest.mark.parametrize(
    ("target", "options", "words"),
    [
        ("bare", {}, "nobody has said which bytes"),
        ("x/y/z.gguf", {}, "nobody has said which bytes"),
        ("half", {"accept": True}, "adapter of a/base"),
        ("tinny", {}, "no such model"),
        ("x/y", {}, "no such model"),
        ("x/y/model.bin", {"accept": True}, "no such model"),
        ("x/y/../z.gguf", {"accept": True}, "no such model"),
        ("x//z.gguf", {"accept": True}, "no such model"),
        ("../y/z.gguf", {"accept": True}, "no such model"),
        ("x?a=b/y/z.gguf", {"accept": True}, "no such model"),
        ("tiny", {"sha256": OTHER}, "contradict"),
    ],
)
def test_refusals_have_a_remedy(target: str, options: dict[str, Any], words: str) -> None:
    """Before any byte is asked for."""
    with pytest.raises(Permanent, match=words) as caught:
        wanted(target, entries=ENTRIES, pins={}, **options)
    assert caught.value.remedy


def test_slip_of_the_pen_is_named() -> None:
    """The nearest known name."""
    with pytest.raises(Permanent) as caught:
        wanted("tinny", entries=ENTRIES, pins={})
    assert "did you mean 'tiny'?" in caught.value.remedy


@pytest.mark.parametrize("options", [{"sha256": ONE}, {"accept": True}])
def test_user_may_pin_what_nobody_knows(options: dict[str, Any]) -> None:
    """By its hash, or by accepting what comes; a file in a folder of its repository has its path."""
    wish = wanted("x/y/q8/Model-Q8.gguf", entries=ENTRIES, pins={}, **options)
    assert (wish.name, wish.repo, wish.file) == ("model-q8", "x/y", "q8/Model-Q8.gguf")
    assert (wish.sha256, wish.revision) == (options.get("sha256", ""), "main")


def test_pin_of_the_user_counts_and_is_not_overruled_by_accepting() -> None:
    """What was accepted once stays what it was."""
    pins = {"x/y/z.gguf": Pin(sha256=ONE, revision=COMMIT, size=5)}
    wish = wanted("x/y/z.gguf", entries={}, pins=pins, accept=True)
    assert (wish.sha256, wish.revision, wish.size) == (ONE, COMMIT, 5)
    with pytest.raises(Permanent, match=re.escape("pins.toml says 111")):
        wanted("x/y/z.gguf", entries={}, pins=pins, sha256=OTHER)


def test_pins_come_back_as_they_were_written(tmp_path: Path) -> None:
    """A file for people and for us; a broken one is refused, not forgotten."""
    pins = {"x/y/z.gguf": Pin(sha256=ONE, revision=COMMIT, size=5), 'a/b/"q".gguf': Pin(sha256=OTHER)}
    (tmp_path / "pins.toml").write_text(pins_text(pins))
    assert read_pins(tmp_path) == pins
    (tmp_path / "pins.toml").write_text('["x"]\nsha256 = "short"\n')
    with pytest.raises(Permanent, match="sha256"):
        read_pins(tmp_path)
