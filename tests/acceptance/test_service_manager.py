"""What systemd hears from the real agent: life, progress, and silence where there is none."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from freezes import LOOPS, SHORT_BEAT_S, SIGN
from manager import ServiceManager
from rig import Agent, Broker, Producer, free_port, wait_until

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(300)]

Start = Callable[..., Agent]


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[ServiceManager]:
    """Give a service manager that listens."""
    made = ServiceManager(tmp_path / "notify")
    yield made
    made.close()


@pytest.fixture
def start(tmp_path: Path, manager: ServiceManager) -> Iterator[Start]:
    """Give a way to start an agent under the service manager; it ends with the test."""
    made: list[Agent] = []

    def begin(port: int, *, fault: str = "") -> Agent:
        agent = Agent(tmp_path, port, fault=fault, notify=manager.path)
        made.append(agent)
        agent.start()
        manager.wait_for("READY=1")
        return agent

    yield begin
    for agent in made:
        agent.kill()


def test_ready_needs_a_database_and_no_broker(start: Start, manager: ServiceManager) -> None:
    """A node whose broker is away has started: it tries, says so, and is alive."""
    port = free_port()
    agent = start(port)
    assert agent.database.exists()
    manager.wait_for(f"STATUS=input: no connection to 127.0.0.1:{port}")
    assert manager.beats_within(3) >= 1
    assert manager.heard[0][1].startswith("EXTEND_TIMEOUT_USEC=")


def test_log_says_the_same_without_systemd(start: Start, broker: Broker) -> None:
    """Who supervises by other means waits for the line `started`."""
    agent = start(broker.port)
    wait_until(lambda: '"started"' in agent.log(), 5, what="started in the log")


def test_each_turn_is_told(start: Start, manager: ServiceManager, broker: Broker) -> None:
    """Beats while it works, a reload from begin to end, and the stop with the time it may take."""
    agent = start(broker.port)
    agent.wait_ready()
    manager.wait_for("STATUS=working: 0 in extraction, 0 on their way out")
    manager.wait_for_beats()
    assert agent.process is not None
    agent.process.send_signal(signal.SIGHUP)
    manager.wait_for("READY=1", 2)
    assert agent.terminate() == 0
    turns = [
        message for _, message in manager.heard if not message.startswith(("WATCHDOG", "STATUS", "EXTEND"))
    ]
    assert [turn.split("=")[0] for turn in turns] == ["READY", "RELOADING", "READY", "STOPPING"]
    assert "EXTEND_TIMEOUT_USEC=23000000" in turns[-1]


@pytest.mark.parametrize("loop", LOOPS)
def test_frozen_loop_silences_the_watchdog(
    start: Start, manager: ServiceManager, broker: Broker, tmp_path: Path, loop: str
) -> None:
    """Whichever loop stands still, systemd is not told that all is well; when it goes on, it is again."""
    agent = start(broker.port, fault=f"freeze:{loop}")
    agent.wait_ready()
    manager.wait_for_beats()
    (tmp_path / SIGN).touch()
    if loop == "main":
        manager.beats_within(2)
    else:
        manager.wait_for(f"STATUS=stuck: {loop}")
    assert manager.beats_within(4) == 0
    (tmp_path / SIGN).unlink()
    manager.wait_for_beats()


def test_frozen_model_does_not_silence_it(
    start: Start, manager: ServiceManager, broker: Broker, producer: Producer
) -> None:
    """A model that hangs costs a message's time, not a restart; the loops make progress without it."""
    agent = start(broker.port, fault="be_impatient")
    agent.wait_ready()
    (model,) = agent.extractors()
    os.kill(model, signal.SIGSTOP)
    producer.send("load/a/raw", "pump 21.5 40")
    manager.wait_for("STATUS=working: 1 in extraction")
    assert manager.beats_within(SHORT_BEAT_S * 3) >= 3
    assert manager.count("STATUS=stuck") == 0
    os.kill(model, signal.SIGCONT)
    wait_until(lambda: agent.is_settled(1), 30, what="settled")


def test_watchdog_leaves_a_trace(start: Start, broker: Broker) -> None:
    """The end by SIGABRT writes where each thread stood, so that a restart can be explained."""
    agent = start(broker.port)
    agent.wait_ready()
    assert agent.process is not None
    agent.process.send_signal(signal.SIGABRT)
    assert agent.process.wait(30) == -signal.SIGABRT
    assert "Fatal Python error: Aborted" in agent.log()
    assert agent.log().count("Thread 0x") >= len(LOOPS)
