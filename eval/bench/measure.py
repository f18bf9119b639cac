"""What is measured, in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from agent.extract import Job
from agent.models import load
from agent.schemas import Complexity
from eval.bench.causal import compare
from eval.bench.curves import curves
from eval.bench.embedded import embedded
from eval.bench.templates import speed, truth
from eval.bench.works import Work, edgejson, reports
from eval.flow import Wish as FlowWish
from eval.flow import machine
from eval.flow import measure as measure_flow
from eval.flow.scene import SceneError

REPORTS = 60
"""Messages where EdgeJSON is not at hand."""
QUICK_FLOW = FlowWish(repeats=1, seconds=3, sustained_s=5, latency_s=3, starts=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How much is measured."""

    model: Path | None = None
    """Model folder of a causal model; None: the model path is left out."""
    edgejson: Path | None = None
    """Folder of EdgeJSON v3; None: reports of the ten shapes."""
    threads: int = 1
    every: int = 1
    """Take every n-th message for the model path."""
    repeats: int = 3
    quick: bool = False
    flow: bool = True
    """Whether the stream is measured from broker to broker."""


def measure(wish: Wish, say: Callable[[str], None] = lambda _line: None) -> dict[str, Any]:
    """Measure everything that is wished, and return the figures."""
    works = edgejson(wish.edgejson) if wish.edgejson else reports(REPORTS)
    made: dict[str, Any] = {
        "machine": machine.described(),
        "messages_from": "EdgeJSON v3 test" if wish.edgejson else "reports of ten shapes",
    }
    if wish.model:
        say("model path")
        made["causal"] = compare(
            load(wish.model), works[:: wish.every], threads=wish.threads, repeats=wish.repeats, say=say
        )
    say("embedded model")
    made["embedded"] = _embedded(works, wish)
    say("templates")
    made["templates"] = speed(seconds=0.5 if wish.quick else 2.0, repeats=wish.repeats)
    made["stream"] = truth(800 if wish.quick else 4000)
    say("cost curves")
    made["curves"] = curves(quick=wish.quick)
    if wish.flow:
        say("from broker to broker")
        made["flow"] = _flow(quick=wish.quick)
    return made


def _embedded(works: Sequence[Work], wish: Wish) -> dict[str, Any]:
    simple: list[Job] = [one.job for one in works if one.job.schema.complexity is Complexity.SIMPLE]
    simple = simple or [one.job for one in works]
    repeats, lone = (1, 20) if wish.quick else (wish.repeats, 200)
    return embedded(simple[:16] if wish.quick else simple, threads=wish.threads, repeats=repeats, lone=lone)


def _flow(*, quick: bool) -> dict[str, Any]:
    try:
        return asdict(measure_flow(QUICK_FLOW if quick else None))
    except SceneError as error:
        return {"left_out": str(error)}
