"""The templates in force, and those on probation: read from the database, anew when something has changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from agent.buffer import Buffer, standings, templates
from agent.buffer.standings import Past
from agent.buffer.templates import Row
from agent.log import logger
from agent.plans import Plans
from agent.schemas import Schema
from agent.templates.compiled import Compiled, Unfit, compiled
from agent.templates.life import READS_ALONG, State
from agent.templates.register import Entry, Hit, Register
from agent.templates.written import load

LOG = logger("templates")


class Recognition:
    """Answers by what is in force. One thread refreshes, another one asks: each answer is of one state."""

    def __init__(self, buffer: Buffer, plans: Plans, *, max_count: int) -> None:
        """Keep at most `max_count` templates ready, those with most examples."""
        self._buffer, self._plans, self._max_count = buffer, plans, max_count
        self._register = Register()
        self._probation = Register()
        self._basis: tuple[object, ...] = ()
        self._compiled: dict[tuple[str, str, tuple[str, ...]], Compiled] = {}
        self._withdrawn: set[str] = set()
        self.rows: Mapping[str, Row] = {}
        """All templates of the file, by id."""
        self.pasts: dict[str, Past] = {}
        """What is known of them; the thread that checks them changes it."""

    @property
    def count(self) -> int:
        """Return how many are in force."""
        return self._register.count

    @property
    def serving(self) -> Sequence[str]:
        """Return the ids of those in force."""
        return self._register.ids

    def match(self, schemas: tuple[str, ...], text: str, route: str = "", /) -> Hit | None:
        """Return what the templates say of a text, by the fingerprints of schemas; None: nothing."""
        hit = self._register.match(schemas, text, route)
        return None if hit is None or hit.entry.id in self._withdrawn else hit

    def reading_along(self, schemas: Sequence[str], text: str, route: str) -> list[Hit]:
        """Return what each template on probation says of a text."""
        return list(self._probation.every(schemas, text, route))

    def known(self, schemas: Sequence[str], text: str, route: str) -> bool:
        """Tell whether a template in force takes a text, also where another one says something else."""
        return next(self._register.every(schemas, text, route), None) is not None

    def withdraw(self, name: str) -> None:
        """Let a template serve no more, at once; its row follows."""
        self._withdrawn.add(name)

    def refresh(self) -> bool:
        """Read the templates where something has changed; tell whether that was so.

        Raises:
            BufferUnavailable: the database cannot be asked now; what was in force stays so.
        """
        schemas = {schema.fingerprint: schema for schema in self._plans.current.schemas.values()}
        basis = (self._buffer.glance(templates.generation), *sorted(schemas))
        if basis == self._basis:
            return False
        rows = self._buffer.glance(templates.rows)
        fresh = self._buffer.glance(standings.pasts)
        usable = [row for row in rows if row.schema_sha256 in schemas]
        self._compile(usable, schemas)
        self._withdrawn &= {row.id for row in rows if row.state == State.ACTIVE}
        active = self._register = Register(list(self._entries(usable, {State.ACTIVE})))
        self._probation = Register(list(self._entries(usable, READS_ALONG)))
        self.pasts = {row.id: self._past(row, fresh) for row in rows}
        self.rows = {row.id: row for row in rows}
        self._basis = basis
        if rows:
            LOG.info("templates", active=active.count, reading_along=self._probation.count, known=len(rows))
        return True

    def _past(self, row: Row, fresh: Mapping[str, Past]) -> Past:
        """Return what is known of a template: by heart where nobody has changed it, else by the file."""
        before, known = self.rows.get(row.id), self.pasts.get(row.id)
        if before is not None and known is not None and before.changed_at == row.changed_at:
            return known
        return fresh.get(row.id, Past(row.id))

    def _compile(self, rows: Sequence[Row], schemas: Mapping[str, Schema]) -> None:
        """Make ready what is new, and let go of what is gone."""
        made: dict[tuple[str, str, tuple[str, ...]], Compiled] = {}
        for row in rows:
            key = key_of(row)
            try:
                made[key] = self._compiled.get(key) or compiled(
                    load(row.document), schemas[row.schema_sha256], row.guard
                )
            except Unfit as error:
                LOG.warning("template_unusable", template=row.id, cause=str(error))
        self._compiled = made

    def _entries(self, rows: Sequence[Row], states: set[State] | frozenset[State]) -> Iterator[Entry]:
        chosen = [row for row in rows if row.state in states and key_of(row) in self._compiled]
        for row in sorted(chosen, key=lambda row: -row.agreed)[: self._max_count]:
            yield Entry(
                row.id, row.schema_sha256, self._compiled[key_of(row)], confidence(row.agreed), row.filter
            )


def key_of(row: Row) -> tuple[str, str, tuple[str, ...]]:
    """Return what a template's readiness depends on."""
    return row.id, row.schema_sha256, row.guard


def confidence(agreed: int) -> float:
    """Return the probability that a template which was right so often is right again (rule of succession)."""
    return (agreed + 1) / (agreed + 2)
