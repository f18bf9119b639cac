"""Beside the way of messages: learns formats from the model's answers, audits templates, takes back trust.

A loop of its own. It hears what the process loop decides, and asks the tiers about texts that templates have
read. What it spends of the processor is measured, and a share of one core at most.
"""

from __future__ import annotations

import queue
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agent import journey
from agent.app.hearing import End, Hearing, Reading, compared
from agent.app.lessons import Lessons
from agent.app.recognition import Recognition
from agent.app.trust import Terms, Trust
from agent.buffer import Buffer
from agent.clock import Clock
from agent.errors import AgentError
from agent.extract.lane import Finished
from agent.journey import Rejection
from agent.log import logger
from agent.message import Claimed, Record, Route
from agent.metrics import Meter
from agent.pipeline import Rung
from agent.plans import Plan, Plans
from agent.redaction import Redaction
from agent.templates.budget import Budget
from agent.templates.life import Check
from agent.templates.register import Hit

LOG = logger("templates")
LOOK_EVERY_S: Final = 0.5
"""Seconds between looks for templates that a person has changed."""
MAX_NEWS: Final = 256
"""Answers of the model that wait to be looked at; more are passed over: the next ones do as well."""
MAX_LATEST: Final = 512
"""Templates whose latest text is kept for an audit."""
MAX_CHARS: Final = 16_384
"""Characters of a text that is kept for one."""
MAX_TEXTS: Final = 64
"""Texts by which a template on probation was judged, and which do not count again."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the tiers have made of a message."""

    message: Claimed
    plan: Plan
    end: End


