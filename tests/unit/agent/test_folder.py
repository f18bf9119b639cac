"""The database's place: refused before a start where it cannot serve, in words."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from agent.app.folder import fault_of

NOBODY = 65_534
"""A user who owns nothing."""


@pytest.fixture
def public() -> Iterator[Path]:
    """Give a folder that everyone may enter and only its owner may write to."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def missing(folder: Path) -> Path:
    """Name a file in a folder that is not there."""
    return folder / "nowhere" / "maaza.db"


def below_a_file(folder: Path) -> Path:
    """Name a file in something that is a file."""
    (folder / "file").write_text("x")
    return folder / "file" / "maaza.db"


def pipe(folder: Path) -> Path:
    """Name something that is there and cannot hold data."""
    os.mkfifo(folder / "maaza.db")
    return folder / "maaza.db"


@pytest.mark.parametrize(
    ("place", "cause", "remedy"),
    [
        (missing, "there is no folder", "mkdir -p"),
        (below_a_file, "is no folder", "a folder of the agent's own"),
        (lambda folder: folder, "is a folder", "maaza.db"),
        (pipe, "is no plain file", "of the agent's own"),
    ],
    ids=["no folder", "below a file", "a folder itself", "a pipe"],
)
def test_place_that_cannot_serve_is_named(
    tmp_path: Path, place: Callable[[Path], Path], cause: str, remedy: str
) -> None:
    """The key, what is wrong, and what to do; nothing is made."""
    path = place(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    fault = fault_of(path)
    assert fault is not None
    assert (fault.key, cause in fault.cause, remedy in fault.remedy) == ("buffer.path", True, True)
    assert sorted(tmp_path.rglob("*")) == before


def test_place_that_serves_is_accepted(tmp_path: Path) -> None:
    """An empty folder, and one with a database."""
    assert fault_of(tmp_path / "maaza.db") is None
    (tmp_path / "maaza.db").write_bytes(b"")
    assert fault_of(tmp_path / "maaza.db") is None


def ask_as_nobody(path: Path, answer: Connection) -> None:
    """Say what a user without rights is told. The body of a process."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    fault = fault_of(path)
    answer.send("" if fault is None else fault.cause)


def told_to_nobody(path: Path) -> str:
    """Ask in a process of another user."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=ask_as_nobody, args=(path, theirs))
    process.start()
    process.join(30)
    assert ours.poll(1)
    return str(ours.recv())


def test_folder_of_another_user_is_named(public: Path) -> None:
    """SQLite writes beside the file too, so the folder must be writable."""
    public.chmod(0o555)
    assert "may not write to the folder" in told_to_nobody(public / "maaza.db")


def test_file_of_another_user_is_named(public: Path) -> None:
    """A database left by a run as root is the usual case."""
    database = public / "maaza.db"
    database.write_bytes(b"")
    database.chmod(0o400)
    public.chmod(0o777)
    # Where the tests do not run as root they own the file: mode 0400 keeps them from writing too.
    assert "may not read and write" in told_to_nobody(database)


def test_folder_that_may_not_be_entered_is_named(public: Path) -> None:
    """Whatever is in it cannot be seen."""
    inner = public / "closed" / "deeper"
    inner.mkdir(parents=True)
    inner.parent.chmod(0o000)
    said = told_to_nobody(inner / "maaza.db")
    inner.parent.chmod(0o755)
    assert "Permission denied" in said
