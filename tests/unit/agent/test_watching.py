"""Rates by route: what is watched, what is remembered, what a change of the configuration forgets."""

from __future__ import annotations

from agent.metrics import Meter
from agent.metrics.drift import WARM_UP, Alarm
from agent.metrics.watching import (
    ESCALATED,
    NOT_THIS_SCHEMA,
    RATES,
    REJECTED,
    Change,
    Count,
    Rates,
    counts,
    restored,
    stored,
)

ROUTE = "plant/+/raw"
BASIS = {ROUTE: "one"}


def test_counts_are_those_of_each_route() -> None:
    """Rejected on arrival counts as well; what was dropped says nothing about texts."""
    meter = Meter()
    meter.decided(ROUTE, "ready").add(7)
    meter.decided(ROUTE, "rejected").add(3)
    meter.decided(ROUTE, "dropped").add(50)
    meter.refused(ROUTE, "undecodable").add(2)
    meter.rejected(ROUTE, "not_this_schema").add(1)
    meter.rejected(ROUTE, "unsure").add(2)
    meter.escalated(ROUTE).add(4)
    meter.decided("other", "ready").add(1)
    found = counts(meter)
    assert found[ROUTE].messages == 12
    assert [found[ROUTE].of(rate) for rate in RATES] == [5, 4, 1]
    assert (found["other"].messages, found["other"].of(REJECTED)) == (1, 0)


def feed(
    rates: Rates, so_far: Count, messages: int, rejected: int, groups: int
) -> tuple[Count, list[Change]]:
    """Let so many equal groups come."""
    changes: list[Change] = []
    for _ in range(groups):
        hits = {REJECTED: so_far.of(REJECTED) + rejected, ESCALATED: 0, NOT_THIS_SCHEMA: 0}
        so_far = Count(so_far.messages + messages, hits)
        changes += rates.step({ROUTE: so_far}, BASIS)
    return so_far, changes


def test_new_text_format_raises_and_its_repair_clears() -> None:
    """One change each, for the rate that departs alone."""
    rates = Rates({})
    count, changes = feed(rates, Count(), 50, 1, WARM_UP // 50 + 1)
    assert changes == []
    count, changes = feed(rates, count, 50, 50, 5)
    assert [(one.route, one.rate, one.alarm, one.before) for one in changes] == [
        (ROUTE, REJECTED, Alarm.RISEN, Alarm.NONE)
    ]
    assert changes[0].usual < 0.3 < changes[0].now
    _count, changes = feed(rates, count, 50, 1, 20)
    assert [(one.alarm, one.before, one.accepted) for one in changes] == [(Alarm.NONE, Alarm.RISEN, False)]


def test_restart_remembers() -> None:
    """A run that begins under the drift knows what was usual before."""
    rates = Rates({})
    count, _ = feed(rates, Count(), 50, 1, 20)
    later = Rates({(one.route, one.rate): one for one in rates.kept()})
    _, changes = feed(later, Count(), 50, 50, 3)
    assert [one.alarm for one in changes] == [Alarm.RISEN]
    assert count.messages == 1000


def test_other_basis_begins_anew() -> None:
    """New schemas, tiers or models make a new long run; an alarm about the old one is over."""
    rates = Rates({})
    count, _ = feed(rates, Count(), 50, 1, 20)
    count, changes = feed(rates, count, 50, 50, 5)
    assert len(changes) == 1
    over = rates.step({ROUTE: count}, {ROUTE: "two"})
    assert [(one.rate, one.alarm, one.before) for one in over] == [(REJECTED, Alarm.NONE, Alarm.RISEN)]
    assert {rate.weight for _key, rate in rates} == {0.0}
    kept = {(one.route, one.rate): one for one in rates.kept()}
    other = Rates(kept)
    other.step({}, {ROUTE: "three"})
    assert {rate.weight for _key, rate in other} == {0.0}


def test_route_that_is_gone_is_forgotten() -> None:
    """Memory follows the configuration."""
    rates = Rates({})
    feed(rates, Count(), 50, 1, 3)
    rates.step({}, {})
    assert list(rates) == []
    assert rates.kept() == []


def test_rate_survives_json_and_nonsense_begins_anew() -> None:
    """What another version wrote is no fault."""
    rates = Rates({})
    feed(rates, Count(), 50, 1, 20)
    for _key, rate in rates:
        assert restored(stored(rate)) == rate
    assert restored({"alarm": "purple"}).weight == 0
    assert restored({"weight": "x", "alarm": ""}).weight == 0
    assert restored({"weight": 5.0, "unknown": 1, "alarm": "", "alarmed": 0}).weight == 0
