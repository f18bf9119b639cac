"""Watches the rates of each route: raises and clears the drift alarm in log, health and audit."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping

from agent.app.introduction import tier_of
from agent.buffer import Buffer, rates
from agent.clock import Clock
from agent.errors import AgentError
from agent.health import Health
from agent.log import logger
from agent.message import Json, Route
from agent.metrics import Meter
from agent.metrics.drift import Alarm
from agent.metrics.watching import Change, Kept, Rates, counts
from agent.plans import Plan, Plans
from agent.settings import TierSettings

LOG = logger("drift")

GROUP_S = 10.0
"""Seconds whose messages are one group: with three of them an alarm takes half a minute at least."""
SAVE_EVERY_S = 900.0
"""Seconds between notes of what is known: after a crash so much is learned again."""
REMEDY = "look at the newest messages: maaza audit query --view rejected; has a device changed its text?"


class Drift:
    """Looks at what was counted, a group at a time. Used by one thread."""

    def __init__(
        self,
        *,
        meter: Meter,
        buffer: Buffer,
        plans: Plans,
        tiers: Mapping[str, TierSettings],
        health: Health,
        clock: Clock,
    ) -> None:
        """Begin with what the database has kept."""
        self._meter, self._buffer, self._plans, self._tiers = meter, buffer, plans, tiers
        self._health, self._clock = health, clock
        self.rates = Rates(remembered(buffer))
        self._look_at = clock.monotonic() + GROUP_S
        self._save_at = clock.monotonic() + SAVE_EVERY_S

    def step(self) -> None:
        """Take a group in, where one is full."""
        now = self._clock.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + GROUP_S
        changes = self.rates.step(counts(self._meter), bases(self._plans.current, self._tiers))
        for change in changes:
            self._tell(change)
        self._health.degrade("drift", self.words())
        if changes or now >= self._save_at:
            self.save()

    def words(self) -> str:
        """Say which rates are higher than they were; empty where none is."""
        risen = [(key, rate) for key, rate in self.rates if rate.alarm is Alarm.RISEN]
        return ", ".join(
            f"{name} of {route} has risen from {rate.baseline:.1%} to {rate.recent:.1%}"
            for (route, name), rate in risen
        )

    def save(self) -> None:
        """Note what is known, so that a restart does not take a drift for the long run."""
        self._save_at = self._clock.monotonic() + SAVE_EVERY_S
        try:
            self._buffer.keep_rates(self.rates.kept())
        except AgentError as error:
            LOG.warning("rates_not_kept", cause=error.cause)

    def _tell(self, change: Change) -> None:
        facts: dict[str, Json] = {
            "route": change.route,
            "rate": change.rate,
            "usual": round(change.usual, 4),
            "now": round(change.now, 4),
        }
        if change.alarm:
            LOG.warning("drift", **facts, alarm=str(change.alarm), remedy=REMEDY)
            self._write_down("drift_raised", facts | {"alarm": str(change.alarm)})
        else:
            over = facts | {"alarm": str(change.before), "accepted": change.accepted}
            LOG.info("drift_over", **over)
            self._write_down("drift_cleared", over)

    def _write_down(self, kind: str, facts: Mapping[str, Json]) -> None:
        try:
            self._buffer.event(kind, facts)
        except AgentError as error:
            LOG.warning("not_written_down", cause=error.cause)


def remembered(buffer: Buffer) -> Mapping[tuple[str, str], Kept]:
    """Return what an earlier run has kept; nothing where that cannot be read: it is learned again."""
    try:
        return buffer.read(rates.load)
    except (AgentError, sqlite3.Error, ValueError) as error:
        LOG.warning("rates_not_remembered", cause=str(error))
        return {}


def bases(plan: Plan, tiers: Mapping[str, TierSettings]) -> dict[str, str]:
    """Return for each route a fingerprint of what decides about its messages."""
    return {route.filter: basis(route, plan, tiers) for route in plan.router.routes}


def basis(route: Route, plan: Plan, tiers: Mapping[str, TierSettings]) -> str:
    """Return the fingerprint of a route: how it reads payloads, its schemas, its tiers with their models."""
    decides = [
        repr(route),
        [plan.schemas[name].fingerprint for name in route.schemas],
        [tier_of(tiers[name]) for name in route.tiers],
    ]
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()
