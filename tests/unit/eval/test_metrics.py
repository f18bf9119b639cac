"""Figures of many scores."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics import by_group, figures, interval, paired
from eval.scoring import Score

RIGHT = Score(True, 1.0, 1.0, True, False, True, False, True)  # noqa: FBT003 - a row of the table above
WRONG = Score(False, 0.5, 0.4, True, False, False, False, True)  # noqa: FBT003
UNSURE = Score(True, 1.0, 1.0, True, False, True, False, False)  # noqa: FBT003
REFUSED = Score(False, 0.0, 0.0, False, True, False, False, False)  # noqa: FBT003
RIGHTLY_REFUSED = Score(True, 1.0, 1.0, False, True, False, True, False)  # noqa: FBT003
FALSE_PUBLISHED = Score(False, 0.0, 0.0, True, False, True, True, True)  # noqa: FBT003
FALSE_UNSURE = Score(False, 0.0, 0.0, True, False, True, True, False)  # noqa: FBT003


def test_figures_of_a_mixture() -> None:
    """Compliance over cases with a value, false publishing over those without, grounded over published."""
    found = figures([RIGHT, WRONG, REFUSED, RIGHTLY_REFUSED, FALSE_PUBLISHED])
    assert found["cases"] == 5
    assert found["json_exact"] == pytest.approx(2 / 5)
    assert found["field_f1"] == pytest.approx(2.5 / 5)
    assert found["schema_compliance"] == pytest.approx(2 / 3, abs=1e-4)
    assert found["refused"] == 2
    assert found["false_published"] == pytest.approx(1 / 2)
    assert found["grounded"] == pytest.approx(2 / 3, abs=1e-4)


def test_what_is_unsure_is_not_published() -> None:
    """It counts for exactness and for the rate without a threshold, not for what the agent would publish."""
    found = figures([RIGHT, WRONG, UNSURE, RIGHTLY_REFUSED, FALSE_PUBLISHED, FALSE_UNSURE])
    assert found["json_exact"] == pytest.approx(3 / 6)
    assert found["published"] == 3
    assert found["published_right"] == pytest.approx(1 / 3, abs=1e-4)
    assert found["false_published"] == pytest.approx(2 / 3, abs=1e-4)
    assert found["false_at_threshold"] == pytest.approx(1 / 3, abs=1e-4)


def test_share_of_nothing_is_none() -> None:
    """No unrelated texts, no rate; nothing published, no groundedness."""
    assert figures([RIGHT])["false_published"] is None
    assert figures([RIGHT])["false_at_threshold"] is None
    assert figures([UNSURE])["published_right"] is None
    assert figures([REFUSED])["grounded"] is None


def test_groups_are_sorted_and_the_nameless_left_out() -> None:
    """A case without a format is in no format's group."""
    groups = by_group(["b", "", "a", "b"], [RIGHT, WRONG, REFUSED, WRONG])
    assert list(groups) == ["a", "b"]
    assert groups["b"]["cases"] == 2


@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=50))
def test_interval_holds_the_mean_and_repeats(values: list[float]) -> None:
    """The same figures give the same interval, around their mean."""
    low, high = interval(values)
    assert low - 1e-4 <= sum(values) / len(values) <= high + 1e-4
    assert interval(values) == [low, high]


def test_paired_difference_of_equal_runs_is_nothing() -> None:
    """Two runs that agree case by case differ by 0, with no doubt."""
    assert paired([1.0, 0.0, 1.0], [1.0, 0.0, 1.0]) == (0.0, [0.0, 0.0])
    difference, (low, high) = paired([0.0] * 50, [1.0] * 50)
    assert (difference, low, high) == (1.0, 1.0, 1.0)
