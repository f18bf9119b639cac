"""A broker, the agent as a process, clients: each test has its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rig import Agent, Broker, Consumer, Producer


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """Give a running broker."""
    made = Broker(tmp_path)
    made.start()
    yield made
    made.kill()


@pytest.fixture
def make_agent(tmp_path: Path, broker: Broker) -> Iterator[Callable[..., Agent]]:
    """Give a way to start agents that end with the test."""
    made: list[Agent] = []

    def make(*, more: str = "", fault: str = "") -> Agent:
        agent = Agent(tmp_path, broker.port, more=more, fault=fault)
        agent.start()
        agent.wait_ready()
        made.append(agent)
        return agent

    yield make
    for agent in made:
        agent.kill()


@pytest.fixture
def agent(make_agent: Callable[..., Agent]) -> Agent:
    """Give a running agent with the stub tier."""
    return make_agent()


@pytest.fixture
def consumer(broker: Broker) -> Iterator[Consumer]:
    """Give a client that keeps what is published."""
    made = Consumer(broker.port)
    yield made
    made.close()


@pytest.fixture
def producer(broker: Broker) -> Iterator[Producer]:
    """Give a client that sends."""
    made = Producer(broker.port)
    yield made
    made.close()
