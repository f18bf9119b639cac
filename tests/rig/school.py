"""The study on a bench: a model that reads lines of one kind as told, turned by hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bench import Bench

from agent.app.hearing import is_audit
from agent.app.recognition import Recognition
from agent.app.study import Study
from agent.app.trust import Terms
from agent.buffer import standings, templates
from agent.buffer.standings import Past
from agent.buffer.templates import Row
from agent.extract import Job
from agent.extract.lane import Finished
from agent.message import Candidate, Crashed, Evidence, Json, Refusal
from agent.pipeline import Rung
from agent.templates.life import Check
from agent.testing import packet

LINE = re.compile(r"dev (?P<device>\S+) at (?P<temp>\S+) hum (?P<hum>\S+)")
TERMS = Terms(learns=True, agreeing=3, share=0.02, room=100, basis="b1", patience_s=60.0)
Reader = Callable[[str], Candidate]


def reads(text: str, **other: str) -> Candidate:
    """Return what the model makes of a text; `other`: fields that it takes from other groups of the line."""
    found = LINE.search(text)
    if found is None:
        return Candidate(None, (), 0.9, "one", "m", refusal=Refusal.NOT_THIS_SCHEMA, detail="no line")
    value: dict[str, Json] = {}
    evidence = []
    for name in ("device", "temp", "hum"):
        group = other.get(name, name)
        if not group:
            continue
        written = found[group]
        value[name] = written if name == "device" else float(written) if "." in written else int(written)
        evidence.append(Evidence(f"/{name}", *found.span(group), 0.9))
    return Candidate(value, tuple(evidence), 0.9, "one", "m")


@dataclass
class School:
    """A bench with a study."""

    bench: Bench
    terms: Terms = TERMS
    reader: Reader = reads
    cost_s: float = 0.0
    """Processor time of each text that the model reads."""
    asked: list[str] = field(default_factory=list)
    """Texts of audits, in order."""
    _packets: int = 0

    def __post_init__(self) -> None:
        """Put the study beside the process loop, on what the file says."""
        bench = self.bench
        self.recognition = Recognition(bench.buffer, bench.plans, max_count=50)
        self.study = Study(
            buffer=bench.buffer,
            plans=bench.plans,
            recognition=self.recognition,
            clock=bench.clock,
            meter=bench.meter,
            redaction=bench.redaction,
            terms=self.terms,
        )
        bench.process.know(self.recognition)
        bench.process.tell(self.study)
        for name, queue in bench.queues.items():
            self.study.add(name, Rung(lane=queue, threshold=0.5))
        self.study.begin()

    def say(self, *texts: str) -> None:
        """Let messages come and be decided, and the study do what it can afford."""
        for text in texts:
            self._packets += 1
            self.bench.arrive(packet(self._packets, text))
            self.bench.clock.advance(1)
            self.bench.process.step(wait_s=0)
            self._answer()
            self.bench.process.step(wait_s=0)
            self.think()

    def think(self, rounds: int = 1) -> None:
        """Let the study think, and the model answer it."""
        for _ in range(rounds):
            self.bench.clock.advance(0.6)
            self.study.step(wait_s=0)
            self._answer()
            self.study.step(wait_s=0)

    def _answer(self) -> None:
        for queue in self.bench.queues.values():
            results = [self._costing(one) for one in queue.answer(self._read)]
            audits = [one for one in results if is_audit(one)]
            self.asked += [one.ticket.job.text for one in audits]
            self.study.heard(audits)
            self.bench.process.finished([one for one in results if not is_audit(one)])

    def _costing(self, one: Finished) -> Finished:
        return Finished(one.ticket, one.tier, one.result, self.cost_s)

    def _read(self, job: Job) -> Candidate | Crashed:
        return self.reader(job.text)

    def line(self, number: int) -> str:
        """Return a line of the format."""
        return f"dev p-{number} at {number} hum {number + 3}"

    def learn(self, start: int = 0) -> str:
        """Say lines until their format is learned and serves; return the template's id."""
        self.say(*(self.line(start + number) for number in range(2 * self.terms.agreeing)))
        (name,) = self.recognition.serving
        return name

    def rows(self) -> list[Row]:
        """Return the templates of the file."""
        return self.bench.buffer.read(templates.rows)

    def state(self, name: str) -> str:
        """Return the state of one."""
        return next(one.state for one in self.rows() if one.id == name)

    def past(self, name: str) -> Past:
        """Return what the file knows of one."""
        self.study.trust.close()
        return self.bench.buffer.read(standings.pasts)[name]

    def plant(self, row: Row, past: Past | None = None) -> None:
        """Put a template into the file as if it had been there."""
        self.bench.buffer.read(lambda db: templates.keep(db, [row], now=self.bench.clock.now()))
        self.bench.buffer.read(lambda db: standings.note(db, [past or Past(row.id, basis=self.terms.basis)]))

    def tiers(self) -> Sequence[str]:
        """Return the tier of each record."""
        return [
            row[0]
            for row in self.bench.buffer.read(
                lambda db: db.execute("SELECT tier FROM v_records ORDER BY seq").fetchall()
            )
        ]

    def events(self, kind: str) -> list[str]:
        """Return the details of all events of a kind."""
        return [
            row[0]
            for row in self.bench.buffer.read(
                lambda db: db.execute("SELECT detail FROM events WHERE kind = ?", (kind,)).fetchall()
            )
        ]

    def outcomes(self) -> dict[str, float]:
        """Return audits by what they have told."""
        found = {check: self.bench.meter.template_audits(check.name.lower()).read() for check in Check}
        return {
            check.name.lower(): float(count)
            for check, count in found.items()
            if isinstance(count, float | int) and count
        }
