"""Bounds how often an event is said: a bucket of lines for each, and a count of what was held back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

BURST = 30
"""Lines of one event that may follow each other at once: more than the faults of one bad configuration."""
EVERY_S = 10.0
"""Seconds after which one more line of it may be said; 8,640 a day at most, whatever happens."""
OVER_S = 2 * EVERY_S
"""Seconds without a try after which a storm is over, and what it held back is told."""

Key = tuple[str, str, str]
"""Part, event and level of a line. All stand in the code, so there are never many."""


@dataclass(slots=True)
class Bucket:
    """What one event may still say."""

    lines: float
    at: float
    """Monotonic seconds of the last look."""
    held: int = 0
    """Lines held back since the last one that was said."""


class Repeats:
    """Decides for each line whether it is said. May be asked from any thread."""

    def __init__(self, *, monotonic: Callable[[], float]) -> None:
        """Begin with full buckets."""
        self._monotonic = monotonic
        self._buckets: dict[Key, Bucket] = {}
        self._lock = threading.Lock()
        self.total = 0
        """Lines held back since the start."""

    def admit(self, key: Key) -> int | None:
        """Return how many lines were held back before this one; None: hold this one back too."""
        with self._lock:
            now = self._monotonic()
            bucket = self._buckets.setdefault(key, Bucket(BURST, now))
            bucket.lines = min(BURST, bucket.lines + (now - bucket.at) / EVERY_S)
            bucket.at = now
            if bucket.lines < 1:
                bucket.held += 1
                self.total += 1
                return None
            bucket.lines -= 1
            held, bucket.held = bucket.held, 0
            return held

    def overdue(self) -> list[tuple[Key, int]]:
        """Return what was held back of storms that are over; it is told once."""
        with self._lock:
            now = self._monotonic()
            held = [(key, bucket) for key, bucket in self._buckets.items() if bucket.held]
            return [(key, _emptied(bucket)) for key, bucket in held if now - bucket.at > OVER_S]

    def rest(self) -> list[tuple[Key, int]]:
        """Return all that was held back and not told: the agent ends."""
        with self._lock:
            return [(key, _emptied(bucket)) for key, bucket in self._buckets.items() if bucket.held]


def _emptied(bucket: Bucket) -> int:
    held, bucket.held = bucket.held, 0
    return held
