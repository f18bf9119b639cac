"""A crash between any two steps of a message's way loses nothing and doubles no id."""

from __future__ import annotations

from pathlib import Path

import pytest
from faults import STEPS
from rig import Agent, Broker, check_promises, load, result, wait_until

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]
COUNT = 200
RATE = 100
"""Messages per second: slow enough for several batches, on a busy machine too."""


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_death_at_a_step_loses_nothing(tmp_path: Path, broker: Broker, when: str, step: str) -> None:
    """The process kills itself at the step; the next one does the rest."""
    agent = Agent(tmp_path, broker.port, fault=f"die:{when}:{step}")
    agent.start()
    try:
        agent.wait_ready()
        collector = load("collect", broker.port, COUNT, timeout=60)
        assert collector.stdout is not None
        collector.stdout.readline()
        result(load("send", broker.port, COUNT, rate=RATE), 120)
        assert agent.process is not None
        assert agent.process.wait(60) == -9
        agent.fault = ""
        agent.start()
        collected = result(collector, 120)
        wait_until(lambda: agent.is_settled(COUNT), 60, what="all settled")
        assert check_promises(agent, COUNT, collected) == []
    finally:
        agent.kill()
