"""``maaza audit snapshot``: a consistent copy of the database, also while the agent runs."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from agent.cli import database as files
from agent.cli import options
from agent.cli.audit.query import STEPS_BETWEEN_LOOKS
from agent.errors import Permanent
from agent.message import Json
from agent.terminal import bar

FILE_MODE: Final = 0o640
SPARE_BYTES: Final = 64 * 1024 * 1024
"""Bytes that a copy must leave free on the disk, beside a tenth of its own size."""
NAMED: Final = re.compile(r"maaza-\d{8}T\d{6}Z\.db")
"""Names of copies in a folder: only these are ever removed."""
LOOK_S: Final = 0.2
"""Seconds between looks at how far a copy has come."""


@click.command("snapshot")
@click.argument("target", required=False, type=click.Path(path_type=Path))
@click.option(
    "--folder", type=click.Path(path_type=Path), help="Instead of TARGET: a folder of copies named by time."
)
@click.option("--keep", type=click.IntRange(min=1), help="With --folder: keep the newest so many copies.")
@files.option
@options.as_json
def snapshot(
    *, target: Path | None, folder: Path | None, keep: int | None, database: Path, as_json: bool
) -> None:
    """Copy the database as it is at this moment to TARGET, which must not be there yet; mode 0640.

    The copy is compact, needs no log beside it, and opens for everyone who may read it. The agent may be
    running; meanwhile its log grows. Where the disk is full nothing is left behind.
    """
    if (target is None) == (folder is None) or (keep and not folder):
        raise click.UsageError("give either TARGET or --folder; --keep goes with --folder.")
    began = time.monotonic()
    place = target or fresh(folder or Path())
    with contextlib.closing(files.opened(database)) as db:
        copy(db, place, show=not as_json and sys.stderr.isatty())
    facts: dict[str, Json] = {"file": str(place), **checked(place)}
    facts["seconds"] = round(time.monotonic() - began, 1)
    removed = rotate(place.parent, keep) if keep else []
    if as_json:
        options.print_json({**facts, "removed": [str(one) for one in removed]})
        return
    click.echo(f"{facts['messages']} messages, {facts['bytes']} bytes in {place}, {facts['seconds']} s")
    for one in removed:
        click.echo(f"removed {one}")


def fresh(folder: Path) -> Path:
    """Return a new name in a folder, which is made where it is missing."""
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    return folder / datetime.now(UTC).strftime("maaza-%Y%m%dT%H%M%SZ.db")


def copy(db: sqlite3.Connection, place: Path, *, show: bool) -> None:
    """Write the copy beside its place and rename it when it is whole and on the disk."""
    operation = f"copy the database to {place}"
    if place.exists():
        raise Permanent(operation, cause="it is there already", remedy="name another file")
    size = used_bytes(db)
    check_room(place.parent, size, operation)
    draft = options.draft_of(place)
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE))
        with progress(draft, size, show=show):
            # Lets Python look at signals in between: Ctrl-C ends the copy.
            db.set_progress_handler(lambda: 0, STEPS_BETWEEN_LOOKS)
            db.execute("VACUUM INTO ?", (str(draft),))
        sync(draft)
        draft.replace(place)
        sync(place.parent)
    except sqlite3.Error as error:
        remedy = "free space on the disk, or name a file on another one"
        raise Permanent(operation, cause=str(error), remedy=remedy) from error
    finally:
        draft.unlink(missing_ok=True)


def used_bytes(db: sqlite3.Connection) -> int:
    """Return the bytes of pages that hold something: about the size of the copy."""
    pages, free, size = (
        db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def check_room(folder: Path, size: int, operation: str) -> None:
    """Refuse a copy for which there is no room."""
    disk = os.statvfs(folder)
    free, needed = disk.f_bavail * disk.f_frsize, size + size // 10 + SPARE_BYTES
    if free < needed:
        cause = f"{free >> 20} MiB are free in {folder}, {needed >> 20} are needed"
        raise Permanent(operation, cause=cause, remedy="free space, or name a file on another disk")


def sync(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def progress(draft: Path, size: int, *, show: bool) -> Iterator[None]:
    """Show how far a copy has come, where somebody is watching."""
    done = threading.Event()

    def look() -> None:
        while not done.wait(LOOK_S):
            share = min(1.0, draft.stat().st_size / max(size, 1))
            click.echo(f"\r{bar(share)} {share:4.0%}", nl=False, err=True)
        click.echo("\r\x1b[K", nl=False, err=True, color=True)

    watcher = threading.Thread(target=look, daemon=True)
    if show:
        watcher.start()
    try:
        yield
    finally:
        done.set()
        if show:
            watcher.join()


def checked(place: Path) -> dict[str, Json]:
    """Open the copy as an auditor will; return how many messages it holds, and its size."""
    with contextlib.closing(sqlite3.connect(f"{place.resolve().as_uri()}?mode=ro", uri=True)) as db:
        found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise Permanent(
                f"check {place}", cause=str(found), remedy="see `maaza audit verify` of the original"
            )
        messages = db.execute("SELECT count(*) FROM v_states").fetchone()[0]
    return {"messages": messages, "bytes": place.stat().st_size}


def rotate(folder: Path, keep: int) -> list[Path]:
    """Remove the oldest copies beyond those to keep, and drafts; return them. Other names are not touched."""
    names = sorted(one.name for one in folder.iterdir() if NAMED.search(one.name))
    whole = [name for name in names if NAMED.fullmatch(name)]
    # A copy that was killed on the way has left its draft.
    drafts = [name for name in names if name.startswith(".maaza-") and name.endswith(".part")]
    gone = [folder / name for name in (*whole[:-keep], *drafts)]
    for one in gone:
        one.unlink()
    return gone
