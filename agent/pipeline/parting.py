"""Before an ordered end: has the broker read what was acknowledged?

A broker may give a packet id to its next message as soon as it has the PUBACK. Were it not known at the next
start that it had it, a new message with an equal text would pass for a repeat of the old one, and be lost.
"""

from __future__ import annotations

import threading
from typing import Final, Protocol

LOOK_S: Final = 0.1
"""Longest wait for the answer in one round, seconds."""


class Marking(Protocol):
    """The input connection, as far as it can be asked how far the broker has read."""

    @property
    def is_connected(self) -> bool:
        """Whether a connection stands."""

    def mark(self, generation: int, /) -> threading.Event | None:
        """Ask the broker for a sign behind all that was sent; None where that connection has ended."""


class Parting:
    """Nothing is acknowledged from the moment it is wished; the answer to one question is waited for."""

    def __init__(self, link: Marking) -> None:
        """Take the connection that is asked."""
        self.wished = False
        self.done = False
        """Whether all is known that will be."""
        self._link = link
        self._answer: threading.Event | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether it was wished and is not done."""
        return self.wished and not self.done

    def is_read(self, generation: int, *, wait_s: float) -> bool:
        """Tell whether the broker is known to have read all that was sent on a connection.

        Where that connection has ended, nobody will ever know: it is done without.
        """
        self._answer = self._answer or self._link.mark(generation)
        is_read = self._answer is not None and self._answer.wait(min(wait_s, LOOK_S))
        self.done = is_read or self._answer is None or not self._link.is_connected
        return is_read
