"""The unit file: accepted by systemd, exposed as little as promised, and of one mind with the agent."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from agent.app import FAREWELL_S
from agent.cli import main
from agent.cli.database import DEFAULT_DATABASE
from agent.cli.options import DEFAULT_SETTINGS
from agent.health import BEAT_S
from agent.service.environment import HIDDEN
from agent.settings import LimitSettings

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "systemd/maaza.service"
TEXT = UNIT.read_text("utf-8")
SNAPSHOT = ROOT / "systemd/maaza-snapshot.service"
TIMER = ROOT / "systemd/maaza-snapshot.timer"
EXPOSURE = 20
"""Tenths of systemd's scale: 2.0 of 10."""
NEWER = {"RestartSteps", "RestartMaxDelaySec"}
"""Keys that systemd has since 254, and that older versions say they ignore."""

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


def settings(key: str) -> list[str]:
    """Return the values of a key of the unit."""
    return re.findall(rf"^{key}=(.*)$", TEXT, re.MULTILINE)


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Ask systemd about a unit file."""
    command = ["systemd-analyze", "--no-pager", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@needs_systemd
@pytest.mark.parametrize("unit", [UNIT, SNAPSHOT], ids=lambda unit: unit.name)
def test_exposure_is_at_most_two(unit: Path) -> None:
    """The sandbox is as tight as promised, by systemd's own measure."""
    judged = analyze("security", "--offline=yes", f"--threshold={EXPOSURE}", str(unit))
    assert judged.returncode == 0, judged.stdout[-500:]


@needs_systemd
def test_measure_refuses_a_plain_unit(tmp_path: Path) -> None:
    """The negative control: the same question about a unit without a sandbox."""
    plain = tmp_path / "maaza.service"
    plain.write_text("[Service]\nUser=maaza\nExecStart=/bin/true\n")
    assert analyze("security", "--offline=yes", f"--threshold={EXPOSURE}", str(plain)).returncode != 0


@needs_systemd
@pytest.mark.parametrize("file", [UNIT, SNAPSHOT, TIMER], ids=lambda file: file.name)
def test_systemd_understands_every_line(file: Path, tmp_path: Path) -> None:
    """Nothing is misspelt; an older systemd may say that it ignores what it does not know yet."""
    program = tmp_path / "current/bin/maaza"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for one in (UNIT, SNAPSHOT, TIMER):
        (tmp_path / one.name).write_text(one.read_text("utf-8").replace("/opt/maaza/", f"{tmp_path}/"))
    judged = analyze("verify", str(tmp_path / file.name))
    said = [line for line in judged.stderr.splitlines() if "maaza" in line]
    assert [line for line in said if not any(f"'{key}'" in line for key in NEWER)] == []
    assert judged.returncode == 0


def test_verbs_of_the_unit_exist() -> None:
    """What it calls is understood by the command, with the defaults that the unit counts on."""
    for line in settings("ExecStart") + settings("ExecStartPre"):
        program, *words = line.split()
        assert program == "/opt/maaza/current/bin/maaza"
        command: click.Command | None = main
        for word in words:
            assert isinstance(command, click.Group)
            command = command.get_command(click.Context(command), word)
        assert command is not None
    assert Path("/etc/maaza/maaza.toml") == DEFAULT_SETTINGS
    assert DEFAULT_DATABASE.parent == Path("/var/lib") / settings("StateDirectory")[0]


def test_snapshot_unit_calls_what_the_command_understands() -> None:
    """Its options are known, and it works on the database and in the folder of the service."""
    (line,) = re.findall(r"^ExecStart=(.*)$", SNAPSHOT.read_text("utf-8"), re.MULTILINE)
    program, verb, action, *words = line.split()
    assert (program, verb, action) == ("/opt/maaza/current/bin/maaza", "audit", "snapshot")
    group = main.get_command(click.Context(main), verb)
    assert isinstance(group, click.Group)
    known = {option for parameter in group.commands[action].params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known
    assert Path(words[words.index("--folder") + 1]).parent == DEFAULT_DATABASE.parent
    assert f"ConditionPathExists={DEFAULT_DATABASE}\n" in SNAPSHOT.read_text("utf-8")


def test_watchdog_waits_longer_than_the_beats() -> None:
    """A loop counts as stuck well before systemd loses patience, and the log can say which."""
    assert float(settings("WatchdogSec")[0]) >= 2 * BEAT_S


def test_time_to_stop_is_enough_for_an_ordered_one() -> None:
    """Before the agent has asked for more, the default of its settings fits in."""
    assert float(settings("TimeoutStopSec")[0]) >= LimitSettings().stop_s + FAREWELL_S


def test_model_may_die_alone() -> None:
    """Only the main process's end is the service's end."""
    assert settings("KillMode") == ["mixed"]
    assert settings("OOMPolicy") == ["continue"]
    assert settings("NotifyAccess") == ["main"]


def test_folders_that_the_sandbox_hides_are_refused_for_environments() -> None:
    """What the unit hides, `maaza service install` does not link to."""
    assert settings("ProtectHome") == settings("PrivateTmp") == ["yes"]
    assert {"/home", "/root", "/run/user", "/tmp", "/var/tmp"} == set(map(str, HIDDEN))  # noqa: S108 - names only


def test_user_of_the_unit_is_declared() -> None:
    """The same name in unit, user and folders."""
    (user,) = settings("User")
    assert f"\nu {user} " in (ROOT / "systemd/maaza.sysusers.conf").read_text("utf-8")
    assert f" 0750 {user} {user} " in (ROOT / "systemd/maaza.tmpfiles.conf").read_text("utf-8")
