"""How far a download is: a bar on a terminal, a line now and then in a log, nothing for programs."""

from __future__ import annotations

import time
from typing import Final, TextIO

from agent.terminal import bar

STEP: Final = 0.1
"""Share after which a log gets another line."""
REDRAW_S: Final = 0.1
MEGABYTE: Final = 1e6


class Bar:
    """Draws on a stream; None: nowhere."""

    def __init__(self, stream: TextIO | None) -> None:
        """Begin."""
        self._stream = stream
        self._moves = stream is not None and stream.isatty()
        self._first: tuple[float, int] | None = None
        self._drawn = 0.0
        self._told = -1.0

    def __call__(self, done: int, total: int) -> None:
        """Hear how many bytes are here, of how many."""
        if self._stream is None:
            return
        now = time.monotonic()
        if self._first is None:
            self._first = now, done
        if self._moves and (now - self._drawn >= REDRAW_S or done == total):
            self._drawn = now
            self._stream.write(f"\r\033[K  {self._line(done, total, now)}")
            self._stream.flush()
        elif not self._moves and total and done / total >= self._told + STEP:
            self._told = done / total
            self._stream.write(f"{self._line(done, total, now)}\n")

    def _line(self, done: int, total: int, now: float) -> str:
        began, before = self._first or (now, done)
        rate = (done - before) / (now - began) if now > began else 0.0
        speed = f"  {rate / MEGABYTE:.1f} MB/s" if rate else ""
        if not total:
            return f"{done / MEGABYTE:.1f} MB{speed}"
        left = f"  {(total - done) / rate:.0f} s left" if rate and done < total else ""
        return f"{bar(done / total)} {done / MEGABYTE:.1f} of {total / MEGABYTE:.1f} MB{speed}{left}"

    def close(self) -> None:
        """End the line."""
        if self._stream is not None and self._moves and self._first is not None:
            self._stream.write("\n")
