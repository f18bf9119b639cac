"""The embedded model: messages per second when many wait, and how long a lone one takes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import cycle, islice
from statistics import median, quantiles
from typing import Any

from agent.extract import Extractor, Job
from agent.extract.factory import build
from eval.bench.turns import Turn, clocked, rates

BATCH = 8
"""As the setting ``batch`` of a tier has it."""


def embedded(jobs: Sequence[Job], *, threads: int, repeats: int, lone: int) -> dict[str, Any]:
    """Measure it on one core for each thread; cores work alone, so two of them do twice of it."""
    extractor = build(threads=threads)
    extractor.extract(jobs[:BATCH])
    turns: list[Turn] = [clocked(lambda: _all(extractor, jobs)) for _ in range(repeats)]
    waits, cpu = [], []
    for job in islice(cycle(jobs), lone):
        wall, own = time.perf_counter(), time.process_time()
        extractor.extract([job])
        waits.append(1e3 * (time.perf_counter() - wall))
        cpu.append(1e3 * (time.process_time() - own))
    return {
        "messages": len(jobs),
        "threads": threads,
        **rates(turns),
        "lone_ms": {"p50": round(median(waits), 1), "p95": _p95(waits)},
        "lone_cpu_ms": {"p50": round(median(cpu), 1), "p95": _p95(cpu)},
    }


def _all(extractor: Extractor, jobs: Sequence[Job]) -> int:
    for first in range(0, len(jobs), BATCH):
        extractor.extract(jobs[first : first + BATCH])
    return len(jobs)


def _p95(values: list[float]) -> float:
    return round(quantiles(values, n=20)[-1], 1)
