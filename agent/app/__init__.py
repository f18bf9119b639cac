"""Composition root: settings to stages to named threads; signals; ordered stop with a deadline."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from agent.app import apart, folder
from agent.app.assembly import Stages, assemble, engine_of, lane_name, start_workers
from agent.app.configuration import Configuration, read
from agent.app.finish import Finish
from agent.app.monitor import Monitor
from agent.app.reload import Reloader
from agent.app.signals import Stop
from agent.buffer import Buffer
from agent.clock import Clock, SystemClock
from agent.crew import ROUND_S, Crew
from agent.errors import AgentError, ConfigError, EngineBroken
from agent.extract.worker import Worker
from agent.health import Health
from agent.log import configure, held_back, logger

__all__ = ["CONFIG", "FAILED", "OK", "Configuration", "Stop", "main", "read", "run"]

LOG = logger("app")

OK, FAILED, CONFIG = 0, 1, 78
"""Exit codes: ordered stop, failure, wrong configuration (``EX_CONFIG``)."""
TICK_S = 1.0
"""Seconds between looks at health, and between beats to the watchdog."""
FAREWELL_S = 15.0
"""Seconds that an ordered stop may take beside its deadline: loops end their rounds, the database closes."""
DAMAGED_AGAIN_S = 60.0
"""Seconds within which a second damaged database ends the agent: the disk is at fault, and files pile up."""
UMASK = 0o027
"""Files are for the user and to be read by the group."""


def run(
    configuration: Configuration,
    *,
    read: Callable[[], Configuration],
    stop: Stop | None = None,
    clock: Clock | None = None,
) -> int:
    """Run the agent until told to stop; return the exit code. SIGHUP: `read` the configuration again."""
    os.umask(UMASK)
    stop = stop or Stop()
    stop.listen()
    clock = clock or SystemClock()
    health = Health(monotonic=clock.monotonic)
    workers: dict[str, Worker] = {}
    try:
        folder.require(configuration)
        apart.require(configuration)
        start_workers(configuration.settings, health, workers)
        return serve_files(configuration, workers, stop, health, clock, read=read)
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


def serve_files(
    configuration: Configuration,
    workers: dict[str, Worker],
    stop: Stop,
    health: Health,
    clock: Clock,
    *,
    read: Callable[[], Configuration],
) -> int:
    """Serve with one database; where that is damaged on the way, as after a crash with another one."""
    damaged_at = -math.inf
    while True:
        stages = assemble(configuration, workers, clock)
        reloader = Reloader(configuration, stages, health, read=read)
        code = serve(stages, reloader, stop, health, clock)
        before, damaged_at = damaged_at, clock.monotonic()
        if not stages.buffer.damage or stop.wished or damaged_at - before < DAMAGED_AGAIN_S:
            return code
        configuration = reloader.running
        # The lanes that end now may still hold the others.
        workers.update((tier.name, Worker(engine_of(tier))) for tier in configuration.settings.tier)


def serve(stages: Stages, reloader: Reloader, stop: Stop, health: Health, clock: Clock) -> int:
    """Start the loops, watch over them, stop them in order."""
    crew = Crew(health)
    settings = reloader.running.settings
    start(stages, crew, clock)
    monitor = Monitor(stages, settings, health, clock)
    crew.add("monitor", monitor.run, end=monitor.stop)
    health.ready()
    LOG.info(
        "started",
        node=settings.node,
        tiers=[lane.tier.tier for lane in stages.lanes],
        configuration=stages.plans.current.number,
    )
    lost = False
    while not lost and not stop.wished and not crew.died.is_set():
        stop.wait(TICK_S)
        if stop.wants_reload():
            reloader.step()
        watch(stages, health)
        lost = is_lost(stages.buffer)
    health.stopping(settings.limits.stop_s + FAREWELL_S)
    Finish(stages, crew, stop=stop, clock=clock, seconds=settings.limits.stop_s).run()
    held_back(at_end=True)
    LOG.info("stopped", died=crew.dead)
    return FAILED if crew.dead or lost else OK


def is_lost(buffer: Buffer) -> bool:
    """Tell, and say, whether the database is no longer the one that was opened, or can be used no more."""
    if buffer.is_replaced:
        LOG.error("database_replaced", path=str(buffer.path), remedy="leave the file to the agent")
        return True
    if buffer.damage:
        remedy = "none: it is set aside and another one begun; salvage what it holds"
        LOG.error("database_damaged", path=str(buffer.path), cause=buffer.damage, remedy=remedy)
        return True
    return False


def start(stages: Stages, crew: Crew, clock: Clock) -> None:
    """Start from the end of the way to its beginning, so that what arrives finds everyone in place."""
    crew.add("output", stages.sink.run, end=stages.sink.stop)
    crew.add_loop("deliver", partial(stages.deliver.step, wait_s=ROUND_S))
    for lane in stages.lanes:
        crew.add(lane_name(lane), lane.run, end=lane.stop)
    crew.add_loop("process", partial(stages.process.step, wait_s=ROUND_S))
    if stages.study is not None:
        crew.add_loop("study", partial(stages.study.step, wait_s=ROUND_S))
    crew.add_loop("upkeep", partial(keep_up, stages, clock))
    crew.add_loop("receive", partial(stages.receive.step, wait_s=ROUND_S))
    crew.add("input", stages.source.run, end=stages.source.stop)


def keep_up(stages: Stages, clock: Clock) -> None:
    """Let the database do what no message triggers: forget, index, give space back, keep notes."""
    try:
        stages.buffer.keep_up()
        stages.notes.write_down(stages.buffer)
    except AgentError as error:
        LOG.warning("upkeep_blocked", cause=error.cause, remedy=error.remedy)
    clock.sleep(ROUND_S)


def watch(stages: Stages, health: Health) -> None:
    """Look after health and the watchdog."""
    for name, blocked in (
        ("intake", stages.receive.blocked),
        ("process", stages.process.blocked),
        ("deliver", stages.deliver.blocked),
    ):
        health.degrade(name, blocked)
    for lane in stages.lanes:
        health.degrade(lane_name(lane), lane.broken)
    health.degrade("loop", stages.receive.echo)
    health.degrade("templates", stages.study.trouble if stages.study else "")
    health.degrade("buffer", state_of(stages.buffer))
    for name, link in (("input", stages.source), ("output", stages.sink)):
        health.degrade(name, link.trouble)
    held_back()
    health.feed_watchdog(activity(stages))


def activity(stages: Stages) -> str:
    """Say in a few words what is going on."""
    return f"working: {stages.process.in_hand} in extraction, {stages.deliver.in_flight} on their way out"


def state_of(buffer: Buffer) -> str:
    """Return what is wrong with the database, if anything."""
    return f"a damaged file was set aside: {buffer.set_aside}" if buffer.set_aside else buffer.held_by


def main(arguments: list[str]) -> int:
    """Run with a settings file, as the tests do that plant something first."""
    configure()
    again = partial(read, Path(arguments[0]), os.environ)
    try:
        configuration = again()
    except ConfigError as error:
        for fault in error.faults:
            sys.stderr.write(f"{fault}\n")
        return CONFIG
    speak = configuration.settings.log
    configure(level=speak.level, payloads=speak.payloads)
    return run(configuration, read=again)
