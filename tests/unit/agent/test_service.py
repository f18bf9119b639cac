"""The service on one node: laid down in an image, told to a fake systemd, taken away again."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent.errors import Permanent
from agent.service import (
    Done,
    Layout,
    Site,
    Systemd,
    check_environment,
    install,
    kept,
    state_of,
    take,
    uninstall,
    upgrade,
)
from agent.service.systemd import Ran


@dataclass
class FakePrograms:
    """Programs of systemd that change nothing but their own notes."""

    root: Path
    active: str = "inactive"
    timer: str = "inactive"
    """State of the timer of daily copies."""
    loaded_otherwise: str = "maaza.service"
    """Unit that systemd has in mind otherwise than its file says."""
    refuses: str = ""
    """Verb of systemctl that fails."""
    stamp: int = 1
    said: list[str] = field(default_factory=list)

    def __call__(self, command: tuple[str, ...]) -> Ran:
        """Note a command and play its part."""
        if "--property=NeedDaemonReload" in command:
            units = (word for word in command if word.startswith("maaza"))
            answers = ("yes" if unit == self.loaded_otherwise else "no" for unit in units)
            return Ran(0, "\n\n".join(f"NeedDaemonReload={answer}" for answer in answers), "")
        if "show" in command:
            return Ran(0, self._facts(command[2]), "")
        self.said.append(" ".join(command))
        if self.refuses and self.refuses in command:
            self.refuses = ""
            return Ran(1, "", "it did not start")
        if command[0] == "systemd-sysusers":
            (self.root / "etc/passwd").write_text("maaza:x:999:999::/var/lib/maaza:/usr/sbin/nologin\n")
        which = "timer" if command[-1].endswith(".timer") else "active"
        now = {"start": "active", "restart": "active", "stop": "inactive"}.get(command[1])
        setattr(self, which, now or getattr(self, which))
        return Ran(0, "", "")

    def _facts(self, unit: str) -> str:
        state = self.timer if unit.endswith(".timer") else self.active
        return (
            f"ActiveState={state}\nMainPID=7\nNRestarts=2\nStatusText=working: a=b\nResult=success\n"
            f"ExecMainStartTimestamp=@{self.stamp}\n"
        )


class Machine(Layout):
    """A folder that counts as a machine of its own."""

    @property
    def is_live(self) -> bool:
        """Tell that systemd runs it."""
        return True


Sites = Callable[[str], Site]
"""Gives the site of a version."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a root with two environments of the service."""
    tmp_path.chmod(0o755)
    for version in ("1", "2"):
        script = tmp_path / "opt/maaza" / version / "bin/maaza"
        script.parent.mkdir(parents=True)
        script.touch()
    return tmp_path


@pytest.fixture
def programs(root: Path) -> FakePrograms:
    """Give a systemd that takes notes."""
    return FakePrograms(root)


@pytest.fixture
def site(root: Path, programs: FakePrograms) -> Sites:
    """Give a way to a version's site on a machine that systemd runs."""
    return lambda version: Site(Machine(root), Path("/opt/maaza") / version, Systemd(programs, booted=root))


@pytest.fixture
def image(root: Path, programs: FakePrograms) -> Site:
    """Give an image that nobody runs."""
    return Site(Layout(root), Path("/opt/maaza/1"), Systemd(programs, booted=root / "none"))


def silent(_done: Done) -> None:
    """Hear nothing."""


def configure(site: Site) -> None:
    """Write settings of one's own."""
    site.layout.settings.parent.mkdir(parents=True, exist_ok=True)
    site.layout.settings.write_text("node = 'mine'\n")


def changes(done: list[Done]) -> list[str]:
    """Return what was changed."""
    return [one.what for one in done if one.changed]


