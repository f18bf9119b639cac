"""Processor time that may be spent beside the messages: a share of one core, saved up for a while. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

SAVED_S: Final = 2.0
"""Seconds of processor time that can be saved up: what a quiet while leaves for a busy one."""


@dataclass(slots=True)
class Budget:
    """What may be spent, and what was."""

    share: float
    """Of one core."""
    at: float
    """Monotonic seconds of the last look."""
    left: float = field(default=SAVED_S)
    """Seconds; less than 0 where the last thing was dearer than what was left."""
    spent: float = 0.0
    """Seconds, in all."""

    def allows(self, now: float) -> bool:
        """Tell whether something may begin; what it costs is known afterwards."""
        self.left = min(SAVED_S, self.left + self.share * max(0.0, now - self.at))
        self.at = now
        return self.left > 0.0

    def spend(self, seconds: float) -> None:
        """Note what something has cost."""
        self.left -= seconds
        self.spent += seconds
