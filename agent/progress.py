"""Is anything finished? A pure judgement on counts: alive is not the same as getting on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

BROKER_S = 60.0
"""Seconds in which the output broker confirms at least one of the messages that wait for it."""
EXTRACTION, DELIVERY = "extraction", "delivery"


@dataclass(frozen=True, slots=True)
class Look:
    """What is seen at one moment."""

    at: float
    """Monotonic seconds."""
    undecided: int
    """Messages that are stored and not decided."""
    decided: int
    """Messages decided since the start."""
    outbox: int
    """Records and dead letters that wait for the output broker."""
    confirmed: int
    """Those that it has confirmed since the start."""
    sending: bool
    """Whether there is a connection to the output broker; without one that is what is said."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What is known from earlier looks. Begins knowing nothing."""

    decided: int = -1
    decided_at: float = 0.0
    """Monotonic seconds at which something was decided, or nothing waited."""
    undecided: int = 0
    """Messages that waited then."""
    confirmed: int = -1
    confirmed_at: float = 0.0


def advance(watch: Watch, look: Look, *, patience_s: float) -> tuple[Watch, Mapping[str, str]]:
    """Return what is known now, and in words what does not get on.

    Args:
        watch: what was known before.
        look: what is seen.
        patience_s: longest time, seconds, that the slowest tier may take for one message, restarts included.
    """
    if look.decided != watch.decided or not look.undecided:
        watch = replace(watch, decided=look.decided, decided_at=look.at, undecided=look.undecided)
    if look.confirmed != watch.confirmed or not look.outbox or not look.sending:
        watch = replace(watch, confirmed=look.confirmed, confirmed_at=look.at)
    words = {}
    if look.at - watch.decided_at > patience_s:
        words[EXTRACTION] = _standstill(watch, look)
    if look.at - watch.confirmed_at > BROKER_S:
        seconds = look.at - watch.confirmed_at
        words[DELIVERY] = (
            f"the output broker has confirmed nothing for {seconds:.0f} s, {look.outbox} wait for it"
        )
    return watch, words


def _standstill(watch: Watch, look: Look) -> str:
    grown = look.undecided - watch.undecided
    more = f", {grown} more than then" if grown > 0 else ""
    return (
        f"nothing was finished for {look.at - watch.decided_at:.0f} s, {look.undecided} messages wait{more}"
    )
