"""Settings to stages: the one place where configuration objects stop and plain values begin."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agent.app.believing import threshold_of
from agent.app.configuration import Configuration
from agent.app.credentials import login_of, tls_of
from agent.app.introduction import greet, tier_of
from agent.app.notes import Notes
from agent.app.study import Study
from agent.app.studying import sorting, study_of
from agent.buffer import Buffer, Keeping, audit
from agent.clock import Clock
from agent.extract.lane import Lane
from agent.extract.worker import Engine, Worker
from agent.health import Health
from agent.identity import IdSource
from agent.intake import Inflow, Intake
from agent.message import Route
from agent.metrics import Meter
from agent.mqtt import Endpoint, Link, Will
from agent.payload import Limits
from agent.pipeline import Admission, Deliver, Process, Receive, Rung
from agent.plans import Plan, Plans, plan
from agent.publish import Addresses, Courier, Pace
from agent.redaction import redaction
from agent.settings import AuditSettings, BrokerSettings, RouteSettings, Settings, TierSettings
from agent.wrapping import Joining, Wrapping

FACTORIES = {"model": "agent.extract.factory:build", "stub": "agent.extract.stub:load"}
"""How each kind of tier is built, in the child process."""
FILTER = re.compile(r"route\[\d+\]\.filter")
"""Key of a route's filter in the document of a configuration."""


@dataclass(frozen=True, slots=True)
class Stages:
    """All parts, put together and not yet running."""

    buffer: Buffer
    source: Link
    sink: Link
    receive: Receive
    process: Process
    deliver: Deliver
    lanes: tuple[Lane, ...]
    addresses: Addresses
    plans: Plans
    notes: Notes
    meter: Meter
    study: Study | None = None
    """Learns and audits templates; None where the settings switch them off."""


def start_workers(settings: Settings, health: Health, workers: dict[str, Worker]) -> None:
    """Build the engines of all tiers, each in its process, before any data is touched."""
    for tier in settings.tier:
        health.patience(tier.ready_s)
        workers[tier.name] = Worker(engine_of(tier))
        workers[tier.name].start()


def engine_of(tier: TierSettings) -> Engine:
    """Return what a tier's child process builds."""
    options: dict[str, object] = {"tier": tier.name}
    if tier.kind == "model":
        options |= {"model": tier.model, "threads": tier.threads}
    return Engine(
        tier=tier.name,
        factory=FACTORIES[tier.kind],
        options=options,
        ready_s=tier.ready_s,
        batch_s=tier.deadline_s,
    )


def assemble(configuration: Configuration, workers: Mapping[str, Worker], clock: Clock) -> Stages:
    """Put the stages together; classes take plain values, settings stop here."""
    settings = configuration.settings
    for tier in settings.tier:
        # Read now: the network thread, which says it, must not wait for the disk.
        tier_of(tier)
    limits, meter = settings.limits, Meter()
    addresses = Addresses(base=settings.base, node=settings.node)
    inlet = endpoint(settings, settings.input, "in")
    outlet = endpoint(settings, settings.sink, "out", will=Will(topic=addresses.status, payload="offline"))
    buffer = open_buffer(settings, clock, meter)
    left = filters_before(buffer)
    plans = Plans(begin(configuration, buffer))
    rules = redaction(settings.audit.redact, settings.audit.redact_fields)
    study = study_of(settings, buffer, plans, clock, meter, rules)
    inflow = Inflow(max_messages=limits.unstored_messages, max_bytes=limits.unstored_bytes)
    notes = Notes(monotonic=clock.monotonic)
    intake = Intake(inflow, overflow=lambda cause: source.drop(cause))  # noqa: PLW0108 - source comes later
    source = Link(
        inlet,
        intake,
        clock=clock,
        filters=plans.current.router.filters,
        left=left,
        may_connect=inflow.is_roomy,
        note=notes.of("input"),
    )
    courier = Courier(greet=lambda: greet(sink, addresses, settings, plans))
    sink = Link(outlet, courier, clock=clock, note=notes.of("output"))
    process = Process(
        buffer=buffer,
        plans=plans,
        addresses=addresses,
        clock=clock,
        window=limits.claimed_messages,
        settled=courier.wake,
        meter=meter,
        redaction=rules,
    )
    if study is not None:
        process.know(study.recognition)
        process.tell(study)
    admission = Admission(
        plans=plans,
        limits=Limits(
            payload_bytes=limits.payload_bytes,
            unpacked_bytes=limits.unpacked_bytes,
            records=limits.records,
        ),
        addresses=addresses,
        redaction=rules,
        new_id=IdSource(clock.now),
    )
    receive = Receive(
        inflow=inflow,
        admission=admission,
        buffer=buffer,
        link=source,
        clock=clock,
        stored=process.wake,
        meter=meter,
    )
    pace = Pace(limits.deliver_per_s, monotonic=clock.monotonic)
    deliver = Deliver(
        buffer=buffer,
        link=sink,
        courier=courier,
        pace=pace,
        in_flight=limits.in_flight,
        clock=clock,
        meter=meter,
    )
    lanes = tuple(add_tier(process, tier, workers[tier.name], study) for tier in settings.tier)
    return Stages(
        buffer, source, sink, receive, process, deliver, lanes, addresses, plans, notes, meter, study
    )


