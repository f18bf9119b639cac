"""The answer of ``maaza extract``: what became of one text, for programs as a document."""

from __future__ import annotations

from dataclasses import dataclass

from agent.clock import SystemClock
from agent.message import Candidate, Json
from agent.schemas import Schema


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one text."""

    text: str
    schema: Schema
    candidate: Candidate
    violations: tuple[str, ...]
    """Ways in which the value breaks its schema or lacks its evidence; empty where it may be published."""

    @property
    def valid(self) -> bool:
        """True where the value would be published."""
        return self.candidate.refusal is None and not self.violations


def answered(text: str, schema: Schema, *, model: str, threads: int) -> Answer:
    """Extract, validate, and look whether each value stands where its evidence says."""
    from agent.extract import Job, factory  # noqa: PLC0415 - loads the model's libraries

    extractor = factory.build(model=model, threads=threads)
    return judged(text, schema, extractor.extract([Job(text, schema)])[0])


def judged(text: str, schema: Schema, candidate: Candidate) -> Answer:
    """Say what speaks against publishing a candidate."""
    from agent.convert import converted  # noqa: PLC0415 - with the model's libraries
    from agent.grounding import ungrounded  # noqa: PLC0415
    from agent.validate import validate  # noqa: PLC0415

    if candidate.refusal is not None:
        return Answer(text, schema, candidate, ())
    now = SystemClock().now()
    made = converted(candidate, text, schema, now)
    candidate = made.candidate
    broken = list(made.faults)
    broken += [f"{one.pointer or '/'}: {one.message}" for one in validate(candidate.value, schema)]
    broken += [f"{pointer}: not in the text" for pointer in ungrounded(candidate, text, schema.root, now)]
    return Answer(text, schema, candidate, tuple(broken))


def document(answer: Answer) -> dict[str, Json]:
    """Return an answer as programs read it; the keys are those of published messages where both have them."""
    from agent.publish import conversions  # noqa: PLC0415 - with the model's libraries

    candidate = answer.candidate
    return {
        "schema": answer.schema.name,
        "value": candidate.value,
        "evidence": {
            one.pointer: [one.start, one.end] if one.start >= 0 else None for one in candidate.evidence
        },
        "inferred": [one.pointer for one in candidate.evidence if one.inferred],
        "converted": conversions(candidate, answer.text),
        "confidence": round(candidate.confidence, 6),
        "confidences": {one.pointer: round(one.confidence, 6) for one in candidate.evidence},
        "tier": candidate.tier,
        "valid": answer.valid,
        "violations": list(answer.violations),
        "refusal": str(candidate.refusal) if candidate.refusal else None,
        "detail": candidate.detail,
    }