class Study:
    """Hears, learns, audits. `answered` and `served` are called by the process loop, `heard` by lanes."""

    def __init__(
        self,
        *,
        buffer: Buffer,
        plans: Plans,
        recognition: Recognition,
        clock: Clock,
        meter: Meter,
        redaction: Redaction,
        terms: Terms,
    ) -> None:
        """Begin with nothing heard."""
        self._plans, self.recognition, self._clock, self._meter = plans, recognition, clock, meter
        self._redaction, self._terms = redaction, terms
        self.trust = Trust(buffer=buffer, plans=plans, recognition=recognition, clock=clock, terms=terms)
        self._lessons = Lessons(recognition, agreeing=terms.agreeing, basis=terms.basis)
        self._rungs: dict[str, Rung] = {}
        self._news: queue.SimpleQueue[Answer | Finished] = queue.SimpleQueue()
        self._latest: dict[str, tuple[Claimed, Plan, Record]] = {}
        self._texts: dict[str, list[int]] = {}
        self.budget = Budget(terms.share, clock.monotonic())
        self._hearing: Hearing | None = None
        self._number = 0
        self._learns_next = True
        self._look_at = 0.0

    @property
    def trouble(self) -> str:
        """Return what a person has to look at; empty while there is nothing."""
        count = self.trust.reviews
        if not count:
            return ""
        what = "a taught template differs" if count == 1 else f"{count} taught templates differ"
        return f"{what} from the model: see `maaza templates list --review`"

    def add(self, name: str, rung: Rung) -> None:
        """Add a tier."""
        self._rungs[name] = rung

    def begin(self) -> None:
        """Put templates on probation whose grounds have changed, before the first message is read."""
        self.trust.refresh()

    # other threads

    def answered(self, message: Claimed, plan: Plan, end: End, /) -> None:
        """Hear what the tiers have made of a message."""
        if self._news.qsize() < MAX_NEWS:
            self._news.put(Answer(message, plan, end))

    def served(self, message: Claimed, plan: Plan, record: Record, /) -> None:
        """Hear what a template has made of a message: it is kept until the next one of its format."""
        name = record.candidate.template
        self.trust.served[name] = self.trust.served.get(name, 0) + 1
        if len(message.text) <= MAX_CHARS and (name in self._latest or len(self._latest) < MAX_LATEST):
            self._latest[name] = message, plan, record

    def heard(self, results: Sequence[Finished]) -> None:
        """Hear from a lane what it makes of the text of an audit."""
        for one in results:
            self._news.put(one)

    # its own thread

    def step(self, *, wait_s: float) -> None:
        """Look at what is new, learn or audit what can be afforded, write down what has changed."""
        try:
            self._hear(wait_s)
            self._look()
            self._work()
            self.trust.write()
        except AgentError as error:
            LOG.warning("study_blocked", cause=error.cause, remedy=error.remedy)
        except Exception:
            # Messages flow without it; a format that it cannot think of stays with the model.
            LOG.exception("study_failed")

    def close(self) -> None:
        """Write down what is not."""
        self.trust.close()

    def _hear(self, wait_s: float) -> None:
        try:
            news = self._news.get(timeout=wait_s)
            for _ in range(MAX_NEWS):
                self._take(news)
                news = self._news.get_nowait()
        except queue.Empty:
            return
        self._take(news)

    def _take(self, news: Answer | Finished) -> None:
        if isinstance(news, Finished):
            self._conclude(news)
            return
        began = self._clock.processor()
        self._consider(news)
        self._spend(self._clock.processor() - began, "learn")

    def _spend(self, seconds: float, purpose: str) -> None:
        self.budget.spend(seconds)
        self._meter.template_seconds(purpose).add(seconds)

    def _look(self) -> None:
        now = self._clock.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + LOOK_EVERY_S
        if self.trust.refresh():
            for name in [name for name in self._texts if name not in self.recognition.rows]:
                del self._texts[name]

    # answers of the model

    def _consider(self, answer: Answer) -> None:
        """Hold an answer against the templates on probation; learn from it where none reads it so."""
        message, plan, end = answer.message, answer.plan, answer.end
        route = plan.router.find(message.topic)
        if route is None or plan is not self._plans.current:
            return
        schemas = {plan.schemas[name].fingerprint: name for name in route.schemas}
        agreed = False
        for hit in self.recognition.reading_along(tuple(schemas), message.text, route.filter):
            if self.trust.has_given_up(hit.entry.id):
                continue
            reading = self._reading(hit, answer, route, schemas[hit.entry.schema])
            check = self._weigh(reading, end) if reading is not None else Check.OPEN
            agreed = agreed or check is Check.AGREED
        if isinstance(end, Record) and not agreed and self._terms.learns:
            self._learn_from(answer, end, route, tuple(schemas))

    def _reading(self, hit: Hit, answer: Answer, route: Route, name: str) -> Reading | None:
        """Return what a template would have published; None where that would have been refused."""
        message = answer.message
        verdict = journey.weigh(
            hit.candidate(),
            message.text,
            answer.plan.schemas[name],
            threshold=0.0,
            received_at=message.received_at,
        )
        if verdict.candidate is None:
            return None
        return Reading(hit.entry.id, message, answer.plan, route, name, verdict.candidate.value)

    def _weigh(self, reading: Reading, end: End) -> Check:
        """Let an answer count for a template on probation; an agreement on one text counts once."""
        check, fields = compared(reading, end, self._rungs)
        texts = self._texts.setdefault(reading.template, [])
        digest = hash(reading.message.text)
        if check is Check.AGREED and digest in texts:
            return check
        texts[:] = [*texts[-MAX_TEXTS + 1 :], digest]
        self.trust.judge(reading, check, fields, tier=tier_of(end))
        return check

    def _learn_from(self, answer: Answer, record: Record, route: Route, schemas: tuple[str, ...]) -> None:
        message = answer.message
        if self.recognition.known(schemas, message.text, route.filter):
            return
        if self._redaction.is_on and self._redaction.of_record(message.text, record)[0].count:
            # What is hidden in stored texts must not stand in a template.
            return
        schema = answer.plan.schemas[record.schema]
        for name, fields in self._lessons.take(message, record, schema, route):
            reading = Reading(name, message, answer.plan, route, record.schema, None)
            self.trust.judge(reading, Check.UNFOUNDED, fields, tier=record.candidate.tier)

    # what can be afforded

    def _work(self) -> None:
        """Learn a format or begin an audit, in turn, where there is processor time for it."""
        now = self._clock.monotonic()
        self._give_up(now)
        if not self.budget.allows(now):
            return
        learns = self._lessons.wants and (self._learns_next or not self._wants_audit())
        self._learns_next = not learns
        if learns:
            self._learn()
        elif self._wants_audit():
            self._audit(now)

    def _learn(self) -> None:
        began = self._clock.processor()
        made = self._lessons.learn(self._clock.now())
        self._spend(self._clock.processor() - began, "learn")
        for row, past in made:
            self.trust.add(row, past)

    def _wants_audit(self) -> bool:
        return self._hearing is None and bool(self._latest)

    def _audit(self, now: float) -> None:
        """Ask about the template that was not asked about for longest, of those that have served since."""
        serving = set(self.recognition.serving)
        name = min(list(self._latest), key=self.trust.last_check)
        message, plan, record = self._latest.pop(name)
        route = plan.router.find(message.topic)
        if name not in serving or route is None or any(tier not in self._rungs for tier in route.tiers):
            return
        reading = Reading(name, message, plan, route, record.schema, record.candidate.value)
        self._ask(Hearing.begin(reading, now))

    def _ask(self, hearing: Hearing) -> None:
        self._hearing = hearing
        self._number += 1
        self._rungs[hearing.journey.tier].lane.put(hearing.ticket(self._number))

    def _conclude(self, finished: Finished) -> None:
        """Compare what a tier makes of an audited text, or ask the next one."""
        self._spend(finished.processor_s, "audit")
        hearing = self._hearing
        if hearing is None or finished.ticket.seq != -self._number:
            return
        self._hearing = None
        end = hearing.hear(finished, self._rungs[finished.tier].threshold)
        if isinstance(end, Hearing):
            self._ask(end)
            return
        check, fields = compared(hearing.reading, end, self._rungs)
        self._meter.template_audits(check.name.lower()).add()
        if check is not Check.OPEN:
            self.trust.conclude()
        self.trust.judge(hearing.reading, check, fields, tier=tier_of(end))

    def _give_up(self, now: float) -> None:
        """Wait no longer for an answer that will not come: its tier was restarted."""
        hearing = self._hearing
        if hearing is not None and now - hearing.since > self._terms.patience_s:
            self._hearing = None
            self.trust.judge(hearing.reading, Check.OPEN, (), tier="")


def tier_of(end: End) -> str:
    """Return the tier that had the last word."""
    if isinstance(end, Rejection):
        return end.trail[-1].tier if end.trail else ""
    return end.candidate.tier
