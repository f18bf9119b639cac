"""The service under the real systemd of a booted Debian tree, in its whole sandbox, with the embedded model.

Needs root, systemd-nspawn, and a tree whose Python has the version of this one: `make booted` sees to that.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest
from freeze import frozen_thread
from machine import Machine, booted, copy_of_the_tree, needs_a_tree
from rig import wait_until

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = "/opt/maaza/0.1.0"
QUICK = "[Service]\nWatchdogSec=8\n"
"""Drop-in by which a test of the watchdog need not wait for a minute."""

pytestmark = needs_a_tree


def maaza(machine: Machine, *words: str, code: int = 0) -> str:
    """Run the command of the installed environment."""
    return machine.ask(f"{ENVIRONMENT}/bin/maaza", *words, code=code)


def furnish(tree: Path) -> None:
    """Put an environment with the wheel of this checkout into the tree."""
    wheels = tree / "srv"
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(wheels)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    inside = ["chroot", str(tree)]
    subprocess.run([*inside, "python3", "-m", "venv", ENVIRONMENT], check=True)
    site = next((tree / ENVIRONMENT.lstrip("/")).glob("lib/python*/site-packages"))
    ours = Path(sysconfig.get_path("purelib"))
    skipped = shutil.ignore_patterns("*maaza*", "*editable*", "pip*", "mypy*", "__pycache__")
    shutil.copytree(ours, site, ignore=skipped, dirs_exist_ok=True)
    wheel = next(wheels.glob("maaza-*.whl"))
    pip = [f"{ENVIRONMENT}/bin/python", "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*inside, *pip, f"/srv/{wheel.name}"], check=True)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """Give a machine that has booted and has the environment, not the service."""
    tree = copy_of_the_tree(tmp_path_factory.mktemp("boot"))
    furnish(tree)
    with booted(tree) as made:
        yield made


def look_at_settings(machine: Machine) -> None:
    """Change the example, so that it is somebody's own."""
    file = machine.tree / "etc/maaza/maaza.toml"
    file.write_text(f"{file.read_text()}# seen\n")


@pytest.fixture
def service(machine: Machine) -> Iterator[Machine]:
    """Give a machine whose service runs, impatient; it is removed with all its data afterwards."""
    maaza(machine, "service", "install")
    look_at_settings(machine)
    drop_ins = machine.tree / "etc/systemd/system/maaza.service.d"
    drop_ins.mkdir()
    (drop_ins / "quick.conf").write_text(QUICK)
    machine.ask("systemctl", "daemon-reload")
    maaza(machine, "service", "install")
    yield machine
    maaza(machine, "service", "uninstall", "--purge")


def test_service_runs_in_its_sandbox(service: Machine) -> None:
    """It is ready, as the status says, without capabilities, under a filter of system calls."""
    assert service.fact("ActiveState") == "active"
    process = service.ask("cat", f"/proc/{service.fact('MainPID')}/status")
    assert "CapEff:\t0000000000000000" in process
    assert "Seccomp:\t2" in process
    wait_until(lambda: service.fact("StatusText").startswith("working"), 10, what="status says working")
    assert "\n0 of " in maaza(service, "service", "install")
    assert "active" in maaza(service, "service", "status")


def test_snapshot_is_made_in_its_own_sandbox(service: Machine) -> None:
    """The timer waits for somebody to want it; its unit copies the database beside the running agent."""
    assert service.ask("systemctl", "is-enabled", "maaza-snapshot.timer", code=1).strip() == "disabled"
    service.ask("systemctl", "enable", "--now", "maaza-snapshot.timer")
    assert service.ask("systemctl", "is-active", "maaza-snapshot.timer").strip() == "active"
    for _ in range(4):
        service.ask("systemctl", "start", "maaza-snapshot.service")
        service.ask("sleep", "1.1")
    copies = service.ask("find", "/var/lib/maaza/snapshots", "-printf", "%f %u %m\\n").splitlines()
    made = [line for line in copies if line.startswith("maaza-")]
    assert len(made) == 3
    assert {line.split(" ", 1)[1] for line in made} == {"maaza 640"}
    newest = max(line.split()[0] for line in made)
    maaza(service, "audit", "verify", "--database", f"/var/lib/maaza/snapshots/{newest}")


