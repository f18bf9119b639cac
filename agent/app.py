"""Composition root: settings to stages to named threads; signals; ordered stop with a deadline."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from pathlib import Path
from types import FrameType

from agent import settings as configuration
from agent.buffer import Buffer
from agent.clock import Clock, SystemClock
from agent.crew import ROUND_S, Crew
from agent.errors import AgentError, ConfigError, EngineBroken, Fault
from agent.extract.lane import Lane
from agent.extract.worker import Engine, Worker
from agent.health import Health
from agent.identity import IdSource
from agent.intake import Inflow, Intake, Limits
from agent.log import configure, logger
from agent.message import Route
from agent.mqtt import Endpoint, Link, Tls, Will
from agent.pipeline import Admission, Deliver, Process, Receive, Rung
from agent.publish import Addresses, Courier, Pace
from agent.route import Router
from agent.schemas import Schema, SchemaError, bundled_schemas, load_folder
from agent.settings import BrokerSettings, Settings, TierSettings

LOG = logger("app")

OK, FAILED, CONFIG = 0, 1, 78
"""Exit codes: ordered stop, failure, wrong configuration (``EX_CONFIG``)."""
TICK_S = 1.0
"""Seconds between looks at health, and between beats to the watchdog."""
GRACE_S = 2.0
"""Seconds after which a second SIGTERM ends the process whatever it is doing."""
UMASK = 0o027
"""Files are for the user and to be read by the group."""
FACTORIES = {"model": "agent.extract.factory:build", "stub": "agent.extract.stub:load"}
"""How each kind of tier is built, in the child process."""


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


class Stop:
    """The wish to stop: once in order, twice at once."""

    def __init__(self) -> None:
        """Wish nothing yet."""
        self.wished = threading.Event()
        self.at_once = threading.Event()

    def listen(self) -> None:
        """Take SIGTERM and SIGINT as the wish."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._heard)

    def _heard(self, _number: int, _frame: FrameType | None) -> None:
        if self.wished.is_set():
            self.at_once.set()
            threading.Timer(GRACE_S, os._exit, (FAILED,)).start()
        self.wished.set()


def run(settings: Settings, *, stop: Stop | None = None, clock: Clock | None = None) -> int:
    """Run the agent until told to stop; return the exit code."""
    os.umask(UMASK)
    stop = stop or Stop()
    stop.listen()
    clock = clock or SystemClock()
    health = Health(monotonic=clock.monotonic)
    workers: dict[str, Worker] = {}
    try:
        schemas = load_schemas(settings)
        start_workers(settings, health, workers)
        stages = assemble(settings, schemas, workers, clock)
        return serve(stages, settings, stop, health, clock)
    except (ConfigError, EngineBroken) as error:
        report("refused", error)
        return CONFIG
    except AgentError as error:
        report("failed", error)
        return FAILED
    finally:
        # They ignore SIGTERM, so the interpreter would wait for them at its end.
        for worker in workers.values():
            worker.stop()


def report(event: str, error: AgentError) -> None:
    """Say what was tried, why it failed, and what to do: an operator needs no traceback for that."""
    LOG.error(event, operation=error.operation, cause=error.cause, remedy=error.remedy)


def serve(stages: Stages, settings: Settings, stop: Stop, health: Health, clock: Clock) -> int:
    """Start the loops, watch over them, stop them in order."""
    crew = Crew(health)
    start(stages, crew)
    health.ready()
    LOG.info("started", node=settings.node, tiers=[lane.tier.tier for lane in stages.lanes])
    while not stop.wished.wait(TICK_S) and not crew.died.is_set():
        watch(stages, health)
    health.stopping()
    finish(stages, crew, until=clock.monotonic() + settings.limits.stop_s, stop=stop, clock=clock)
    LOG.info("stopped", died=crew.dead)
    return FAILED if crew.dead else OK


def start(stages: Stages, crew: Crew) -> None:
    """Start from the end of the way to its beginning, so that what arrives finds everyone in place."""
    crew.add("output", stages.sink.run, end=stages.sink.stop)
    crew.add_loop("deliver", partial(stages.deliver.step, wait_s=ROUND_S))
    for lane in stages.lanes:
        crew.add(lane_name(lane), lane.run, end=lane.stop)
    crew.add_loop("process", partial(stages.process.step, wait_s=ROUND_S))
    crew.add_loop("receive", partial(stages.receive.step, wait_s=ROUND_S))
    crew.add("input", stages.source.run, end=stages.source.stop)


