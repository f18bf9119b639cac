"""How the service is: what lies on the disk, and what systemd says about it."""

from __future__ import annotations

from dataclasses import dataclass

from agent.service.layout import Layout
from agent.service.steps import Write
from agent.service.systemd import Systemd
from agent.settings.template import template


@dataclass(frozen=True, slots=True)
class State:
    """The service at one moment."""

    installed: bool
    active: str
    """As systemd says: active, activating, failed, inactive; unknown where systemd does not run."""
    detail: str
    """What the agent says about itself, else how it ended last."""
    enabled: bool
    """True where it starts with the machine."""
    snapshots: bool
    """True where the database is copied each day."""
    settings: str
    """``own``, ``example`` where nobody has edited it yet, ``missing``, or ``unknown`` to this user."""
    environment: str
    """Where the link to the environment leads; empty without one."""
    restarts: int
    """Automatic restarts since the last start by hand."""
    pid: int
    """Main process; 0 where there is none."""
    changed: tuple[str, ...]
    """Shipped files that are missing or say something else than this version's."""
    drop_ins: tuple[str, ...]
    """The operator's changes to the unit."""
    outdated: bool
    """True where the process is older than its files: an upgrade restarts it."""

    @property
    def runs(self) -> bool:
        """Tell whether the service runs."""
        return self.active in {"active", "reloading"}


def state_of(layout: Layout, systemd: Systemd) -> State:
    """Look at everything; change nothing."""
    facts = systemd.facts() if layout.is_live else {}
    result = facts.get("Result", "")
    shipped = [Write(place, text) for place, text in layout.shipped().items()]
    return State(
        installed=layout.unit.is_file(),
        active=facts.get("ActiveState", "unknown"),
        detail=facts.get("StatusText", "") or ("" if result == "success" else result),
        enabled=layout.wanted.is_symlink(),
        snapshots=layout.snapshot_wanted.is_symlink(),
        settings=settings_of(layout),
        environment=str(layout.current.readlink()) if layout.current.is_symlink() else "",
        restarts=int(facts.get("NRestarts", "") or 0),
        pid=int(facts.get("MainPID", "") or 0),
        changed=tuple(str(one.target) for one in shipped if layout.unit.is_file() and one.due()),
        drop_ins=tuple(str(file) for file in sorted(layout.drop_ins.glob("*.conf"))),
        outdated=layout.is_live and is_outdated(layout, systemd),
    )


def settings_of(layout: Layout) -> str:
    """Tell whose the settings file is: the example is nobody's."""
    try:
        text = layout.settings.read_text("utf-8")
    except FileNotFoundError:
        return "missing"
    except PermissionError:
        return "unknown"
    return "example" if text == template() else "own"


def is_outdated(layout: Layout, systemd: Systemd) -> bool:
    """Tell whether the running process began before its unit, link, environment or secrets changed."""
    started = systemd.started_at() if systemd.is_active() else 0
    ours = (layout.unit, layout.current, layout.current / "bin/maaza")
    files = (*ours, *layout.drop_ins.glob("*.conf"), *layout.secrets)
    return bool(started) and any(int(file.lstat().st_mtime) > started for file in files if file.exists())
