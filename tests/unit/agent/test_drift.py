"""The drift alarm as a table, and on synthetic streams: false alarms and delays are measured here."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from agent.metrics.drift import (
    ACCEPT,
    ALARM,
    GROUPS,
    MEMORY,
    WARM_UP,
    Alarm,
    Rate,
    advance,
    bounds,
    evidence,
    mirrored,
)

GROUP = 10
"""Messages in a group of the synthetic streams."""
MONTH = 100_000
"""Messages of a stream that is watched for false alarms."""


def learned(p: float, messages: int = 3000) -> Rate:
    """Return a rate whose long run is exact."""
    return Rate(weight=float(messages), hits=p * messages, recent_weight=200.0, recent_hits=200.0 * p)


def run(rate: Rate, hits: list[int], group: int = GROUP) -> list[Rate]:
    """Return the rate after each group."""
    states = [rate]
    for count in hits:
        states.append(advance(states[-1], count, group))
    return states[1:]


@pytest.mark.parametrize(
    ("usual", "group", "hits", "alarm", "groups"),
    [
        (0.0, 10, 10, Alarm.RISEN, 3),
        (0.02, 10, 10, Alarm.RISEN, 3),
        (0.02, 10, 3, Alarm.RISEN, 5),
        (0.3, 10, 10, Alarm.RISEN, 3),
        (0.02, 5000, 5000, Alarm.RISEN, 3),
        (0.3, 100, 0, Alarm.FALLEN, 3),
        (0.9, 10, 2, Alarm.FALLEN, 3),
        (0.02, 1, 1, Alarm.RISEN, 13),
    ],
)
def test_rate_that_departs_is_noticed(usual: float, group: int, hits: int, alarm: Alarm, groups: int) -> None:
    """So many equal groups raise the alarm, and one fewer does not."""
    states = run(learned(usual), [hits] * groups, group)
    assert [state.alarm for state in states] == [Alarm.NONE] * (groups - 1) + [alarm]


@pytest.mark.parametrize(
    ("usual", "group", "hits"),
    [(0.0, 100, 1), (0.02, 100, 3), (0.1, 100, 12), (0.3, 100, 33), (0.3, 100, 27), (0.9, 100, 88)],
)
def test_rate_that_stays_near_is_let_be(usual: float, group: int, hits: int) -> None:
    """A thousand groups a little beside the long run raise nothing."""
    assert {state.alarm for state in run(learned(usual), [hits] * 1000, group)} == {Alarm.NONE}


def test_nothing_is_judged_before_a_baseline_is_known() -> None:
    """The first messages of a route teach; whatever they are is usual."""
    states = run(Rate(), [GROUP] * (WARM_UP // GROUP + 20))
    assert {state.alarm for state in states} == {Alarm.NONE}
    assert states[-1].baseline > 0.99


def test_burst_is_no_drift() -> None:
    """One group, however wild, or two, raise nothing: a device that starts says much at once."""
    states = run(learned(0.02), [GROUP, GROUP, 0, 0])
    assert {state.alarm for state in states} == {Alarm.NONE}
    assert states[0].rise == pytest.approx(ALARM / GROUPS)


def test_alarm_is_cleared_when_the_rate_is_back() -> None:
    """The baseline stands still meanwhile, and judges again afterwards."""
    raised = run(learned(0.02), [GROUP] * 40)[-1]
    assert raised.alarm is Alarm.RISEN
    assert raised.baseline == learned(0.02).baseline
    back = run(raised, [0] * 40)
    assert back[-1].alarm is Alarm.NONE
    assert back[-1].baseline == pytest.approx(0.02, abs=0.005)
    assert run(back[-1], [GROUP] * 3)[-1].alarm is Alarm.RISEN


def test_alarm_stays_while_the_rate_is_away() -> None:
    """It is no event of a moment."""
    states = run(learned(0.02), [5] * 1000)
    assert {state.alarm for state in states[10:]} == {Alarm.RISEN}


def test_rate_that_stays_away_long_becomes_the_usual_one() -> None:
    """After so many messages the new rate is accepted, and the next departure is from it."""
    states = run(learned(0.02), [5] * (ACCEPT // GROUP + 20))
    assert states[-1].alarm is Alarm.NONE
    assert states[-1].baseline == pytest.approx(0.5, abs=0.03)
    assert run(states[-1], [GROUP] * 20)[-1].alarm is Alarm.RISEN


def test_slow_change_moves_the_baseline() -> None:
    """What takes many times the memory to come is the long run."""
    rate, groups = learned(0.02, 10_000), 10 * MEMORY // 100
    for group in range(groups):
        rate = advance(rate, round(2 + 8 * group / groups), 100)
        assert rate.alarm is Alarm.NONE
    assert rate.baseline == pytest.approx(0.09, abs=0.01)


def test_empty_group_changes_nothing() -> None:
    """Silence says nothing about texts."""
    assert advance(learned(0.1), 0, 0) == learned(0.1)


@pytest.mark.parametrize("p", [0.0, 0.001, 0.1, 0.5, 0.9, 1.0])
def test_bounds_lie_above_the_baseline_and_below_one(p: float) -> None:
    """What is worth an alarm is more than what the baseline allows; its mirror says the same of falls."""
    usual, risen = bounds(learned(p))
    assert learned(p).baseline <= usual < risen < 1.0
    assert evidence(learned(p), GROUP, GROUP) > 0 > evidence(learned(p), 0, GROUP)
    assert mirrored(mirrored(learned(p))) == learned(p)


@pytest.mark.parametrize("p", [0.0, 0.01, 0.1, 0.5, 0.9])
def test_false_alarms_are_rare(p: float) -> None:
    """On streams that do not change, from the first message on, none in a million messages."""
    chance = np.random.default_rng(round(p * 1000) + 1)
    for _ in range(MONTH * 10 // MONTH):
        states = run(Rate(), chance.binomial(50, p, MONTH // 50).tolist(), 50)
        assert {state.alarm for state in states} == {Alarm.NONE}


def delays(before: float, after: float, *, streams: int = 100) -> list[int]:
    """Return for each stream the messages from the change to the alarm; the change comes after 3,000."""
    chance = np.random.default_rng(7)
    found = []
    for _ in range(streams):
        rate = run(Rate(), chance.binomial(GROUP, before, 300).tolist())[-1]
        states = run(replace(rate, alarm=Alarm.NONE), chance.binomial(GROUP, after, 500).tolist())
        raised = (place for place, state in enumerate(states) if state.alarm)
        found.append((next(raised, len(states)) + 1) * GROUP)
    return sorted(found)


@pytest.mark.parametrize(
    ("before", "after", "half", "most"),
    [
        (0.0, 1.0, 30, 30),
        (0.02, 1.0, 30, 30),
        (0.3, 0.95, 40, 40),
        (0.02, 0.3, 70, 100),
        (0.01, 0.1, 160, 300),
        (0.1, 0.3, 130, 250),
        (0.3, 0.05, 110, 160),
    ],
)
def test_change_is_noticed_soon(before: float, after: float, half: int, most: int) -> None:
    """Messages until the alarm, at most: for half of a hundred streams, and for 95 of them."""
    found = delays(before, after)
    assert found[len(found) // 2] <= half
    assert found[95] <= most
