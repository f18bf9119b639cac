"""Threads and texts at once that suit this machine: measured at the first start with a model, and kept.

The measurement takes about a second. It lies beside the model as ``measured.json`` and holds for this GGUF on
this processor; where the folder cannot be written, it is made anew at each start.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Final

from agent.log import logger

LOG = logger("extract")
FILE: Final = "measured.json"
MARGIN: Final = 1.2
"""How much faster more threads must be to be taken: they wait for each other by spinning."""
NEAR: Final = 0.9
"""Part of the best rate that fewer texts at once may have: each text more makes all wait longer."""
SEATS: Final = (2, 4, 8)
READ: Final = 32
"""Tokens of a call by which threads are compared."""
REPEATS: Final = 3


@dataclass(frozen=True, slots=True)
class Tuning:
    """What suits a model on a machine."""

    threads: int
    seats: int


def fewest_threads(seconds: Mapping[int, float]) -> int:
    """Return the number of threads to take, by the time that a call takes with each."""
    best = min(seconds)
    for count in sorted(seconds):
        if seconds[count] * MARGIN < seconds[best]:
            best = count
    return best


def fewest_seats(rates: Mapping[int, float]) -> int:
    """Return the number of texts at once to take, by tokens per second with each."""
    best = max(rates.values())
    return min(count for count, rate in rates.items() if rate >= best * NEAR)


def measured(
    folder: Path, key: str, call: Callable[[int, int, int], None], *, cores: int | None = None
) -> Tuning:
    """Return what suits, from the file or by measuring.

    Args:
        folder: of the model.
        key: SHA-256 of the GGUF.
        call: decodes with so many threads, for so many texts, so many tokens of each.
        cores: processors; those that this process may use, where none are said.
    """
    count = cores or len(os.sched_getaffinity(0))
    machine = {"gguf": key, "processor": processor(), "cores": count}
    kept = _kept(folder / FILE, machine)
    if kept:
        return kept
    threads = fewest_threads({one: _seconds(call, one, 1, READ) for one in _counts(count)})
    seats = fewest_seats({one: one / _seconds(call, threads, one, 1) for one in SEATS})
    made = Tuning(threads, seats)
    LOG.info("model_measured", threads=threads, seats=seats)
    with contextlib.suppress(OSError):
        (folder / FILE).write_text(json.dumps(machine | asdict(made)) + "\n", encoding="utf-8")
    return made


def _counts(cores: int) -> Iterator[int]:
    """Yield one, two, four and so on, and all."""
    count = 1
    while count < cores:
        yield count
        count *= 2
    yield cores


def _seconds(call: Callable[[int, int, int], None], threads: int, texts: int, tokens: int) -> float:
    call(threads, texts, tokens)
    spent = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        call(threads, texts, tokens)
        spent.append(time.perf_counter() - began)
    return max(median(spent), 1e-9)


def _kept(path: Path, machine: Mapping[str, object]) -> Tuning | None:
    """Return what was measured before, if it was of this model on this machine and is sound."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if any(found[name] != value for name, value in machine.items()):
            return None
        return Tuning(_whole(found["threads"], 256), _whole(found["seats"], max(SEATS)))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _whole(number: object, most: int) -> int:
    if not isinstance(number, int) or not 1 <= number <= most:
        message = f"{number!r} is not from 1 to {most}"
        raise ValueError(message)
    return number


def processor() -> str:
    """Return the processor's name, as far as it is known."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
            if line.startswith(("model name", "Model")):
                return line.partition(":")[2].strip()
    return platform.machine()
