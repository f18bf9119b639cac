"""The files that settings name: are they there, and may this user read them?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from agent.errors import Fault
from agent.settings import shape
from agent.settings.given import Given, Location, origins, plain
from agent.settings.words import dig, dotted, placed


def missing_files(tree: Given) -> Iterator[Fault]:
    """Yield each named file that cannot be used. Nothing is written, nothing is opened for writing."""
    document = plain(tree)
    for location, _origin in origins(tree):
        value = dig(document, location)
        if isinstance(value, str) and (shape.at(location) or {}).get("file") and (cause := _fault_of(value)):
            yield placed(Fault(dotted(location), cause, _remedy(location)), tree)
    path = dig(document, ("buffer", "path"))
    if isinstance(path, str) and Path(path).is_dir():
        remedy = f"name a file in it, as in {str(Path(path) / 'maaza.db')!r}"
        yield placed(Fault("buffer.path", f"{path!r} is a folder", remedy), tree)


def _fault_of(name: str) -> str:
    path = Path(name)
    try:
        if not path.is_file():
            return f"{name!r} is a folder" if path.is_dir() else f"there is no file {name!r}"
    except OSError as error:
        return f"{name!r}: {error.strerror}"
    if not os.access(path, os.R_OK):
        return f"{name!r} may not be read by this user"
    return f"{name!r} is empty" if path.stat().st_size == 0 else ""


def _remedy(location: Location) -> str:
    if location[-1] == "password_file":
        return "write the password on its first line; owner: the agent's user, mode 0400"
    return "name a PEM file that the agent's user may read"
