"""Which templates serve: checks counted, states changed, disagreements written down.

A template serves only once its row says so on disk. One that the model contradicts serves no more at once;
its row follows, also after a while in which the disk was full.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from agent.app.hearing import Reading
from agent.app.recognition import Recognition
from agent.buffer import Buffer, standings
from agent.buffer.standings import Dispute, Past
from agent.buffer.templates import Row
from agent.clock import Clock
from agent.errors import Permanent
from agent.log import logger
from agent.plans import Plans
from agent.schemas import Schema
from agent.templates.compiled import Unfit
from agent.templates.life import MAX_DOUBLINGS, Check, Origin, Standing, State, Turn, checked, unsettled
from agent.templates.overlooked import overlooked
from agent.templates.successor import successor
from agent.templates.written import load

LOG = logger("templates")
NOTE_S: Final = 30.0
"""Seconds between notes of what templates have served and how often they were checked."""
Work = Callable[[sqlite3.Connection], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the settings ask for."""

    learns: bool
    """Whether formats are learned from the model's answers."""
    agreeing: int
    """Answers that make a template; as many again that it has not seen bring it into force."""
    share: float
    """Of one core, for learning and audits."""
    room: int
    """Templates that are learned from the model, at most."""
    basis: str
    """Tiers, models and thresholds that answers come from."""
    patience_s: float
    """Seconds after which no answer to an audit is waited for."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How the templates are, for people and metrics."""

    states: dict[str, int]
    """Templates by state."""
    audited: float
    """Share of the records made by templates that the model has read too, since the start."""
    unaudited_s: float
    """Longest time since a template that has served since was put to the model, seconds; 0: none has."""
    reviews: int
    """Templates of a person about which one has to decide."""


