"""The small things that change a machine. Each knows whether it is due, and says what it does."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from agent.errors import Permanent

FILE_MODE = 0o644


class Step(Protocol):
    """One change."""

    @property
    def said(self) -> str:
        """What it does, in the imperative."""

    def due(self) -> bool:
        """Tell whether it would change anything."""

    def take(self) -> None:
        """Change it."""


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a step."""

    what: str
    changed: bool


def take(steps: Iterable[Step], *, say: Callable[[Done], None], rehearse: bool = False) -> list[Done]:
    """Take the steps that are due, in order; only say them in a rehearsal."""
    done = []
    for step in steps:
        one = Done(step.said, step.due())
        say(one)
        if one.changed and not rehearse:
            step.take()
        done.append(one)
    return done


@contextmanager
def trying(operation: str) -> Iterator[None]:
    """Turn a fault of the system into one that an operator understands."""
    try:
        yield
    except OSError as error:
        remedy = "see that the folder is there and that this user may write to it, then call again"
        raise Permanent(operation, cause=error.strerror or str(error), remedy=remedy) from error


@dataclass(frozen=True, slots=True)
class Write:
    """A file with this text."""

    target: Path
    text: str
    mode: int = FILE_MODE
    keep: bool = False
    """True where a file that is there stays as it is: it is somebody's own."""

    @property
    def said(self) -> str:
        """What it does."""
        return f"write {self.target}"

    def due(self) -> bool:
        """Tell whether the file is missing or says something else."""
        if not self.target.is_file():
            return True
        return not self.keep and self.target.read_text("utf-8") != self.text

    def take(self) -> None:
        """Write it whole or not at all."""
        draft = self.target.with_name(f".{self.target.name}.new")
        with trying(self.said):
            self.target.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text(self.text, "utf-8")
            draft.chmod(self.mode)
            draft.replace(self.target)


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link."""

    place: Path
    to: Path

    @property
    def said(self) -> str:
        """What it does."""
        return f"link {self.place} -> {self.to}"

    def due(self) -> bool:
        """Tell whether it leads elsewhere, or nowhere."""
        return not self.place.is_symlink() or self.place.readlink() != self.to

    def take(self) -> None:
        """Turn it round at once: nobody ever finds it missing."""
        draft = self.place.with_name(f".{self.place.name}.new")
        with trying(self.said):
            self.place.parent.mkdir(parents=True, exist_ok=True)
            draft.unlink(missing_ok=True)
            draft.symlink_to(self.to)
            draft.replace(self.place)


@dataclass(frozen=True, slots=True)
class Remove:
    """A file, link or folder that shall not be there."""

    target: Path

    @property
    def said(self) -> str:
        """What it does."""
        return f"remove {self.target}"

    def due(self) -> bool:
        """Tell whether it is there."""
        return os.path.lexists(self.target)

    def take(self) -> None:
        """Remove it; of a link, never what it leads to."""
        with trying(self.said):
            if self.target.is_dir() and not self.target.is_symlink():
                shutil.rmtree(self.target)
            else:
                self.target.unlink()


@dataclass(frozen=True, slots=True)
class Call:
    """Something that another program does."""

    said: str
    is_due: Callable[[], bool]
    act: Callable[[], None]

    def due(self) -> bool:
        """Ask."""
        return self.is_due()

    def take(self) -> None:
        """Do it."""
        self.act()
