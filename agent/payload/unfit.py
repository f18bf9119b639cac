"""What was found in a payload, or why it is not as its route declares."""

from __future__ import annotations

from dataclasses import dataclass

from agent.message import Reason


class Unfit(Exception):  # noqa: N818 - a finding about the payload, not a fault of the program
    """A payload is not as its route declares."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True, slots=True)
class Content:
    """One record of a payload."""

    text: str | None
    """None where there is a reason."""
    device: str | None = None
    """Name of the device as the envelope gives it; None: the topic names it."""
    reason: Reason | None = None
    """Why it cannot be processed; None: it can."""
    detail: str = ""
    raw: bytes | None = None
    """Bytes of this record alone, where only it is unfit."""
