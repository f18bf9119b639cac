"""All that can be read off the agent at one moment: what was counted, what waits, how the machine is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from agent import log
from agent.app.assembly import Stages
from agent.app.introduction import version
from agent.buffer.depth import Depth
from agent.clock import Clock
from agent.extract.lane import Lane
from agent.health import Health, State
from agent.metrics import Reading, catalogue
from agent.metrics.drift import Alarm
from agent.metrics.instruments import Labels, Metric, Value
from agent.metrics.machine import Machine
from agent.metrics.watching import Rates

SIGNS = {Alarm.NONE: 0.0, Alarm.RISEN: 1.0, Alarm.FALLEN: -1.0}
"""Alarms as numbers."""


@dataclass(frozen=True, slots=True)
class Caps:
    """What the settings allow the database."""

    max_bytes: int
    min_free_bytes: int


class Readings:
    """Gathers. `read` may be called from any thread, also by a scraper; it does not touch the database."""

    def __init__(self, stages: Stages, health: Health, clock: Clock, *, rates: Rates, caps: Caps) -> None:
        """Look at these parts."""
        self._stages, self._health, self._clock, self._rates, self._caps = stages, health, clock, rates, caps
        self._started, self._since = clock.now(), clock.monotonic()
        self.machine = Machine()
        self.depth: Depth | None = None
        """The last look at the database; None before the first, and while it cannot be read."""

    def read(self) -> list[Reading]:
        """Return every metric that has a value now."""
        pids = [os.getpid(), *(pid for lane in self._stages.lanes if (pid := pid_of(lane)))]
        return [
            *self._stages.meter.registry.read(),
            *self._models(),
            *self._templates(),
            *self._waiting(),
            *self._connections(),
            *self._state(),
            *self._drifts(),
            (catalogue.LINES, {(cause,): float(lines) for cause, lines in log.said().items()}),
            (catalogue.INFO, {(version(),): 1.0}),
            (catalogue.STARTED, {(): self._started}),
            (catalogue.UPTIME, {(): self._clock.monotonic() - self._since}),
            *self.machine.read(pids),
        ]

    def _models(self) -> list[Reading]:
        lanes = self._stages.lanes
        return [
            (catalogue.MODEL_SECONDS, {(lane.tier.tier,): lane.busy_s for lane in lanes}),
            (catalogue.FAILURES, {(lane.tier.tier,): float(lane.failures) for lane in lanes}),
            (
                catalogue.RESTARTS,
                {(lane.tier.tier,): float(getattr(lane.tier, "restarts", 0)) for lane in lanes},
            ),
            (catalogue.TIER_WAITING, {(lane.tier.tier,): float(lane.waiting) for lane in lanes}),
        ]

    def _templates(self) -> list[Reading]:
        study = self._stages.study
        if study is None:
            return []
        found = study.trust.figures()
        return [
            (catalogue.TEMPLATES, {(state,): float(count) for state, count in found.states.items()}),
            (catalogue.TEMPLATE_AUDITED, one(found.audited)),
            (catalogue.TEMPLATE_UNAUDITED, one(found.unaudited_s)),
            (catalogue.TEMPLATE_REVIEWS, one(found.reviews)),
        ]

    def _waiting(self) -> list[Reading]:
        found: list[Reading] = [(catalogue.DATABASE_LIMIT, one(self._caps.max_bytes))]
        depth = self.depth
        if depth is None:
            return found
        # What is in hand is known to the process loop alone; the two numbers are not of one moment.
        claimed = min(self._stages.process.in_hand, depth.undecided)
        return [
            (
                catalogue.INBOX,
                {("received",): float(depth.undecided - claimed), ("claimed",): float(claimed)},
            ),
            (catalogue.INBOX_AGE, one(self._age(depth.oldest_inbox))),
            (catalogue.OUTBOX, one(depth.outbox)),
            (catalogue.OUTBOX_AGE, one(self._age(depth.oldest_outbox))),
            (catalogue.DATABASE_BYTES, one(depth.bytes)),
            *found,
            (catalogue.DISK_FREE, one(max(0, depth.free - self._caps.min_free_bytes))),
        ]

    def _age(self, at: float | None) -> float:
        """Return seconds since then; the clock may have been set back."""
        return 0.0 if at is None else max(0.0, self._clock.now() - at)

    def _connections(self) -> list[Reading]:
        links = (("input", self._stages.source), ("output", self._stages.sink))
        return [
            (catalogue.CONNECTED, {(name,): float(link.is_connected) for name, link in links}),
            (catalogue.CONNECTIONS, {(name,): float(link.generation) for name, link in links}),
        ]

    def _state(self) -> list[Reading]:
        report = self._health.report()
        parts: Mapping[Labels, Value] = {(part,): 1.0 for part in report.causes}
        return [(catalogue.DEGRADED, parts), (catalogue.STUCK, one(report.state is State.STUCK))]

    def _drifts(self) -> list[Reading]:
        rates = list(self._rates)
        known = [(key, rate) for key, rate in rates if rate.known]
        table: tuple[tuple[Metric, Mapping[Labels, Value]], ...] = (
            (catalogue.DRIFT, {key: SIGNS[rate.alarm] for key, rate in rates}),
            (catalogue.SHARE, {key: rate.recent for key, rate in known}),
            (catalogue.BASELINE, {key: rate.baseline for key, rate in known}),
        )
        return list(table)


def one(value: float) -> Mapping[Labels, Value]:
    """Return the values of a metric without labels."""
    return {(): float(value)}


def pid_of(lane: Lane) -> int | None:
    """Return the process of a tier; None where it has none, or none at present."""
    pid: int | None = getattr(lane.tier, "pid", None)
    return pid
