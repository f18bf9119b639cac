"""A run as one JSON object, as a table for people, and its wrong cases as lines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from eval.grounding import ungrounded
from eval.metrics import by_group, figures, intervals
from eval.runner import Answer, Run

_COLUMNS = (
    "cases",
    "json_exact",
    "published",
    "published_right",
    "field_f1",
    "leaf_f1",
    "schema_compliance",
    "refused",
    "false_published",
    "false_at_threshold",
    "grounded",
)
_NARROWEST = len("100.0 %")


def summary(run: Run) -> dict[str, Any]:
    """Return the figures of ``run``: whole, by complexity, format and schema, with intervals and speed."""
    scores = [answer.score for answer in run.answers]
    cases = [answer.case for answer in run.answers]
    return {
        **figures(scores),
        "threshold": run.threshold,
        "intervals": intervals(scores),
        "by_complexity": by_group([case.complexity for case in cases], scores),
        "by_format": by_group([case.format for case in cases], scores),
        "by_schema": by_group([case.schema_name for case in cases], scores),
        "cases_per_s": _rate(len(cases), run.seconds),
        "tokens_per_s": _rate(run.tokens, run.seconds),
        "model": run.model,
    }


def _rate(count: int, seconds: float) -> float:
    return round(count / seconds, 2) if seconds > 0 else 0.0


def table(report: dict[str, Any]) -> str:
    """Return ``report`` as a table: the whole, then each complexity, then each format."""
    rows = [("all", report)]
    rows += [(key, row) for group in ("by_complexity", "by_format") for key, row in report[group].items()]
    width = max(len(name) for name, _ in rows)
    head = " " * width + "".join(_right(column, column) for column in _COLUMNS)
    body = [
        f"{name:<{width}}" + "".join(_right(_cell(row[column]), column) for column in _COLUMNS)
        for name, row in rows
    ]
    note = f"published, false_at_threshold: at the agent's own threshold, confidence {report['threshold']:g}"
    speed = f"{report['cases_per_s']} cases/s, {report['tokens_per_s']} tokens/s, model {report['model']}"
    return "\n".join((head, *body, note, _bounds(report["intervals"]), speed))


def _right(cell: str, column: str) -> str:
    """Set a cell under the end of its column's name, two blanks from the next."""
    return f"  {cell:>{max(len(column), _NARROWEST)}}"


def _cell(figure: float | None) -> str:
    if figure is None:
        return "-"
    return str(figure) if isinstance(figure, int) else f"{100 * figure:.1f} %"


def _bounds(found: dict[str, list[float]]) -> str:
    ends = (f"{name} {100 * low:.1f} to {100 * high:.1f} %" for name, (low, high) in found.items())
    return "95 % intervals: " + ", ".join(ends)


def failures(answers: Sequence[Answer]) -> Iterator[str]:
    """Yield the wrong cases as JSON Lines."""
    for answer in answers:
        if not answer.score.exact:
            yield json.dumps(_failure(answer), ensure_ascii=False)


def _failure(answer: Answer) -> dict[str, Any]:
    case, got = answer.case, answer.candidate
    root = case.schema.root if case.schema else None
    loose = ungrounded(case.text, got.value, got.evidence, root) if root and got.value is not None else ()
    return {
        "id": case.id,
        "format": case.format,
        "complexity": case.complexity,
        "text": case.text,
        "schema": case.schema_name,
        "expected": case.expected,
        "got": got.value,
        "refusal": got.refusal,
        "detail": got.detail,
        "confidence": got.confidence,
        "leaf_f1": answer.score.leaf_f1,
        "ungrounded": [leaf.pointer for leaf in loose],
    }
