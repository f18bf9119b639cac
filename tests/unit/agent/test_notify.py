"""The protocol of the service manager, over real datagram sockets."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from agent.notify import notifier, status


@contextlib.contextmanager
def ear(address: str) -> Iterator[Callable[[], bytes]]:
    """Listen as the service manager does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address)
        listener.settimeout(5)
        yield lambda: listener.recv(4096)


def test_each_message_is_one_datagram(tmp_path: Path) -> None:
    """Assignments that belong together arrive together, and in order."""
    address = str(tmp_path / "notify")
    with ear(address) as heard:
        notify = notifier({"NOTIFY_SOCKET": address})
        notify("READY=1")
        notify(f"STOPPING=1\n{status('finishing')}")
        assert heard() == b"READY=1"
        assert heard() == b"STOPPING=1\nSTATUS=finishing"


def test_socket_without_a_file_is_reached() -> None:
    """A name with ``@`` is in the kernel's own space."""
    name = f"maaza-test-{os.getpid()}"
    with ear(f"\0{name}") as heard:
        notifier({"NOTIFY_SOCKET": f"@{name}"})("READY=1")
        assert heard() == b"READY=1"


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": ""}])
def test_without_a_manager_nothing_happens(environment: dict[str, str]) -> None:
    """The same agent runs on a terminal."""
    notifier(environment)("READY=1")


def test_deaf_manager_does_no_harm_and_is_reported_once(tmp_path: Path) -> None:
    """The agent's work does not depend on who supervises it."""
    notify = notifier({"NOTIFY_SOCKET": str(tmp_path / "nobody")})
    with capture_logs() as logged:
        notify("WATCHDOG=1")
        notify("WATCHDOG=1")
    assert [line["event"] for line in logged] == ["service_manager_deaf"]


def test_manager_that_comes_back_is_heard(tmp_path: Path) -> None:
    """No message depends on an earlier one."""
    address = str(tmp_path / "notify")
    notify = notifier({"NOTIFY_SOCKET": address})
    notify("READY=1")
    with ear(address) as heard:
        notify("WATCHDOG=1")
        assert heard() == b"WATCHDOG=1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("disk\nfull\r\n", "STATUS=disk full"),
        ("", "STATUS="),
        ("ü" * 2000, "STATUS=" + "ü" * 512),
        ("x" + "ü" * 2000, "STATUS=x" + "ü" * 511),
    ],
)
def test_status_is_one_line_of_bounded_length(text: str, said: str) -> None:
    """A newline would begin another assignment; a character is never cut in two."""
    assert status(text) == said
