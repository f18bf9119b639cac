"""Message ids: UUIDv7 (RFC 9562), so that ids sort in the order in which they were given."""

from __future__ import annotations

import os
from collections.abc import Callable

COUNTER_LIMIT = 1 << 12
"""Ids per millisecond before the time field is pushed ahead of the clock."""


class IdSource:
    """Gives ids that rise strictly, also within a millisecond and when the clock steps back."""

    def __init__(self, now: Callable[[], float], entropy: Callable[[int], bytes] = os.urandom) -> None:
        """Take Unix seconds from `now` and random bytes from `entropy`."""
        self._now = now
        self._entropy = entropy
        self._last = 0

    def __call__(self) -> str:
        """Return the next id. Not thread-safe: only the receive loop gives ids."""
        tick = max(int(self._now() * 1000) * COUNTER_LIMIT, self._last + 1)
        self._last = tick
        return compose(tick // COUNTER_LIMIT, tick % COUNTER_LIMIT, self._entropy(8))


def compose(milliseconds: int, counter: int, tail: bytes) -> str:
    """Lay out a UUIDv7: 48 bits of time, version, 12 bits of counter, variant, 62 random bits."""
    low = int.from_bytes(tail) & ((1 << 62) - 1) | (1 << 63)
    text = f"{milliseconds & ((1 << 48) - 1):012x}7{counter:03x}{low:016x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
