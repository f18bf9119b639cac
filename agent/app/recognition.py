"""The templates in force: read from the database, and anew when they or the schemas have changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from agent.buffer import Buffer, templates
from agent.buffer.templates import Row
from agent.log import logger
from agent.plans import Plans
from agent.schemas import Schema
from agent.templates.compiled import Unfit, compiled
from agent.templates.register import Entry, Hit, Register
from agent.templates.written import load

LOG = logger("templates")
ACTIVE: Final = "active"


class Recognition:
    """Answers by what is in force. One thread refreshes, another one asks: each answer is of one state."""

    def __init__(self, buffer: Buffer, plans: Plans, *, max_count: int) -> None:
        """Keep at most `max_count` templates ready, those with most examples."""
        self._buffer, self._plans, self._max_count = buffer, plans, max_count
        self._register = Register()
        self._basis: tuple[object, ...] = ()

    @property
    def count(self) -> int:
        """Return how many are in force."""
        return self._register.count

    def match(self, schemas: tuple[str, ...], text: str, route: str = "", /) -> Hit | None:
        """Return what the templates say of a text, by the fingerprints of schemas; None: nothing."""
        return self._register.match(schemas, text, route)

    def refresh(self) -> None:
        """Read the templates where something has changed.

        Raises:
            BufferUnavailable: the database cannot be asked now; what was in force stays so.
        """
        schemas = {schema.fingerprint: schema for schema in self._plans.current.schemas.values()}
        basis = (self._buffer.glance(templates.generation), *sorted(schemas))
        if basis == self._basis:
            return
        rows = self._buffer.glance(templates.rows)
        self._register = Register(list(self._entries(rows, schemas)))
        self._basis = basis
        if rows:
            LOG.info("templates", active=self._register.count, known=len(rows))

    def _entries(self, rows: Sequence[Row], schemas: Mapping[str, Schema]) -> Iterator[Entry]:
        usable = [row for row in rows if row.state == ACTIVE and row.schema_sha256 in schemas]
        for row in sorted(usable, key=lambda row: -row.agreed)[: self._max_count]:
            try:
                ready = compiled(load(row.document), schemas[row.schema_sha256], row.guard)
            except Unfit as error:
                LOG.warning("template_unusable", template=row.id, cause=str(error))
                continue
            yield Entry(row.id, row.schema_sha256, ready, confidence(row.agreed), row.filter)


def confidence(agreed: int) -> float:
    """Return the probability that a template which was right so often is right again (rule of succession)."""
    return (agreed + 1) / (agreed + 2)