class Trust:
    """Used by one thread; `served` is counted by another one."""

    def __init__(
        self, *, buffer: Buffer, plans: Plans, recognition: Recognition, clock: Clock, terms: Terms
    ) -> None:
        """Begin with what the file says."""
        self._buffer, self._plans, self._recognition = buffer, plans, recognition
        self._clock, self._terms = clock, terms
        self.served: dict[str, int] = {}
        """Records by template since the start."""
        self._noted: dict[str, int] = {}
        self._asked: dict[str, int] = {}
        """By template, what it had served when it was last put to the model."""
        self._conclusive = 0
        self._dirty: set[str] = set()
        self._pending: list[Work] = []
        self._note_at = clock.monotonic() + NOTE_S
        self.reviews = 0
        """Templates of a person about which one has to decide."""

    # what changes

    def refresh(self) -> bool:
        """Take over what has changed in the file or among the schemas; tell whether there was anything."""
        if not self._recognition.refresh():
            return False
        self._settle()
        self.reviews = self._buffer.glance(standings.to_review)
        return True

    def judge(self, reading: Reading, check: Check, fields: tuple[str, ...], *, tier: str) -> Turn:
        """Let a check count; return what it has led to."""
        row = self._recognition.rows.get(reading.template)
        past = self._recognition.pasts.get(reading.template)
        if row is None or past is None:
            return Turn.NONE
        after, turn = checked(_standing(row, past), check, agreeing=self._terms.agreeing)
        self._count(reading, check, past, after)
        self._follow(row, after, turn)
        if turn in {Turn.DEMOTED, Turn.DISPUTED}:
            one = Dispute(
                template=row.id,
                origin=row.origin,
                seq=reading.message.seq,
                message=reading.message.id,
                fields=fields,
                tier=tier,
                after_seq=past.good_seq,
                is_open=turn is Turn.DISPUTED,
            )
            self._pending.append(partial(standings.dispute, one=one, now=self._clock.now()))
        return turn

    def _count(self, reading: Reading, check: Check, past: Past, after: Standing) -> None:
        now = self._clock.now()
        past = replace(
            past,
            streak=after.streak,
            demotions=after.demotions,
            checks=past.checks + 1,
            checked_at=now,
        )
        if check is Check.AGREED:
            past = replace(past, good_at=now, good_seq=max(past.good_seq, reading.message.seq))
        self._asked[past.template] = self.served.get(past.template, 0)
        self._recognition.pasts[past.template] = past
        self._dirty.add(past.template)

    def _follow(self, row: Row, after: Standing, turn: Turn) -> None:
        """Change a template's state, in memory at once where it is to serve no more."""
        if turn is not Turn.NONE:
            LOG.info("template_checked", template=row.id, schema=row.schema, result=turn.name.lower())
        if after.state == row.state:
            return
        if row.state == State.ACTIVE:
            self._recognition.withdraw(row.id)
        kinds = {Turn.PROMOTED: "template_promoted", Turn.FAILED: "template_given_up"}
        self._stand(row, after.state, kinds.get(turn, ""))

    def _stand(self, row: Row, state: State, kind: str) -> None:
        past = self._recognition.pasts[row.id]
        agreed = row.agreed + past.streak if state is State.ACTIVE else row.agreed
        self._pending.append(
            partial(
                standings.stand,
                past=past,
                before=row.state,
                state=state,
                agreed=agreed,
                now=self._clock.now(),
                kind=kind,
            )
        )

    def add(self, row: Row, past: Past) -> None:
        """Put a template that the model has taught on probation."""
        room, now = self._terms.room, self._clock.now()
        if row.id not in self._recognition.rows:
            self._pending.append(partial(standings.add, row=row, past=past, room=room, now=now))

    # what follows from a change of the grounds

    def _settle(self) -> None:
        """Put on probation what was judged by other models or thresholds, or is for another schema now."""
        schemas = self._plans.current.schemas
        in_force = {schema.fingerprint for schema in schemas.values()}
        for row in self._recognition.rows.values():
            past = self._recognition.pasts[row.id]
            if row.origin == Origin.LEARNED and past.basis != self._terms.basis:
                self._unsettle(row, past)
            if row.schema in schemas and row.schema_sha256 not in in_force:
                self._succeed(row, past, schemas[row.schema])
        if self._pending:
            self.write()

    def _unsettle(self, row: Row, past: Past) -> None:
        after = unsettled(_standing(row, past))
        past = replace(past, basis=self._terms.basis, streak=after.streak)
        self._recognition.pasts[row.id] = past
        self._dirty.add(row.id)
        if after.state != row.state:
            self._recognition.withdraw(row.id)
            self._stand(row, after.state, "template_on_probation")

    def _succeed(self, row: Row, past: Past, schema: Schema) -> None:
        """Let a template read along under the schema that has its name now."""
        if row.state not in {State.ACTIVE, State.CANDIDATE}:
            return
        if row.origin == Origin.LEARNED and row.state == State.ACTIVE:
            self._stand(row, State.CANDIDATE, "template_on_probation")
        try:
            template = load(row.document)
        except Unfit:
            return
        is_missing = row.origin == Origin.LEARNED and overlooked(template, schema)
        found = None if is_missing else successor(template, row.guard, schema)
        if found is None or found[0] in self._recognition.rows:
            return
        following = replace(
            row,
            id=found[0],
            guard=found[1],
            schema_sha256=schema.fingerprint,
            state=State.CANDIDATE,
            agreed=0,
        )
        self.add(following, Past(found[0], basis=self._terms.basis, signature=past.signature))

    # the file

    def write(self) -> None:
        """Make durable what has changed; what cannot be written now is written later.

        Raises:
            BufferUnavailable: the database takes nothing now.
        """
        wrote = bool(self._pending)
        while self._pending:
            try:
                self._buffer.change(self._pending[0])
            except Permanent as error:
                LOG.warning("template_not_kept", cause=error.cause, remedy=error.remedy)
            self._pending.pop(0)
        if wrote:
            self._recognition.refresh()
            self.reviews = self._buffer.glance(standings.to_review)
        if self._clock.monotonic() >= self._note_at:
            self._note_at = self._clock.monotonic() + NOTE_S
            self._buffer.note(partial(standings.note, some=list(self._news())), within_s=NOTE_S)

    def close(self) -> None:
        """Write down what is known, at the end."""
        self.write()
        self._buffer.change(partial(standings.note, some=list(self._news())))

    def _news(self) -> Iterator[Past]:
        """Yield what is not written down yet."""
        dirty, self._dirty = self._dirty, set()
        for name, served in list(self.served.items()):
            if served > self._noted.get(name, 0):
                dirty.add(name)
        for name in dirty & self._recognition.pasts.keys():
            served = self.served.get(name, 0)
            past = self._recognition.pasts[name]
            past = replace(past, served=past.served + served - self._noted.get(name, 0))
            self._noted[name] = served
            self._recognition.pasts[name] = past
            yield past

    # questions

    def conclude(self) -> None:
        """Count an audit that has told something."""
        self._conclusive += 1

    def has_given_up(self, name: str) -> bool:
        """Tell whether a template was contradicted so often that it is not tried again."""
        past = self._recognition.pasts.get(name)
        return past is not None and past.demotions > MAX_DOUBLINGS

    def last_check(self, name: str) -> float:
        """Return when a template was last put to the model, Unix time; 0: never."""
        past = self._recognition.pasts.get(name)
        return (past.checked_at if past else None) or 0.0

    def figures(self) -> Figures:
        """Return how the templates are. Called from any thread."""
        rows, served = self._recognition.rows, dict(self.served)
        now, total = self._clock.now(), sum(served.values())
        waiting = [
            now - (self.last_check(name) or rows[name].changed_at)
            for name in self._recognition.serving
            if name in rows and served.get(name, 0) > self._asked.get(name, 0)
        ]
        return Figures(
            states=dict(Counter(row.state for row in rows.values())),
            audited=min(1.0, self._conclusive / total) if total else 0.0,
            unaudited_s=max(0.0, *waiting, 0.0),
            reviews=self.reviews,
        )


def _standing(row: Row, past: Past) -> Standing:
    return Standing(Origin(row.origin), State(row.state), past.streak, past.demotions)
