"""Ways to read the fields of one object: what each may be, and the likeliest of all together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

Places = tuple[int, int]
"""First and last place of a span, or the places of a stretch, ``[first, behind)``."""

SHARED = 0.05
"""How much less likely a span is for a field when a surer field of the same object has taken it."""
PATHS = 6
"""Ways to read an object that are followed at a time."""
UNLIKELY = 1e-3
"""Ways this much less likely than the best are given up."""
DOUBT = 0.1
"""A field that is there, or not there, with at least this probability is followed both ways."""
TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Choice:
    """What was decided of one leaf."""

    span: Places | None
    """First and last place; None for "nowhere"."""
    chance: float
    """Probability of that."""


@dataclass(frozen=True, slots=True)
class Options:
    """Where one leaf may stand."""

    nowhere: float
    """Probability that it stands nowhere."""
    spans: tuple[tuple[int, int, float], ...]
    """First place, last place and probability, best first."""

    def choose(self, absent: float) -> Choice:
        """Return the best span, where the field is likely enough to be there."""
        if not self.spans or self.nowhere > absent:
            return Choice(None, self.nowhere if self.spans else 1.0)
        return Choice(self.spans[0][:2], self.spans[0][2])


@dataclass(frozen=True, slots=True)
class Path:
    """Choices for the first fields of an object, one of several ways to read it."""

    worth: float
    """Logarithm of how likely they are together."""
    previous: Places
    """Where the last answer stands."""
    choices: tuple[Choice, ...] = ()
    taken: frozenset[Places] = frozenset()

    def steps(self, options: Options, absent: float) -> Iterator[Path]:
        """Yield what the next field may be; spans count as much together as the field is likely there."""
        nowhere = max(options.nowhere if options.spans else 1.0, TINY)
        free = [chance * (SHARED if (s, e) in self.taken else 1.0) for s, e, chance in options.spans]
        best = max(free, default=0.0)
        if not best or (min(absent, DOUBT) < nowhere and absent < 1.0):
            worth = self.worth + math.log(nowhere * max(1.0 - absent, TINY) / max(absent, TINY))
            yield replace(self, worth=worth, choices=(*self.choices, Choice(None, nowhere)))
        if not best or nowhere > max(absent, 1.0 - DOUBT):
            return
        for (start, end, chance), worth in zip(options.spans, free, strict=True):
            if worth > best * UNLIKELY:
                yield Path(
                    self.worth + math.log(worth / best * max(1.0 - nowhere, TINY)),
                    (start, end),
                    (*self.choices, Choice((start, end), chance)),
                    self.taken | {(start, end)},
                )


def likeliest(steps: Iterable[Path]) -> list[Path]:
    """Return the ways that are followed further, best first."""
    ranked = sorted(steps, key=lambda step: -step.worth)
    return [step for step in ranked if step.worth > ranked[0].worth + math.log(UNLIKELY)][:PATHS]
