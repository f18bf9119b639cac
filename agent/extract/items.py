"""Where the items of an array of objects begin, when what each would hold counts as well.

The model says of each place how likely an item begins there, one place at a time. Where it is in doubt, the
ways to cut the text into items are weighed as wholes: a cut that leaves an item without a field that it
requires is rarely meant. The likeliest ways are followed from place to place (beam search; the segments score
as in semi-Markov models, Sarawagi and Cohen, 2004).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

SURE = 0.98
"""Probability above which an item begins at a place without question; below its rest to one it does not."""
DOUBTS = 16
"""Places in doubt that are weighed, those nearest to even odds; the others are decided by themselves."""
WAYS = 6
"""Ways to cut that are followed."""

Worth = Callable[[int, int], float]
"""How well a stretch of places ``[first, behind)`` does as one item: a log-likelihood."""


def cut(
    places: Sequence[int], chances: Sequence[float], worth: Worth, behind: int, *, threshold: float
) -> list[int]:
    """Return the places at which items begin; ``behind`` ends the last of them.

    ``threshold`` is the probability at which a place that is not weighed counts as a beginning.
    """
    likely = dict(zip(places, chances, strict=True))
    near = sorted((abs(chance - 0.5), place) for place, chance in likely.items())
    doubted = {place for odds, place in near[:DOUBTS] if odds < SURE - 0.5}
    fixed = {place for place in places if place not in doubted and likely[place] > min(threshold, SURE)}
    if not doubted:
        return sorted(fixed)
    ways: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
    for place in sorted(doubted | fixed):
        found = []
        for so_far, starts in ways:
            closed = so_far + (worth(starts[-1], place) if starts else 0.0)
            if place in fixed:
                found.append((closed, (*starts, place)))
            else:
                found.append((closed + math.log(likely[place]), (*starts, place)))
                found.append((so_far + math.log(1.0 - likely[place]), starts))
        ways = _best(found)
    ended = [(so_far + (worth(starts[-1], behind) if starts else 0.0), starts) for so_far, starts in ways]
    return list(max(ended)[1])


def _best(ways: list[tuple[float, tuple[int, ...]]]) -> list[tuple[float, tuple[int, ...]]]:
    """Keep the likeliest ways; of those whose last item begins at one place, and so go on alike, the best."""
    kept: dict[int, tuple[float, tuple[int, ...]]] = {}
    for way in sorted(ways):
        kept[way[1][-1] if way[1] else -1] = way
    return sorted(kept.values(), reverse=True)[:WAYS]
