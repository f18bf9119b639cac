"""The role against a booted Debian tree: what a run changes, what it leaves alone, how it finds the way back.

Needs what test_booted.py needs, the controller's environment, a registry for the wheelhouse: `make booted`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from machine import Machine, booted, copy_of_the_tree, needs_a_tree
from rig import wait_until
from wheels import another, wheelhouse

ROOT = Path(__file__).resolve().parents[2]
PLAYBOOK = ROOT / ".venv-ansible/bin/ansible-playbook"
PASSWORD = "geheim-8c1f"  # noqa: S105 - looked for everywhere, and found nowhere
NUMBERS = count(60)
"""Each text is another: the same one soon after a restart may pass for a redelivery."""
ROUTE = {"filter": "plant/+/raw", "schemas": ["machine_state"], "device_level": 1}
DIES_SOON = "\nimport threading\nthreading.Timer(6, lambda: os._exit(3)).start()\n"
"""A version that is ready, and then ends."""

pytestmark = [
    *needs_a_tree,
    pytest.mark.skipif(
        not PLAYBOOK.is_file(), reason="`.ci/setup ansible` makes the controller's environment"
    ),
]


@dataclass
class Run:
    """One run of the playbook."""

    code: int
    said: str

    @property
    def changed(self) -> int:
        """Return how many tasks changed something."""
        found = re.search(r"changed=(\d+)", self.said)
        assert found, self.said
        return int(found[1])


@dataclass
class Node:
    """A machine with its inventory."""

    machine: Machine
    house: Path
    folder: Path
    variables: dict[str, Any] = field(default_factory=dict)

    def play(self, *options: str, code: int = 0, **variables: Any) -> Run:
        """Run the playbook with the variables of the node, and those given over them."""
        way = {
            "ansible_connection": "booted",
            "ansible_booted_leader": int(self.machine.leader),
            "ansible_become": False,
        }
        host = {**way, "maaza_wheelhouse": str(self.house), **self.variables, **variables}
        inventory = self.folder / "inventory.yml"
        inventory.write_text(json.dumps({"maaza": {"hosts": {"node": host}}}))
        environment = {**os.environ, "ANSIBLE_CONNECTION_PLUGINS": str(ROOT / "tests/rig/connections")}
        command = [str(PLAYBOOK), "--inventory", str(inventory), *options, "site.yml"]
        ran = subprocess.run(
            command, cwd=ROOT / "ansible", env=environment, capture_output=True, text=True, check=False
        )
        assert ran.returncode == code, ran.stdout + ran.stderr
        return Run(ran.returncode, ran.stdout + ran.stderr)

    def settings(self, **more: Any) -> dict[str, Any]:
        """Return the settings of the node with others over them."""
        return {**self.variables["maaza_settings"], **more}

    def maaza(self, *words: str) -> str:
        """Run the command in use on the node."""
        return self.machine.ask("/opt/maaza/current/bin/maaza", *words)

    def files(self) -> str:
        """Return every file that could be ours, with its state, owner, mode and size."""
        places = [
            "/etc/maaza",
            "/etc/credstore",
            "/etc/systemd/system",
            "/var/lib/maaza/models",
            "/opt/maaza",
        ]
        listed = [*places, "-not", "-name", "*.pyc", "-printf", r"%p %l %u:%g %m %s\n"]
        script = 'for place in "$@"; do [ ! -e "$place" ] || echo "$place"; done'
        present = self.machine.ask("sh", "-c", script, "sh", *places).split()
        return self.machine.ask("find", *present, *listed[len(places) :]) if present else ""

    @property
    def process(self) -> str:
        """Return the service's main process."""
        return self.machine.fact("MainPID")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a wheelhouse of this checkout."""
    return wheelhouse(tmp_path_factory.mktemp("wheels") / "house")


@pytest.fixture(scope="module")
def fresh(house: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """Give a node that has never seen maaza: no pip, no venv, no compiler is asked for."""
    folder = tmp_path_factory.mktemp("role")
    secrets = {"username": "maaza", "password": PASSWORD}
    for name, text in secrets.items():
        (folder / name).write_text(f"{text}\n")
    login = {f"{name}_file": f"$CREDENTIALS_DIRECTORY/maaza.{name}" for name in secrets}
    variables = {
        "maaza_settings": {"node": "n", "input": login, "route": [ROUTE]},
        "maaza_secrets": {name: str(folder / name) for name in secrets},
        "maaza_settle_s": 3,
    }
    with booted(copy_of_the_tree(folder)) as machine:
        yield Node(machine, house, folder, variables)


@pytest.fixture(scope="module")
def first(fresh: Node) -> tuple[Run, Run]:
    """Give a rehearsal and the first run, with everything that they print."""
    before = fresh.files()
    rehearsed = fresh.play("--check", "--diff")
    assert fresh.files() == before
    return rehearsed, fresh.play("--diff", "-vv")


@pytest.fixture
def node(fresh: Node, first: tuple[Run, Run]) -> Node:
    """Give a node as the first run left it, whatever the test before did."""
    fresh.play()
    return fresh


def test_rehearsal_on_a_fresh_node_passes_and_shows_the_settings(first: tuple[Run, Run]) -> None:
    """It changes nothing (the fixture compares), fails nowhere, and says what would come."""
    rehearsed, _ = first
    assert rehearsed.changed > 0
    assert 'filter = "plant/+/raw"' in rehearsed.said


def test_first_run_installs_and_starts(node: Node, first: tuple[Run, Run]) -> None:
    """The service runs, starts with the machine, and turns a text into a record."""
    assert first[1].changed > 5
    status = json.loads(node.maaza("service", "status", "--json"))
    assert (status["runs"], status["enabled"], status["settings"], status["restarts"]) == (
        True,
        True,
        "own",
        0,
    )
    assert status["environment"].startswith("/opt/maaza/0.1.0-")
    extracted(node, before=0)


def extracted(node: Node, *, before: int) -> None:
    """Send a text and wait for its record; where none comes, say what node and service say."""
    node.machine.publish(f"PUMP-07 temp {next(NUMBERS)}.4C vib 2.1 mm/s state RUNNING")
    try:
        wait_until(lambda: records(node) == before + 1, 20, what="a record")
    except AssertionError as error:
        states = node.maaza("audit", "query", "--view", "states", "--csv")
        journal = node.machine.ask("journalctl", "--unit", "maaza", "--lines", "40", "--output", "cat")
        raise AssertionError(f"{error}, {records(node)} after {before}\n{states}\n{journal}") from error


def records(node: Node) -> int:
    """Return how many records the database has."""
    return int(node.maaza("audit", "query", "SELECT count(*) AS n FROM v_records", "--csv").split()[-1])


def test_secret_is_shown_nowhere(node: Node, first: tuple[Run, Run]) -> None:
    """Root's alone on the node, in the service's hands, and in nothing that was printed at -vv --diff."""
    assert PASSWORD not in first[0].said + first[1].said
    listed = [line for line in node.files().splitlines() if "maaza.password" in line]
    assert listed == [f"/etc/credstore/maaza.password  root:root 600 {len(PASSWORD) + 1}"]
    assert PASSWORD in node.machine.ask("cat", "/run/credentials/maaza.service/maaza.password")
    assert PASSWORD not in node.machine.ask("cat", "/etc/maaza/conf.d/50-ansible.toml")


def test_second_run_changes_nothing(node: Node) -> None:
    """Not a file, not the process; nor would a rehearsal."""
    before = (node.files(), node.process)
    assert node.play("--diff").changed == 0
    assert node.play("--check", "--diff").changed == 0
    assert (node.files(), node.process) == before


def test_changed_log_level_is_reloaded(node: Node) -> None:
    """The process stays, and has taken it over."""
    before = node.process
    ran = node.play(maaza_settings=node.settings(log={"level": "debug"}))
    assert "Reload the agent" in ran.said
    assert (node.process, node.machine.fact("NRestarts")) == (before, "0")
    journal = node.machine.ask("journalctl", "--unit", "maaza", "--output", "cat")
    assert '"changed": ["log.level"]' in journal


def test_changed_limit_restarts(node: Node) -> None:
    """What a reload does not take over, once."""
    before = node.process
    ran = node.play(maaza_settings=node.settings(limits={"in_flight": 400}))
    assert "Restart the agent" in ran.said
    assert node.process != before
    assert "400" in node.maaza("config", "show", "--json")


def test_changed_unit_restarts(node: Node) -> None:
    """The drop-in is in force, and goes when it is not wanted any more."""
    before = node.process
    node.play(maaza_unit={"Service": {"TasksMax": 99, "Environment": ["A=1", "B=2"]}})
    assert node.machine.fact("TasksMax") == "99"
    assert "A=1" in node.machine.fact("Environment")
    assert node.process != before


def test_daily_copies_are_made_where_they_are_wanted(node: Node) -> None:
    """The timer waits, what it starts makes a copy, and both rest when nobody wants them any more."""
    before = node.process
    node.play(maaza_snapshots=True)
    assert node.play(maaza_snapshots=True).changed == 0
    assert node.machine.ask("systemctl", "is-enabled", "maaza-snapshot.timer").strip() == "enabled"
    assert node.machine.ask("systemctl", "is-active", "maaza-snapshot.timer").strip() == "active"
    node.machine.ask("systemctl", "start", "maaza-snapshot.service")
    assert ".db" in node.machine.ask("ls", "/var/lib/maaza/snapshots")
    node.play()
    assert node.machine.ask("systemctl", "is-enabled", "maaza-snapshot.timer", code=1).strip() == "disabled"
    assert node.process == before


def test_metrics_are_served_where_they_are_wanted(node: Node) -> None:
    """The environment is another one, with one package more; without it the settings are refused."""
    settings = node.settings(metrics={"prometheus": True})
    refused = node.play(code=2, maaza_settings=settings)
    assert "maaza[metrics]" in refused.said
    node.play(maaza_settings=settings, maaza_metrics=True)
    assert node.play(maaza_settings=settings, maaza_metrics=True).changed == 0
    read = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:9464/metrics').read().decode())"
    assert "maaza_messages_received_total" in node.machine.ask("/opt/maaza/current/bin/python", "-c", read)


def test_changed_secret_restarts(node: Node) -> None:
    """The service gets secrets when it starts."""
    other = node.folder / "other"
    other.write_text("anders\n")
    before = node.process
    node.play(maaza_secrets={**node.variables["maaza_secrets"], "password": str(other)})
    assert node.process != before
    assert "anders" in node.machine.ask("cat", "/run/credentials/maaza.service/maaza.password")


def test_run_that_was_broken_off_is_finished(node: Node) -> None:
    """Settings lie there, nobody has told the service: the next run sees the copy of the former ones."""
    copy = "/etc/maaza/conf.d/50-ansible.toml.1.2026-01-01@00:00:00~"
    node.machine.ask("touch", copy)
    before = node.process
    assert "Restart the agent" in node.play().said
    assert node.process != before
    assert copy not in node.files()
    assert node.play().changed == 0


def test_wrong_settings_change_nothing(node: Node) -> None:
    """Each fault is said with its place, in a rehearsal too; the process goes on under the old ones."""
    before = (node.files(), node.process)
    wrong = node.settings(limits={"in_flght": 400}, log={"level": "loud"})
    for options in (["--check"], []):
        ran = node.play(*options, code=2, maaza_settings=wrong)
        assert "in_flght" in ran.said
        assert "log.level" in ran.said
        assert "50-ansible.toml" in ran.said
    assert (node.files(), node.process) == before


def test_settings_that_do_not_start_are_taken_back(node: Node) -> None:
    """Sound as far as a check can see: the former ones are in force again, and the reason is said."""
    before = node.files()
    ran = node.play(
        code=2, maaza_settings=node.settings(buffer={"path": "/var/lib/maaza/none/there/maaza.db"})
    )
    assert "What was before is back." in ran.said
    assert "/var/lib/maaza/none/there" in ran.said
    assert node.files() == before
    assert node.machine.fact("ActiveState") == "active"


def test_own_schemas_and_models_come_with_their_digests(node: Node, tmp_path: Path) -> None:
    """They serve the next text; a changed schema is a reload; a changed model under its name is refused."""
    for name in ("machine_state", "tank_level"):
        (tmp_path / f"{name}.schema.json").write_bytes((ROOT / f"schemas/{name}.schema.json").read_bytes())
    model = tmp_path / "mine"
    subprocess.run(["cp", "-r", str(ROOT / "agent/models/nano"), str(model)], check=True)
    (model / "README.md").unlink()
    tier = [{"name": "nano", "model": "/var/lib/maaza/models/mine"}]
    more: dict[str, Any] = {
        "maaza_schemas": str(tmp_path),
        "maaza_models": [str(model)],
        "maaza_settings": node.settings(tier=tier),
    }
    node.play(**more)
    assert node.play(**more).changed == 0
    assert "/var/lib/maaza/models/mine" in node.maaza("config", "show")
    before, process = records(node), node.process
    file = tmp_path / "machine_state.schema.json"
    file.write_text(file.read_text().replace("Machine state", "State of a machine"))
    assert "Reload the agent" in node.play(**more).said
    assert node.process == process
    extracted(node, before=before)
    manifest = model / "manifest.json"
    manifest.write_text(manifest.read_text() + "\n")
    assert "another model 'mine'" in node.play(code=2, **more).said


def test_node_that_the_wheels_do_not_fit_is_left_alone(node: Node) -> None:
    """Every reason at once, before anything has changed."""
    other = node.house.with_name("other")
    subprocess.run(["cp", "-r", str(node.house), str(other)], check=True)
    manifest = json.loads((other / "manifest.json").read_text())
    manifest.update(machine="aarch64", python="3.13")
    (other / "manifest.json").write_text(json.dumps(manifest))
    before = (node.files(), node.process)
    ran = node.play(code=2, maaza_wheelhouse=str(other), maaza_spare_bytes=10**15)
    for said in ("the wheelhouse is for aarch64", "the wheelhouse is for 3.13", "make room"):
        assert said in ran.said
    assert (node.files(), node.process) == before


def test_upgrade_keeps_the_data(node: Node) -> None:
    """The new version runs, the database goes on, the former environment stays for the way back."""
    before, process = records(node) + 1, node.process
    extracted(node, before=before - 1)
    newer = another(node.house, "0.1.1")
    node.play(maaza_wheelhouse=str(newer))
    status = json.loads(node.maaza("service", "status", "--json"))
    assert status["environment"].startswith("/opt/maaza/0.1.1-")
    assert (status["runs"], status["outdated"], node.process != process) == (True, False, True)
    assert records(node) == before
    assert node.play(maaza_wheelhouse=str(newer)).changed == 0
    kept = node.machine.ask("ls", "/opt/maaza").split()
    assert [name.split("-")[0] for name in kept] == ["0.1.0", "0.1.1", "current"]


@pytest.mark.parametrize("spoilt", ["\nraise SystemExit('spoilt')\n", DIES_SOON], ids=["at once", "soon"])
def test_upgrade_that_does_not_live_goes_back(node: Node, spoilt: str) -> None:
    """Version and settings of before are in force; what was sent in between is not lost."""
    before = records(node)
    former = (node.maaza("service", "status", "--json"), node.maaza("config", "show", "--json"))
    bad = another(node.house, f"0.2.{len(spoilt)}", run=spoilt)
    ran = node.play(
        code=2,
        maaza_wheelhouse=str(bad),
        maaza_settings=node.settings(limits={"in_flight": 300}),
        maaza_settle_s=10,
    )
    assert "What was before is back." in ran.said
    wait_until(lambda: node.machine.fact("ActiveState") == "active", 20, what="active again")
    after = (node.maaza("service", "status", "--json"), node.maaza("config", "show", "--json"))
    assert [json.loads(one).get("environment") for one in after] == [
        json.loads(one).get("environment") for one in former
    ]
    assert after[1] == former[1]
    extracted(node, before=before)
    assert node.play().changed == 0


def test_removal_keeps_data_and_purge_takes_them(node: Node) -> None:
    """A second removal changes nothing; an installation in between goes on with the data."""
    before = records(node)
    rehearsed = node.play("--check", maaza_state="absent")
    assert rehearsed.changed > 0
    assert node.play(maaza_state="absent").changed > 0
    assert node.play(maaza_state="absent").changed == 0
    left = node.files()
    assert "maaza.service " not in left
    assert "/opt/maaza" not in left
    assert "/etc/maaza/conf.d/50-ansible.toml" in left
    node.play()
    assert records(node) == before
    node.play(maaza_state="absent")
    assert node.play(maaza_state="absent", maaza_purge=True).changed > 0
    assert node.play(maaza_state="absent", maaza_purge=True).changed == 0
    assert "maaza" not in node.files()
    everywhere = [
        "find",
        "/etc",
        "/var/lib",
        "/opt",
        "/run",
        "-name",
        "*maaza*",
        "-not",
        "-path",
        "/run/log/*",
    ]
    assert node.machine.ask(*everywhere).split() == []
    assert "maaza" not in node.machine.ask("cat", "/etc/passwd", "/etc/group")
