"""Cost curves: messages per second of processor time as one thing grows; none is worse than linear."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import median
from typing import Any

from agent.extract import Job
from agent.extract.factory import build
from agent.message import Json
from agent.schemas import Schema, compile_schema
from agent.templates.compiled import compiled
from agent.templates.parts import Literal, Template
from agent.templates.register import Entry, Register
from agent.templates.teach import Taught, learn
from eval.bench.formats import SCHEMA

LINEAR = 1.25
"""Exponent of the cost up to which growth counts as linear: a measured slope has noise."""
SCHEMAS, QUICK_SCHEMAS = (1, 5, 20, 50, 200), (1, 4, 16)
TEMPLATES, QUICK_TEMPLATES = (1, 10, 100, 1000, 5000), (1, 100, 1000)
Point = tuple[int, float]
"""What grew, and messages per second of processor time."""


def curves(*, quick: bool) -> dict[str, Any]:
    """Measure all curves."""
    extractor = build()
    repeats = 1 if quick else 5

    def read(jobs: Sequence[Job]) -> float:
        return _rate(lambda: extractor.extract(jobs), len(jobs), repeats)

    made = {
        "text length (characters), embedded": [
            (size, read([Job(_text(size), _schema(3))]))
            for size in _sizes((200, 500, 1000, 2000, 4000), quick=quick)
        ],
        "fields, embedded": [
            (size, read([Job(_text(400), _schema(size))])) for size in _sizes((2, 5, 10, 20, 40), quick=quick)
        ],
        "schemas, embedded": [(size, read(_mixed(size))) for size in (QUICK_SCHEMAS if quick else SCHEMAS)],
        "templates": _templates(QUICK_TEMPLATES if quick else TEMPLATES, repeats),
    }
    return {name: {"points": found, "exponent": exponent(found)} for name, found in made.items()}


def exponent(points: Sequence[Point]) -> float:
    """Return the largest exponent of cost between neighbours of the upper half: 0 flat, 1 linear."""
    upper = list(points)[len(points) // 2 - 1 :]
    found = [
        math.log(fast / slow) / math.log(last / first) for (first, fast), (last, slow) in pairwise(upper)
    ]
    return round(max(found), 2)


def _sizes(sizes: tuple[int, ...], *, quick: bool) -> tuple[int, ...]:
    return sizes[1:-1] if quick else sizes


def _rate(work: Callable[[], object], count: int, repeats: int) -> float:
    work()
    found = []
    for _ in range(repeats):
        began = time.process_time()
        work()
        found.append(count / max(time.process_time() - began, 1e-6))
    return float(f"{median(found):.4g}")


def _text(size: int) -> str:
    line = "Pump 7 reports value{0} {0}.5 bar, all is well in hall {0}.\n"
    return "".join(line.format(number) for number in range(size // 40 + 1))[:size]


def _schema(fields: int, name: str = "curve") -> Schema:
    properties: dict[str, Json] = {f"value{number}": {"type": "number"} for number in range(fields)}
    return compile_schema({"type": "object", "title": name, "properties": properties}, name=name)


def _mixed(count: int) -> list[Job]:
    """Return two rounds of a text for each of some schemas: each is met again after all others."""
    return [Job(_text(200), _schema(3, f"kind {number}")) for number in range(count)] * 2


def _templates(sizes: tuple[int, ...], repeats: int) -> list[Point]:
    (one,) = learn([Taught(1, "label id=x1 temp=4", {"id": "x1", "temp": 4})], SCHEMA, now=0.0).learned
    rest = one.template.parts[1:]
    ready = [
        Entry(
            str(number),
            SCHEMA.fingerprint,
            compiled(Template((Literal(f"{_word(number)} id="), *rest)), SCHEMA),
            0.9,
        )
        for number in range(max(sizes))
    ]
    return [(size, _lookups(Register(ready[:size]), size, repeats)) for size in sizes]


def _lookups(register: Register, size: int, repeats: int) -> float:
    texts = [f"{_word(number % size)} id=x{number} temp={number}" for number in range(2000)]
    schemas = (SCHEMA.fingerprint,)
    return _rate(lambda: [register.match(schemas, text) for text in texts], len(texts), repeats)


def _word(number: int) -> str:
    """Return a word of letters for a number."""
    return "".join(chr(97 + int(digit)) for digit in str(number)) + "z"
