"""When to try again: a table."""

from __future__ import annotations

import pytest

from agent.retry import RECONNECT, Backoff


@pytest.mark.parametrize(
    ("failures", "chance", "wait"),
    [(0, 0.5, 0), (1, 1, 1), (1, 0, 0.5), (2, 1, 2), (3, 1, 4), (9, 1, 10), (10_000, 1, 10), (4, 0, 4)],
)
def test_waits_double_up_to_the_cap_and_spread(failures: int, chance: float, wait: float) -> None:
    """Double, cap, then let chance take half away."""
    assert Backoff(first_s=1, cap_s=10).wait(failures, chance) == pytest.approx(wait)


@pytest.mark.parametrize(("first_s", "cap_s", "jitter"), [(0, 1, 0), (2, 1, 0), (1, 1, 2)])
def test_contradictory_options_fail_at_construction(first_s: float, cap_s: float, jitter: float) -> None:
    """Nobody finds out at the first failure."""
    with pytest.raises(ValueError, match="need"):
        Backoff(first_s=first_s, cap_s=cap_s, jitter=jitter)


def test_reconnects_are_soon_enough_for_a_fresh_message() -> None:
    """Promise P4: a fresh message flows within 30 s of the fault's end."""
    assert RECONNECT.wait(10_000, 1.0) + 5 < 30
