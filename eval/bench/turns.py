"""Ways of doing the same work that take turns: medians of rates, and of ratios within a turn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Way = Callable[[], int]
"""Does some work; returns how many messages that were."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One way, once."""

    messages: int
    wall_s: float
    cpu_s: float
    """Processor time of this process, all its threads."""


def clocked(way: Way) -> Turn:
    """Measure one way once."""
    wall, cpu = time.perf_counter(), time.process_time()
    messages = way()
    return Turn(messages, time.perf_counter() - wall, time.process_time() - cpu)


def alternate(ways: Mapping[str, Way], repeats: int) -> dict[str, list[Turn]]:
    """Measure all ways in turns, each time in the other direction."""
    found: dict[str, list[Turn]] = {name: [] for name in ways}
    for number in range(repeats):
        names = list(ways)
        for name in names if number % 2 == 0 else names[::-1]:
            found[name].append(clocked(ways[name]))
    return found


def rates(turns: list[Turn]) -> dict[str, float]:
    """Return messages per second by the clock on the wall and by processor time: medians."""
    return {
        "per_s": _rounded(statistics.median(one.messages / one.wall_s for one in turns)),
        "per_cpu_s": _rounded(statistics.median(one.messages / max(one.cpu_s, 1e-9) for one in turns)),
    }


def ratio(ours: list[Turn], theirs: list[Turn]) -> dict[str, float]:
    """Return how many times as fast ours is: the median over the turns, by both clocks."""
    pairs = list(zip(ours, theirs, strict=True))
    wall = [one.messages / one.wall_s * two.wall_s / two.messages for one, two in pairs]
    cpu = [one.messages / max(one.cpu_s, 1e-9) * two.cpu_s / two.messages for one, two in pairs]
    return {"wall": _rounded(statistics.median(wall)), "cpu": _rounded(statistics.median(cpu))}


def _rounded(number: float) -> float:
    return float(f"{number:.4g}")
