"""What people ask first, from two moments: rates, shares, latencies, wear. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.message import Json
from agent.metrics import catalogue
from agent.metrics.instruments import Distribution, Labels, Metric, Reading, Value

QUANTILES = {"p50_s": 0.5, "p95_s": 0.95, "p99_s": 0.99}
NO_VALUES: Mapping[Labels, Value] = {}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every metric at one moment."""

    at: float
    """Monotonic seconds."""
    readings: Mapping[str, Reading]
    """By name."""

    def values(self, metric: Metric) -> Mapping[Labels, Value]:
        """Return a metric's values; none where it was not read."""
        found = self.readings.get(metric.name)
        return found[1] if found else NO_VALUES

    def total(self, metric: Metric, *, only: str = "") -> float:
        """Return the sum of a metric's numbers, of those alone whose last label is `only`."""
        values = self.values(metric).items()
        chosen = [value for labels, value in values if not only or labels[-1] == only]
        return sum(value for value in chosen if not isinstance(value, Distribution))


def snapshot(at: float, readings: Sequence[Reading]) -> Snapshot:
    """Keep readings by name."""
    return Snapshot(at, {metric.name: (metric, values) for metric, values in readings})


def summary(now: Snapshot, before: Snapshot | None) -> dict[str, Json]:
    """Return what has happened between two moments; `before` None: since the start of the process."""
    began = before.at if before else now.at - _uptime(now)
    seconds = max(now.at - began, 1e-9)

    def more(metric: Metric, only: str = "") -> float:
        return now.total(metric, only=only) - (before.total(metric, only=only) if before else 0.0)

    received, decided = more(catalogue.RECEIVED), more(catalogue.DECIDED) + more(catalogue.REFUSED)
    rejected = more(catalogue.DECIDED, "rejected") + more(catalogue.REFUSED)
    return {
        "seconds": round(seconds, 3),
        "received_per_s": _rounded(received / seconds),
        "decided_per_s": _rounded(decided / seconds),
        "delivered_per_s": _rounded(more(catalogue.DELIVERED) / seconds),
        "rejected_share": _share(rejected, decided),
        "escalated_share": _share(more(catalogue.ESCALATED), decided),
        "not_this_schema_share": _share(more(catalogue.REJECTED, "not_this_schema"), decided),
        "fsyncs_per_message": _share(more(catalogue.COMMITS), received),
        "written_bytes_per_message": _share(more(catalogue.WRITTEN), received),
        "template_share": _share(more(catalogue.RECORDS, "template"), more(catalogue.RECORDS)),
        "tiers": _tiers(now, before),
        "stages": stages(now, before),
    }


def _uptime(now: Snapshot) -> float:
    return now.total(catalogue.UPTIME)


def _rounded(number: float) -> float:
    return round(number, 4)


def _share(part: float, whole: float) -> float | None:
    """Return a share; None where nothing happened: that is not the same as 0."""
    return _rounded(part / whole) if whole > 0 else None


def _tiers(now: Snapshot, before: Snapshot | None) -> dict[str, Json]:
    """Return tokens per second of work, and tries, of each tier."""
    found: dict[str, Json] = {}
    for (tier,) in now.values(catalogue.MODEL_SECONDS):
        earlier = before or Snapshot(0.0, {})
        busy = now.total(catalogue.MODEL_SECONDS, only=tier) - earlier.total(
            catalogue.MODEL_SECONDS, only=tier
        )
        tokens = now.total(catalogue.TOKENS, only=tier) - earlier.total(catalogue.TOKENS, only=tier)
        found[tier] = {"tokens_per_s": _share(tokens, busy), "busy_s": round(busy, 3)}
    return found


def stages(now: Snapshot, before: Snapshot | None) -> dict[str, Json]:
    """Return the number and quantiles of the observations of each stage."""
    found: dict[str, Json] = {}
    for labels, value in now.values(catalogue.STAGE).items():
        earlier = before.values(catalogue.STAGE).get(labels) if before else None
        if not isinstance(value, Distribution):
            continue
        of_late = value.since(earlier if isinstance(earlier, Distribution) else None)
        if of_late.count:
            quantiles: dict[str, Json] = {
                name: round(of_late.quantile(share) or 0.0, 6) for name, share in QUANTILES.items()
            }
            found["/".join(part for part in labels if part)] = {"count": of_late.count, **quantiles}
    return found


def document(now: Snapshot) -> dict[str, Json]:
    """Return every metric for programs: a list of values with their labels; of a histogram count and sum."""
    return {
        name: [_named(metric, labels, value) for labels, value in values.items()]
        for name, (metric, values) in now.readings.items()
    }


def _named(metric: Metric, labels: Labels, value: Value) -> dict[str, Json]:
    named: dict[str, Json] = dict(zip(metric.labels, labels, strict=True))
    return named | _plain(value)


def _plain(value: Value) -> dict[str, Json]:
    if isinstance(value, Distribution):
        return {"count": value.count, "sum": round(value.sum, 6)}
    return {"value": int(value) if value == int(value) else round(value, 6)}
