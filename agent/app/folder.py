"""Sees before anything starts that the database can be made and kept where the settings want it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from agent.app.configuration import Configuration
from agent.errors import ConfigError, Fault
from agent.settings.words import placed

KEY: Final = "buffer.path"


def require(configuration: Configuration) -> None:
    """Refuse a place where the database cannot be.

    Part of a start and not of the check: the folder is the service manager's to make, and an operator checks
    files that are meant for another machine.

    Raises:
        ConfigError: the folder is missing, is none, or may not be written to; or the file may not.
    """
    fault = fault_of(Path(configuration.settings.buffer.path))
    if fault is not None:
        raise ConfigError((placed(fault, configuration.tree),))


def fault_of(path: Path) -> Fault | None:
    """Return what is wrong with the place of a database, if anything is. Nothing is written."""
    folder = path.parent
    try:
        if path.is_dir():
            remedy = f"name a file in it, as in {str(path / 'maaza.db')!r}"
            return Fault(KEY, f"{str(path)!r} is a folder", remedy)
        if not folder.is_dir():
            return _no_folder(folder)
        if path.exists() and not path.is_file():
            return Fault(KEY, f"{str(path)!r} is no plain file", "name a file of the agent's own")
    except OSError as error:
        # Also a folder above that may not be entered.
        return Fault(KEY, f"{str(path)!r}: {error.strerror}", "let the agent's user into the folder")
    return _not_writable(path, folder)


def _no_folder(folder: Path) -> Fault:
    if folder.exists():
        return Fault(KEY, f"{str(folder)!r} is no folder", "name a file in a folder of the agent's own")
    remedy = f"create it (mkdir -p {folder}) for the agent's user, or mount its disk"
    return Fault(KEY, f"there is no folder {str(folder)!r}", remedy)


def _not_writable(path: Path, folder: Path) -> Fault | None:
    """SQLite makes files beside the database, so that the folder must be writable too."""
    if not os.access(folder, os.W_OK | os.X_OK):
        remedy = "give the folder to the agent's user, and see that its disk is not mounted read-only"
        return Fault(KEY, f"this user may not write to the folder {str(folder)!r}", remedy)
    if path.exists() and not os.access(path, os.R_OK | os.W_OK):
        return Fault(
            KEY, f"this user may not read and write {str(path)!r}", "give the file to the agent's user"
        )
    return None
