"""Signals: SIGHUP reloads, SIGTERM stops in order, and again at once."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator

import pytest

from agent.app.signals import Stop

HEARD = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)


class NoTimer:
    """A timer that never fires: the test goes on living."""

    def __init__(self, *_arguments: object) -> None:
        """Take what a timer takes."""

    def start(self) -> None:
        """Do nothing."""


@pytest.fixture
def stop() -> Iterator[Stop]:
    """Give a listener, and restore what listened before."""
    before = {number: signal.getsignal(number) for number in HEARD}
    made = Stop()
    made.listen()
    yield made
    for number, handler in before.items():
        signal.signal(number, handler)


def test_wait_ends_with_a_signal(stop: Stop) -> None:
    """A reload does not wait for the next look at health."""
    began = time.monotonic()
    signal.raise_signal(signal.SIGHUP)
    stop.wait(30)
    assert time.monotonic() - began < 10


def test_reload_is_taken_up_once_and_stops_nothing(stop: Stop) -> None:
    """Several in a row are one."""
    for _ in range(3):
        signal.raise_signal(signal.SIGHUP)
    assert stop.wants_reload()
    assert not stop.wants_reload()
    assert not stop.wished


def test_second_stop_is_at_once(stop: Stop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks twice does not wait for the deadline."""
    monkeypatch.setattr(threading, "Timer", NoTimer)
    signal.raise_signal(signal.SIGTERM)
    assert (stop.wished, stop.at_once) == (True, False)
    signal.raise_signal(signal.SIGINT)
    assert stop.at_once
