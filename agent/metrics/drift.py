"""Has a rate departed from its own long run? A pure test on counts: cumulative sums with a learned baseline.

For each rate two sums of log-likelihood ratios are kept, one for a rise and one for a fall: the CUSUM chart
of E. S. Page, "Continuous inspection schemes", Biometrika 41 (1954), in its form for proportions:
M. R. Reynolds and Z. G. Stoumbos, "A CUSUM chart for monitoring a proportion when inspecting continuously",
Journal of Quality Technology 31 (1999). With a known baseline the mean number of groups between false alarms
is at least exp(`ALARM`), by G. Lorden, "Procedures for reacting to a change in distribution", Annals of
Mathematical Statistics 42 (1971). Here the baseline is learned; tests measure what that costs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum

WARM_UP = 300
"""Messages from which a baseline is learned before anything is compared with it."""
MEMORY = 10_000
"""Messages that the baseline looks back on: the weight of a message falls by 1/e over so many that follow."""
RECENT = 200
"""The same for the recent rate, which is shown beside the baseline and decides only what is accepted."""
ALARM = math.log(1_000_000)
"""Sum at which the alarm is raised."""
CLEAR = math.log(1_000)
"""Sum of the evidence for the baseline at which it is cleared."""
GROUPS = 3
"""Groups of messages that it takes at least: a burst, as of a device that starts, is no drift."""
DOUBT = 1000
"""Messages that may wait to be learned; with evidence for so long and no alarm, they are the long run."""
ODDS = 3.0
"""Times by which the odds of a rate must change to be worth an alarm,"""
POINTS = 0.05
"""and the least change, as a share of all messages."""
ERRORS = 2.0
"""Standard errors by which a baseline that is learned from few messages may be wrong."""
ACCEPT = 20_000
"""Messages under alarm after which the rate they had is taken for the new baseline."""
EDGE = 1e-6
"""Rates are kept this far from 0 and 1, whose odds are no numbers."""


class Alarm(StrEnum):
    """How a rate stands to its baseline."""

    NONE = ""
    """As it was."""
    RISEN = "risen"
    """Higher than it was."""
    FALLEN = "fallen"
    """Lower than it was."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate with its long run. Begins knowing nothing."""

    weight: float = 0.0
    """Messages in the baseline, older ones counted less."""
    hits: float = 0.0
    """Those of them that had what is counted."""
    recent_weight: float = 0.0
    recent_hits: float = 0.0
    rise: float = 0.0
    """Evidence, in nats, that the rate has risen; under alarm, that it is back."""
    fall: float = 0.0
    """Evidence that it has fallen."""
    doubt: float = 0.0
    """Messages since there was no evidence at all: not learned yet, and never if they end in an alarm."""
    doubt_hits: float = 0.0
    alarm: Alarm = Alarm.NONE
    alarmed: int = 0
    """Messages since the alarm was raised."""

    @property
    def baseline(self) -> float:
        """Return the long-run rate."""
        return share(self.hits, self.weight)

    @property
    def recent(self) -> float:
        """Return the rate of late."""
        return share(self.recent_hits, self.recent_weight)

    @property
    def known(self) -> bool:
        """Tell whether there is a baseline to compare with."""
        return self.weight >= WARM_UP - 1


def share(hits: float, weight: float) -> float:
    """Return hits among messages, a little towards a half: none in ten messages is not never."""
    return min(max((hits + 0.5) / (weight + 1.0), EDGE), 1.0 - EDGE)


def advance(rate: Rate, hits: int, messages: int) -> Rate:
    """Return the rate after one more group of messages, with the alarm that the group raises or clears."""
    if messages <= 0:
        return rate
    known = rate.known
    recent = replace(
        rate,
        recent_weight=faded(rate.recent_weight, messages, RECENT) + messages,
        recent_hits=faded(rate.recent_hits, messages, RECENT) + hits,
    )
    if rate.alarm:
        return _under_alarm(recent, hits, messages)
    tested = _tested(recent, hits, messages) if known else recent
    tested = replace(tested, doubt=tested.doubt + messages, doubt_hits=tested.doubt_hits + hits)
    if tested.alarm:
        # What led to it is no part of the long run.
        return replace(tested, doubt=0.0, doubt_hits=0.0)
    if (tested.rise or tested.fall) and tested.doubt < DOUBT:
        return tested
    learned = _learned(tested, tested.doubt_hits, tested.doubt)
    return replace(learned, doubt=0.0, doubt_hits=0.0)


def faded(weight: float, messages: float, memory: int) -> float:
    """Return what is left of a weight after so many messages."""
    return weight * math.exp(-messages / memory)


def _learned(rate: Rate, hits: float, messages: float) -> Rate:
    # Until the memory is full nothing fades: the plain mean of few is better than a faded one.
    fade = min(1.0, rate.weight / MEMORY)
    return replace(
        rate,
        weight=rate.weight + messages - fade * (rate.weight - faded(rate.weight, messages, MEMORY)),
        hits=rate.hits + hits - fade * (rate.hits - faded(rate.hits, messages, MEMORY)),
    )


def _tested(rate: Rate, hits: int, messages: int) -> Rate:
    rise = _sum(rate.rise, evidence(rate, hits, messages))
    fall = _sum(rate.fall, evidence(mirrored(rate), messages - hits, messages))
    if rise >= ALARM or fall >= ALARM:
        alarm = Alarm.RISEN if rise >= fall else Alarm.FALLEN
        return replace(rate, rise=0.0, fall=0.0, alarm=alarm, alarmed=0)
    return replace(rate, rise=rise, fall=fall)


def _sum(before: float, more: float) -> float:
    """Add a group's evidence; no group alone may decide."""
    return max(0.0, before + min(more, ALARM / GROUPS))


def evidence(rate: Rate, hits: int, messages: int) -> float:
    """Return by how much a group speaks for a risen rate against the baseline: a log-likelihood ratio."""
    usual, risen = bounds(rate)
    return hits * math.log(risen / usual) + (messages - hits) * math.log((1.0 - risen) / (1.0 - usual))


def bounds(rate: Rate) -> tuple[float, float]:
    """Return the highest rate that the baseline allows, and the least one that is worth an alarm."""
    p = rate.baseline
    usual = min(p + ERRORS * math.sqrt(p * (1.0 - p) / (rate.weight + 1.0)), 1.0 - 2 * EDGE)
    odds = ODDS * usual / (1.0 - usual)
    return usual, min(max(odds / (1.0 + odds), usual + POINTS), 1.0 - EDGE)


def mirrored(rate: Rate) -> Rate:
    """Return the rate of what is not counted: a fall of the one is a rise of the other."""
    return replace(rate, hits=rate.weight - rate.hits)


def _under_alarm(rate: Rate, hits: int, messages: int) -> Rate:
    """Look for the way back; the baseline stands still meanwhile."""
    if rate.alarm is Alarm.RISEN:
        against = evidence(rate, hits, messages)
    else:
        against = evidence(mirrored(rate), messages - hits, messages)
    back, alarmed = _sum(rate.rise, -against), rate.alarmed + messages
    if back >= CLEAR:
        return replace(rate, rise=0.0, alarm=Alarm.NONE, alarmed=0)
    if alarmed >= ACCEPT:
        accepted = share(rate.recent_hits, rate.recent_weight)
        fresh = Rate(weight=float(WARM_UP), hits=accepted * WARM_UP)
        return replace(fresh, recent_weight=rate.recent_weight, recent_hits=rate.recent_hits)
    return replace(rate, rise=back, alarmed=alarmed)
