"""An ordered stop in the order of the way, within its deadline, whatever stands still."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from agent.app.assembly import Stages, lane_name
from agent.app.signals import Stop
from agent.app.study import Study
from agent.clock import Clock
from agent.crew import ROUND_S, Crew
from agent.errors import AgentError
from agent.log import logger

LOG = logger("app")

PARTING: Final = 0.1
"""Share of the deadline after which no answer of the input broker is waited for."""
EXTRACTION: Final = 0.6
"""Share of the deadline after which extraction is given up: the rest is for what is on its way out."""
DELIVERY: Final = 0.85
"""Share of the deadline after which no answer of the output broker is waited for: the rest is for closing."""
TICK_S = 0.02
"""Seconds between looks at what is waited for."""
LAST_ROUND_S = 2 * ROUND_S
"""Longest wait for a loop to end its round, seconds."""


class Finish:
    """Takes nothing in, finishes what is in hand, delivers what is out, closes."""

    def __init__(self, stages: Stages, crew: Crew, *, stop: Stop, clock: Clock, seconds: float) -> None:
        """Have so many seconds from now on."""
        self._stages, self._crew, self._stop, self._clock = stages, crew, stop, clock
        self._began, self._seconds = clock.monotonic(), seconds

    def run(self) -> None:
        """Stop everything; what cannot be finished in time stays in the database for the next start."""
        stages = self._stages
        stages.receive.leave()
        self._wait_for(lambda: stages.receive.has_left, PARTING)
        self._end("input")
        self._end("upkeep")
        self._wait_for(lambda: stages.receive.is_idle, EXTRACTION)
        self._end("receive")
        stages.process.claiming = False
        self._wait_for(lambda: stages.process.in_hand == 0, EXTRACTION)
        self._end("process")
        for lane in stages.lanes:
            self._crew.end(lane_name(lane), 0.0)
            lane.tier.stop()
        give_back(stages)
        if stages.study is not None:
            self._end("study")
            write_down(stages.study)
        self._wait_for(lambda: stages.deliver.in_flight == 0, DELIVERY)
        self._end("deliver")
        self._end("monitor")
        say_goodbye(stages)
        self._end("output")
        stages.buffer.close()

    def _wait_for(self, done: Callable[[], bool], share: float) -> None:
        """Wait for something, at most until a share of the deadline has passed."""
        while not done() and self._left(share) > 0 and not self._is_urgent():
            self._stop.wait(TICK_S)

    def _is_urgent(self) -> bool:
        return self._stop.at_once or self._crew.died.is_set() or bool(self._stages.buffer.damage)

    def _end(self, name: str) -> None:
        """End a task and wait for its last round, as far as there is time."""
        self._crew.end(name, min(LAST_ROUND_S, self._left(1.0)))

    def _left(self, share: float) -> float:
        return max(0.0, self._began + self._seconds * share - self._clock.monotonic())


def give_back(stages: Stages) -> None:
    """Return claims; if that fails, the next start does it."""
    try:
        stages.process.let_go()
    except AgentError as error:
        LOG.warning("claims_kept", cause=error.cause)


def write_down(study: Study) -> None:
    """Note what is known of templates; without it they are audited a little more."""
    try:
        study.close()
    except AgentError as error:
        LOG.warning("templates_not_noted", cause=error.cause)


def say_goodbye(stages: Stages) -> None:
    """Say that we are offline: an ordered end sends no last will."""
    try:
        stages.sink.publish(stages.addresses.status, "offline", retain=True)
    except AgentError as error:
        LOG.info("no_goodbye", cause=error.cause)
