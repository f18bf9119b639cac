"""Looks at the agent from a thread of its own, and tells: health, drift, metrics."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable
from pathlib import Path

from agent.app.assembly import Stages
from agent.app.drifting import Drift
from agent.app.introduction import version
from agent.app.readings import Caps, Readings
from agent.buffer.depth import Gauge
from agent.clock import Clock
from agent.errors import AgentError, Permanent, Transient
from agent.health import Health
from agent.log import logger
from agent.message import Json
from agent.metrics import catalogue, prometheus, summary
from agent.metrics.summary import Snapshot, snapshot
from agent.progress import Look, Watch, advance
from agent.publish import timestamp
from agent.settings import Settings

LOG = logger("metrics")

TICK_S = 1.0
"""Seconds between looks."""
DEPTH_EVERY_S = 5.0
"""Seconds between looks at the database,"""
DEPTH_SHARE = 0.01
"""or more, so that they take this share of the time at most: a backlog of a million is 0.1 s to count."""
DEADLINES = 2
"""Deadlines of the slowest tier within which something is finished: a batch fails, then one text alone,"""
SLACK_S = 30.0
"""and seconds in which the tier starts again."""


class Monitor:
    """Its thread may wait for the disk or the broker: nothing waits for it."""

    def __init__(self, stages: Stages, settings: Settings, health: Health, clock: Clock) -> None:
        """Look at these stages."""
        self._stages, self._settings, self._health, self._clock = stages, settings, health, clock
        self._wish = settings.metrics
        self._over = threading.Event()
        self._gauge = Gauge(stages.buffer.path)
        self._drift = Drift(
            meter=stages.meter,
            buffer=stages.buffer,
            plans=stages.plans,
            tiers={tier.name: tier for tier in settings.tier},
            health=health,
            clock=clock,
        )
        caps = Caps(settings.buffer.max_bytes, settings.buffer.min_free_bytes)
        self.readings = Readings(stages, health, clock, rates=self._drift.rates, caps=caps)
        self._watch = Watch()
        self._patience_s = DEADLINES * max(tier.deadline_s for tier in settings.tier) + SLACK_S
        self._depth_at = self._tell_at = 0.0
        self._before: Snapshot | None = None
        self._told: tuple[int, object] = (0, None)
        self._unserve: Callable[[], None] | None = None

    def run(self) -> None:
        """Look and tell until told to stop. The body of the monitor's thread."""
        while not self._over.wait(TICK_S):
            self._step_guarded()
        self._drift.save()
        self._gauge.close()
        if self._unserve is not None:
            self._unserve()

    def stop(self) -> None:
        """End after the look under way."""
        self._over.set()

    def _step_guarded(self) -> None:
        """Look; a fault of what only watches must not end the agent, whose messages flow."""
        try:
            self.step()
        except Exception as error:
            LOG.exception("monitor_failed")
            self._health.degrade("monitor", f"a fault of maaza: {type(error).__name__}; see the log")

    def step(self) -> None:
        """Look at what is due."""
        self._look()
        self._drift.step()
        self._tell_health()
        if self._clock.monotonic() >= self._tell_at:
            self._tell_at = self._clock.monotonic() + (self._wish.interval_s or DEPTH_EVERY_S)
            self._serve()
            self._write()
            self._publish()

    def _look(self) -> None:
        """Look at the database now and then; judge whether anything gets finished."""
        now = self._clock.monotonic()
        if now < self._depth_at:
            return
        depth = self.readings.depth = self._gauge.read()
        spent = self._clock.monotonic() - now
        self._depth_at = now + max(DEPTH_EVERY_S, spent / DEPTH_SHARE)
        if depth is None:
            return
        seen = snapshot(now, self._stages.meter.registry.read())
        look = Look(
            at=now,
            undecided=depth.undecided,
            decided=int(seen.total(catalogue.DECIDED)),
            outbox=depth.outbox,
            confirmed=int(seen.total(catalogue.DELIVERED)),
            sending=self._stages.sink.is_connected,
        )
        self._watch, words = advance(self._watch, look, patience_s=self._patience_s)
        self._health.stall(words)
        self._health.degrade("machine", self.readings.machine.slowed())

    def _tell_health(self) -> None:
        """Say how the agent is, where that has changed or a new connection stands."""
        report = self._health.report()
        told = (self._stages.sink.generation, report)
        if told == self._told:
            return
        causes: dict[str, Json] = dict(report.causes)
        body: dict[str, Json] = {"state": str(report.state), "causes": causes, "at": self._time()}
        if self._hand_over(self._stages.addresses.health, body):
            self._told = told

    def _publish(self) -> None:
        if not self._wish.interval_s:
            return
        now = snapshot(self._clock.monotonic(), self.readings.read())
        body = self.document(now)
        if self._hand_over(self._stages.addresses.metrics, body):
            self._before = now

    def document(self, now: Snapshot) -> dict[str, Json]:
        """Return what is published: what people ask first, then every metric."""
        report = self._health.report()
        causes: dict[str, Json] = dict(report.causes)
        return {
            "at": self._time(),
            "node": self._settings.node,
            "version": version(),
            "interval_s": self._wish.interval_s,
            "state": str(report.state),
            "causes": causes,
            "lately": summary.summary(now, self._before),
            "metrics": summary.document(now),
        }

    def _time(self) -> str:
        return timestamp(self._clock.now())

    def _hand_over(self, topic: str, body: dict[str, Json]) -> bool:
        """Publish at QoS 0, beside the window of what the broker must confirm; tell whether that went."""
        with contextlib.suppress(Transient, Permanent):
            self._stages.sink.publish(topic, json.dumps(body, ensure_ascii=False), retain=True, qos=0)
            return True
        return False

    def _serve(self) -> None:
        """Serve the page for Prometheus, where that is wished and not done."""
        if not self._wish.prometheus or self._unserve is not None:
            return
        try:
            self._unserve = prometheus.serve(self.readings.read, host=self._wish.host, port=self._wish.port)
        except AgentError as error:
            self._health.degrade("metrics", str(error))
        else:
            self._health.degrade("metrics", "")

    def _write(self) -> None:
        """Write the file for node_exporter, where that is wished."""
        if not self._wish.textfile:
            return
        try:
            prometheus.write(self.readings.read, Path(self._wish.textfile))
        except OSError as error:
            self._health.degrade("textfile", f"write {self._wish.textfile}: {error.strerror or error}")
        else:
            self._health.degrade("textfile", "")
