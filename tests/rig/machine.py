"""A Debian tree that systemd-nspawn has booted: real systemd, asked through its namespaces."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from rig import wait_until

TREE = os.environ.get("MAAZA_BOOT_TREE", "")
"""The tree that is copied for each machine; `.ci/tree` makes one."""
NSPAWN = shutil.which(os.environ.get("MAAZA_NSPAWN", "systemd-nspawn"))

needs_a_tree = [
    pytest.mark.acceptance,
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not TREE, reason="MAAZA_BOOT_TREE names no Debian tree: `make booted` makes one"),
    pytest.mark.skipif(NSPAWN is None, reason="systemd-nspawn is not installed"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root boots a tree"),
]
"""Marks of tests that boot a machine."""


@dataclass
class Machine:
    """A booted tree."""

    tree: Path
    process: subprocess.Popen[bytes]

    @property
    def leader(self) -> str:
        """Return the first process of the machine, as this one numbers it."""
        return Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()[0]

    def ask(self, *command: str, code: int = 0) -> str:
        """Run a command in it; return what it printed."""
        inside = ["nsenter", "--all", "--wdns=/", "--target", self.leader, *command]
        ran = subprocess.run(inside, capture_output=True, text=True, timeout=120, check=False)
        assert ran.returncode == code, (command, ran.stdout, ran.stderr)
        return ran.stdout

    def fact(self, name: str) -> str:
        """Return a property of the service."""
        return self.ask("systemctl", "show", "-P", name, "maaza").strip()

    def model(self) -> str:
        """Return the process of the embedded model."""
        return self.ask("pgrep", "-P", self.fact("MainPID"), "-f", "spawn_main").split()[0]

    def outside(self, process: str) -> int:
        """Return the number that a process of the machine has here."""
        ours = Path("/proc").glob("[0-9]*/status")
        for status in ours:
            numbers = _numbers(status)
            if len(numbers) > 1 and numbers[-1] == process and _inside(int(numbers[0]), int(self.leader)):
                return int(numbers[0])
        raise AssertionError(f"no process {process} in the machine")

    def publish(self, text: str, *, topic: str = "plant/p/raw") -> None:
        """Send a text to the broker of the machine."""
        self.ask("mosquitto_pub", "-h", "127.0.0.1", "-q", "1", "-t", topic, "-m", text)


def _numbers(status: Path) -> list[str]:
    """Return the numbers of a process, one for each namespace, ours first; none where it has just ended."""
    try:
        return next(line for line in status.read_text().splitlines() if line.startswith("NSpid:")).split()[1:]
    except (OSError, StopIteration):
        return []


def _inside(process: int, leader: int) -> bool:
    """Tell whether two processes number their children in the same namespace."""
    try:
        return Path(f"/proc/{process}/ns/pid").readlink() == Path(f"/proc/{leader}/ns/pid").readlink()
    except OSError:
        return False


def copy_of_the_tree(folder: Path) -> Path:
    """Return a tree of one's own."""
    tree = folder / "tree"
    subprocess.run(["cp", "--archive", TREE, str(tree)], check=True)  # it has devices
    tree.chmod(0o755)
    return tree


@contextmanager
def booted(tree: Path) -> Iterator[Machine]:
    """Boot a tree; end it at last."""
    assert NSPAWN is not None
    command = [NSPAWN, "--register=no", "--keep-unit", "--console=pipe", "-b", "-D", str(tree)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    made = Machine(tree, process)
    try:
        wait_until(lambda: is_up(made), 30, what="systemd has started")
        yield made
    finally:
        process.terminate()
        process.wait(30)


def is_up(machine: Machine) -> bool:
    """Tell whether systemd has done starting."""
    try:
        return machine.ask("systemctl", "is-system-running").strip() == "running"
    except (AssertionError, IndexError):
        return False
