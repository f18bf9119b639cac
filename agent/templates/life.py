"""How a template comes into force and goes out of it: decisions alone. Pure.

A template that was learned from the model serves only after the model has read texts of its format as it
would have, and only as long as the model goes on doing so. One that a person has taught outranks the model.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, StrEnum, auto
from typing import Final

MAX_DOUBLINGS: Final = 5
"""Demotions after which a template is not tried again, until a person enables it."""
FORGIVEN: Final = 50
"""Agreeing checks in a row for which one demotion is forgiven."""


class Origin(StrEnum):
    """Who knows the format."""

    TAUGHT = "taught"
    """A person."""
    LEARNED = "learned"
    """The model, by its answers."""


class State(StrEnum):
    """What a template may do."""

    CANDIDATE = "candidate"
    """On probation: it reads along, and the model answers."""
    ACTIVE = "active"
    """It serves, and is audited."""
    DEMOTED = "demoted"
    """It served, or was to, and the model has contradicted it. It reads along, and has to earn more trust."""
    DISABLED = "disabled"
    """Switched off by a person."""


READS_ALONG: Final = frozenset({State.CANDIDATE, State.DEMOTED})
"""States on probation."""


class Check(Enum):
    """What the model says of a text that a template has read."""

    AGREED = auto()
    """The same record, with enough confidence."""
    DIFFERED = auto()
    """Another record, or none, with enough confidence."""
    UNFOUNDED = auto()
    """What was constant in all answers varies, and may be a field that the model has overlooked."""
    OPEN = auto()
    """It is not sure, or its answer contradicts itself: nothing follows."""


class Turn(Enum):
    """What a check leads to."""

    NONE = auto()
    PROMOTED = auto()
    """It serves from now on."""
    FAILED = auto()
    """It was on probation, and begins anew."""
    DEMOTED = auto()
    """It served, and does so no more: its records since the last good check are in doubt."""
    DISPUTED = auto()
    """A person's template and the model differ: a person has to look."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts of a template's past."""

    origin: Origin
    state: State
    streak: int = 0
    """Agreeing checks since the last contradiction, or since it came on probation."""
    demotions: int = 0
    """Contradictions, those forgiven left out."""


def needed(standing: Standing, agreeing: int) -> int:
    """Return how many checks in a row must agree before it serves: twice as many after each contradiction."""
    return int(agreeing * 2 ** min(standing.demotions, MAX_DOUBLINGS))


def checked(standing: Standing, check: Check, *, agreeing: int) -> tuple[Standing, Turn]:
    """Return what becomes of a template by a check.

    `agreeing`: checks in a row that a candidate without a past needs.
    """
    if check is Check.OPEN or standing.state is State.DISABLED:
        return standing, Turn.NONE
    if check is Check.AGREED:
        return _agreed(standing, agreeing)
    if standing.origin is Origin.TAUGHT:
        return replace(standing, streak=0), Turn.DISPUTED
    more = MAX_DOUBLINGS + 1 if check is Check.UNFOUNDED else 1
    failed = replace(standing, streak=0, demotions=standing.demotions + more)
    if standing.state is State.ACTIVE:
        return replace(failed, state=State.DEMOTED), Turn.DEMOTED
    is_hopeless = failed.demotions > MAX_DOUBLINGS
    return replace(failed, state=State.DEMOTED if is_hopeless else standing.state), Turn.FAILED


def _agreed(standing: Standing, agreeing: int) -> tuple[Standing, Turn]:
    longer = replace(standing, streak=standing.streak + 1)
    if standing.state is State.ACTIVE:
        forgives = longer.demotions > 0 and longer.streak % FORGIVEN == 0
        return replace(longer, demotions=longer.demotions - forgives), Turn.NONE
    may_serve = longer.demotions <= MAX_DOUBLINGS and longer.streak >= needed(standing, agreeing)
    return (replace(longer, state=State.ACTIVE), Turn.PROMOTED) if may_serve else (longer, Turn.NONE)


def unsettled(standing: Standing) -> Standing:
    """Return what becomes of a template when what it was judged by has changed: model, or threshold.

    What a person has taught or switched off does not depend on these.
    """
    if standing.origin is Origin.TAUGHT or standing.state is State.DISABLED:
        return standing
    state = State.DEMOTED if standing.state is State.DEMOTED else State.CANDIDATE
    return replace(standing, state=state, streak=0)