def lane_name(lane: Lane) -> str:
    """Return the name of a lane's thread."""
    return f"tier-{lane.tier.tier}"


def watch(stages: Stages, health: Health) -> None:
    """Look after what no message triggers: retention, health, the watchdog."""
    health.degrade("intake", stages.receive.blocked)
    for lane in stages.lanes:
        health.degrade(lane_name(lane), lane.broken)
    health.degrade("buffer", state_of(stages.buffer))
    health.feed_watchdog()


def state_of(buffer: Buffer) -> str:
    """Keep the file within its cap; return what is wrong with it, if anything."""
    try:
        buffer.keep_small()
    except AgentError as error:
        return error.cause
    return f"a damaged file was set aside: {buffer.set_aside}" if buffer.set_aside else ""


def finish(stages: Stages, crew: Crew, *, until: float, stop: Stop, clock: Clock) -> None:
    """Stop in the order of the way: take nothing in, finish what is in hand, deliver what is out, close."""

    def wait_for(done: Callable[[], bool]) -> None:
        while (
            not done()
            and clock.monotonic() < until
            and not stop.at_once.wait(0.02)
            and not crew.died.is_set()
        ):
            pass

    crew.end("input", ROUND_S * 2)
    wait_for(lambda: stages.receive.is_idle)
    crew.end("receive", ROUND_S * 2)
    stages.process.claiming = False
    wait_for(lambda: stages.process.in_hand == 0)
    crew.end("process", ROUND_S * 2)
    for lane in stages.lanes:
        crew.end(lane_name(lane), 0.0)
        lane.tier.stop()
    give_back(stages)
    wait_for(lambda: stages.deliver.in_flight == 0)
    crew.end("deliver", ROUND_S * 2)
    say_goodbye(stages)
    crew.end("output", ROUND_S * 2)
    stages.buffer.close()


def give_back(stages: Stages) -> None:
    """Return claims; if that fails, the next start does it."""
    try:
        stages.process.let_go()
    except AgentError as error:
        LOG.warning("claims_kept", cause=error.cause)


def say_goodbye(stages: Stages) -> None:
    """Say that we are offline: an ordered end sends no last will."""
    try:
        stages.sink.publish(stages.addresses.status, "offline", retain=True)
    except AgentError as error:
        LOG.info("no_goodbye", cause=error.cause)


def load_schemas(settings: Settings) -> Mapping[str, Schema]:
    """Load the schemas, and check that those which routes name are among them."""
    try:
        schemas = load_folder(Path(settings.schemas)) if settings.schemas else bundled_schemas()
    except SchemaError as error:
        raise ConfigError(
            (Fault("schemas", str(error), "correct the schema, then `maaza schema check`"),)
        ) from error
    faults = tuple(configuration.unknown_schemas(settings, sorted(schemas)))
    if faults:
        raise ConfigError(faults)
    return schemas


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


def assemble(
    settings: Settings, schemas: Mapping[str, Schema], workers: Mapping[str, Worker], clock: Clock
) -> Stages:
    """Put the stages together; classes take plain values, settings stop here."""
    limits = settings.limits
    addresses = Addresses(base=settings.base, node=settings.node)
    router = Router([route_of(settings, index) for index in range(len(settings.route))])
    buffer = open_buffer(settings, clock)
    inflow = Inflow(max_messages=limits.unstored_messages, max_bytes=limits.unstored_bytes)
    intake = Intake(inflow, overflow=lambda cause: source.drop(cause))  # noqa: PLW0108 - source comes later
    source = Link(
        endpoint(settings, settings.input, "in"),
        intake,
        clock=clock,
        filters=router.filters,
        may_connect=inflow.is_roomy,
    )
    courier = Courier(greet=lambda: greet(sink, addresses, settings, schemas))
    sink = Link(
        endpoint(settings, settings.sink, "out", will=Will(topic=addresses.status, payload="offline")),
        courier,
        clock=clock,
    )
    process = Process(
        buffer=buffer,
        router=router,
        schemas=schemas,
        addresses=addresses,
        clock=clock,
        window=limits.claimed_messages,
        settled=courier.wake,
    )
    admission = Admission(
        router=router,
        limits=Limits(payload_bytes=limits.payload_bytes),
        addresses=addresses,
        new_id=IdSource(clock.now),
    )
    receive = Receive(
        inflow=inflow, admission=admission, buffer=buffer, link=source, clock=clock, stored=process.wake
    )
    pace = Pace(limits.deliver_per_s, monotonic=clock.monotonic)
    deliver = Deliver(
        buffer=buffer, link=sink, courier=courier, pace=pace, in_flight=limits.in_flight, clock=clock
    )
    lanes = tuple(add_tier(process, tier, workers[tier.name]) for tier in settings.tier)
    return Stages(buffer, source, sink, receive, process, deliver, lanes, addresses)


