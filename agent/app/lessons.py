"""From the model's answers to templates on probation: put together by format, learned when there are some."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from agent.app.recognition import Recognition
from agent.buffer.standings import Past
from agent.buffer.templates import Row
from agent.log import logger
from agent.message import Claimed, Record, Route
from agent.schemas import Schema
from agent.templates.compiled import Unfit
from agent.templates.life import Origin, State
from agent.templates.observed import Sample, induced, is_variant, sample
from agent.templates.overlooked import empty_words
from agent.templates.pattern import pattern
from agent.templates.samples import Key, Samples
from agent.templates.teach import Learned
from agent.templates.written import dump, load

LOG = logger("templates")
MAX_READY: Final = 64
"""Formats that wait to be learned; each costs some ten milliseconds."""


class Lessons:
    """What is learned from. Used by one thread."""

    def __init__(self, recognition: Recognition, *, agreeing: int, basis: str) -> None:
        """Learn a format from `agreeing` answers."""
        self._recognition, self._agreeing, self._basis = recognition, agreeing, basis
        self._samples = Samples(agreeing)
        self._ready: OrderedDict[Key, Schema] = OrderedDict()

    @property
    def wants(self) -> bool:
        """Tell whether there is something to learn."""
        return bool(self._ready)

    def take(
        self, message: Claimed, record: Record, schema: Schema, route: Route
    ) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Keep an answer; return the templates that it shows to be unfounded, with the fields in question."""
        try:
            one = sample(message.text, record.candidate, schema, message.received_at)
        except Unfit as error:
            LOG.debug("no_lesson", message_id=message.id, cause=str(error))
            return ()
        doubted = tuple(self._unfounded(one, schema, route.filter))
        key = (schema.fingerprint, route.filter, one.skeleton)
        if self._samples.add(key, one) and len(self._ready) < MAX_READY:
            self._ready[key] = schema
        return doubted

    def _unfounded(self, one: Sample, schema: Schema, route: str) -> Iterable[tuple[str, tuple[str, ...]]]:
        """Yield templates that hold words for constant which this text has others in place of."""
        for row in self._recognition.rows.values():
            known = self._recognition.pasts[row.id].signature
            is_open = row.state in {State.CANDIDATE, State.ACTIVE} and known
            if is_open and self._varies(one, row, schema, route):
                fields = empty_words(load(row.document), schema)
                if fields:
                    yield row.id, fields

    def _varies(self, one: Sample, row: Row, schema: Schema, route: str) -> bool:
        """Tell whether a template has other words where an answer has some."""
        is_kin = row.schema_sha256 == schema.fingerprint and row.filter == route
        return is_kin and is_variant(one.signature, self._recognition.pasts[row.id].signature)

    def learn(self, now: float) -> list[tuple[Row, Past]]:
        """Learn the format that has waited longest; nothing where it cannot be learned.

        `now`: Unix time by which missing years are found.
        """
        key, schema = self._ready.popitem(last=False)
        samples = self._samples.of(key)
        if not samples:
            return []
        try:
            made = induced(samples, schema, least=self._agreeing, now=now)
            for one in made:
                self._refuse_variant(one, samples[one.lines[0] - 1], schema, key[1])
        except Unfit as error:
            self._samples.failed(key)
            LOG.info("format_not_learned", schema=schema.name, filter=key[1], cause=str(error))
            return []
        self._samples.learned(key)
        return [
            (
                row_of(one, schema, key[1]),
                Past(one.id, basis=self._basis, signature=samples[one.lines[0] - 1].signature),
            )
            for one in made
        ]

    def _refuse_variant(self, made: Learned, one: Sample, schema: Schema, route: str) -> None:
        """Refuse a format whose constant words were others before: they may be a value.

        Raises:
            Unfit: a field of words is empty, and another template has other words in the same place.
        """
        varies = any(
            self._recognition.pasts[row.id].signature and self._varies(one, row, schema, route)
            for row in self._recognition.rows.values()
        )
        if varies and empty_words(made.template, schema):
            raise Unfit("a word that seems constant was another one before")


def row_of(made: Learned, schema: Schema, route: str) -> Row:
    """Return a template that the model has taught as it is stored: on probation."""
    return Row(
        id=made.id,
        schema=schema.name,
        schema_sha256=schema.fingerprint,
        filter=route,
        origin=Origin.LEARNED,
        state=State.CANDIDATE,
        pattern=pattern(made.template),
        document=dump(made.template),
        guard=made.guard,
        agreed=len(made.lines) + len(made.agreed),
    )
