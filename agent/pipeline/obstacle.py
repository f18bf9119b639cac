"""What keeps a loop from going on: said once when it begins, and once when it is over."""

from __future__ import annotations

from agent.clock import Clock
from agent.errors import BufferFull, BufferUnavailable, Transient
from agent.log import Logger


class Obstacle:
    """A fault that passes by itself. The loop tries again; nobody needs a line for each try."""

    def __init__(self, event: str, log: Logger, clock: Clock) -> None:
        """Say ``<event>_blocked`` and ``<event>_goes_on``."""
        self._event, self._log, self._clock = event, log, clock
        self._since = 0.0
        self.tries = 0
        """Tries that failed, one after the other."""
        self.words = ""
        """What is in the way, and what to do; empty while nothing is."""

    def meet(self, error: Transient) -> None:
        """Note that a try failed."""
        if not self.tries:
            self._since = self._clock.monotonic()
            # A broker that is away comes back; a disk wants somebody.
            grave = isinstance(error, (BufferFull, BufferUnavailable))
            tell = self._log.error if grave else self._log.warning
            tell(f"{self._event}_blocked", cause=error.cause, remedy=error.remedy)
        self.tries += 1
        self.words = str(error)

    def clear(self) -> None:
        """Note that a try did what it should."""
        if not self.tries:
            return
        seconds = round(self._clock.monotonic() - self._since, 1)
        self._log.info(f"{self._event}_goes_on", tries=self.tries, seconds=seconds)
        self.tries, self.words = 0, ""
