"""A damaged file must neither stop the agent nor hide: it is set aside, and a new one begins."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
"""Primary result codes that mean: the file is not what it was."""


def is_damage(error: BaseException) -> bool:
    """Tell whether an error means that the file is damaged (and not locked, full or forbidden)."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in DAMAGE


def set_aside(path: Path, now: float) -> Path:
    """Rename the file and its log, with the time; return the new name. A person may salvage it."""
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    target = path.with_name(f"{path.name}.damaged-{stamp}")
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(target.with_name(target.name + suffix))
    return target