def files(root: Path) -> dict[str, str]:
    """Return every file and link below a root."""
    return {
        str(path.relative_to(root)): str(path.readlink()) if path.is_symlink() else path.read_text("utf-8")
        for path in sorted(root.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def test_image_gets_all_that_its_first_boot_needs(image: Site, programs: FakePrograms, root: Path) -> None:
    """Unit, link to start with the machine, user, folders' owners, environment, settings; no systemctl."""
    take(install(image), say=silent)
    found = files(root)
    assert "ExecStart=/opt/maaza/current/bin/maaza run" in found["etc/systemd/system/maaza.service"]
    assert found["opt/maaza/current"] == "/opt/maaza/1"
    wanted = "etc/systemd/system/multi-user.target.wants/maaza.service"
    assert found[wanted] == "/etc/systemd/system/maaza.service"
    assert {"etc/sysusers.d/maaza.conf", "etc/tmpfiles.d/maaza.conf", "etc/maaza/maaza.toml"} <= found.keys()
    assert programs.said == [f"systemd-sysusers --root={root} /etc/sysusers.d/maaza.conf"]


def test_snapshots_are_installed_and_left_to_the_operator(image: Site, root: Path) -> None:
    """Unit and timer lie there, and nothing starts them: copies take room. Uninstalling takes them."""
    take(install(image), say=silent)
    found = files(root)
    unit = found["etc/systemd/system/maaza-snapshot.service"]
    assert "ExecStart=/opt/maaza/current/bin/maaza audit snapshot" in unit
    assert "etc/systemd/system/maaza-snapshot.timer" in found
    assert not [name for name in found if "timers.target.wants" in name]
    image.layout.snapshot_wanted.parent.mkdir()
    image.layout.snapshot_wanted.symlink_to("/etc/systemd/system/maaza-snapshot.timer")
    take(uninstall(image), say=silent)
    assert not [name for name in files(root) if "snapshot" in name]


def test_image_makes_daily_copies_where_they_are_wanted(image: Site, programs: FakePrograms) -> None:
    """The first boot starts the timer; wished away, it is gone; not named, it stays as it is."""
    timer = image.layout.snapshot_wanted
    seen = []
    for wish in (True, None, False, None):
        take(install(image, snapshots=wish), say=silent)
        seen.append(timer.is_symlink())
    assert seen == [True, True, False, False]
    assert not any("systemctl" in said for said in programs.said)


def test_daily_copies_begin_and_end_at_once(site: Sites, programs: FakePrograms) -> None:
    """On a running machine the timer waits from now on, or rests; a second call changes nothing."""
    here = site("1")
    configure(here)
    take(install(here, snapshots=True), say=silent)
    assert programs.timer == "active"
    assert state_of(here.layout, here.systemd).snapshots
    assert f"start {here.layout.snapshot_timer.name}" not in changes(take(install(here), say=silent))
    take(install(here, snapshots=False), say=silent)
    assert programs.timer == "inactive"
    take(install(here, snapshots=True), say=silent)
    take(uninstall(here), say=silent)
    assert programs.timer == "inactive"


@pytest.mark.parametrize("unit", ["maaza.service", "maaza-snapshot.service", "maaza-snapshot.timer"])
def test_systemd_is_told_of_each_unit_that_changed(site: Sites, programs: FakePrograms, unit: str) -> None:
    """Else it would go on with the schedule, or the copy, of the former version until the next boot."""
    take(install(site("1"), start=False), say=silent)
    programs.loaded_otherwise = ""
    before = changes(upgrade(site("1"), say=silent))
    programs.loaded_otherwise = unit
    assert changes(upgrade(site("1"), say=silent)) == [*before, "tell systemd"]
    assert programs.said[-1] == "systemctl daemon-reload"


def test_second_installation_changes_nothing(image: Site, root: Path) -> None:
    """Whoever rolls out again gets the same machine, and is told that nothing changed."""
    take(install(image), say=silent)
    before = files(root)
    assert changes(take(install(image), say=silent)) == []
    assert files(root) == before


def test_settings_are_the_operators(image: Site) -> None:
    """A file that is there is never written over; an example is written where there is none."""
    configure(image)
    take(install(image), say=silent)
    assert image.layout.settings.read_text() == "node = 'mine'\n"


def test_example_settings_are_not_started(site: Sites, programs: FakePrograms) -> None:
    """Nobody has looked at them yet; not at the second call either."""
    for _ in range(2):
        take(install(site("1")), say=silent)
    assert "systemctl start maaza.service" not in programs.said
    configure(site("1"))
    take(install(site("1")), say=silent)
    assert programs.said[-1] == "systemctl start maaza.service"


def test_another_prefix_reaches_the_unit(root: Path, programs: FakePrograms) -> None:
    """The unit runs what lies below the prefix that was asked for."""
    site = Site(
        Layout(root, Path("/srv/agent")), Path("/srv/agent/1"), Systemd(programs, booted=root / "none")
    )
    take(install(site), say=silent)
    unit = site.layout.unit.read_text()
    assert "ExecStartPre=/srv/agent/current/bin/maaza config check" in unit
    assert "/opt/maaza" not in unit


def test_upgrade_links_the_new_version_and_restarts(site: Sites, programs: FakePrograms) -> None:
    """The link is turned, systemd is told, the process begins anew."""
    configure(site("1"))
    take(install(site("1")), say=silent)
    programs.said.clear()
    done = upgrade(site("2"), say=silent)
    assert "restart maaza.service" in changes(done)
    assert site("2").layout.current.readlink() == Path("/opt/maaza/2")
    assert programs.said[-2:] == ["systemctl daemon-reload", "systemctl restart maaza.service"]


def test_upgrade_leaves_a_stopped_service_stopped(site: Sites, programs: FakePrograms) -> None:
    """Somebody stopped it for a reason."""
    take(install(site("1"), start=False), say=silent)
    upgrade(site("2"), say=silent)
    assert not any("start" in said for said in programs.said)


def test_failed_upgrade_puts_the_former_version_back(site: Sites, programs: FakePrograms, root: Path) -> None:
    """A version that does not start costs one restart, not the service; the error says both."""
    configure(site("1"))
    take(install(site("1")), say=silent)
    site("1").layout.unit.write_text("of the former version")
    before = files(root)
    programs.refuses = "restart"
    with pytest.raises(Permanent, match=r"it did not start.*the former version is back"):
        upgrade(site("2"), say=silent)
    assert files(root) == before
    assert programs.said[-1] == "systemctl restart maaza.service"


def test_failed_upgrade_takes_new_files_away(site: Sites, programs: FakePrograms, root: Path) -> None:
    """What the former version did not have goes with the new one."""
    configure(site("1"))
    take(install(site("1")), say=silent)
    site("1").layout.tmpfiles.unlink()
    before = files(root)
    programs.refuses = "restart"
    with pytest.raises(Permanent):
        upgrade(site("2"), say=silent)
    assert files(root) == before


def test_upgrade_needs_an_installation(site: Sites) -> None:
    """It says what to call instead."""
    with pytest.raises(Permanent, match="maaza service install"):
        upgrade(site("1"), say=silent)


def test_rehearsal_changes_nothing(image: Site, programs: FakePrograms, root: Path) -> None:
    """What would be done is said, in order."""
    before = files(root)
    assert len(changes(take(install(image), say=silent, rehearse=True))) > 5
    assert (files(root), programs.said) == (before, [])


def test_uninstallation_keeps_data_and_settings(site: Sites, root: Path) -> None:
    """All that was laid down is gone, what is the operator's is there; a second call finds nothing to do."""
    here = site("1")
    configure(here)
    take(install(here), say=silent)
    database = here.layout.state / "maaza.db"
    database.parent.mkdir(parents=True)
    database.touch()
    assert "stop maaza.service" in changes(take(uninstall(here), say=silent))
    left = files(root)
    assert {"var/lib/maaza/maaza.db", "etc/maaza/maaza.toml", "opt/maaza/1/bin/maaza"} <= left.keys()
    assert not any("systemd" in name or "current" in name for name in left)
    assert kept(here.layout) == [str(root / "var/lib/maaza"), str(root / "etc/maaza"), "user maaza"]
    assert set(changes(take(uninstall(here), say=silent))) <= {"tell systemd"}


def test_purge_takes_data_settings_and_user(site: Sites, programs: FakePrograms) -> None:
    """Only where it is asked for by name."""
    here = site("1")
    configure(here)
    take(install(here), say=silent)
    here.layout.state.mkdir(parents=True)
    secret = here.layout.at("/etc/credstore/maaza.password")
    for file in (secret, here.layout.snapshot_stamp):
        file.parent.mkdir(parents=True)
        file.touch()
    take(uninstall(here, purge=True), say=silent)
    assert not here.layout.snapshot_stamp.exists()
    assert not secret.exists()
    assert not here.layout.state.exists()
    assert not here.layout.settings.parent.exists()
    assert programs.said[-1] == "userdel maaza"


def test_state_tells_what_systemd_and_the_files_say(site: Sites, programs: FakePrograms) -> None:
    """Running, older than its files, with the agent's own words and the operator's changes."""
    here = site("1")
    configure(here)
    take(install(here), say=silent)
    here.layout.drop_ins.mkdir()
    (here.layout.drop_ins / "memory.conf").touch()
    here.layout.tmpfiles.write_text("edited")
    state = state_of(here.layout, here.systemd)
    assert (state.runs, state.active, state.detail) == (True, "active", "working: a=b")
    assert (state.enabled, state.environment, state.outdated) == (True, "/opt/maaza/1", True)
    assert state.changed == (str(here.layout.tmpfiles),)
    assert state.drop_ins == (str(here.layout.drop_ins / "memory.conf"),)
    programs.stamp = int(here.layout.current.lstat().st_mtime) + 10
    assert not state_of(here.layout, here.systemd).outdated


@pytest.mark.parametrize(
    "name", ["etc/credstore/maaza.password", "etc/systemd/system/maaza.service.d/memory.conf"]
)
def test_newer_secret_or_drop_in_takes_a_restart(
    site: Sites, programs: FakePrograms, root: Path, name: str
) -> None:
    """The process got its secrets and limits when it began: whoever calls again gets it up to date."""
    here = site("1")
    configure(here)
    take(install(here), say=silent)
    programs.stamp = int(here.layout.current.lstat().st_mtime) + 10
    file = root / name
    file.parent.mkdir()
    file.touch()
    os.utime(file, (programs.stamp + 1, programs.stamp + 1))
    assert state_of(here.layout, here.systemd).outdated
    assert "restart maaza.service" in changes(upgrade(here, say=silent))


def test_environment_without_the_command_is_refused(root: Path) -> None:
    """A link into nothing would only be found at the next boot."""
    with pytest.raises(Permanent, match="no /opt/maaza/3/bin/maaza"):
        check_environment(Path("/opt/maaza/3"), Layout(root))


@pytest.mark.parametrize("folder", ["/home/pi/venv", "/root/venv", "/run/user/1/venv"])
def test_hidden_environment_is_refused(root: Path, folder: str) -> None:
    """The sandbox hides homes: the service would not find its program."""
    script = root / folder.lstrip("/") / "bin/maaza"
    script.parent.mkdir(parents=True)
    script.touch()
    with pytest.raises(Permanent, match="cannot see"):
        check_environment(Path(folder), Layout(root))


def test_closed_environment_is_refused(root: Path) -> None:
    """What root made with a tight mask, the service's user cannot enter."""
    (root / "opt/maaza").chmod(0o700)
    with pytest.raises(Permanent, match="below /opt/maaza, which is closed"):
        check_environment(Path("/opt/maaza/1"), Layout(root))


def test_folder_that_cannot_be_written_is_said(image: Site, root: Path) -> None:
    """The error names the file and the reason."""
    (root / "etc").touch()
    with pytest.raises(Permanent, match=r"write .*sysusers"):
        take(install(image), say=silent)
