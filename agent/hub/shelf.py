"""The folder of models: downloads on their way, whole models in their place, the one before kept."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import glob
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from agent.errors import Permanent, Transient
from agent.hub.registry import PINS, Pin, pins_text, read_pins
from agent.models import MANIFEST, Manifest

FOLDER_MODE: Final = 0o750
FILE_MODE: Final = 0o640
"""For the agent's user and group; auditors in the group may read."""
DOWNLOADS: Final = ".downloads"
INCOMING: Final = ".incoming"
KEPT: Final = ".previous"
"""Below these lie no models that are listed: those stand one level down."""
RESERVE_BYTES: Final = 16 << 20
"""Bytes of the disk that a model must leave."""
EXCHANGE: Final = 2
"""``RENAME_EXCHANGE`` of renameat2(2)."""
HERE: Final = -100
"""``AT_FDCWD``."""
NAME: Final = re.compile(r"[\w][\w.-]*")


class Shelf:
    """One folder of models."""

    def __init__(self, folder: Path) -> None:
        """Make the folder, if it is not there.

        Raises:
            Permanent: it cannot be made or written.
        """
        self.folder = folder.absolute()
        try:
            for one in (self.folder, *(self.folder / name for name in (DOWNLOADS, INCOMING, KEPT))):
                self._make(one)
        except OSError as error:
            remedy = "call it as a user who may write there (`sudo`), or name another folder with --folder"
            raise Permanent(f"use {folder}", cause=error.strerror or str(error), remedy=remedy) from error

    def _make(self, folder: Path) -> None:
        if folder.is_dir():
            return
        folder.mkdir(parents=True, mode=FOLDER_MODE)
        self._give(folder)

    def _give(self, path: Path) -> None:
        """Let what root makes belong to whom the folder around it belongs to."""
        if os.geteuid() == 0:
            owner = path.parent.stat()
            os.chown(path, owner.st_uid, owner.st_gid)

    def part(self, key: str, commit: str) -> Path:
        """Return where the bytes of a download stand until they are all there."""
        return self.folder / DOWNLOADS / f"{_flat(key)}--{commit[:12] or 'main'}.part"

    def begin(self, part: Path) -> None:
        """Make the file of a download, so that whoever the folder belongs to can go on with it."""
        part.touch(FILE_MODE)
        self._give(part)

    def tidy(self, key: str) -> None:
        """Throw away what is left of downloads of other commits of a file; its turn must be held."""
        for part in (self.folder / DOWNLOADS).glob(f"{glob.escape(_flat(key))}--*.part"):
            part.unlink(missing_ok=True)

    @contextlib.contextmanager
    def turn(self, key: str) -> Iterator[None]:
        """Hold a file's download against others of the same; they wait."""
        path = self.folder / DOWNLOADS / f"{_flat(key)}.lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        try:
            self._give(path)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def require_room(self, wanted: int) -> None:
        """See that so many bytes fit.

        Raises:
            Transient: they do not.
        """
        usage = os.statvfs(self.folder)
        free = usage.f_bavail * usage.f_frsize
        if free < wanted + RESERVE_BYTES:
            cause = f"{wanted:,} bytes are to come, {free:,} are free, {RESERVE_BYTES:,} are left to others"
            raise Transient(f"use {self.folder}", cause=cause, remedy="free space, then call it again")

    def place(self, name: str, manifest: Manifest, files: dict[str, Path], *, move: bool) -> Path:
        """Put a whole model in its place in one step, and keep the one that was there.

        Raises:
            Permanent: it could not be written.
        """
        check_name(name)
        incoming = self.folder / INCOMING / f"{name}.{os.getpid()}"
        shutil.rmtree(incoming, ignore_errors=True)
        try:
            self._make(incoming)
            for target, source in files.items():
                self._bring(source, incoming / target, move=move)
            self._write(incoming / MANIFEST, manifest.model_dump_json(indent=2, exclude_defaults=True) + "\n")
            _sync_folder(incoming)
            self._take_place(incoming, self.folder / name)
        except OSError as error:
            remedy = f"see to owner, mode and space of {self.folder}, then call it again"
            raise Permanent(f"place {name}", cause=error.strerror or str(error), remedy=remedy) from error
        finally:
            shutil.rmtree(incoming, ignore_errors=True)
        return self.folder / name

    def _bring(self, source: Path, target: Path, *, move: bool) -> None:
        if move:
            source.replace(target)
        else:
            shutil.copyfile(source, target)
        target.chmod(FILE_MODE)
        self._give(target)
        _sync(target)

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text, "utf-8")
        path.chmod(FILE_MODE)
        self._give(path)
        _sync(path)

    def _take_place(self, incoming: Path, place: Path) -> None:
        kept = self.folder / KEPT / place.name
        if place.exists():
            exchange(incoming, place)
            shutil.rmtree(kept, ignore_errors=True)
            incoming.rename(kept)
        else:
            incoming.rename(place)
        _sync_folder(self.folder)

    def pin(self, key: str, pin: Pin) -> None:
        """Write down which bytes are trusted from now on."""
        pins = read_pins(self.folder) | {key: pin}
        fresh = self.folder / f".{PINS}.{os.getpid()}"
        self._write(fresh, pins_text(pins))
        fresh.replace(self.folder / PINS)
        _sync_folder(self.folder)


def _flat(key: str) -> str:
    return key.replace("/", "--")


def check_name(name: str) -> None:
    """See that a name can be that of a folder.

    Raises:
        Permanent: it cannot.
    """
    if not NAME.fullmatch(name):
        remedy = "use letters, digits, '-', '_' and '.', a letter or digit first (--name)"
        raise Permanent(f"name a model {name!r}", cause="it cannot be the name of a folder", remedy=remedy)


def exchange(one: Path, other: Path) -> None:
    """Let two folders change places in one step, so that there is never none."""
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is not None and renameat2(HERE, bytes(one), HERE, bytes(other), EXCHANGE) == 0:
        return
    # A file system that cannot: two steps, with a moment in between.
    aside = one.with_name(f"{one.name}.aside")
    other.rename(aside)
    one.rename(other)
    aside.rename(one)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
