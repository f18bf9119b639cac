"""Pure: expected and produced -> score of one case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from agent.journey import weigh
from agent.message import Candidate, Json
from agent.schemas import Schema
from agent.settings import THRESHOLD
from agent.validate import validate
from eval.dataset import Case
from eval.grounding import is_grounded
from eval.values import equal, leaves


@dataclass(frozen=True, slots=True)
class Score:
    """What one answer is worth. Shares are 0 to 1."""

    exact: bool
    """JSONExact: the value equals the expected one; where a refusal is expected, it was refused."""
    field_f1: float
    """Harmonic mean of precision and recall over top-level keys with equal values, as published."""
    leaf_f1: float
    """The same over leaves, each at its pointer."""
    compliant: bool
    """There is a value and it validates."""
    refused: bool
    """There is no value."""
    grounded: bool
    """There is a value, and each of its strings and numbers equals its span of the text."""
    expects_refusal: bool
    """The right answer is no answer."""
    published: bool
    """The agent would publish the value: it is valid, grounded, and as sure as the threshold asks for."""


def score(case: Case, candidate: Candidate, *, threshold: float = THRESHOLD) -> Score:
    """Return the score of ``candidate`` on ``case``; a refusal where a value is expected is all wrong."""
    refused = candidate.refusal is not None or candidate.value is None
    expects_refusal = case.expected is None
    if refused or case.schema is None:
        right = float(expects_refusal)
        return Score(expects_refusal, right, right, False, True, False, expects_refusal, False)  # noqa: FBT003
    value = candidate.value
    return Score(
        exact=not expects_refusal and equal(case.expected, value),
        field_f1=field_f1(case.expected, value),
        leaf_f1=leaf_f1(case.expected, value, case.schema),
        compliant=not validate(value, case.schema),
        refused=False,
        grounded=is_grounded(case.text, value, candidate.evidence, case.schema.root),
        expects_refusal=expects_refusal,
        published=weigh(candidate, case.text, case.schema, threshold=threshold).reason is None,
    )


def field_f1(expected: Json, produced: Json) -> float:
    """Return the F1 of top-level keys and values."""
    return _f1(_top(expected), _top(produced), equal)


def leaf_f1(expected: Json, produced: Json, schema: Schema) -> float:
    """Return the F1 of leaves, each at its pointer; items of arrays count by position."""
    return _f1(_leaf_map(expected, schema), _leaf_map(produced, schema), equal)


def _top(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _leaf_map(value: Json, schema: Schema) -> dict[str, Json]:
    return {} if value is None else {leaf.pointer: leaf.value for leaf in leaves(value, schema.root)}


def _f1(expected: dict[str, Json], produced: dict[str, Json], same: Callable[[Json, Json], bool]) -> float:
    """Return the harmonic mean of precision and recall; nothing expected and nothing produced is right."""
    if not expected and not produced:
        return 1.0
    matches = sum(key in produced and same(value, produced[key]) for key, value in expected.items())
    return 2 * matches / (len(expected) + len(produced))
