"""TABLE OF CONTENTS: every check, in the order in which a failure explains those that follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from agent import topics
from agent.app.assembly import endpoint, engine_of, route_of
from agent.app.configuration import Reading, examine
from agent.clock import Clock
from agent.doctor import broker
from agent.doctor.facts import Capacity, Traffic
from agent.doctor.judges import configuration, machine, work
from agent.doctor.judges.login import Wishes
from agent.doctor.probes import machine as probe_machine
from agent.doctor.probes import work as probe_work
from agent.doctor.rounds import Check
from agent.doctor.verdict import Finding, Says
from agent.message import Route
from agent.settings import BrokerSettings, Settings, TierSettings

LISTEN_S: Final = 3.0
"""Seconds of listening to what comes."""
ENVELOPE_BYTES: Final = 4096
"""What a record adds to the text that it was made of, about: id, evidence, names."""


@dataclass(slots=True)
class Case:
    """One configuration, and what is known so far."""

    path: Path
    reading: Reading
    clock: Clock
    quick: bool
    patience: float = 1.0
    """How many times the usual a check may take."""
    visit: broker.Visit | None = None
    """The input broker."""
    routes: tuple[Route, ...] = ()
    hour: Traffic | None = None
    """What the database knows of the last hour."""


def open_case(
    path: Path, environment: Mapping[str, str], *, clock: Clock, quick: bool, patience: float = 1.0
) -> Case:
    """Read the configuration; its faults become findings."""
    return Case(path, examine(path, environment), clock, quick, patience)


def checks(case: Case) -> Iterator[Check]:
    """Yield every check, in order."""
    faults = case.reading.faults
    yield Check(name="configuration", look=partial(_configuration, case), limit_s=5)
    yield Check(name="schemas", look=partial(_schemas, case), limit_s=5, needs=("configuration",))
    settings = case.reading.settings
    if settings is not None and not configuration.others(faults):
        case.routes = tuple(route_of(settings, number) for number in range(len(settings.route)))
        database = Path(settings.buffer.path)
        case.hour = probe_work.last_hour(database, case.routes, case.clock.now())
        yield from _brokers(case, settings)
        yield Check(name="disk", look=partial(_disk, settings), limit_s=10, slow=SLOW_DISK)
    yield Check(name="clock", look=partial(_clock, case), limit_s=3)
    yield Check(name="processor", look=partial(_processor, case), limit_s=probe_machine.LIBRARY_S + 1)
    if settings is not None and not configuration.others(faults):
        yield from _work(case, settings)


SLOW_DISK: Final = "the disk does not answer: see `dmesg` for faults of card or cable"


def _configuration(case: Case) -> list[Finding]:
    files = ", ".join(map(str, case.reading.sources.files))
    return configuration.judged(Says("configuration"), configuration.others(case.reading.faults), files)


def _schemas(case: Case) -> list[Finding]:
    names = sorted(case.reading.schemas or ())
    faults = configuration.about(case.reading.faults, configuration.SCHEMAS)
    return configuration.judged(Says("schemas"), faults, f"{len(names)} load")


def _brokers(case: Case, settings: Settings) -> Iterator[Check]:
    case.visit = _visit(case, settings, settings.input, "input")
    yield from broker.of_input(case.visit)
    apart = settings.output
    yield from broker.of_output(_visit(case, settings, apart, "output") if apart else case.visit)


def _visit(case: Case, settings: Settings, of: BrokerSettings, table: str) -> broker.Visit:
    end = endpoint(settings, of, "in" if table == "input" else "out")
    filters = tuple(one.filter for one in settings.route) if table == "input" else ()
    gets_records = table == "output" or settings.output is None
    wishes = Wishes(
        table=table,
        username=end.login.name(),
        has_tls=end.tls is not None,
        shared=any(one.startswith(topics.SHARE) for one in filters),
        wildcards=any(set("+#") & set(one) for one in filters),
        packet_bytes=settings.limits.payload_bytes + ENVELOPE_BYTES if gets_records else 0,
    )
    return broker.Visit(
        table=table,
        endpoint=end,
        wishes=wishes,
        filters=filters,
        stored=_stored(case) if filters else {},
        below=f"{settings.base}/{settings.node}",
        listen_s=0.5 if case.quick else LISTEN_S,
        clock=case.clock,
    )


def _stored(case: Case) -> dict[str, int]:
    """Return messages of the last hour by filter."""
    counts = case.hour.counts if case.hour else {}
    return {case.routes[number].filter: count for number, count in counts.items()}


def _disk(settings: Settings) -> list[Finding]:
    wish = settings.buffer
    facts = probe_machine.look_at_disk(Path(wish.path))
    return machine.disk(Says("disk"), facts, max_bytes=wish.max_bytes, min_free_bytes=wish.min_free_bytes)


def _clock(case: Case) -> list[Finding]:
    return machine.clock(Says("clock"), probe_machine.look_at_clock(case.clock.now()))


def _processor(case: Case) -> list[Finding]:
    facts = probe_machine.look_at_processor(seconds=probe_machine.LIBRARY_S * case.patience)
    return machine.processor(Says("processor"), facts)


def _work(case: Case, settings: Settings) -> Iterator[Check]:
    named = [tier for tier in settings.tier if tier.kind == "model"]
    for tier in named:
        yield Check(name=f"model {tier.name}", look=partial(_model, tier), limit_s=10)
    models = tuple(f"model {tier.name}" for tier in named)
    needs = ("schemas", "processor", *models)
    if not case.quick:
        yield Check(name="capacity", look=partial(_capacity, case, settings), limit_s=20, needs=needs)


def _model(tier: TierSettings) -> list[Finding]:
    return work.model(Says(f"model {tier.name}"), probe_work.look_at_model(tier.name, tier.model))


def _capacity(case: Case, settings: Settings) -> list[Finding]:
    database = Path(settings.buffer.path)
    seen = case.visit.found if case.visit else []
    traffic = probe_work.busier(case.hour, probe_work.heard(seen, case.routes))
    first = {number: route.tiers[0] for number, route in enumerate(case.routes)}
    busy = probe_machine.owner_of(database) is not None
    measured = [_measured(case, settings, tier, busy=busy) for tier in settings.tier]
    return work.capacity(Says("capacity"), measured, traffic, first)


def _measured(case: Case, settings: Settings, tier: TierSettings, *, busy: bool) -> Capacity:
    """Measure one tier on the examples of the schemas that may reach it."""
    names = {name for route in case.routes if tier.name in route.tiers for name in route.schemas}
    schemas = [schema for name, schema in sorted((case.reading.schemas or {}).items()) if name in names]
    jobs = probe_work.texts_for(schemas, Path(settings.schemas) if settings.schemas else None)
    files = probe_work.look_at_model(tier.name, tier.model) if tier.kind == "model" else None
    if files and not probe_work.fits_beside(files.bytes, probe_work.free_memory()):
        return Capacity(tier=tier.name, fault="too little memory to load it once more beside what runs")
    return replace(
        probe_work.measure(engine_of(tier), jobs, batch=tier.handed_over, patience=case.patience), busy=busy
    )