def test_journal_knows_priorities_and_the_sandbox_lets_numbers_be_read(service: Machine) -> None:
    """`journalctl -p warning` shows what to look at, nothing else; metrics have the process's numbers."""
    file = service.tree / "etc/maaza/maaza.toml"
    good = file.read_text()
    file.write_text(f"{good}nonsense\n")
    service.ask("systemctl", "reload", "maaza")
    grave = ("journalctl", "--unit", "maaza", "--priority", "warning", "--output", "cat")
    wait_until(lambda: '"reload_refused"' in service.ask(*grave), 20, what="an error")
    file.write_text(good)
    service.ask("systemctl", "reload", "maaza")
    lines = [json.loads(line) for line in service.ask(*grave).splitlines() if line.startswith("{")]
    assert {line["level"] for line in lines} <= {"warning", "error"}
    everything = service.ask("journalctl", "--unit", "maaza", "--output", "cat")
    assert '"started"' in everything
    assert "<6>" not in everything
    told = json.loads(maaza(service, "metrics", "--json"))
    for name in ("written_bytes_total", "cpu_seconds_total", "resident_memory_bytes", "open_fds"):
        assert told["metrics"][f"maaza_process_{name}"][0]["value"] > 0, name


def test_frozen_process_is_started_again(service: Machine) -> None:
    """No progress, no beat: systemd ends it and starts another, and the journal has the stacks."""
    before = service.fact("MainPID")
    service.ask("kill", "-STOP", before)
    wait_until(lambda: service.fact("NRestarts") == "1", 20, what="restarted")
    wait_until(lambda: service.fact("ActiveState") == "active", 20, what="active again")
    assert service.fact("MainPID") != before
    journal = service.ask("journalctl", "--unit", "maaza", "--output", "cat")
    assert "Failed with result 'watchdog'" in journal
    assert "Fatal Python error: Aborted" in journal


def test_frozen_loop_alone_is_named_and_started_again(service: Machine) -> None:
    """One loop stands still and all else goes on: the journal names it, and systemd starts another agent."""
    before = service.fact("MainPID")
    with frozen_thread(service.outside(before), "process") as look:
        wait_until(lambda: (look(), service.fact("NRestarts"))[1] == "1", 60, what="restarted")
    wait_until(lambda: service.fact("ActiveState") == "active", 20, what="active again")
    assert service.fact("MainPID") != before
    journal = service.ask("journalctl", "--unit", "maaza", "--output", "cat")
    told = [json.loads(line) for line in journal.splitlines() if line.startswith("{") and '"stuck"' in line]
    assert [line["loops"] for line in told if line["event"] == "stuck"] == [["process"]]
    assert "Failed with result 'watchdog'" in journal


def test_frozen_model_alone_restarts_nothing(service: Machine) -> None:
    """Three times the watchdog's patience, with a text in the model's hands."""
    before = service.fact("MainPID")
    service.ask("kill", "-STOP", service.model())
    service.publish("PUMP-07 temp 81.4C vib 2.1 mm/s state RUNNING")
    wait_until(lambda: "1 in extraction" in service.fact("StatusText"), 10, what="in extraction")
    service.ask("sleep", "24")
    assert (service.fact("MainPID"), service.fact("NRestarts")) == (before, "0")
    service.ask("kill", "-CONT", service.model())
    wait_until(lambda: "0 in extraction" in service.fact("StatusText"), 10, what="settled")


def test_wrong_configuration_is_refused_and_heals(service: Machine) -> None:
    """A reload keeps the old one, a start fails; corrected, the service comes up without a hand."""
    wrong = service.tree / "etc/maaza/conf.d/wrong.toml"
    wrong.write_text("nonsense = 1\n")
    service.ask("systemctl", "reload", "maaza")
    wait_until(lambda: "reload refused" in service.fact("StatusText"), 10, what="refusal in the status")
    assert service.fact("ActiveState") == "active"
    service.ask("systemctl", "restart", "maaza", code=1)
    wrong.unlink()
    wait_until(lambda: service.fact("ActiveState") == "active", 20, what="active without a hand")


def test_removal_leaves_the_data(machine: Machine) -> None:
    """The database is there for the next installation, which goes on with it."""
    maaza(machine, "service", "install")
    look_at_settings(machine)
    maaza(machine, "service", "install")
    assert "/var/lib/maaza" in maaza(machine, "service", "uninstall")
    assert (machine.tree / "var/lib/maaza/maaza.db").is_file()
    maaza(machine, "service", "uninstall", "--purge")
    assert not (machine.tree / "var/lib/maaza").exists()