def add_tier(process: Process, tier: TierSettings, worker: Worker, study: Study | None = None) -> Lane:
    """Give the process loop a tier, and the study the answers to its own questions."""
    done = process.finished if study is None else sorting(study, process.finished)
    lane = Lane(worker, batch=tier.handed_over, done=done)
    rung = Rung(lane=lane, threshold=threshold_of(tier))
    process.add(tier.name, rung)
    if study is not None:
        study.add(tier.name, rung)
    return lane


def lane_name(lane: Lane) -> str:
    """Return the name of a lane's thread."""
    return f"tier-{lane.tier.tier}"


def open_buffer(settings: Settings, clock: Clock, meter: Meter) -> Buffer:
    """Open the database."""
    wish = settings.buffer
    return Buffer(
        Path(wish.path),
        clock=clock,
        max_bytes=wish.max_bytes,
        min_free_bytes=wish.min_free_bytes,
        synchronous=wish.synchronous,
        keeping=keeping_of(settings.audit),
        meter=meter,
    )


def keeping_of(wish: AuditSettings) -> Keeping:
    """Return how finished messages are kept."""
    # What is to be hidden shall not stay on pages that were set free either.
    hides = bool(wish.redact or wish.redact_fields)
    return Keeping(days=wish.keep_days, searchable=wish.search, overwrites=hides)


def begin(configuration: Configuration, buffer: Buffer) -> Plan:
    """Write down that a configuration comes into force; return its routes and schemas."""
    number = buffer.begin_configuration(sha256=configuration.fingerprint, document=configuration.document)
    settings = configuration.settings
    routes = [route_of(settings, index) for index in range(len(settings.route))]
    return plan(number, routes, configuration.schemas)


def filters_before(buffer: Buffer) -> list[str]:
    """Return the filters of the configuration before: the broker's session may still have them."""
    _number, _fingerprint, document = buffer.read(audit.last_configuration)
    return [str(value) for key, value in document.items() if FILTER.fullmatch(key)]


def route_of(settings: Settings, index: int) -> Route:
    """Return a route as the stages know it."""
    wish = settings.route[index]
    return Route(
        filter=wish.filter,
        schemas=wish.schemas,
        tiers=settings.tiers_of(wish),
        device_level=wish.device_level,
        ordered=wish.ordered,
        wrapping=wrapping_of(wish),
    )


def wrapping_of(wish: RouteSettings) -> Wrapping:
    """Return what a route's payloads look like."""
    joining = None if wish.join is None else Joining(**wish.join.model_dump())
    return Wrapping(
        charset=wish.charset,
        gzip=wish.gzip,
        text_at=wish.text_at,
        device_at=wish.device_at,
        records=wish.records,
        joining=joining,
    )


def endpoint(
    settings: Settings, broker: BrokerSettings, direction: str, *, will: Will | None = None
) -> Endpoint:
    """Return how to reach a broker. The output session keeps nothing: the outbox does."""
    name = broker.client_id or f"{settings.base}-{settings.node}-{direction}".replace("/", "-")
    return Endpoint(
        host=broker.host,
        port=broker.port,
        client_id=name,
        keepalive_s=broker.keepalive_s,
        session_expiry_s=broker.session_expiry_s if direction == "in" else 0,
        receive_maximum=broker.receive_maximum,
        packet_bytes=settings.limits.packet_bytes,
        protocol=broker.protocol,
        login=login_of(broker, os.environ),
        tls=tls_of(broker, os.environ),
        will=will,
    )
