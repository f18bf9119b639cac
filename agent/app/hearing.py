"""What the model says of a text that a template has read: asked as if it were new, compared, and no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from agent import journey
from agent.extract import Job
from agent.extract.lane import Finished, Ticket
from agent.journey import Journey, Rejection
from agent.message import Claimed, Json, Reason, Record, Route
from agent.pipeline import Rung
from agent.plans import Plan
from agent.templates.life import Check
from agent.templates.observed import is_consistent
from agent.templates.places import leaves, same
from agent.templates.spread import pointer_of

End: TypeAlias = "Record | Rejection"
"""What the tiers made of a text."""
SAYS_NO: Final = frozenset({Reason.NOT_THIS_SCHEMA, Reason.MISSING_REQUIRED})
"""Refusals that speak of the text. All others speak of what the model cannot do."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A text, and what a template has made of it."""

    template: str
    message: Claimed
    plan: Plan
    route: Route
    schema: str
    value: Json
    """Converted, as it was or would be published."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """A reading that the tiers are asked about, one after the other."""

    reading: Reading
    journey: Journey
    since: float
    """Monotonic seconds."""

    @classmethod
    def begin(cls, reading: Reading, now: float) -> Hearing:
        """Ask as for a message that no template knows."""
        route = reading.route
        return cls(reading, journey.begin(route.schemas, route.tiers, reading.plan.complexity), now)

    def ticket(self, number: int) -> Ticket:
        """Return the question; numbers of audits are below those of rows."""
        message, schema = self.reading.message, self.reading.plan.schemas[self.journey.schema]
        return Ticket(-number, Job(message.text, schema), message.id)

    def hear(self, finished: Finished, threshold: float) -> Hearing | End:
        """Return the next question, or what the tiers have made of the text in the end."""
        message, schema = self.reading.message, finished.ticket.job.schema
        verdict = journey.weigh(
            finished.result, message.text, schema, threshold=threshold, received_at=message.received_at
        )
        if verdict.candidate is not None:
            return Record(
                schema.name, schema.version, schema.fingerprint, verdict.candidate, schema_id=schema.id
            )
        following = journey.advance(self.journey, verdict)
        return following if isinstance(following, Rejection) else replace(self, journey=following)


def is_audit(finished: Finished) -> bool:
    """Tell whether a tier's answer is to the question of an audit."""
    return finished.ticket.seq < 0


def compared(reading: Reading, end: End, rungs: Mapping[str, Rung]) -> tuple[Check, tuple[str, ...]]:
    """Say whether the tiers read a text as a template did, and the fields that differ."""
    if isinstance(end, Rejection):
        return (Check.DIFFERED if _is_sure(end, rungs) else Check.OPEN), ()
    if not is_consistent(end.candidate.evidence):
        return Check.OPEN, ()
    if end.schema == reading.schema and same(end.candidate.value, reading.value):
        return Check.AGREED, ()
    return Check.DIFFERED, differing(reading.value, end.candidate.value)


def _is_sure(end: Rejection, rungs: Mapping[str, Rung]) -> bool:
    """Tell whether the tiers are sure that a text makes no record."""
    if end.reason not in SAYS_NO or not end.trail:
        return False
    return all(
        one.outcome in SAYS_NO and one.tier in rungs and one.confidence >= rungs[one.tier].threshold
        for one in end.trail
    )


def differing(one: Json, other: Json) -> tuple[str, ...]:
    """Return the JSON pointers of the leaves that two values do not share."""
    mine = {pointer_of(path): value for path, value in leaves(one)}
    theirs = {pointer_of(path): value for path, value in leaves(other)}
    names = [*mine, *(name for name in theirs if name not in mine)]
    return tuple(
        name for name in names if name not in mine or name not in theirs or not same(mine[name], theirs[name])
    )
