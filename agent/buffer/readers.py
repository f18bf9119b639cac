"""Who reads for so long that the log cannot be copied back into the file."""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
from pathlib import Path
from typing import Final

READ_MARKS_AT: Final = 123
READ_MARKS: Final = 5
"""Bytes of the ``-shm`` file that readers of a write-ahead log lock (SQLite, "WAL-mode File Format", 2.3)."""
FLOCK: Final = "hhqqi0q"
"""``struct flock`` of Linux on 64 bits: type, whence, start, length, process."""
HELD_BYTES: Final = 32 * 1024 * 1024
"""Size of the log above which a reader is looked for: twice what it keeps between copies."""


class Readers:
    """Looks at the locks of other processes on a database; takes none."""

    def __init__(self, path: Path) -> None:
        """Look after the database at `path`."""
        self._log = path.with_name(f"{path.name}-wal")
        self._shared = path.with_name(f"{path.name}-shm")
        self._descriptor = -1

    def log_bytes(self) -> int:
        """Return the size of the log; 0 where there is none."""
        with contextlib.suppress(FileNotFoundError):
            return self._log.stat().st_size
        return 0

    def holding(self) -> str:
        """Say who keeps the log from being copied back; the empty string while it is small."""
        size = self.log_bytes()
        if size <= HELD_BYTES:
            return ""
        pid = self.reader()
        who = f"process {pid}" if pid else "another process"
        return f"{who} reads for long: the log has {size >> 20} MiB and grows until it ends its transaction"

    def reader(self) -> int:
        """Return the id of a process that reads now; 0 where none does or the system does not say."""
        if struct.calcsize("P") != 8:  # noqa: PLR2004 - the layout above is that of 64 bits
            return 0
        asked = struct.pack(FLOCK, fcntl.F_WRLCK, os.SEEK_SET, READ_MARKS_AT, READ_MARKS, 0)
        with contextlib.suppress(OSError):
            kind, *_, pid = struct.unpack(FLOCK, fcntl.fcntl(self._opened(), fcntl.F_GETLK, asked))
            return 0 if kind == fcntl.F_UNLCK else int(pid)
        return 0

    def _opened(self) -> int:
        # Kept open: closing any descriptor of a file gives up all locks of this process on it, SQLite's too.
        if self._descriptor < 0:
            self._descriptor = os.open(self._shared, os.O_RDWR | os.O_CLOEXEC)
        return self._descriptor

    def close(self) -> None:
        """Let go of the file, after the database has been closed."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
