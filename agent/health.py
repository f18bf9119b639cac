"""How the agent is: beats of its loops, what is degraded, and what systemd is told."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from agent.log import logger
from agent.notify import Notify, extend_timeout, notifier, status

LOG = logger("health")

BEAT_S = 20.0
"""Seconds without a beat after which a loop counts as stuck; its longest pause is under one."""


class State(StrEnum):
    """How the agent is, in one word."""

    WORKING = "working"
    """It does all it should."""
    DEGRADED = "degraded"
    """Some part does not do all it should."""
    STUCK = "stuck"
    """It runs, and nothing gets finished."""


@dataclass(frozen=True, slots=True)
class Report:
    """How the agent is."""

    state: State
    causes: Mapping[str, str]
    """By part, what is the matter; what is stuck comes first."""


class Health:
    """Collects beats. A loop beats after each round, so a beat means progress, not merely life."""

    def __init__(self, *, monotonic: Callable[[], float], notify: Notify | None = None) -> None:
        """Measure with `monotonic`; speak to systemd through `notify`."""
        self._monotonic = monotonic
        self._notify = notify or notifier(os.environ)
        self._beats: dict[str, float] = {}
        self._degraded: dict[str, str] = {}
        self._stalled: dict[str, str] = {}
        self._said = ""
        self._stuck: list[str] = []
        self._lock = threading.Lock()

    def beat(self, loop: str) -> None:
        """Note that a loop has finished a round."""
        self._beats[loop] = self._monotonic()

    def forget(self, loop: str) -> None:
        """Expect no more beats of a loop that has ended in order."""
        self._beats.pop(loop, None)

    def degrade(self, part: str, cause: str) -> None:
        """Note that a part does not do all it should; an empty cause says that it does again."""
        with self._lock:
            if cause:
                self._degraded[part] = cause
            else:
                self._degraded.pop(part, None)

    @property
    def degraded(self) -> Mapping[str, str]:
        """Return what does not do all it should, and why."""
        with self._lock:
            return dict(self._degraded)

    def stall(self, causes: Mapping[str, str]) -> None:
        """Note what runs and gets nothing done, all of it: no restart helps, so that the watchdog is fed."""
        with self._lock:
            new = {part: cause for part, cause in causes.items() if part not in self._stalled}
            over = [part for part in self._stalled if part not in causes]
            self._stalled = dict(causes)
        for part, cause in new.items():
            LOG.error("standstill", of=part, cause=cause, remedy="see what is degraded, and docs/metrics.md")
        for part in over:
            LOG.info("standstill_over", of=part)

    def report(self) -> Report:
        """Return how the agent is, in one word and in words for each part."""
        stuck = dict.fromkeys(self.stuck(), f"without progress for more than {BEAT_S:g} s")
        with self._lock:
            stalled, degraded = dict(self._stalled), dict(self._degraded)
        state = State.STUCK if stuck or stalled else State.DEGRADED if degraded else State.WORKING
        return Report(state, stuck | stalled | degraded)

    def stuck(self) -> list[str]:
        """Return the loops that have not beaten for too long."""
        now = self._monotonic()
        return [loop for loop, at in list(self._beats.items()) if now - at > BEAT_S]

    def ready(self) -> None:
        """Tell systemd that the agent works: the database is open, the connections are under way."""
        self._notify("READY=1")
        self._describe("working")

    def reloading(self) -> None:
        """Tell systemd that the configuration is read again; `ready` ends it."""
        self._notify(f"RELOADING=1\nMONOTONIC_USEC={int(self._monotonic() * 1_000_000)}")

    def stopping(self, seconds: float) -> None:
        """Tell systemd that the agent ends in order, and how long that may take."""
        self._notify(f"STOPPING=1\n{extend_timeout(seconds)}\n{status('finishing what is in hand')}")

    def patience(self, seconds: float) -> None:
        """Ask systemd for more time, while a model loads."""
        self._notify(f"{extend_timeout(seconds)}\n{status('loading a model')}")

    def feed_watchdog(self, activity: str = "working") -> None:
        """Tell systemd that all loops make progress; hold that back while one does not, and be restarted.

        The status says what is degraded, else the `activity`.
        """
        if stuck := self._look():
            self._say(f"stuck: {', '.join(stuck)} without progress for more than {BEAT_S:g} s")
            return
        # A message of its own: nothing that a status may hold can cost the beat.
        self._notify("WATCHDOG=1")
        self._describe(activity)

    def _describe(self, activity: str) -> None:
        report = self.report()
        stuck = "stuck: " if report.state is State.STUCK else ""
        said = "; ".join(f"{part}: {cause}" for part, cause in report.causes.items())
        self._say(f"{stuck}{said}" if said else activity)

    def _look(self) -> list[str]:
        """Return the loops that are stuck; log when that changes."""
        stuck, before = self.stuck(), self._stuck
        self._stuck = stuck
        if stuck and stuck != before:
            LOG.error("stuck", loops=stuck, remedy="none: the watchdog restarts the agent if that lasts")
        elif before and not stuck:
            LOG.info("unstuck", loops=before)
        return stuck

    def _say(self, text: str) -> None:
        """Tell systemd how things are, where that has changed."""
        if text != self._said:
            self._said = text
            self._notify(status(text))
