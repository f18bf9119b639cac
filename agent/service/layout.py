"""Where the parts of the service lie, on this machine or in an image, and the files that ship with maaza."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent.errors import Permanent

PREFIX: Final = Path("/opt/maaza")
"""Folder of the environments, one per version, and of the link to the one in use."""
UNIT: Final = "maaza.service"
SNAPSHOT: Final = "maaza-snapshot.service"
SNAPSHOT_TIMER: Final = "maaza-snapshot.timer"
"""A daily copy of the database; started where the operator wants it."""
UNITS: Final = (UNIT, SNAPSHOT, SNAPSHOT_TIMER)
USER: Final = "maaza"
"""User and group of the service."""
LIVE: Final = Path("/")
"""Root of the machine that this runs on."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Places of one installation."""

    root: Path = LIVE
    """The machine's own root, or that of an image."""
    prefix: Path = PREFIX

    @property
    def is_live(self) -> bool:
        """Tell whether this is the machine itself, not an image."""
        return self.root == LIVE

    def at(self, path: str | Path) -> Path:
        """Return where a path of the installed machine is now."""
        return self.root / str(path).lstrip("/")

    @property
    def unit(self) -> Path:
        """Return the unit file."""
        return self.at(f"/etc/systemd/system/{UNIT}")

    @property
    def wanted(self) -> Path:
        """Return the link that starts the service with the machine."""
        return self.at(f"/etc/systemd/system/multi-user.target.wants/{UNIT}")

    @property
    def snapshot(self) -> Path:
        """Return the unit that copies the database."""
        return self.at(f"/etc/systemd/system/{SNAPSHOT}")

    @property
    def snapshot_timer(self) -> Path:
        """Return the timer of that unit."""
        return self.at(f"/etc/systemd/system/{SNAPSHOT_TIMER}")

    @property
    def snapshot_wanted(self) -> Path:
        """Return the link that starts the timer with the machine."""
        return self.at(f"/etc/systemd/system/timers.target.wants/{SNAPSHOT_TIMER}")

    @property
    def snapshot_stamp(self) -> Path:
        """Return the file in which systemd notes when the timer was due last."""
        return self.at(f"/var/lib/systemd/timers/stamp-{SNAPSHOT_TIMER}")

    @property
    def drop_ins(self) -> Path:
        """Return the folder of the operator's changes to the unit."""
        return self.at(f"/etc/systemd/system/{UNIT}.d")

    @property
    def sysusers(self) -> Path:
        """Return the file that declares the user."""
        return self.at("/etc/sysusers.d/maaza.conf")

    @property
    def tmpfiles(self) -> Path:
        """Return the file that declares folders and their owners."""
        return self.at("/etc/tmpfiles.d/maaza.conf")

    @property
    def current(self) -> Path:
        """Return the link to the environment in use."""
        return self.at(self.prefix / "current")

    @property
    def settings(self) -> Path:
        """Return the settings file."""
        return self.at("/etc/maaza/maaza.toml")

    @property
    def state(self) -> Path:
        """Return the folder of the database."""
        return self.at("/var/lib/maaza")

    @property
    def secrets(self) -> list[Path]:
        """Return the service's files in the store of credentials."""
        return sorted(self.at("/etc/credstore").glob("maaza.*"))

    def has_user(self) -> bool:
        """Tell whether the user of the service is there."""
        accounts = self.at("/etc/passwd")
        lines = accounts.read_text("utf-8").splitlines() if accounts.is_file() else []
        return any(line.startswith(f"{USER}:") for line in lines)

    def shipped(self) -> dict[Path, str]:
        """Return the text of each file that an upgrade replaces, by its place."""
        unit, snapshot = (shipped(name).replace(f"{PREFIX}/", f"{self.prefix}/") for name in (UNIT, SNAPSHOT))
        return {
            self.sysusers: shipped("maaza.sysusers.conf"),
            self.tmpfiles: shipped("maaza.tmpfiles.conf"),
            self.unit: unit,
            self.snapshot: snapshot,
            self.snapshot_timer: shipped(SNAPSHOT_TIMER),
        }


def shipped(name: str) -> str:
    """Return a file that ships with maaza: the packaged copy, else the checkout's."""
    package = Path(__file__).resolve().parents[1]
    for file in (package / "bundled" / name, package.parent / "systemd" / name):
        if file.is_file():
            return file.read_text("utf-8")
    raise Permanent(f"read {name}", cause="it is missing", remedy="install maaza again")
