"""The Python environment of the service: which it is, and whether the service could use it."""

from __future__ import annotations

import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from agent.errors import Permanent
from agent.service.layout import Layout

HIDDEN: Final = tuple(map(Path, ("/home", "/root", "/run/user", "/tmp", "/var/tmp")))  # noqa: S108 - named to be refused
"""Folders that the unit's sandbox hides from the service."""
OPERATION: Final = "take this environment for the service"


def own_environment(layout: Layout) -> Path:
    """Return the environment that this command runs from, as the installed machine sees it."""
    own = Path(sys.prefix)
    return Path("/") / own.relative_to(layout.root) if own.is_relative_to(layout.root) else own


def check_environment(environment: Path, layout: Layout) -> None:
    """See that the service can run what is there.

    Raises:
        Permanent: the command is missing, or lies where the service cannot reach it.
    """
    remedy = f"make one in {layout.prefix}/VERSION and call its own `maaza service`; see docs/service.md"
    if not layout.at(environment / "bin/maaza").is_file():
        raise Permanent(OPERATION, cause=f"there is no {environment}/bin/maaza", remedy=remedy)
    for path in needed(environment, layout):
        if fault := unreachable(path, layout):
            raise Permanent(OPERATION, cause=fault, remedy=remedy)


def needed(environment: Path, layout: Layout) -> Iterator[Path]:
    """Yield what the service must reach: its command; its Python and this package may lie elsewhere."""
    yield environment / "bin/maaza"
    if layout.is_live:
        yield (environment / "bin/python").resolve()
    if environment == own_environment(layout):
        yield Path("/") / Path(__file__).resolve().relative_to(layout.root.resolve()).parents[1]


def unreachable(path: Path, layout: Layout) -> str:
    """Say why the service's user cannot reach a path; the empty string where it can."""
    if any(path.is_relative_to(folder) for folder in HIDDEN):
        return f"{path} is in a folder that the service cannot see"
    for folder in reversed(path.parents):
        place = layout.at(folder)
        if place.is_dir() and not place.stat().st_mode & stat.S_IXOTH:
            return f"{path} is below {folder}, which is closed to other users"
    return ""
