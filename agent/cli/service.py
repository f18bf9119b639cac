"""``maaza service``: the agent as a service of systemd on this machine, or in an image of one."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli import options
from agent.errors import Permanent
from agent.terminal import BOLD, DIM, GREEN, RED, YELLOW, paint_for, table

if TYPE_CHECKING:
    from agent.service import Done, Layout, Site, State

PREFIX = Path("/opt/maaza")
"""As in `agent.service`, which is not imported for a help page."""

placed = [
    click.option(
        "--prefix",
        type=click.Path(path_type=Path),
        default=PREFIX,
        show_default=True,
        help="Folder of the environments and of the link `current` to the one in use.",
    ),
    click.option(
        "--root",
        type=click.Path(path_type=Path, file_okay=False, exists=True),
        default=Path("/"),
        show_default=True,
        help="Root of an image, instead of this machine.",
    ),
    options.as_json,
]
changing = [
    *placed,
    click.option("--dry-run", "rehearse", is_flag=True, help="Say what would be done, and do nothing."),
]
environment = click.option(
    "--environment",
    type=click.Path(path_type=Path),
    help="Environment of the service; the one of this command where left out.",
)


def with_options(added: Sequence[Callable[[Any], Any]]) -> Callable[[Any], Any]:
    """Return a decorator that adds options in their order."""

    def decorate(function: Any) -> Any:  # noqa: ANN401 - click's
        for option in reversed(added):
            function = option(function)
        return function

    return decorate


@click.group()
def command() -> None:
    """Install, upgrade, remove or look at the agent as a service of systemd.

    Every verb can be called again: what is as it should be is left alone. Changes need root.
    """


@command.command("install")
@with_options([*changing, environment])
@click.option("--no-start", is_flag=True, help="Do not start it; it starts with the machine.")
@click.option(
    "--snapshots/--no-snapshots",
    default=None,
    help="Copy the database each day, or not any more; as it is where left out, and no copies at first.",
)
def install(
    *,
    no_start: bool,
    snapshots: bool | None,
    rehearse: bool,
    as_json: bool,
    **places: Any,  # noqa: ANN401 - from click
) -> None:
    """Write unit, user and folders, link this environment, start the service now and with the machine.

    Without settings in /etc/maaza an example is written there, and the service waits for you to edit it.
    """
    from agent import service  # noqa: PLC0415 - reads the settings' template

    site = site_of("install", **places)
    steps = service.install(site, start=not no_start, snapshots=snapshots)
    report(service.take(steps, say=teller(as_json=as_json), rehearse=rehearse), as_json=as_json)
    if not as_json:
        click.echo(next_after_install(site, no_start=no_start))


def next_after_install(site: Site, *, no_start: bool) -> str:
    """Say what is left to do."""
    from agent.service import has_own_settings  # noqa: PLC0415 - reads the settings' template

    if not has_own_settings(site.layout):
        return f"Next: edit {site.layout.settings}, then `maaza config check`, then `systemctl start maaza`."
    if not site.is_managed:
        return "Next: start the machine; systemd does not run it now."
    return "Next: `systemctl start maaza`." if no_start else "Next: `maaza service status`."


@command.command("upgrade")
@with_options([*changing, environment])
def upgrade(*, rehearse: bool, as_json: bool, **places: Any) -> None:  # noqa: ANN401 - from click
    """Put this version in force: its unit, its environment, a restart where something changed.

    Call it from the new environment. Where the new version does not start, the former one is put back and the
    exit code is 1. A service that does not run is not started.
    """
    from agent import service  # noqa: PLC0415 - reads the settings' template

    site = site_of("upgrade", **places)
    report(service.upgrade(site, say=teller(as_json=as_json), rehearse=rehearse), as_json=as_json)


@command.command("uninstall")
@with_options(changing)
@click.option("--purge", is_flag=True, help="Delete database, settings and user too. There is no way back.")
def uninstall(*, purge: bool, rehearse: bool, as_json: bool, **places: Any) -> None:  # noqa: ANN401 - from click
    """Stop the service and remove its files. Data and settings stay where --purge is not given."""
    from agent import service  # noqa: PLC0415 - reads the settings' template

    site = site_of("uninstall", **places)
    steps = service.uninstall(site, purge=purge)
    report(service.take(steps, say=teller(as_json=as_json), rehearse=rehearse), as_json=as_json)
    left = service.kept(site.layout)
    if left and not as_json:
        click.echo(f"Kept: {', '.join(left)}.")


@command.command("status")
@with_options(placed)
@click.pass_context
def status(ctx: click.Context, *, prefix: Path, root: Path, as_json: bool) -> None:
    """Say whether it runs, what it says about itself, and whether its files are this version's.

    Exit code 1 where it does not run.
    """
    from agent.service import Layout, Systemd, state_of  # noqa: PLC0415 - reads the settings' template

    state = state_of(Layout(root.resolve(), prefix), Systemd())
    if as_json:
        options.print_json({**asdict(state), "runs": state.runs})
    else:
        click.echo(page(state), color=True)
    ctx.exit(int(not state.runs))


def page(state: State) -> str:
    """Return the state for people."""
    paint = paint_for(sys.stdout)
    rows = [
        ("installed", "yes" if state.installed else "no: `maaza service install`"),
        ("runs", f"{state.active}, process {state.pid}" if state.pid else state.active),
        ("says", state.detail or "-"),
        ("starts with the machine", "yes" if state.enabled else "no"),
        ("daily copies", "yes" if state.snapshots else "no: `maaza service install --snapshots`"),
        ("restarts", str(state.restarts)),
        ("environment", state.environment or "-"),
        ("files", f"not this version's: {', '.join(state.changed)}" if state.changed else "as shipped"),
        ("drop-ins", ", ".join(state.drop_ins) or "-"),
        ("process", "older than its files: `maaza service upgrade`" if state.outdated else "up to date"),
    ]
    codes: list[tuple[int, ...]] = [() for _ in rows]
    codes[1] = (GREEN, BOLD) if state.runs else (RED, BOLD)
    codes[[name for name, _ in rows].index("files")] = (YELLOW,) if state.changed else ()
    return table(rows, ("service", "maaza"), paint=paint, codes=codes)


def site_of(verb: str, *, prefix: Path, root: Path, environment: Path | None = None) -> Site:
    """Return what a verb works on.

    Raises:
        Permanent: this user may not, or the service could not use the environment.
    """
    from agent.service import Layout, Site, Systemd, check_environment, own_environment  # noqa: PLC0415

    layout = Layout(root.resolve(), prefix)
    need_root(verb, layout)
    chosen = environment or own_environment(layout)
    if verb != "uninstall":
        check_environment(chosen, layout)
    return Site(layout, chosen, Systemd())


def need_root(verb: str, layout: Layout) -> None:
    """Refuse to begin what could not be finished."""
    if layout.is_live and os.geteuid():
        cause = f"it changes files of the system, which the user {getpass.getuser()} may not do"
        raise Permanent(f"{verb} the service", cause=cause, remedy=f"sudo {sys.argv[0]} service {verb}")


def teller(*, as_json: bool) -> Callable[[Done], None]:
    """Return how a step is said while it is taken."""
    paint = paint_for(sys.stdout)

    def tell(done: Done) -> None:
        if not as_json:
            mark = paint("change", BOLD) if done.changed else paint("as is ", DIM)
            click.echo(f"{mark}  {done.what}", color=True)

    return tell


def report(done: list[Done], *, as_json: bool) -> None:
    """Count what changed."""
    changes = sum(one.changed for one in done)
    if as_json:
        options.print_json({"changed": changes, "steps": [asdict(one) for one in done]})
    else:
        click.echo(f"{changes} of {len(done)} steps changed something.")
