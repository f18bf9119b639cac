"""Topics and filters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import topics

LEVELS = st.lists(st.sampled_from(["a", "b", "+", ""]), min_size=1, max_size=4)
FILTERS = st.builds(lambda levels, rest: "/".join([*levels, *rest]), LEVELS, st.sampled_from([[], ["#"]]))


@pytest.mark.parametrize(
    ("pattern", "topic", "expected"),
    [
        ("a/b", "a/b", True),
        ("a/+", "a/b", True),
        ("a/+", "a", False),
        ("a/#", "a", True),
        ("a/#", "a/b/c", True),
        ("#", "a/b", True),
        ("#", "$SYS/x", False),
        ("+/x", "$SYS/x", False),
        ("$SYS/#", "$SYS/x", True),
        ("$share/g/a/+", "a/b", True),
        ("a/+/c", "a//c", True),
        ("a/b", "a/b/c", False),
    ],
)
def test_matches_as_mqtt_says(pattern: str, topic: str, expected: bool) -> None:  # noqa: FBT001 - a table
    """Wildcards, parents, system topics, shared subscriptions."""
    assert topics.matches(pattern, topic) is expected


@given(FILTERS, FILTERS)
def test_filters_that_share_a_topic_overlap(one: str, other: str) -> None:
    """The loop check misses no loop: a topic in both filters means overlap."""
    candidate = "/".join(
        right if left == "+" else left
        for left, right in zip(one.split("/"), other.split("/"), strict=False)
        if "#" not in {left, right}
    ).replace("+", "a")
    if candidate and topics.matches(one, candidate) and topics.matches(other, candidate):
        assert topics.overlap(one, other)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("a/#", "a", True),
        ("a/+", "+/b", True),
        ("a/+", "b/+", False),
        ("a", "a/b", False),
        ("#", "x/y", True),
    ],
)
def test_overlap(one: str, other: str, expected: bool) -> None:  # noqa: FBT001 - a table
    """Both ways round."""
    assert topics.overlap(one, other) is topics.overlap(other, one) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("a/#", "a", True),
        ("a/#", "a/+/b", True),
        ("a/+", "a/b", True),
        ("a/b", "a/+", False),
        ("a/+", "a/#", False),
        ("+/+", "a/b/c", False),
        ("#", "$SYS/x", False),
        ("$share/g/a/#", "a/b", True),
    ],
)
def test_covers(one: str, other: str, expected: bool) -> None:  # noqa: FBT001 - a table
    """Every topic of the other filter is one of this filter's."""
    assert topics.covers(one, other) is expected


@given(FILTERS, FILTERS)
def test_filter_that_covers_another_overlaps_it(one: str, other: str) -> None:
    """What takes all of another's topics takes some."""
    if topics.covers(one, other):
        assert topics.overlap(one, other)


@pytest.mark.parametrize("pattern", ["", "a/#/b", "a#", "a+/b", "$share/g", "a\x00b"])
def test_wrong_filters_are_named(pattern: str) -> None:
    """Each fault has a sentence."""
    assert topics.fault_of(pattern)


@given(st.text(), st.text())
def test_escape_is_one_safe_level_and_tells_names_apart(one: str, other: str) -> None:
    """No name reaches another level, and no two names become one."""
    level = topics.escape(one)
    assert level
    assert not set(level) & {"/", "+", "#", "\x00", " "}
    assert (level == topics.escape(other)) == (one == other)


def test_device_is_a_level_or_the_whole_topic() -> None:
    """A level that is missing falls back to the topic."""
    assert topics.device_of("plant/p7/raw", 1) == "p7"
    assert topics.device_of("plant/p7", None) == "plant%2Fp7"
    assert topics.device_of("plant", 1) == "plant"
