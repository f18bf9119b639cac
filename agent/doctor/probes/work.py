"""Looks at models and traffic, and measures what the models get done here."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from typing import Final

from agent import topics
from agent.doctor.facts import Capacity, ModelFiles, Subscribed, Traffic
from agent.errors import AgentError, EngineBroken
from agent.extract import Job
from agent.extract.worker import Engine, Worker
from agent.message import Refusal, Route
from agent.models import EMBEDDED, load, verify
from agent.schemas import Schema, SchemaError, bundled_folder, bundled_schemas, examples_path, load_examples
from agent.schemas.load import SUFFIX

HOUR_S: Final = 3600.0
LEAST_S: Final = 10.0
"""Seconds over which a rate is taken at least: a few messages at once are no rate."""
QUERY_S: Final = 3.0
"""Longest question to the database, seconds."""
MEASURE_S: Final = 3.0
"""Seconds of a measurement, beside loading the model and a first batch that is not counted."""
READY_S: Final = 20.0
BATCH_S: Final = 10.0
ROWS: Final = "SELECT topic, count(*), min(received_at) FROM v_states WHERE received_at > ? GROUP BY topic"
TIERS: Final = "SELECT topic, tier, count(*) FROM v_records WHERE received_at > ? GROUP BY topic, tier"
UNFIT: Final = frozenset({Refusal.TEXT_TOO_LONG, Refusal.SCHEMA_TOO_LARGE})
OVERHEAD: Final = 2.0
"""Memory of a loaded model in sizes of its file, about."""


def look_at_model(tier: str, folder: str) -> ModelFiles:
    """Compare a tier's model with its manifest."""
    try:
        model = load(Path(folder) if folder else EMBEDDED)
        verify(model)
    except EngineBroken as error:
        return ModelFiles(
            tier=tier, folder=folder, fault=f"{error.operation}: {error.cause}", remedy=error.remedy
        )
    return ModelFiles(
        tier=tier,
        name=model.manifest.name,
        folder=str(model.folder),
        sha256=model.manifest.gguf_sha256,
        bytes=model.gguf.stat().st_size,
    )


def first_route(routes: Sequence[Route], topic: str) -> int | None:
    """Return the number of the route that takes a topic."""
    return next((number for number, one in enumerate(routes) if topics.matches(one.filter, topic)), None)


def last_hour(database: Path, routes: Sequence[Route], now: float) -> Traffic | None:
    """Return what the database knows of the last hour; None where it knows nothing."""
    if not database.is_file():
        return None
    try:
        with contextlib.closing(_opened(database)) as db:
            rows = db.execute(ROWS, (now - HOUR_S,)).fetchall()
            tiers = db.execute(TIERS, (now - HOUR_S,)).fetchall()
    except sqlite3.Error:
        return None
    if not rows:
        return None
    seconds = max(LEAST_S, now - min(first for _, _, first in rows))
    counts: Counter[int] = Counter()
    for topic, count, _ in rows:
        number = first_route(routes, topic)
        if number is not None:
            counts[number] += count
    return Traffic(
        source=f"the database of the last {seconds / 60:.0f} min",
        by_route={number: count / seconds for number, count in counts.items()},
        counts=counts,
        climbed=_climbed(tiers, routes, seconds),
    )


def _climbed(
    rows: Sequence[tuple[str, str, int]], routes: Sequence[Route], seconds: float
) -> Mapping[str, float]:
    climbed: dict[str, float] = {}
    for topic, tier, count in rows:
        number = first_route(routes, topic)
        if number is not None and routes[number].tiers[0] != tier:
            climbed[tier] = climbed.get(tier, 0.0) + count / seconds
    return climbed


def _opened(database: Path) -> sqlite3.Connection:
    """Open for reading only; where no agent has it open, without files beside it."""
    log = database.with_name(f"{database.name}-wal")
    how = "mode=ro" if log.exists() and log.stat().st_size else "mode=ro&immutable=1"
    db = sqlite3.connect(f"{database.resolve().as_uri()}?{how}", uri=True, timeout=QUERY_S)
    until = time.monotonic() + QUERY_S
    db.set_progress_handler(lambda: time.monotonic() > until, 10_000)
    return db


def heard(found: Sequence[Subscribed], routes: Sequence[Route]) -> Traffic | None:
    """Return what came while listening; None where nobody listened."""
    numbers = {topics.bare(one.filter): number for number, one in reversed(list(enumerate(routes)))}
    rates = {numbers[one.filter]: one.live / one.listened_s for one in found if one.listened_s}
    if not rates:
        return None
    return Traffic(source=f"listened for {found[0].listened_s:.0f} s", by_route=rates)


def busier(one: Traffic | None, other: Traffic | None) -> Traffic | None:
    """Return the traffic that asks for more."""
    known = [each for each in (one, other) if each is not None]
    return max(known, key=lambda each: each.per_s, default=None)


def texts_for(schemas: Sequence[Schema], folder: Path | None) -> list[Job]:
    """Return the examples of the schemas; of those that have none, the bundled examples."""
    found = [job for schema in schemas for job in _examples(schema, folder or bundled_folder())]
    if found:
        return found
    return [job for schema in bundled_schemas().values() for job in _examples(schema, bundled_folder())]


def _examples(schema: Schema, folder: Path) -> list[Job]:
    try:
        found = load_examples(examples_path(folder / f"{schema.name}{SUFFIX}"))
    except SchemaError:
        return []
    return [Job(one.text, schema) for one in found]


def measure(engine: Engine, jobs: Sequence[Job], *, batch: int, patience: float = 1.0) -> Capacity:
    """Let a tier work in a process of its own, as the agent does, and count."""
    worker = Worker(replace(engine, ready_s=READY_S * patience, batch_s=BATCH_S * patience))
    queue = cycle(jobs)
    try:
        worker.start()
        # The first batch reads the schemas, which the agent does once.
        for schema in {job.schema.fingerprint: job for job in jobs}.values():
            worker.extract([schema])
        began = time.monotonic()
        done = unfit = 0
        while time.monotonic() - began < MEASURE_S:
            found = worker.extract(list(islice(queue, batch)))
            done += len(found)
            unfit += sum(one.refusal in UNFIT for one in found)
        return Capacity(tier=engine.tier, texts=done, unfit=unfit, seconds=time.monotonic() - began)
    except AgentError as error:
        return Capacity(tier=engine.tier, fault=error.cause)
    finally:
        worker.stop()


def free_memory(meminfo: Path = Path("/proc/meminfo")) -> int | None:
    """Return the bytes of memory that another model may take."""
    found = re.search(r"^MemAvailable:\s+(\d+) kB", meminfo.read_text("utf-8"), re.MULTILINE)
    return int(found[1]) * 1024 if found else None


def fits_beside(model_bytes: int, available: int | None) -> bool:
    """Tell whether a model of this size can be loaded once more without driving other work out of memory."""
    return available is None or model_bytes * OVERHEAD < available
