"""The watchdog is fed by progress."""

from __future__ import annotations

import sys
import threading
from functools import partial
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from agent.crew import Crew
from agent.health import BEAT_S, Health, State
from agent.notify import STATUS_BYTES
from agent.testing import FakeClock


@pytest.fixture
def said() -> list[str]:
    """Give what the service manager was told."""
    return []


@pytest.fixture
def health(clock: FakeClock, said: list[str]) -> Health:
    """Give health that speaks to a list."""
    return Health(monotonic=clock.monotonic, notify=said.append)


def test_stuck_loop_starves_the_watchdog(health: Health, clock: FakeClock, said: list[str]) -> None:
    """A loop that does not beat silences the whole agent, by name; systemd then restarts it."""
    health.beat("receive")
    health.beat("process")
    health.feed_watchdog()
    assert said == ["WATCHDOG=1", "STATUS=working"]
    clock.advance(BEAT_S + 1)
    health.beat("process")
    health.feed_watchdog()
    assert said[2:] == ["STATUS=stuck: receive without progress for more than 20 s"]
    assert health.stuck() == ["receive"]


def test_loop_that_goes_on_feeds_again(health: Health, clock: FakeClock, said: list[str]) -> None:
    """A disk that stalled and came back is no reason for a restart."""
    health.beat("receive")
    clock.advance(BEAT_S + 1)
    health.feed_watchdog()
    health.beat("receive")
    health.feed_watchdog()
    assert said[-2:] == ["WATCHDOG=1", "STATUS=working"]


def test_loop_stuck_in_its_first_round_is_stuck(health: Health, clock: FakeClock) -> None:
    """A loop is expected to beat from its start, not from its first beat."""
    crew, frozen = Crew(health), threading.Event()
    crew.add_loop("receive", lambda: assert_set(frozen))
    clock.advance(BEAT_S + 1)
    assert health.stuck() == ["receive"]
    frozen.set()
    crew.end("receive", 5)


def assert_set(event: threading.Event) -> None:
    """Wait for an event."""
    assert event.wait(10)


def test_degraded_part_is_said_until_it_recovers(health: Health, said: list[str]) -> None:
    """The status names the part and the cause, on one line; the beat goes on."""
    health.degrade("buffer", "disk\nfull")
    health.feed_watchdog("busy")
    health.degrade("buffer", "")
    health.feed_watchdog("busy")
    assert said == ["WATCHDOG=1", "STATUS=buffer: disk full", "WATCHDOG=1", "STATUS=busy"]


def test_status_is_said_once(health: Health, said: list[str]) -> None:
    """What has not changed is not repeated every second."""
    for _ in range(3):
        health.feed_watchdog()
    assert said == ["WATCHDOG=1", "STATUS=working", "WATCHDOG=1", "WATCHDOG=1"]


def test_long_cause_cannot_cost_the_beat(health: Health, said: list[str]) -> None:
    """Systemd throws a datagram of more than 4096 bytes away as a whole; the status is cut long before."""
    health.degrade("configuration", "größer " * 2000)
    health.feed_watchdog()
    assert said[0] == "WATCHDOG=1"
    assert len(said[1].encode()) <= len("STATUS=") + STATUS_BYTES


def test_life_is_announced(health: Health, clock: FakeClock, said: list[str]) -> None:
    """Each turn of the agent's life in the words of systemd."""
    clock.since = 12.5
    health.patience(90)
    health.ready()
    health.reloading()
    health.stopping(23)
    assert said == [
        "EXTEND_TIMEOUT_USEC=90000000\nSTATUS=loading a model",
        "READY=1",
        "STATUS=working",
        "RELOADING=1\nMONOTONIC_USEC=12500000",
        "STOPPING=1\nEXTEND_TIMEOUT_USEC=23000000\nSTATUS=finishing what is in hand",
    ]


def test_standstill_is_stuck_and_feeds_the_watchdog(health: Health, said: list[str]) -> None:
    """What runs and finishes nothing says so; a restart would not help, so none is asked for."""
    health.degrade("input", "no connection")
    with capture_logs() as lines:
        health.stall({"extraction": "nothing was finished for 151 s"})
        health.stall({"extraction": "nothing was finished for 156 s"})
        health.feed_watchdog()
        report = health.report()
        health.stall({})
    assert report.state is State.STUCK
    assert list(report.causes) == ["extraction", "input"]
    assert said[0] == "WATCHDOG=1"
    assert said[1] == "STATUS=stuck: extraction: nothing was finished for 156 s; input: no connection"
    assert [line["event"] for line in lines] == ["standstill", "standstill_over"]
    assert health.report().state is State.DEGRADED


def test_stuck_loop_is_reported_first(health: Health, clock: FakeClock) -> None:
    """In the words that health publishes, as in those for systemd."""
    assert health.report().state is State.WORKING
    health.beat("receive")
    clock.advance(BEAT_S + 1)
    health.degrade("output", "no connection")
    report = health.report()
    assert (report.state, list(report.causes)) == (State.STUCK, ["receive", "output"])


@pytest.mark.skipif(sys.platform != "linux", reason="names of threads are Linux's")
def test_threads_show_their_names(health: Health) -> None:
    """What a loop is called stands where the kernel shows it, cut to what it keeps."""
    shown: dict[str, str] = {}
    ran = {name: threading.Event() for name in ("deliver", "a name of many letters")}
    crew = Crew(health)
    for name, done in ran.items():
        crew.add(name, partial(look_at_own_name, shown, name, done), end=done.set)
    assert all(done.wait(5) for done in ran.values())
    assert shown == {"deliver": "deliver", "a name of many letters": "a name of many "}


def look_at_own_name(shown: dict[str, str], name: str, done: threading.Event) -> None:
    """Note the name that the kernel has of this thread."""
    shown[name] = Path(f"/proc/self/task/{threading.get_native_id()}/comm").read_text().removesuffix("\n")
    done.set()
