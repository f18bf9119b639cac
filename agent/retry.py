"""When to try again. Pure: attempts and chance in, seconds out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Waits that double up to a cap, spread by jitter so that a fleet does not move in step."""

    first_s: float
    """Wait after the first failure, before jitter, seconds."""
    cap_s: float
    """Longest wait before jitter, seconds."""
    jitter: float = 0.5
    """Share of the wait that chance decides, 0 to 1."""

    def __post_init__(self) -> None:
        """Refuse waits that contradict each other."""
        if not 0 < self.first_s <= self.cap_s or not 0 <= self.jitter <= 1:
            message = f"need 0 < first_s <= cap_s and 0 <= jitter <= 1, got {self}"
            raise ValueError(message)

    def wait(self, failures: int, chance: float) -> float:
        """Return seconds to wait after so many failures in a row; `chance` is from 0 to 1."""
        if failures <= 0:
            return 0.0
        # 2**63 is far past any cap; the bound keeps the float finite.
        wait = min(self.cap_s, self.first_s * 2.0 ** min(failures - 1, 63))
        return wait * (1 - self.jitter + self.jitter * chance)


RECONNECT = Backoff(first_s=0.5, cap_s=10.0)
"""Between connections to a broker: a fresh message must flow within 30 s of the fault's end."""
CONTESTED = Backoff(first_s=4.0, cap_s=24.0)
"""Between connections to a broker that another client of our id uses too: no storm between the two."""
REDELIVER = Backoff(first_s=1.0, cap_s=20.0)
"""Between publishes of a message that the output broker refuses for now."""
REOPEN = Backoff(first_s=0.1, cap_s=5.0)
"""Between attempts to commit when the disk is full or fails."""
RESTART = Backoff(first_s=0.2, cap_s=15.0)
"""Between starts of an extractor process that does not come up."""
