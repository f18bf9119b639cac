"""Who is told what the process loop decides; nothing waits for it."""

from __future__ import annotations

from typing import Protocol

from agent.journey import Rejection
from agent.message import Claimed, Record
from agent.plans import Plan


class Observer(Protocol):
    """Hears from the process loop, in its thread: it must be quick."""

    def answered(self, message: Claimed, plan: Plan, end: Record | Rejection, /) -> None:
        """Hear what the tiers have made of a message."""

    def served(self, message: Claimed, plan: Plan, record: Record, /) -> None:
        """Hear what a template has made of a message."""


class Nobody:
    """Is not interested."""

    def answered(self, message: Claimed, plan: Plan, end: Record | Rejection, /) -> None:
        """Do nothing."""

    def served(self, message: Claimed, plan: Plan, record: Record, /) -> None:
        """Do nothing."""


NOBODY = Nobody()
