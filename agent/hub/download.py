"""Brings a file here, through cut connections, and says its SHA-256: what has come is kept."""

from __future__ import annotations

import errno
import hashlib
import http.client
import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from agent.clock import Clock
from agent.errors import Permanent, Transient
from agent.hub.remote import Body, Hub, RangeRefused, RemoteFile
from agent.retry import Backoff

if TYPE_CHECKING:
    from hashlib import _Hash

CHUNK_BYTES: Final = 1 << 18
TRIES: Final = 5
"""Attempts in a row that bring nothing, after which it is given up."""
PAUSE: Final = Backoff(first_s=0.5, cap_s=8.0)
"""Between attempts."""

Progress = Callable[[int, int], None]
"""Hears how many bytes are here, of how many; 0: nobody knows."""


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A whole file."""

    path: Path
    sha256: str
    size: int


class Download:
    """One file on its way. What has come stands in a file of its own until it is whole."""

    def __init__(self, hub: Hub, file: RemoteFile, part: Path, *, clock: Clock, progress: Progress) -> None:
        """Prepare; an earlier download's bytes at `part` are gone on from."""
        self._hub = hub
        self._file = file
        self._part = part
        self._clock = clock
        self._progress = progress
        self._size = file.size
        self._hash: _Hash = hashlib.sha256()
        self._done = 0

    def run(self) -> Downloaded:
        """Bring all of it.

        Raises:
            Transient: the network or the disk failed; what has come is kept.
            Permanent: the server gives other bytes than it said.
        """
        with self._part.open("a+b", buffering=0) as file:
            self._recall(file)
            failures = 0
            while not self._is_whole():
                before = self._done
                failure = self._attempt(file)
                failures = 0 if self._done > before else failures + 1
                if failure is None and self._size == 0:
                    break
                if failures >= TRIES:
                    raise self._gave_up(failure)
                if failure is not None:
                    self._clock.sleep(PAUSE.wait(failures + 1, random.random()))  # noqa: S311 - jitter
            os.fsync(file.fileno())
        return Downloaded(self._part, self._hash.hexdigest(), self._done)

    def _is_whole(self) -> bool:
        return 0 < self._size <= self._done

    def _recall(self, file: IO[bytes]) -> None:
        """Read what an earlier attempt left; more than there is to be is of no use."""
        if 0 < self._size < os.fstat(file.fileno()).st_size:
            self._begin_anew(file)
        file.seek(0)
        while chunk := file.read(CHUNK_BYTES):
            self._hash.update(chunk)
            self._done += len(chunk)
        self._progress(self._done, self._size)

    def _begin_anew(self, file: IO[bytes]) -> None:
        file.seek(0)
        file.truncate()
        self._hash, self._done = hashlib.sha256(), 0

    def _attempt(self, file: IO[bytes]) -> Exception | None:
        """Take what comes until it ends; return why it ended early, if it says so."""
        try:
            with self._hub.part(self._file, self._done) as part:
                self._agree(part.total)
                if part.start != self._done:
                    self._begin_anew(file)
                if part.start > self._done:
                    return Transient("get a part", cause=f"the server began at byte {part.start:,}")
                self._take(part.body, file)
        except RangeRefused as error:
            self._begin_anew(file)
            return error
        except Transient as error:
            return error
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
                raise self._no_room(error) from error
            return error
        return None

    def _agree(self, total: int) -> None:
        if total and self._size and total != self._size:
            cause = f"it has {total:,} bytes there, and {self._size:,} were announced"
            remedy = (
                "the file has changed under way, or a proxy is at fault: call it again, or see --endpoint"
            )
            raise Permanent(f"get {self._file.url}", cause=cause, remedy=remedy)
        self._size = self._size or total

    def _take(self, body: Body, file: IO[bytes]) -> None:
        while chunk := body.read1(CHUNK_BYTES):
            room = self._size - self._done if self._size else len(chunk)
            self._keep(chunk[:room], file)
            if self._is_whole():
                return

    def _keep(self, chunk: bytes, file: IO[bytes]) -> None:
        """Write bytes and count those that were written: a disk that fills up takes some of them."""
        rest = memoryview(chunk)
        while rest:
            count = file.write(rest)
            self._hash.update(rest[:count])
            self._done += count
            rest = rest[count:]
        self._progress(self._done, self._size)

    def _no_room(self, error: OSError) -> Transient:
        cause = f"{error.strerror}; {self._done:,} bytes have come and are kept"
        remedy = f"free space on the disk of {self._part.parent}, then call it again: it goes on from there"
        return Transient(f"write {self._part}", cause=cause, remedy=remedy)

    def _gave_up(self, failure: Exception | None) -> Transient:
        why = str(getattr(failure, "cause", "") or failure or "the connection ends early")
        of = f" of {self._size:,}" if self._size else ""
        cause = f"{why}; {self._done:,}{of} bytes have come and are kept"
        return Transient(f"get {self._file.url}", cause=cause, remedy="call it again: it goes on from there")
