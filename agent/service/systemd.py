"""The programs of systemd: asked with a table as answer, told with an error where they refuse."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent.errors import Permanent
from agent.service.layout import UNIT, UNITS

BOOTED: Final = Path("/run/systemd/system")
"""Folder that is there where systemd runs the machine (sd_booted)."""
PROPERTIES: Final = (
    "LoadState",
    "ActiveState",
    "SubState",
    "UnitFileState",
    "StatusText",
    "MainPID",
    "NRestarts",
    "Result",
    "ExecMainStartTimestamp",
)
START_S: Final = 600.0
"""Longest wait for a program, seconds: a start returns when the models are loaded."""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a program ended."""

    code: int
    out: str
    err: str


Runner = Callable[[tuple[str, ...]], Ran]


def run(command: tuple[str, ...]) -> Ran:
    """Run a program to its end."""
    program = shutil.which(command[0], path="/usr/sbin:/usr/bin:/sbin:/bin")
    if program is None:
        remedy = "install systemd on this machine"
        raise Permanent(f"run {command[0]}", cause="no such program", remedy=remedy)
    try:
        ended = subprocess.run(  # noqa: S603 - the words are ours
            [program, *command[1:]], capture_output=True, text=True, check=False, timeout=START_S
        )
    except subprocess.TimeoutExpired as error:
        cause = f"no end within {START_S:g} s"
        raise Permanent(" ".join(command), cause=cause, remedy=f"see `journalctl -u {UNIT}`") from error
    return Ran(ended.returncode, ended.stdout, ended.stderr)


class Systemd:
    """The service manager of this machine."""

    def __init__(self, runner: Runner = run, *, booted: Path = BOOTED) -> None:
        """Speak through `runner`."""
        self._run = runner
        self._booted = booted

    @property
    def is_running(self) -> bool:
        """Tell whether systemd runs this machine; in a container or an image it does not."""
        return self._booted.is_dir()

    def call(self, *command: str) -> None:
        """Run a program of systemd.

        Raises:
            Permanent: it refused; the error says what it said.
        """
        ended = self._run(command)
        if ended.code:
            said = " ".join((ended.err or ended.out).split()) or f"exit code {ended.code}"
            remedy = f"see `systemctl status {UNIT}` and `journalctl -u {UNIT}`"
            raise Permanent(" ".join(command), cause=said, remedy=remedy)

    def facts(self, unit: str = UNIT) -> Mapping[str, str]:
        """Return what systemd knows about a unit; nothing where systemd does not run."""
        if not self.is_running:
            return {}
        named = ",".join(PROPERTIES)
        ended = self._run(("systemctl", "show", unit, "--timestamp=unix", f"--property={named}"))
        pairs = (line.partition("=") for line in ended.out.splitlines())
        return {name: value for name, _, value in pairs}

    def is_active(self, unit: str = UNIT) -> bool:
        """Tell whether the service, or another unit, runs or is on its way."""
        return self.facts(unit).get("ActiveState") in {"active", "activating", "reloading"}

    def needs_reload(self) -> bool:
        """Tell whether systemd has any of our units in mind otherwise than the files say."""
        if not self.is_running:
            return False
        asked = self._run(("systemctl", "show", *UNITS, "--property=NeedDaemonReload"))
        return "NeedDaemonReload=yes" in asked.out.splitlines()

    def started_at(self) -> int:
        """Return when the service's process began, Unix seconds; 0 where nobody knows."""
        stamp = self.facts().get("ExecMainStartTimestamp", "").removeprefix("@")
        return int(stamp) if stamp.isdigit() else 0
