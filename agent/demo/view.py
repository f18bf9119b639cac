"""The live view: each message as it ends, raw text beside JSON, with the evidence marked."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass

from agent.demo.proof import Summary
from agent.json_pointer import below
from agent.message import Evidence, Json, State
from agent.terminal import BOLD, DIM, GREEN, RED, Paint, colour, marked, shown, table

TEXT_LINES = 6
"""Lines of a text that a card shows."""

NEW = """
SELECT s.id, s.device, s.state, coalesce(s.reason, ''), s.finished_at, l.total_s,
  coalesce(r.text, j.text, ''), coalesce(r.schema, ''), coalesce(r.confidence, 0), coalesce(r.value, 'null'),
  coalesce(r.evidence, '[]')
FROM v_states s JOIN v_latency l ON l.id = s.id
LEFT JOIN v_records r ON r.id = s.id LEFT JOIN v_rejected j ON j.id = s.id
WHERE s.finished_at >= ? ORDER BY s.finished_at
"""
OPEN = "SELECT (SELECT count(*) FROM v_states WHERE NOT terminal) + (SELECT count(*) FROM outbox)"


@dataclass(frozen=True, slots=True)
class Ended:
    """A message that has reached its end."""

    id: str
    device: str
    state: str
    reason: str
    finished_at: float
    seconds: float
    text: str
    schema: str
    confidence: float
    value: Json
    evidence: tuple[Evidence, ...]


class Follower:
    """Reads what is new in the database."""

    def __init__(self, db: sqlite3.Connection) -> None:
        """Begin with the first message."""
        self._db = db
        self._since = 0.0
        self._seen: set[str] = set()

    def new(self) -> list[Ended]:
        """Return the messages that ended since the last call."""
        found = [ended(row) for row in self._db.execute(NEW, (self._since,))]
        fresh = [one for one in found if one.id not in self._seen]
        self._seen.update(one.id for one in fresh)
        self._since = max((one.finished_at for one in found), default=self._since)
        return fresh

    def stored(self) -> int:
        """Return how many messages the database has."""
        count: int = self._db.execute("SELECT count(*) FROM v_states").fetchone()[0]
        return count

    def open(self) -> int:
        """Return how many messages have not reached their end or their consumer."""
        count: int = self._db.execute(OPEN).fetchone()[0]
        return count


def ended(row: tuple[str, str, str, str, float, float, str, str, float, str, str]) -> Ended:
    """Return a row of the view as a value."""
    evidence = tuple(Evidence(**one) for one in json.loads(row[10]))
    return Ended(*row[:9], value=json.loads(row[9]), evidence=evidence)


def card(one: Ended, paint: Paint) -> str:
    """Return what is shown of a message: a few lines in colour, or one plain line."""
    return "\n".join(_card(one, paint)) if paint.enabled else _plain(one)


def _plain(one: Ended) -> str:
    outcome = (
        json.dumps(one.value, ensure_ascii=False)
        if one.state == State.PUBLISHED
        else f"{one.state}: {one.reason}"
    )
    return f"{one.device}  {shown(one.text)}  ->  {shown(outcome)}"


def _card(one: Ended, paint: Paint) -> Iterator[str]:
    at = time.strftime("%H:%M:%S", time.localtime(one.finished_at))
    facts = f"{one.schema}  confidence {one.confidence:.2f}" if one.schema else one.state
    facts += f"  {one.seconds * 1000:.0f} ms"
    yield f"{paint(at, DIM)}  {paint(shown(one.device), BOLD)}  {paint(facts, DIM)}"
    yield from (f"    {line}" for line in marked(one.text, one.evidence, paint)[:TEXT_LINES])
    if one.state == State.PUBLISHED:
        yield f"  {paint('→', GREEN)} {painted(one.value, one.evidence, paint)}"
    else:
        yield f"  {paint('✗', RED, BOLD)} {paint(one.reason, RED)}"


def painted(value: Json, evidence: tuple[Evidence, ...], paint: Paint) -> str:
    """Return JSON with each leaf in the colour of its span."""
    numbers = {one.pointer: number for number, one in enumerate(evidence) if one.start >= 0}
    return _painted(value, "", numbers, paint)


def _painted(value: Json, pointer: str, numbers: dict[str, int], paint: Paint) -> str:
    def inside(token: str | int, one: Json) -> str:
        return _painted(one, below(pointer, token), numbers, paint)

    if isinstance(value, dict):
        members = (f"{paint(_text(key), DIM)}: {inside(key, one)}" for key, one in value.items())
        return f"{{{', '.join(members)}}}"
    if isinstance(value, list):
        return f"[{', '.join(inside(place, one) for place, one in enumerate(value))}]"
    return paint(_text(value), *colour(numbers.get(pointer, -1))[:1])


def _text(value: Json) -> str:
    return shown(json.dumps(value, ensure_ascii=False))


def page(figures: Summary, paint: Paint) -> str:
    """Return the summary for people."""
    counts = [
        ("simulator", "sent, and confirmed by the broker", str(figures.sent)),
        ("database", "rows of the inbox", str(figures.rows)),
        *(("", f"  {state}", str(figures.states.get(state, 0))) for state in _states(figures)),
        ("consumer", "distinct records", str(figures.records)),
        ("", "distinct dead letters", str(figures.dead_letters)),
    ]
    tiers = ", ".join(f"{name} {count}" for name, count in figures.tiers.items()) or "none"
    speed = f"latency p50 {figures.p50_ms:.0f} ms, p95 {figures.p95_ms:.0f} ms"
    return "\n".join(
        (
            table(counts, ("counted by", "what", "messages"), paint=paint),
            f"{speed}; {figures.per_second:.1f} messages/s; records by tier: {tiers}",
            f"deliveries beyond the first of their id: {figures.repeats}",
            *(paint(f"  {shown(fault)}", RED) for fault in figures.faults),
            _verdict(figures, paint),
        )
    )


def _verdict(figures: Summary, paint: Paint) -> str:
    if figures.agree:
        return paint("The three counts agree.", GREEN, BOLD)
    return paint("The counts do not agree.", RED, BOLD)


def _states(figures: Summary) -> list[str]:
    ends = [str(State.PUBLISHED), str(State.REJECTED), str(State.DROPPED)]
    return ends + sorted(set(figures.states) - set(ends))