def add_tier(process: Process, tier: TierSettings, worker: Worker) -> Lane:
    """Give the process loop a tier."""
    lane = Lane(worker, batch=tier.batch, done=process.finished)
    process.add(tier.name, Rung(lane=lane, threshold=tier.threshold))
    return lane


def open_buffer(settings: Settings, clock: Clock) -> Buffer:
    """Open the database."""
    wish = settings.buffer
    return Buffer(
        Path(wish.path),
        clock=clock,
        max_bytes=wish.max_bytes,
        min_free_bytes=wish.min_free_bytes,
        synchronous=wish.synchronous,
    )


def route_of(settings: Settings, index: int) -> Route:
    """Return a route as the stages know it."""
    wish = settings.route[index]
    return Route(
        filter=wish.filter,
        schemas=wish.schemas,
        tiers=settings.tiers_of(wish),
        device_level=wish.device_level,
        ordered=wish.ordered,
        charset=wish.charset,
    )


def endpoint(
    settings: Settings, broker: BrokerSettings, direction: str, *, will: Will | None = None
) -> Endpoint:
    """Return how to reach a broker. The output session keeps nothing: the outbox does."""
    name = broker.client_id or f"{settings.base}-{settings.node}-{direction}".replace("/", "-")
    tls = broker.tls
    return Endpoint(
        host=broker.host,
        port=broker.port,
        client_id=name,
        keepalive_s=broker.keepalive_s,
        session_expiry_s=broker.session_expiry_s if direction == "in" else 0,
        receive_maximum=broker.receive_maximum,
        packet_bytes=settings.limits.packet_bytes,
        protocol=broker.protocol,
        username=broker.username,
        password=password(broker),
        tls=Tls(ca_file=tls.ca_file, cert_file=tls.cert_file, key_file=tls.key_file) if tls else None,
        will=will,
    )


def password(broker: BrokerSettings) -> str | None:
    """Read the password's file."""
    if broker.password_file is None:
        return None
    try:
        return Path(broker.password_file).read_text("utf-8").partition("\n")[0]
    except OSError as error:
        fault = Fault("password_file", str(error), "name a file that this user may read")
        raise ConfigError((fault,)) from error


def greet(sink: Link, addresses: Addresses, settings: Settings, schemas: Mapping[str, Schema]) -> None:
    """Say that we are online, and what we are."""
    described = {
        "version": version(),
        "node": settings.node,
        "tiers": [tier.name for tier in settings.tier],
        "schemas": {name: schemas[name].fingerprint for route in settings.route for name in route.schemas},
    }
    sink.publish(addresses.status, "online", retain=True)
    sink.publish(addresses.info, json.dumps(described), retain=True)


def version() -> str:
    """Return the version of the installed product."""
    try:
        return metadata.version("maaza")
    except metadata.PackageNotFoundError:
        return "0+checkout"


def main(arguments: list[str]) -> int:
    """Run with a settings file: ``python -m agent.app FILE``."""
    configure()
    try:
        settings = configuration.load(Path(arguments[0]))
    except ConfigError as error:
        for fault in error.faults:
            sys.stderr.write(f"{fault}\n")
        return CONFIG
    configure(level=settings.log.level)
    return run(settings)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
