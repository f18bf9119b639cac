"""Where items begin: places in doubt are weighed by what the items would hold."""

from __future__ import annotations

import pytest

from agent.extract.items import DOUBTS, cut

THRESHOLD = 0.4


def flat(first: int, behind: int) -> float:
    """All stretches do equally well."""
    del first, behind
    return 0.0


def of_length(length: int) -> object:
    """Stretches of one length do well, others badly."""
    return lambda first, behind: 0.0 if behind - first == length else -8.0


def test_cut_of_sure_places_asks_nothing() -> None:
    """Where the model is sure, nothing is weighed."""

    def never(first: int, behind: int) -> float:
        raise AssertionError((first, behind))

    assert cut([1, 4, 7], [0.999, 0.001, 0.99], never, 9, threshold=THRESHOLD) == [1, 7]


def test_cut_without_places() -> None:
    """An array may be empty."""
    assert cut([], [], flat, 9, threshold=THRESHOLD) == []


@pytest.mark.parametrize(("chance", "firsts"), [(0.7, [1, 5]), (0.3, [1])])
def test_cut_by_odds_where_stretches_do_alike(chance: float, firsts: list[int]) -> None:
    """What the model finds likelier is taken where nothing speaks against it."""
    assert cut([1, 5], [0.99, chance], flat, 9, threshold=THRESHOLD) == firsts


def test_cut_adds_an_unlikely_place_that_makes_whole_items() -> None:
    """A place at 0.1 begins an item where both items are better for it."""
    worth = of_length(4)
    assert cut([1, 5], [0.99, 0.1], worth, 9, threshold=THRESHOLD) == [1, 5]  # type: ignore[arg-type]


def test_cut_drops_a_likely_place_that_tears_an_item() -> None:
    """A place at 0.9 begins none where the item before it would be left without what it needs."""
    worth = of_length(8)
    assert cut([1, 5], [0.99, 0.9], worth, 9, threshold=THRESHOLD) == [1]  # type: ignore[arg-type]


def test_cut_weighs_a_bounded_number_of_places() -> None:
    """However long a text is, only so many places are weighed; the rest goes by the threshold."""
    asked = set()

    def worth(first: int, behind: int) -> float:
        asked.add((first, behind))
        return 0.0

    places = list(range(1, 400))
    found = cut(places, [0.6] * len(places), worth, 400, threshold=THRESHOLD)
    assert found == places
    assert len(asked) <= len(places) + DOUBTS * DOUBTS
