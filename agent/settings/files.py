"""The files that settings name: are they there, and may this user read them?"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from agent.errors import Fault
from agent.settings import shape
from agent.settings.given import Given, Location, origins, plain
from agent.settings.words import dig, dotted, placed

CREDENTIALS: Final = "CREDENTIALS_DIRECTORY"
"""Variable in which systemd names the folder of a service's credentials (systemd.exec, LoadCredential=)."""
IN_CREDENTIALS: Final = f"${CREDENTIALS}/"
"""How the name of a file in that folder begins in the settings."""
STORE: Final = Path("/etc/credstore")
"""Folder from which systemd takes them, root's alone."""


def located(name: str, environment: Mapping[str, str]) -> str:
    """Return where a named file is: one that is handed over by systemd lies in its folder of credentials.

    Outside the service there is no such folder. Root finds the file where systemd would take it from.
    """
    if not _is_credential(name):
        return name
    if folder := environment.get(CREDENTIALS, ""):
        return str(Path(folder, name.removeprefix(IN_CREDENTIALS)))
    kept = STORE / name.removeprefix(IN_CREDENTIALS)
    return str(kept) if os.access(kept, os.R_OK) else name


def _is_credential(name: str) -> bool:
    return name.startswith(IN_CREDENTIALS)


def missing_files(tree: Given, environment: Mapping[str, str]) -> Iterator[Fault]:
    """Yield each named file that cannot be used. Nothing is written, nothing is opened for writing."""
    document = plain(tree)
    for location, _origin in origins(tree):
        value = dig(document, location)
        if isinstance(value, str) and (shape.at(location) or {}).get("file"):
            name = located(value, environment)
            if cause := _fault_of(name):
                yield placed(Fault(dotted(location), cause, _remedy(name, location)), tree)
    path = dig(document, ("buffer", "path"))
    if isinstance(path, str) and Path(path).is_dir():
        remedy = f"name a file in it, as in {str(Path(path) / 'maaza.db')!r}"
        yield placed(Fault("buffer.path", f"{path!r} is a folder", remedy), tree)


def _fault_of(name: str) -> str:
    if _is_credential(name):
        return f"{name!r}: no credentials were handed over, ${CREDENTIALS} is not set"
    path = Path(name)
    try:
        if not path.is_file():
            return f"{name!r} is a folder" if path.is_dir() else f"there is no file {name!r}"
    except OSError as error:
        return f"{name!r}: {error.strerror}"
    if not os.access(path, os.R_OK):
        return f"{name!r} may not be read by this user"
    return f"{name!r} is empty" if path.stat().st_size == 0 else ""


def _remedy(name: str, location: Location) -> str:
    if _is_credential(name):
        part = name.removeprefix(IN_CREDENTIALS)
        return f"start the agent as a service with LoadCredential={part}, or name a file"
    if location[-1] == "username_file":
        return "write the user name on its first line; owner: the agent's user, mode 0400"
    if location[-1] == "password_file":
        return "write the password on its first line; owner: the agent's user, mode 0400"
    return "name a PEM file that the agent's user may read"
