"""What counts: counters and distributions by label. One thread writes each child, any thread may read.

A child is a plain object with a plain number: no lock where messages flow. A reader may see a distribution in
the middle of a change, off by the one observation that is being made.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

MOST_CHILDREN = 1000
"""Children of one family; what comes beyond shares one, `OTHER`: routes can change at each reload."""
OTHER = "other"

Labels = tuple[str, ...]


class Kind(StrEnum):
    """What a number means."""

    COUNTER = "counter"
    """Rises from the start of the process."""
    GAUGE = "gauge"
    """How it is now."""
    HISTOGRAM = "histogram"
    """How many observations were at most so large."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric as it is documented."""

    name: str
    """As Prometheus writes it: base units, ``_total`` behind counters."""
    kind: Kind
    help: str
    labels: Labels = ()
    bounds: tuple[float, ...] = ()
    """Of a histogram: upper bounds of its buckets, rising."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """A histogram's child at one moment."""

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    """Observations per bucket; the last one has no bound."""
    sum: float

    @property
    def count(self) -> int:
        """Return the number of observations."""
        return sum(self.counts)

    def since(self, before: Distribution | None) -> Distribution:
        """Return what has been observed after an earlier moment."""
        if before is None:
            return self
        counts = tuple(now - then for now, then in zip(self.counts, before.counts, strict=True))
        return Distribution(self.bounds, counts, self.sum - before.sum)

    def quantile(self, share: float) -> float | None:
        """Return an estimate, linear within a bucket, at most the last bound; None of no observation."""
        wanted, below = share * self.count, 0
        if not self.count:
            return None
        for place, count in enumerate(self.counts[:-1]):
            if count and below + count >= wanted:
                low = self.bounds[place - 1] if place else 0.0
                return low + (self.bounds[place] - low) * max(0.0, wanted - below) / count
            below += count
        return self.bounds[-1]


Value = float | Distribution
Reading = tuple[Metric, Mapping[Labels, Value]]
"""A metric with its values by label values, at one moment."""


class Counter:
    """A number that rises."""

    __slots__ = ("value",)

    def __init__(self, _metric: Metric) -> None:
        """Begin with nothing."""
        self.value = 0.0

    def add(self, amount: float = 1) -> None:
        """Count."""
        self.value += amount

    def read(self) -> Value:
        """Return the number."""
        return self.value


class Histogram:
    """Observations by size."""

    __slots__ = ("_bounds", "_counts", "_sum")

    def __init__(self, metric: Metric) -> None:
        """Begin with nothing."""
        self._bounds = metric.bounds
        self._counts = [0] * (len(metric.bounds) + 1)
        self._sum = 0.0

    def observe(self, value: float, times: int = 1) -> None:
        """Take an observation in; `times`: so many of the same."""
        self._counts[bisect_left(self._bounds, value)] += times
        self._sum += value * times

    def read(self) -> Value:
        """Return all of it."""
        return Distribution(self._bounds, tuple(self._counts), self._sum)


Child = TypeVar("Child", Counter, Histogram)


class Family(Generic[Child]):
    """A metric's children by their label values."""

    def __init__(self, metric: Metric, make: Callable[[Metric], Child]) -> None:
        """Make children when they are first asked for."""
        self.metric = metric
        self._make: Callable[[Metric], Child] = make
        self._children: dict[Labels, Child] = {}

    def __call__(self, *labels: str) -> Child:
        """Return the child of these label values, in the order of the metric's labels."""
        child = self._children.get(labels)
        return self._new(labels) if child is None else child

    def _new(self, labels: Labels) -> Child:
        if len(labels) != len(self.metric.labels):
            raise ValueError(f"{self.metric.name} has the labels {self.metric.labels}, not {len(labels)}")
        if len(self._children) >= MOST_CHILDREN:
            labels = (OTHER,) * len(labels)
        return self._children.setdefault(labels, self._make(self.metric))

    def read(self) -> Reading:
        """Return all children's values."""
        return self.metric, {labels: child.read() for labels, child in list(self._children.items())}


class Registry:
    """All families, in the order in which they were made."""

    def __init__(self) -> None:
        """Begin empty."""
        self._families: list[Family[Counter] | Family[Histogram]] = []

    def counter(self, metric: Metric) -> Family[Counter]:
        """Make a family of counters."""
        made = Family(metric, Counter)
        self._families.append(made)
        return made

    def histogram(self, metric: Metric) -> Family[Histogram]:
        """Make a family of histograms."""
        made = Family(metric, Histogram)
        self._families.append(made)
        return made

    def read(self) -> Sequence[Reading]:
        """Return everything at this moment."""
        return [family.read() for family in self._families]
