"""Nothing acknowledged is ever lost: load from an independent process, with and without ``kill -9``."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from rig import Agent, Broker, check_promises, load, result, wait_until

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]
RATE = 500
"""Messages per second."""
SHORT, FULL = 2_000, 10_000


def run_load(
    agent: Agent, broker: Broker, count: int, disturb: Callable[[], None], *, patience_s: float = 60
) -> list[str]:
    """Send, disturb meanwhile, wait for the end; return the broken promises.

    Nothing is given up while messages still arrive; `patience_s` is the longest silence.
    """
    collector = load("collect", broker.port, count, timeout=patience_s)
    assert collector.stdout is not None
    assert collector.stdout.readline().strip() == "ready"
    sender = load("send", broker.port, count, rate=RATE)
    disturb()
    assert result(sender, 300)["sent"] == count
    collected = result(collector, 300)
    # A broken build may never settle; the checker below says what is wrong with it.
    until = time.monotonic() + patience_s
    while not agent.is_settled(count) and time.monotonic() < until:
        time.sleep(0.1)
    return check_promises(agent, count, collected)


def kill_five_times(agent: Agent, count: int, seed: int) -> Callable[[], None]:
    """Return a disturbance: five ``kill -9``, each in the middle of work, whatever the machine's speed."""
    chance = random.Random(seed)  # noqa: S311 - a seeded test

    def disturb() -> None:
        for number in range(1, 6):
            # An agent that loses messages may never get so far: it is killed all the same.
            until = time.monotonic() + 10
            while sum(agent.states().values()) < count * number // 7 and time.monotonic() < until:
                time.sleep(0.02)
            time.sleep(chance.uniform(0, 0.1))
            agent.kill()
            agent.start()

    return disturb


@pytest.mark.parametrize("count", [SHORT, pytest.param(FULL, marks=pytest.mark.slow)])
def test_every_message_ends_in_one_state(
    make_agent: Callable[..., Agent], broker: Broker, count: int
) -> None:
    """Each message in exactly one terminal state, none lost, each id once at the consumer."""
    agent = make_agent()
    assert run_load(agent, broker, count, lambda: None) == []
    assert agent.terminate() == 0


@pytest.mark.parametrize("count", [SHORT, pytest.param(FULL, marks=pytest.mark.slow)])
def test_kill_9_five_times_loses_nothing(
    make_agent: Callable[..., Agent], broker: Broker, count: int
) -> None:
    """The same while the agent is killed five times: no message lost, none with two ids."""
    agent = make_agent()
    assert run_load(agent, broker, count, kill_five_times(agent, count, seed=count)) == []


def test_checker_catches_acknowledge_before_commit(tmp_path: Path, broker: Broker) -> None:
    """The negative control: an agent that acknowledges before the commit is caught by the same checker."""
    agent = Agent(tmp_path, broker.port, fault="acknowledge_early")
    agent.start()
    agent.wait_ready()
    try:
        broken = run_load(agent, broker, SHORT, kill_five_times(agent, SHORT, seed=1), patience_s=10)
    finally:
        agent.kill()
    assert any(one.startswith("P1") for one in broken), broken


def test_sigterm_under_load_loses_nothing_and_ends_in_time(
    make_agent: Callable[..., Agent], broker: Broker
) -> None:
    """An ordered stop in the middle ends with code 0; the next start does the rest."""
    agent = make_agent()

    def disturb() -> None:
        time.sleep(1.5)
        began = time.monotonic()
        assert agent.terminate() == 0
        assert time.monotonic() - began < 10
        agent.start()

    assert run_load(agent, broker, SHORT, disturb) == []


def test_second_sigterm_ends_at_once(make_agent: Callable[..., Agent], broker: Broker) -> None:
    """Whoever asks twice does not wait for the deadline, and still loses nothing."""
    agent = make_agent(more="[limits]\nstop_s = 60.0")
    sender = load("send", broker.port, 500, rate=0)
    time.sleep(0.7)
    assert agent.process is not None
    agent.process.terminate()
    began = time.monotonic()
    agent.terminate(10)
    assert time.monotonic() - began < 8
    result(sender, 60)
    agent.start()
    wait_until(lambda: agent.is_settled(500), 30, what="all settled")
