"""What each verb does, as a list of steps in order."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agent.errors import Permanent
from agent.service.layout import SNAPSHOT_TIMER, UNIT, USER, Layout
from agent.service.state import is_outdated, settings_of
from agent.service.steps import Call, Done, Link, Remove, Step, Write, take
from agent.service.systemd import Systemd
from agent.settings.template import template

SETTINGS_MODE = 0o640


@dataclass(frozen=True, slots=True)
class Site:
    """What a verb works on."""

    layout: Layout
    environment: Path
    """Environment of the service, as the installed machine sees it."""
    systemd: Systemd

    @property
    def is_managed(self) -> bool:
        """Tell whether systemd runs the machine that this is about; an image has nobody to tell."""
        return self.layout.is_live and self.systemd.is_running


def install(site: Site, *, start: bool = True, snapshots: bool | None = None) -> list[Step]:
    """Return the steps to a service that starts now and with the machine.

    Without settings it gets an example, and is not started before somebody has made them their own. Daily
    copies are made where `snapshots` says so, not made where it says no, and else left as they are.
    """
    layout = site.layout
    return [
        *_files(site),
        _users(site),
        Write(layout.settings, template(), SETTINGS_MODE, keep=True),
        _folders(site),
        _daemon_reload(site),
        Link(layout.wanted, Path(f"/etc/systemd/system/{UNIT}")),
        *_daily_copies(site, snapshots),
        *([_restart(site), _start(site)] if start and site.is_managed and has_own_settings(layout) else []),
    ]


def _daily_copies(site: Site, wanted: bool | None) -> list[Step]:  # noqa: FBT001 - None leaves them as they are
    """Return the steps by which the timer of daily copies waits, or rests, now and with the machine."""
    if wanted is None:
        return []
    link = site.layout.snapshot_wanted
    if wanted:
        steps: list[Step] = [Link(link, Path(f"/etc/systemd/system/{SNAPSHOT_TIMER}"))]
        return [*steps, *([_start(site, SNAPSHOT_TIMER)] if site.is_managed else [])]
    return [*([_stop(site, SNAPSHOT_TIMER)] if site.is_managed else []), Remove(link)]


def has_own_settings(layout: Layout) -> bool:
    """Tell whether somebody has written settings: the example is nobody's."""
    return settings_of(layout) == "own"


def upgrade(site: Site, *, say: Callable[[Done], None], rehearse: bool = False) -> list[Done]:
    """Put this version's files and environment in force; where that does not start, put back what was there.

    Raises:
        Permanent: there is nothing to upgrade, or the new version did not start.
    """
    layout = site.layout
    if not layout.unit.is_file():
        remedy = "call `maaza service install`"
        raise Permanent("upgrade the service", cause=f"there is no {layout.unit}", remedy=remedy)
    back = _as_it_is(site)
    steps = [*_files(site), _users(site), _folders(site), _daemon_reload(site)]
    try:
        return take([*steps, *([_restart(site)] if site.is_managed else [])], say=say, rehearse=rehearse)
    except Permanent as error:
        take(back, say=say)
        remedy = f"the former version is back; why the new one failed: `journalctl -u {UNIT}`"
        raise Permanent("upgrade the service", cause=str(error), remedy=remedy) from error


def uninstall(site: Site, *, purge: bool = False) -> list[Step]:
    """Return the steps that remove the service; only `purge` touches data, settings and the user."""
    layout = site.layout
    copies = [layout.snapshot_wanted, layout.snapshot_timer, layout.snapshot]
    places = [layout.wanted, layout.unit, *copies, layout.tmpfiles, layout.sysusers, layout.current]
    return [
        *([_stop(site, UNIT), _stop(site, SNAPSHOT_TIMER)] if site.is_managed else []),
        *map(Remove, places),
        _daemon_reload(site),
        *(_purge(site) if purge else []),
    ]


def kept(layout: Layout) -> list[str]:
    """Return what an uninstallation without purge leaves."""
    places = (layout.state, layout.settings.parent, layout.drop_ins, *layout.secrets)
    found = [str(place) for place in places if place.exists()]
    return [*found, *([f"user {USER}"] if layout.has_user() else [])]


def _purge(site: Site) -> list[Step]:
    layout = site.layout
    words = ("userdel", *(() if layout.is_live else ("--root", str(layout.root))), USER)
    leave = Call(f"remove user {USER}", layout.has_user, lambda: site.systemd.call(*words))
    places = (layout.state, layout.settings.parent, layout.drop_ins, layout.snapshot_stamp, *layout.secrets)
    return [*map(Remove, places), leave]


def _files(site: Site) -> list[Step]:
    written = [Write(place, text) for place, text in site.layout.shipped().items()]
    return [*written, Link(site.layout.current, site.environment)]


def _as_it_is(site: Site) -> list[Step]:
    """Return the steps back to the files of this moment, and to a service that runs if it does now."""
    layout = site.layout
    places = layout.shipped()
    texts = [Write(place, place.read_text("utf-8")) for place in places if place.is_file()]
    new = [Remove(place) for place in places if not place.is_file()]
    link = [Link(layout.current, layout.current.readlink())] if layout.current.is_symlink() else []
    again = Call(f"restart {UNIT}", lambda: True, lambda: site.systemd.call("systemctl", "restart", UNIT))
    ran = site.is_managed and site.systemd.is_active()
    return [*texts, *new, *link, _daemon_reload(site), *([again] if ran else [])]


def _users(site: Site) -> Step:
    words = ("systemd-sysusers", *_inside(site), f"/{site.layout.sysusers.relative_to(site.layout.root)}")
    return Call(f"make user {USER}", lambda: not site.layout.has_user(), lambda: site.systemd.call(*words))


def _folders(site: Site) -> Step:
    """Make the folders, and hand the settings to the group. In an image the first boot does it."""
    layout = site.layout

    def due() -> bool:
        return site.layout.is_live and not (layout.state.is_dir() and _belongs(layout.settings))

    words = ("systemd-tmpfiles", "--create", str(layout.tmpfiles))
    return Call("make folders and set their owners", due, lambda: site.systemd.call(*words))


def _belongs(settings: Path) -> bool:
    with contextlib.suppress(KeyError):
        return settings.is_file() and settings.group() == USER
    return False


def _inside(site: Site) -> tuple[str, ...]:
    return () if site.layout.is_live else (f"--root={site.layout.root}",)


def _daemon_reload(site: Site) -> Step:
    def due() -> bool:
        return site.is_managed and site.systemd.needs_reload()

    return Call("tell systemd", due, lambda: site.systemd.call("systemctl", "daemon-reload"))


def _restart(site: Site) -> Step:
    return Call(
        f"restart {UNIT}",
        lambda: is_outdated(site.layout, site.systemd),
        lambda: site.systemd.call("systemctl", "restart", UNIT),
    )


def _start(site: Site, unit: str = UNIT) -> Step:
    return Call(
        f"start {unit}",
        lambda: not site.systemd.is_active(unit),
        lambda: site.systemd.call("systemctl", "start", unit),
    )


def _stop(site: Site, unit: str) -> Step:
    return Call(
        f"stop {unit}",
        lambda: site.systemd.is_active(unit),
        lambda: site.systemd.call("systemctl", "stop", unit),
    )
