"""What a check found: a mark, what it means, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """How a check ended."""

    GOOD = "good"
    """As it should be."""
    WARNING = "warning"
    """It works, and something about it will be missed one day; or it cannot be proved from here."""
    FAULT = "fault"
    """It does not work, or messages will be lost."""
    SKIPPED = "skipped"
    """Not looked at; the text says why."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    check: str
    """Name of the check."""
    mark: Mark
    said: str
    """What was found, in words, with the figures that matter."""
    remedy: str = ""
    """What to do; never empty beside a fault or a warning."""


@dataclass(frozen=True, slots=True)
class Says:
    """Makes the findings of one check."""

    check: str

    def good(self, said: str) -> Finding:
        """Say that all is well."""
        return Finding(self.check, Mark.GOOD, said)

    def warn(self, said: str, remedy: str) -> Finding:
        """Say what will be missed one day, or cannot be proved."""
        return Finding(self.check, Mark.WARNING, said, remedy)

    def fault(self, said: str, remedy: str) -> Finding:
        """Say what does not work."""
        return Finding(self.check, Mark.FAULT, said, remedy)

    def skip(self, because: str, remedy: str = "") -> Finding:
        """Say why nothing was looked at."""
        return Finding(self.check, Mark.SKIPPED, because, remedy)
