"""How good and how fast are learned templates? ``python tests/benchmarks/templates.py [--field-text FILE]``.

Three parts, each counted against values that were made independently of the agent:

- forty reserved layouts: three examples taught, seventeen more lines read, all twenty tampered with;
- a stream of ten shapes, 500 messages of it taught three of each, the rest served;
- extractions a second on one core, beside a regular expression written by hand for each shape, and by number
  of templates. Times are those of the processor, so that other work beside it counts little.

Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/rig"), str(ROOT)]

from layouts import RESERVED, Layout, Line, layout, mutants  # noqa: E402 - after the path

from agent.message import Evidence  # noqa: E402
from agent.schemas import Schema, compile_schema  # noqa: E402
from agent.templates.compiled import compiled  # noqa: E402
from agent.templates.parts import Literal, Template  # noqa: E402
from agent.templates.places import same  # noqa: E402
from agent.templates.register import Entry, Register  # noqa: E402
from agent.templates.teach import Lesson, Taught, learn  # noqa: E402

TAUGHT = 3
SECONDS = 1.0
"""Time of the processor for each measurement."""
REPEATS = 3


def entries(lesson: Lesson, schema: Schema) -> list[Entry]:
    """Return what was learned, ready."""
    return [
        Entry(one.id, schema.fingerprint, compiled(one.template, schema, one.guard), 0.9)
        for one in lesson.learned
    ]


def taught(made: Layout, lines: Sequence[Line]) -> list[Entry]:
    """Teach the first lines of a layout."""
    rows = [Taught(at, one.text, one.expected) for at, one in enumerate(lines[:TAUGHT], 1)]
    return entries(learn(rows, made.schema, now=0.0), made.schema)


def reserved() -> dict[str, Any]:
    """Count what is read of the reserved layouts."""
    counts: Counter[str] = Counter()
    for seed in RESERVED.seeds:
        made = layout(RESERVED, seed)
        lines, rng = made.lines(20), random.Random(seed)  # noqa: S311 - seeded mutants are no secrets
        known = Register(taught(made, lines))
        for one in lines[TAUGHT:]:
            hit = known.match((made.schema.fingerprint,), one.text)
            counts["lines"] += 1
            counts["right"] += hit is not None and same(hit.found.value, one.expected)
            counts["wrong"] += hit is not None and not same(hit.found.value, one.expected)
        for line in lines:
            for mutant in mutants(line, made.style, rng):
                hit = known.match((made.schema.fingerprint,), mutant.text)
                counts["tampered"] += 1
                counts["tampered_wrong"] += hit is not None and not (
                    mutant.right is not None and same(hit.found.value, mutant.right)
                )
    return {"layouts": len(RESERVED.seeds), **counts}


def stream() -> dict[str, Any]:
    """Serve a stream of ten shapes: three of each are taught when they have come, the rest is read."""
    shapes = [layout(RESERVED, seed) for seed in range(60_000, 60_010)]
    lines = [made.lines(200) for made in shapes]
    rng = random.Random(7)  # noqa: S311 - a seeded order is no secret
    order = [(which, at) for which in range(10) for at in range(200)]
    rng.shuffle(order)
    seen: dict[int, list[Line]] = {which: [] for which in range(10)}
    ready: list[Entry] = []
    known, counts = Register(), Counter[str]()
    for number, (which, at) in enumerate(order):
        line, made = lines[which][at], shapes[which]
        hit = known.match((made.schema.fingerprint,), line.text)
        if number >= 500:
            counts["after_500"] += 1
            counts["served"] += hit is not None
            counts["wrong"] += hit is not None and not same(hit.found.value, line.expected)
        if hit is None and len(seen[which]) < TAUGHT:
            seen[which].append(line)
            if len(seen[which]) == TAUGHT:
                ready += taught(made, seen[which])
                known = Register(ready)
    return dict(counts)


def rate(work: Callable[[], int]) -> float:
    """Return units of work per second of the processor: the median of some repeats."""
    found = []
    for _ in range(REPEATS):
        began, count = time.process_time(), 0
        while time.process_time() - began < SECONDS:
            count += work()
        found.append(count / (time.process_time() - began))
    return sorted(found)[len(found) // 2]


Shape = tuple[re.Pattern[str], Callable[[Any], dict[str, Any]], Callable[[random.Random], str]]
HAND: dict[str, Shape] = {
    "pairs": (
        re.compile(r"id=(\S+) temp=(-?\d+(?:\.\d+)?)C hum=(-?\d+(?:\.\d+)?)%"),
        lambda m: {"id": m[1], "temp": float(m[2]), "hum": float(m[3])},
        lambda r: f"id=pump-{r.randrange(100)} temp={r.uniform(-20, 60):.1f}C hum={r.randrange(100)}%",
    ),
    "fields": (
        re.compile(r"([^;]+);(-?\d+(?:\.\d+)?);(-?\d+(?:\.\d+)?)"),
        lambda m: {"id": m[1], "temp": float(m[2]), "hum": float(m[3])},
        lambda r: f"node_{r.randrange(100)};{r.uniform(-20, 60):.1f};{r.randrange(100)}",
    ),
    "sentence": (
        re.compile(r"sensor (\S+) reports (-?\d+(?:\.\d+)?) degrees and (-?\d+(?:\.\d+)?) % humidity"),
        lambda m: {"id": m[1], "temp": float(m[2]), "hum": float(m[3])},
        lambda r: (
            f"sensor S{r.randrange(100)} reports {r.uniform(-20, 60):.1f} degrees"
            f" and {r.randrange(100)} % humidity"
        ),
    ),
}
"""Shapes with what a person would write: a pattern, what it gives, and lines."""
SCHEMA = compile_schema(
    {
        "type": "object",
        "properties": {"id": {"type": "string"}, "temp": {"type": "number"}, "hum": {"type": "number"}},
        "required": ["id"],
    },
    name="hand",
)


def speed() -> dict[str, Any]:
    """Compare with patterns written by hand; and let the number of templates grow."""
    rng = random.Random(1)  # noqa: S311 - seeded lines are no secrets
    ready, texts, by_hand = [], [], []
    for pattern, build, make in HAND.values():
        some = [make(rng) for _ in range(100)]
        rows = [Taught(at, one, build(pattern.fullmatch(one))) for at, one in enumerate(some[:TAUGHT], 1)]
        ready += entries(learn(rows, SCHEMA, now=0.0), SCHEMA)
        texts += some
        by_hand += [(pattern, build, one) for one in some]
    schemas = (SCHEMA.fingerprint,)

    def all_of(known: Register) -> Callable[[], int]:
        def work() -> int:
            for text in texts:
                hit = known.match(schemas, text)
                assert hit is not None
                hit.candidate()
            return len(texts)

        return work

    def hand() -> int:
        for pattern, build, text in by_hand:
            build(pattern.fullmatch(text))
        return len(by_hand)

    def hand_with_places() -> int:
        for pattern, build, text in by_hand:
            found = pattern.fullmatch(text)
            build(found)
            if found is not None:
                [Evidence("", *found.span(group), 1.0) for group in (1, 2, 3)]
        return len(by_hand)

    others = more()
    return {
        "per_s": rate(all_of(Register(ready))),
        "by_hand_per_s": rate(hand),
        "by_hand_with_evidence_per_s": rate(hand_with_places),
        "per_s_by_templates": {
            count + len(ready): rate(all_of(Register([*ready, *others[:count]])))
            for count in (0, 100, 1000, 4997)
        },
    }


def more() -> list[Entry]:
    """Return templates of other formats for the same schema: one that was learned, under other labels."""
    (one,) = learn([Taught(1, "label id=x1 temp=4", {"id": "x1", "temp": 4})], SCHEMA, now=0.0).learned
    rest = one.template.parts[1:]
    names = [Template((Literal(f"{label(number)} id="), *rest)) for number in range(4997)]
    return [
        Entry(str(number), SCHEMA.fingerprint, compiled(made, SCHEMA), 0.9)
        for number, made in enumerate(names)
    ]


def label(number: int) -> str:
    """Return a word of letters for a number."""
    return "".join(chr(97 + int(digit)) for digit in str(number)) + "z"


def field_text(path: Path) -> dict[str, Any]:
    """Teach three cases of each format with more than three, and read the rest."""
    by_format: dict[str, list[dict[str, Any]]] = {}
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        by_format.setdefault(row["format"], []).append(row)
    counts: Counter[str] = Counter()
    for rows in (rows for rows in by_format.values() if len(rows) > TAUGHT):
        ready = []
        for at, row in enumerate(rows[:TAUGHT], 1):
            schema = compile_schema(row["schema"], name=row["format"])
            ready += entries(learn([Taught(at, row["text"], row["expected"])], schema, now=0.0), schema)
        known = Register(ready)
        for row in rows[TAUGHT:]:
            fingerprint = compile_schema(row["schema"], name=row["format"]).fingerprint
            hit = known.match((fingerprint,), row["text"])
            counts["cases"] += 1
            counts["right"] += hit is not None and same(hit.found.value, row["expected"])
            counts["wrong"] += hit is not None and not same(hit.found.value, row["expected"])
    return dict(counts)


def main() -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--field-text", type=Path)
    wish = parser.parse_args()
    found = {"reserved": reserved(), "stream": stream(), "speed": speed()}
    if wish.field_text:
        found["field_text"] = field_text(wish.field_text)
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
