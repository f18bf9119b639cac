"""How much to do at a time, so that the loops' own work never waits long."""

from __future__ import annotations

TARGET_S = 0.01
"""Seconds that a unit of upkeep should take: a message waits for one of them at most."""
LEAST, MOST = 10, 2000
"""Rows in a unit of upkeep."""


class Portion:
    """Rows of one kind of work: as many as the machine does in the time, learned while doing."""

    def __init__(self) -> None:
        """Begin carefully."""
        self.rows = 100

    def learn(self, rows: int, seconds: float) -> None:
        """Fit the next portion to what the last one took."""
        self.rows = fitting(self.rows, rows, seconds)


def fitting(asked: int, rows: int, seconds: float) -> int:
    """Return how many rows to ask for next: towards the target, at most twice as many as before.

    A portion that was not filled, and was quick, says nothing about a full one.
    """
    if rows < asked and seconds <= TARGET_S:
        return asked
    wished = int(rows * TARGET_S / max(seconds, 1e-6))
    return max(LEAST, min(wished, asked * 2, MOST))
