"""Learned templates: speed beside a miner of formats and patterns by hand; truth on the ten-shape stream."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from agent.schemas import Schema, bundled_schemas
from agent.templates.compiled import compiled
from agent.templates.places import same
from agent.templates.register import Entry, Register
from agent.templates.teach import Taught, learn
from eval.bench.formats import FORMATS, SCHEMA, by_hand, with_evidence
from eval.bench.miner import mined
from eval.bench.turns import alternate, rates, ratio
from eval.devices import SHAPES
from eval.streams import Message, examples, mutated, stream

TAUGHT = 3
LINES = 100
"""Lines of each format by hand."""
CONFIDENCE = 0.9


def entries(rows: Sequence[tuple[str, Any]], schema: Schema) -> list[Entry]:
    """Learn from texts with their records."""
    lesson = learn([Taught(at, text, value) for at, (text, value) in enumerate(rows, 1)], schema, now=0.0)
    return [
        Entry(one.id, schema.fingerprint, compiled(one.template, schema, one.guard), CONFIDENCE)
        for one in lesson.learned
    ]


def speed(*, seconds: float, repeats: int) -> dict[str, Any]:
    """Compare extractions per second of one core."""
    random = Random(1)
    lines = [[one.draw(random) for _ in range(LINES)] for one in FORMATS]
    ready = [
        entry
        for one, some in zip(FORMATS, lines, strict=True)
        for entry in entries([(line, one.read(line)) for line in some[:TAUGHT]], SCHEMA)
    ]
    register, schemas = Register(ready), (SCHEMA.fingerprint,)
    texts = [line for some in lines for line in some]
    ways: dict[str, Callable[[], int]] = {
        "agent": _for(seconds, lambda: _served(register, schemas, texts)),
        "by hand": _for(seconds, lambda: sum(by_hand(line) is not None for line in texts)),
        "by hand, with evidence": _for(seconds, lambda: sum(bool(with_evidence(line)) for line in texts)),
    }
    miner = mined(texts)
    if miner is not None:
        ways["drain3-improved and patterns"] = _for(seconds, lambda: sum(bool(miner(line)) for line in texts))
    turns = alternate(ways, repeats)
    return {
        "messages": len(texts),
        "rates": {name: rates(found) for name, found in turns.items()},
        "ratios": {f"agent / {name}": ratio(turns["agent"], turns[name]) for name in ways if name != "agent"},
        "not_measured": [] if miner else ["drain3-improved (pip install drain3-improved)"],
    }


def _for(seconds: float, work: Callable[[], int]) -> Callable[[], int]:
    """Return a way that repeats some work for so much processor time."""

    def way() -> int:
        until, count = time.process_time() + seconds, 0
        while time.process_time() < until:
            count += work()
        return count

    return way


def _served(register: Register, schemas: tuple[str, ...], texts: Sequence[str]) -> int:
    count = 0
    for text in texts:
        hit = register.match(schemas, text)
        if hit is not None:
            hit.candidate()
            count += 1
    return count


def truth(count: int) -> dict[str, Any]:
    """Serve the ten-shape stream with drift half way, taught when a format has come three times; count.

    A format is a shape as one firmware prints it. Mutated lines are asked of everything that was learned.
    """
    schemas = bundled_schemas()
    seen: dict[tuple[str, bool], list[Message]] = {}
    ready: list[Entry] = []
    register, counts = Register(), Counter[str]()
    half = count // 2
    for number, message in enumerate(stream(count, drift_at=half)):
        hit = register.match((schemas[message.schema].fingerprint,), message.text)
        if number % half >= half // 2:
            counts["counted"] += 1
            counts["served"] += hit is not None
            counts["wrong"] += hit is not None and not same(hit.found.value, message.expected)
        known = seen.setdefault((message.shape, message.drifted), [])
        if hit is None and len(known) < TAUGHT:
            known.append(message)
            if len(known) == TAUGHT:
                ready += entries([(one.text, one.expected) for one in known], schemas[message.schema])
                register = Register(ready)
    for mutant in mutated(count):
        hit = register.match((schemas[mutant.schema].fingerprint,), mutant.text)
        right = hit is None or (mutant.expected is not None and same(hit.found.value, mutant.expected))
        counts["mutated"] += 1
        counts["mutated_wrong"] += not right
    return {"messages": count, "templates": len(ready), **counts}


def ten() -> tuple[Register, dict[str, str]]:
    """Return templates of all ten shapes, learned from three examples each, and schemas by name."""
    schemas = bundled_schemas()
    ready = [
        entry
        for shape in SHAPES
        for drifted in (False, True)
        for entry in entries(
            [(one.text, one.expected) for one in examples(shape, TAUGHT, drifted=drifted)],
            schemas[shape.schema],
        )
    ]
    return Register(ready), {name: schema.fingerprint for name, schema in schemas.items()}
