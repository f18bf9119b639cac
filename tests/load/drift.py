"""How often is the drift alarm false, and how late is it true? ``python tests/load/drift.py``.

Synthetic streams with a seed: false alarms on streams that do not change, messages until the alarm on streams
that do. Prints one JSON object per line.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

from agent.metrics.drift import Rate, advance  # noqa: E402 - after the path

STREAMS, MESSAGES, GROUP = 60, 100_000, 20
"""Streams without a change, messages in each, messages in a group."""
CHANGES = ((0, 1), (0.01, 1), (0.3, 0.9), (0.02, 0.3), (0.1, 0.3), (0.01, 0.1), (0.3, 0.05), (0.1, 0.2))
BEFORE, AFTER, SMALL = 3_000, 20_000, 10
"""Messages before and after a change, and in a group of these streams."""


def false_alarms(p: float, *, burst_every: int = 0) -> dict[str, object]:
    """Count alarms on streams of one rate; `burst_every`: a whole group of hits once in so many messages."""
    chance, alarms = np.random.default_rng(1), 0
    for _ in range(STREAMS):
        rate, hits = Rate(), chance.binomial(GROUP, p, MESSAGES // GROUP)
        if burst_every:
            hits[chance.integers(30, len(hits), MESSAGES // burst_every)] = GROUP
        for count in hits.tolist():
            following = advance(rate, count, GROUP)
            alarms += bool(following.alarm and not rate.alarm)
            rate = following
    return {"rate": p, "burst_every": burst_every, "messages": STREAMS * MESSAGES, "false_alarms": alarms}


def delay(before: float, after: float, *, streams: int = 200) -> dict[str, object]:
    """Measure messages from a change to its alarm."""
    chance = np.random.default_rng(1)
    found = sorted(_delay(chance, before, after) for _ in range(streams))
    return {
        "from": before,
        "to": after,
        "half": found[streams // 2],
        "most": found[int(streams * 0.95) - 1],
        "none": sum(one > AFTER for one in found),
    }


def _delay(chance: np.random.Generator, before: float, after: float) -> int:
    rate = Rate()
    for count in chance.binomial(SMALL, before, BEFORE // SMALL).tolist():
        rate = advance(rate, count, SMALL)
    for place, count in enumerate(chance.binomial(SMALL, after, AFTER // SMALL).tolist()):
        rate = advance(rate, count, SMALL)
        if rate.alarm:
            return (place + 1) * SMALL
    return AFTER + 1


def main() -> None:
    """Measure and print."""
    for p in (0, 0.001, 0.01, 0.05, 0.1, 0.3, 0.5, 0.9):
        say(false_alarms(p))
    for p in (0.01, 0.1):
        say(false_alarms(p, burst_every=2000))
    for before, after in CHANGES:
        say(delay(before, after))


def say(found: dict[str, object]) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{json.dumps(found)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
