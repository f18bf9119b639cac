"""A message's way through schemas and tiers: what to try next, and when to stop. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from agent import convert, grounding
from agent.message import Attempt, Candidate, Crashed, Reason, Record, Refusal
from agent.schemas import Complexity, Schema
from agent.validate import validate

START = {Complexity.SIMPLE: 0, Complexity.MEDIUM: 1, Complexity.COMPLEX: 1}
"""Tier that begins, by what the schema asks for."""
SMALL = frozenset({Reason.TEXT_TOO_LONG, Reason.SCHEMA_TOO_LARGE})
"""What a larger tier may be able to do."""
DOUBTFUL = frozenset({Reason.INVALID, Reason.UNCONVERTIBLE, Reason.UNGROUNDED, Reason.UNSURE})
"""What a better tier may do better."""
FINAL = frozenset({Reason.EMPTY_TEXT, Reason.EXTRACTOR_CRASHED})
"""What neither another tier nor another schema changes."""
TELLING = (
    Reason.EXTRACTOR_CRASHED,
    Reason.EMPTY_TEXT,
    Reason.INVALID,
    Reason.UNCONVERTIBLE,
    Reason.UNGROUNDED,
    Reason.UNSURE,
    Reason.MISSING_REQUIRED,
    Reason.TEXT_TOO_LONG,
    Reason.SCHEMA_TOO_LARGE,
    Reason.NOT_THIS_SCHEMA,
)
"""Reasons by how near the message came to a record: the first one found in the trail is given."""


@dataclass(frozen=True, slots=True)
class Journey:
    """Where a message stands on its way."""

    schemas: tuple[str, ...]
    starts: tuple[int, ...]
    """Tier that begins, per schema."""
    tiers: tuple[str, ...]
    schema_at: int = 0
    tier_at: int = 0
    trail: tuple[Attempt, ...] = ()
    """Tries that failed."""

    @property
    def schema(self) -> str:
        """Return the schema to try."""
        return self.schemas[self.schema_at]

    @property
    def tier(self) -> str:
        """Return the tier to try."""
        return self.tiers[self.tier_at]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to think of one try; no reason means: publish it."""

    reason: Reason | None
    detail: str
    climbs: bool
    """A higher tier may do better."""
    confidence: float
    candidate: Candidate | None = None
    """What to publish, converted as the schema declares; None where there is a reason."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """The end of a way without a record."""

    reason: Reason
    detail: str
    trail: tuple[Attempt, ...]


def begin(schemas: Sequence[str], tiers: Sequence[str], complexity: Mapping[str, Complexity]) -> Journey:
    """Start with the first schema, at the tier that its complexity asks for or the highest there is."""
    starts = tuple(min(START[complexity[name]], len(tiers) - 1) for name in schemas)
    return Journey(tuple(schemas), starts, tuple(tiers), tier_at=starts[0])


def weigh(
    result: Candidate | Crashed,
    text: str,
    schema: Schema,
    *,
    threshold: float,
    received_at: float | None = None,
) -> Verdict:
    """Convert a try as its schema declares, validate it, compare each value with the text, and judge it.

    No reason means a record.
    """
    if isinstance(result, Crashed) or result.refusal is not None:
        return judge(result, threshold=threshold, violations=(), ungrounded=())
    made = convert.converted(result, text, schema, received_at)
    if made.faults:
        detail = "; ".join(made.faults)
        return Verdict(Reason.UNCONVERTIBLE, detail, climbs=True, confidence=result.confidence)
    value = made.candidate
    violations = [f"{one.pointer or '/'}: {one.message}" for one in validate(value.value, schema)]
    ungrounded = grounding.ungrounded(value, text, schema.root, received_at)
    verdict = judge(value, threshold=threshold, violations=violations, ungrounded=ungrounded)
    if verdict.reason:
        return verdict
    return Verdict(None, "", climbs=False, confidence=verdict.confidence, candidate=value)


def judge(
    result: Candidate | Crashed, *, threshold: float, violations: Sequence[str], ungrounded: Sequence[str]
) -> Verdict:
    """Say what to think of a try: the order of the checks is the order of their weight."""
    if isinstance(result, Crashed):
        return Verdict(Reason.EXTRACTOR_CRASHED, result.detail, climbs=False, confidence=0.0)
    if result.refusal is not None:
        return _judge_refusal(result, result.refusal, threshold)
    reason, detail = _weakness(result.confidence, threshold, violations, ungrounded)
    return Verdict(reason, detail, climbs=reason in DOUBTFUL, confidence=result.confidence)


def _judge_refusal(result: Candidate, refusal: Refusal, threshold: float) -> Verdict:
    reason = Reason(refusal)
    unsure = result.confidence < threshold and reason not in FINAL
    return Verdict(reason, result.detail, climbs=unsure or reason in SMALL, confidence=result.confidence)


def _weakness(
    confidence: float, threshold: float, violations: Sequence[str], ungrounded: Sequence[str]
) -> tuple[Reason | None, str]:
    if ungrounded:
        return Reason.UNGROUNDED, f"not in the text: {', '.join(ungrounded)}"
    if violations:
        return Reason.INVALID, "; ".join(violations)
    if confidence < threshold:
        return Reason.UNSURE, f"confidence {confidence:.3f}, the threshold is {threshold:.3f}"
    return None, ""


def advance(journey: Journey, verdict: Verdict) -> Journey | Rejection:
    """Return the next try after a failed one: a higher tier, else the next schema, else the end."""
    reason = verdict.reason or Reason.UNSURE
    failed = Attempt(journey.schema, journey.tier, str(reason), verdict.confidence, verdict.detail)
    journey = replace(journey, trail=(*journey.trail, failed))
    if verdict.climbs and journey.tier_at + 1 < len(journey.tiers):
        return replace(journey, tier_at=journey.tier_at + 1)
    if reason not in FINAL and journey.schema_at + 1 < len(journey.schemas):
        following = journey.schema_at + 1
        return replace(journey, schema_at=following, tier_at=journey.starts[following])
    return reject(journey.trail)


def climbed(trail: Sequence[Attempt], record: Record | None) -> bool:
    """Tell whether a message was tried by more than one tier with one schema."""
    if not trail:
        return False
    tries = [(one.schema, one.tier) for one in trail]
    if record is not None:
        tries.append((record.schema, record.candidate.tier))
    return len(tries) > len({schema for schema, _ in tries})


def reject(trail: tuple[Attempt, ...]) -> Rejection:
    """Give the most telling reason of the tries at each schema's last tier."""
    last = {attempt.schema: attempt for attempt in trail}.values()
    told = min(last, key=lambda attempt: TELLING.index(Reason(attempt.outcome)))
    return Rejection(Reason(told.outcome), told.detail, trail)
