"""Takes a changed configuration over while messages flow, or keeps the old one and says why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from agent import log
from agent.app import apart
from agent.app.assembly import Stages, begin
from agent.app.configuration import Configuration
from agent.app.introduction import greet
from agent.buffer import audit
from agent.errors import AgentError, ConfigError, Fault, Transient
from agent.health import Health
from agent.message import Json
from agent.settings.check import contradictions, ranked
from agent.settings.effective import changes, needs_restart, reloaded
from agent.settings.words import origin_of, parsed, placed

LOG = log.logger("reload")
PART = "configuration"
"""Name under which health reports what is wrong with the configuration."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a reload does."""

    running: Configuration
    """What runs after it."""
    taken: tuple[str, ...]
    """Keys whose new values are taken over."""
    waiting: tuple[str, ...]
    """Keys whose new values need a restart, each with its place."""


def weigh(running: Configuration, new: Configuration) -> Change:
    """Say what a reload would do. Pure.

    Raises:
        ConfigError: the new routes do not go with what runs until a restart.
    """
    settings = reloaded(running.settings, new.settings)
    faults = [_until_restart(placed(fault, new.tree)) for fault in contradictions(settings)]
    if faults:
        raise ConfigError(ranked(faults, new.files))
    waiting = needs_restart(changes(running.settings, new.settings))
    following = replace(new, settings=settings)
    taken = changes(running.settings, settings) + _schemas_changed(running, following)
    places = tuple(f"{key} ({origin_of(new.tree, parsed(key))})" for key in waiting)
    return Change(following, tuple(taken), places)


def _until_restart(fault: Fault) -> Fault:
    """Say that a fault stands against what runs, not against the files alone."""
    return replace(fault, cause=f"{fault.cause}, with what runs", remedy=f"{fault.remedy}; or restart")


def _schemas_changed(old: Configuration, new: Configuration) -> list[str]:
    """Return the schemas of the new routes that differ under the same name."""
    used = {name for route in new.settings.route for name in route.schemas}
    known = {name: old.schemas[name].fingerprint for name in used if name in old.schemas}
    return [f"schema {name}" for name in sorted(known) if known[name] != new.schemas[name].fingerprint]


class Reloader:
    """Reads the configuration again when asked. Used by one thread."""

    def __init__(
        self, running: Configuration, stages: Stages, health: Health, *, read: Callable[[], Configuration]
    ) -> None:
        """Begin with what runs; `read` gives what is configured now."""
        self.running = running
        self._stages, self._health, self._read = stages, health, read

    def step(self) -> None:
        """Take the configuration over between two messages, or keep the old one and say why."""
        self._health.reloading()
        try:
            change = weigh(self.running, self._read())
            apart.require(change.running)
            self._take_over(change)
            self._renew()
        except AgentError as error:
            self._refuse(error)
        self._health.ready()

    def _take_over(self, change: Change) -> None:
        """Put the routes in force before their topics are asked for, so that no message comes too early."""
        if change.taken:
            plan = begin(change.running, self._stages.buffer)
            oldest = self._stages.buffer.read(audit.oldest_configuration)
            self._stages.plans.follow(plan, oldest=oldest)
            self._stages.source.follow(plan.router.filters)
            speak = change.running.settings.log
            log.configure(level=speak.level, payloads=speak.payloads)
            self._introduce()
        self.running = change.running
        self._note("reloaded", {"changed": list(change.taken), "needs_restart": list(change.waiting)})
        self._health.degrade(PART, f"needs a restart: {', '.join(change.waiting)}" if change.waiting else "")
        LOG.info("reloaded", configuration=self._stages.plans.current.number, changed=change.taken)
        if change.waiting:
            LOG.warning("restart_needed", settings=change.waiting, remedy="restart to take these over")

    def _renew(self) -> None:
        """Connect anew where passwords or certificates were changed; the broker keeps what comes then."""
        renewed = [link.endpoint.address for link in (self._stages.source, self._stages.sink) if link.renew()]
        if renewed:
            LOG.info("secrets_renewed", brokers=renewed)

    def _introduce(self) -> None:
        """Describe this node anew; without a connection the next one does it."""
        stages = self._stages
        try:
            greet(stages.sink, stages.addresses, self.running.settings, stages.plans)
        except Transient as error:
            LOG.info("not_introduced", cause=error.cause)

    def _refuse(self, error: AgentError) -> None:
        """Keep the old configuration, and say why until a better one comes."""
        faults = error.faults if isinstance(error, ConfigError) else ()
        said = [str(fault) for fault in faults] or [str(error)]
        self._health.degrade(PART, f"reload refused, the old one runs: {'; '.join(said)}")
        for one in said:
            LOG.error("reload_refused", fault=one, kept=self._stages.plans.current.number)
        self._note("reload_refused", {"faults": list(said)})

    def _note(self, kind: str, facts: dict[str, Json]) -> None:
        """Write down for the auditor what became of the configuration."""
        try:
            self._stages.buffer.event(kind, {"configuration": self._stages.plans.current.number, **facts})
        except Transient as error:
            LOG.warning("not_written_down", cause=error.cause)
