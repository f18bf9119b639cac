"""The watchdog is fed by progress."""

from __future__ import annotations

import socket
from pathlib import Path

from agent.health import BEAT_S, Health, systemd_notify
from agent.testing import FakeClock


def test_stuck_loop_starves_the_watchdog() -> None:
    """A loop that does not beat silences the whole agent; systemd then restarts it."""
    clock, said = FakeClock(), list[str]()
    health = Health(monotonic=clock.monotonic, notify=said.append)
    health.beat("receive")
    health.beat("process")
    health.feed_watchdog()
    assert said[-1].startswith("WATCHDOG=1")
    clock.advance(BEAT_S + 1)
    health.beat("process")
    health.feed_watchdog()
    assert len(said) == 1
    assert health.stuck() == ["receive"]


def test_degraded_part_is_said_until_it_recovers() -> None:
    """The status names the part and the cause, on one line."""
    said = list[str]()
    health = Health(monotonic=FakeClock().monotonic, notify=said.append)
    health.degrade("buffer", "disk\nfull")
    health.feed_watchdog()
    assert said[-1] == "WATCHDOG=1\nSTATUS=buffer: disk full"
    health.degrade("buffer", "")
    health.feed_watchdog()
    assert said[-1] == "WATCHDOG=1\nSTATUS=working"


def test_reload_is_announced_with_its_time() -> None:
    """Systemd asks for the monotonic time, so that it knows which reload is meant."""
    said = list[str]()
    Health(monotonic=lambda: 12.5, notify=said.append).reloading()
    assert said == ["RELOADING=1\nMONOTONIC_USEC=12500000"]


def test_service_manager_is_told_over_its_socket(tmp_path: Path) -> None:
    """One datagram per message; without a manager nothing happens."""
    systemd_notify({})("READY=1")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(tmp_path / "notify"))
        systemd_notify({"NOTIFY_SOCKET": str(tmp_path / "notify")})("READY=1")
        assert ear.recv(100) == b"READY=1"
