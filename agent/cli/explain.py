"""How an answer looks to people: the value, or the text with every span marked beside what it became."""

from __future__ import annotations

import json

from agent.cli.answer import Answer
from agent.json_pointer import tokens
from agent.message import Evidence, Json
from agent.terminal import BOLD, GREEN, RED, Paint, bar, colour, letter, marked, shown, table

SURE = 0.9
DOUBTFUL = 0.5
"""Confidences from which a field is shown as sure, and as doubtful."""


def page(answer: Answer, paint: Paint, *, explain: bool) -> str:
    """Return what ``maaza extract`` prints for people."""
    parts = (
        [json.dumps(answer.candidate.value, ensure_ascii=False, indent=2)]
        if not explain
        else _explained(answer, paint)
    )
    if answer.candidate.refusal is not None:
        parts = [*_text(answer, paint)] if explain else []
        parts.append(
            f"{paint('refused', RED, BOLD)}  {answer.candidate.refusal}: {shown(answer.candidate.detail)}"
        )
    parts.extend(f"{paint('invalid', RED, BOLD)}  {shown(violation)}" for violation in answer.violations)
    return "\n".join(parts)


def _explained(answer: Answer, paint: Paint) -> list[str]:
    return [_headline(answer, paint), "", *_text(answer, paint), "", _fields(answer, paint)]


def _headline(answer: Answer, paint: Paint) -> str:
    verdict = paint("valid", GREEN, BOLD) if answer.valid else paint("not valid", RED, BOLD)
    sure = f"{bar(answer.candidate.confidence)} {answer.candidate.confidence:.3f}"
    return f"{paint(answer.schema.name, BOLD)}  tier {answer.candidate.tier}  {sure}  {verdict}"


def _text(answer: Answer, paint: Paint) -> list[str]:
    return [f"  {line}" for line in marked(answer.text, answer.candidate.evidence, paint)]


def _fields(answer: Answer, paint: Paint) -> str:
    rows = [_row(number, one, answer, paint) for number, one in enumerate(answer.candidate.evidence)]
    header = ("", "field", "value", "characters", "confidence")
    codes = [colour(number)[:1] for number in range(len(rows))]
    return table(rows, header, paint=paint, codes=codes)


def _row(number: int, one: Evidence, answer: Answer, paint: Paint) -> tuple[str, ...]:
    value = json.dumps(at(answer.candidate.value, one.pointer), ensure_ascii=False)
    mark = "■" if paint.enabled else letter(number)
    return (
        mark if one.start >= 0 else " ",
        one.pointer or "/",
        value,
        place(one),
        f"{bar(one.confidence)} {one.confidence:.3f}{doubt(one.confidence)}",
    )


def place(one: Evidence) -> str:
    """Say where a value comes from."""
    if one.start < 0:
        return "inferred"
    note = " (cue)" if one.inferred else f" ({one.converted})" if one.converted else ""
    return f"{one.start}–{one.end}{note}"


def doubt(confidence: float) -> str:
    """Mark what a reader should look at twice."""
    return "" if confidence >= SURE else " ?" if confidence >= DOUBTFUL else " ??"


def at(value: Json, pointer: str) -> Json:
    """Return the leaf at a JSON pointer; None where there is none."""
    for token in tokens(pointer):
        if isinstance(value, dict):
            value = value.get(token)
        elif isinstance(value, list) and token.isdigit() and int(token) < len(value):
            value = value[int(token)]
        else:
            return None
    return value
