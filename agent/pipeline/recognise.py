"""Texts of a learned format are read at once, by their template; all others go on to the tiers."""

from __future__ import annotations

from typing import Protocol

from agent import journey
from agent.clock import Clock
from agent.extract import Job
from agent.extract.lane import Finished, Ticket
from agent.log import logger
from agent.message import Candidate, Claimed, Record, Route
from agent.metrics import Meter
from agent.pipeline import tally
from agent.plans import Plan
from agent.templates.register import TIER, Hit

LOG = logger("process")


class Templates(Protocol):
    """The templates in force."""

    def match(self, schemas: tuple[str, ...], text: str, route: str = "", /) -> Hit | None:
        """Return what they say of a text, by the fingerprints of its route's schemas; None: nothing."""


class Recognise:
    """Makes records of texts whose format is known: converted, validated and grounded as all others."""

    def __init__(self, templates: Templates | None, meter: Meter, clock: Clock) -> None:
        """Without templates nothing is recognised."""
        self._templates, self._meter, self._clock = templates, meter, clock

    def record(self, message: Claimed, plan: Plan, route: Route) -> Record | None:
        """Return the record of a message; None where no template is sure of it."""
        if self._templates is None:
            return None
        began = self._clock.monotonic()
        try:
            schemas = {plan.schemas[name].fingerprint: name for name in route.schemas}
            hit = self._templates.match(tuple(schemas), message.text, route.filter)
            return self._weighed(hit, message, plan, schemas[hit.entry.schema], began) if hit else None
        except Exception:
            # A tier may still read it; without this it would end the daemon, and again after each restart.
            LOG.exception("template_failed", message_id=message.id)
            return None

    def _weighed(self, hit: Hit, message: Claimed, plan: Plan, name: str, began: float) -> Record | None:
        schema, candidate = plan.schemas[name], hit.candidate()
        read_at = self._clock.monotonic()
        verdict = journey.weigh(
            candidate, message.text, schema, threshold=0.0, received_at=message.received_at
        )
        self._count(message, Job(message.text, schema), candidate, verdict, read_at - began)
        self._meter.validate.observe(self._clock.monotonic() - read_at)
        if verdict.candidate is None:
            LOG.info("template_refused", message_id=message.id, template=hit.entry.id)
            return None
        return Record(schema.name, schema.version, schema.fingerprint, verdict.candidate, schema_id=schema.id)

    def _count(
        self, message: Claimed, job: Job, candidate: Candidate, verdict: journey.Verdict, seconds: float
    ) -> None:
        finished = Finished(Ticket(message.seq, job, message.id), TIER, candidate)
        tally.tried(self._meter, finished, verdict, extracted_s=seconds)
