"""``maaza schema test``: what the model made of a schema's examples, and what the agent would publish."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from agent.clock import SystemClock
from agent.convert import converted
from agent.extract import Extractor, Job
from agent.journey import weigh
from agent.message import Candidate, Json, Reason
from agent.schemas import Schema, load_schema
from agent.schemas.examples import Example, examples_path, load_examples
from agent.terminal import DIM, GREEN, RED, YELLOW, Paint, cut, shown, table

TEXT_CELLS = 60
"""Cells of a text that a report shows."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What the model made of one example."""

    schema: str
    example: Example
    candidate: Candidate
    reason: Reason | None
    """Why the agent would not publish it; None where it would."""

    @property
    def published(self) -> bool:
        """True where the agent would publish the value."""
        return self.reason is None

    @property
    def right(self) -> bool:
        """True where the value is the expected one; where a refusal is, where nothing would be published."""
        if self.example.expected is None:
            return not self.published
        return same(self.candidate.value, self.example.expected)

    @property
    def fate(self) -> str:
        """Say in a word what the agent would do."""
        if self.candidate.refusal is not None:
            return "refused"
        return "published" if self.reason is None else str(self.reason)

    def document(self) -> dict[str, Json]:
        """Return the trial for programs."""
        return {
            "schema": self.schema,
            "line": self.example.line,
            "right": self.right,
            "published": self.published,
            "text": self.example.text,
            "expected": self.example.expected,
            "value": self.candidate.value,
            "refusal": str(self.candidate.refusal) if self.candidate.refusal else None,
            "reason": str(self.reason) if self.reason else None,
            "confidence": round(self.candidate.confidence, 6),
        }


@dataclass(frozen=True, slots=True)
class Totals:
    """Trials counted."""

    examples: int
    right: int
    published: int
    """Values that the agent would publish, wrong ones too."""
    published_right: int
    to_refuse: int
    """Examples whose text must be refused."""
    rightly_refused: int


def tried(path: Path, extractor: Extractor, *, threshold: float) -> list[Trial]:
    """Run the model over the examples of one schema file; below the threshold nothing would be published."""
    schema = load_schema(path)
    examples = load_examples(examples_path(path))
    found = extractor.extract([Job(example.text, schema) for example in examples])
    return [_trial(schema, example, one, threshold) for example, one in zip(examples, found, strict=True)]


def _trial(schema: Schema, example: Example, candidate: Candidate, threshold: float) -> Trial:
    now = SystemClock().now()
    verdict = weigh(candidate, example.text, schema, threshold=threshold, received_at=now)
    made = converted(candidate, example.text, schema, now).candidate
    return Trial(schema.name, example, made, verdict.reason)


def same(one: Json, other: Json) -> bool:
    """Compare as JSON does: 1 and 1.0 are the same number, true is none, and keys have no order."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def totals(trials: Sequence[Trial]) -> Totals:
    """Count trials."""
    to_refuse = [one for one in trials if one.example.expected is None]
    published = [one for one in trials if one.published]
    return Totals(
        examples=len(trials),
        right=sum(one.right for one in trials),
        published=len(published),
        published_right=sum(one.right for one in published),
        to_refuse=len(to_refuse),
        rightly_refused=sum(one.right for one in to_refuse),
    )


def share_right(trials: Sequence[Trial]) -> float:
    """Return the share of trials that are right; 0 of none."""
    return sum(one.right for one in trials) / max(1, len(trials))


def document(trials: Sequence[Trial], threshold: float) -> dict[str, Json]:
    """Return the report for programs."""
    return {
        "right": share_right(trials),
        "threshold": threshold,
        "totals": asdict(totals(trials)),
        "schemas": [{"schema": name, **asdict(totals(of))} for name, of in _by_schema(trials).items()],
        "examples": [one.document() for one in trials],
    }


def _by_schema(trials: Sequence[Trial]) -> dict[str, list[Trial]]:
    groups: dict[str, list[Trial]] = {}
    for one in trials:
        groups.setdefault(one.schema, []).append(one)
    return groups


HEADER = ("schema", "examples", "right", "published", "and right", "to refuse", "rightly refused")
NOTE = (
    "Published: valid, in the text, and at least {threshold:g} sure, the threshold of tiers that name none.\n"
    "To refuse: what would not be published counts as refused."
)


def page(trials: Sequence[Trial], paint: Paint, threshold: float) -> str:
    """Return each example with what became of it, then the counts by schema, for people."""
    lines = [line for one in trials for line in _lines(one, paint)]
    rows = [_row(name, of) for name, of in _by_schema(trials).items()]
    return "\n".join(
        [
            *lines,
            "",
            table([*rows, _row("all", trials)], HEADER, paint=paint),
            paint(NOTE.format(threshold=threshold), DIM),
        ]
    )


def _row(name: str, trials: Sequence[Trial]) -> tuple[str, ...]:
    return name, *(str(count) for count in asdict(totals(trials)).values())


def _lines(trial: Trial, paint: Paint) -> list[str]:
    mark = paint("right", GREEN) if trial.right else paint("wrong", RED)
    fate = paint(f"{trial.fate:<10}", GREEN if trial.published else YELLOW)
    text = cut(shown(trial.example.text), TEXT_CELLS)
    first = f"{mark}  {fate}  {trial.schema}:{trial.example.line}  {text}"
    if trial.right:
        return [first]
    found = str(trial.candidate.refusal) if trial.candidate.refusal else _json(trial.candidate.value)
    return [
        first,
        f"         expected  {_json(trial.example.expected)}",
        f"         found     {shown(found)}",
    ]


def _json(value: Json) -> str:
    return "refusal" if value is None else json.dumps(value, ensure_ascii=False)
