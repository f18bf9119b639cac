"""A causal model at work: texts and schemas in, candidates out; each answer under its own text's grammar."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from agent.clock import Clock, SystemClock
from agent.extract import Job
from agent.extract.asking import MAX_FRAMES, Asking
from agent.extract.batch import Batch, Seat
from agent.extract.bridge import tokenizer
from agent.extract.draft import Guide
from agent.extract.evidence import decode
from agent.extract.grammar import Declined, build
from agent.extract.llama import LlamaCausal
from agent.extract.source import Source, prepare
from agent.extract.template import Template
from agent.extract.tuning import SEATS, measured
from agent.extract.walk import Chances, Choose, Walk
from agent.message import Candidate, Refusal
from agent.models import Model, verify

MAX_SEATS = 8
"""Texts decoded at once. More gain little on four cores, and each holds its keys and values."""
PREFIXES = 4
"""Prompt beginnings in the context at once: texts of so many schemas share a call."""
SHARED_CELLS = 2048
"""Tokens whose keys and values are held, where the context of one text is smaller; 47 MB for SmolLM2-135M."""
SPARE_CELLS = 256
"""Tokens of a prompt beginning that are held beside a text which does not share its last ones."""
FIRST_TRUST = 0.5
"""Share of guessed tokens that is expected to come true of a schema not seen before."""
DEADLINE_S = 30.0
"""Seconds that one text may take from its first token on."""
NULL = b"null"


class GenerateExtractor:
    """The extractor of a causal model."""

    def __init__(
        self,
        model: Model,
        *,
        tier: str = "micro",
        threads: int = 0,
        deadline_s: float = DEADLINE_S,
        seats: int = MAX_SEATS,
        clock: Clock | None = None,
        choose: Callable[[Job], Choose] | None = None,
        guesses: bool = True,
    ) -> None:
        """Verify and load a model.

        Args:
            model: a folder whose manifest says ``generate``.
            tier: name for the audit record.
            threads: threads of computation; 0: as many as suit this machine, measured once.
            deadline_s: seconds per text.
            seats: texts decoded at once; fewer where that was measured to be as fast.
            clock: what the deadline is measured with.
            choose: who decides in the model's place; benchmarks force known answers with it.
            guesses: read likely continuations along with each decision.

        Raises:
            EngineBroken: a file is missing, damaged, or refused by llama.cpp, or the prompt template is
            wrong.
        """
        verify(model)
        self.model = model
        self._tier, self._deadline_s, self._clock = tier, deadline_s, clock or SystemClock()
        context = model.manifest.context
        cells = max(context, SHARED_CELLS) + SPARE_CELLS
        self.llama = LlamaCausal(
            model.gguf, cells=cells, threads=threads or 1, sequences=seats, prefixes=min(seats, PREFIXES)
        )
        if not threads:
            seats = self._tuned(seats)
        template = Template.parse(model.manifest.prompt)
        self._asking = Asking(template, self.llama.vocabulary, context)
        self._tokenizer = tokenizer(self.llama.vocabulary)
        self._batch = Batch(self.llama, clock=self._clock, context=context, sequences=seats)
        self._guesses = guesses
        self._trust: OrderedDict[str, float] = OrderedDict()
        """How far guesses came true, by schema; the oldest go first."""
        self._choose = choose or (lambda _job: greedy(model.manifest.thresholds.fits))

    def _tuned(self, seats: int) -> int:
        """Take the threads that suit this machine, and return how many texts at once do."""
        if seats < max(SEATS):
            return seats
        suits = measured(self.model.folder, self.model.manifest.gguf_sha256, self.llama.try_out)
        self.llama.use_threads(suits.threads)
        return suits.seats

    @property
    def tier(self) -> str:
        """Name of the tier."""
        return self._tier

    def extract(self, jobs: Sequence[Job], /) -> list[Candidate]:
        """Return one candidate per job, in order; jobs of one schema begin next to each other."""
        made: dict[int, Candidate] = {}
        by_schema: OrderedDict[str, list[int]] = OrderedDict()
        for number, job in enumerate(jobs):
            by_schema.setdefault(job.schema.fingerprint, []).append(number)
        numbers = [number for group in by_schema.values() for number in group]
        sources: dict[int, Source] = {}
        began = time.perf_counter()
        for seat in self._batch.run(self._seats(jobs, numbers, sources, made)):
            seconds = time.perf_counter() - began
            made[seat.number] = self._candidate(jobs[seat.number], seat, sources.pop(seat.number), seconds)
            self._remember(jobs[seat.number].schema.fingerprint, seat.trust)
        return [made[number] for number in range(len(jobs))]

    def _remember(self, fingerprint: str, trust: float) -> None:
        self._trust[fingerprint] = trust
        self._trust.move_to_end(fingerprint)
        if len(self._trust) > MAX_FRAMES:
            self._trust.popitem(last=False)

    def _seats(
        self, jobs: Sequence[Job], numbers: list[int], sources: dict[int, Source], made: dict[int, Candidate]
    ) -> Iterator[Seat]:
        """Yield the texts that can be asked; refuse the others."""
        for number in numbers:
            try:
                yield self._seat(number, jobs[number], sources)
            except Declined as declined:
                sources.pop(number, None)
                made[number] = self._refuse(declined)

    def _seat(self, number: int, job: Job, sources: dict[int, Source]) -> Seat:
        asked = self._asking.ask(job)
        try:
            source = sources[number] = prepare(job.text)
        except ValueError as error:
            raise Declined(Refusal.TEXT_TOO_LONG, f"a numeral is too long: {error}") from error
        lark = build(job.schema.root, source)
        walk = Walk(self._tokenizer, self.llama.vocabulary, lark, self._choose(job))
        guide = Guide(job.text, job.schema.root) if self._guesses else None
        trust = self._trust.get(job.schema.fingerprint, FIRST_TRUST)
        until = self._clock.monotonic() + self._deadline_s
        return Seat(number, asked, walk, until=until, guide=guide, trust=trust)

    def _candidate(self, job: Job, seat: Seat, source: Source, seconds: float) -> Candidate:
        """Return what became of a text."""
        tokens = len(seat.asked.ids) + seat.walk.tokens
        if seat.declined:
            return self._refuse(seat.declined, tokens=tokens)
        if seat.walk.answer == NULL:
            other = Declined(Refusal.NOT_THIS_SCHEMA, "the text is of another kind")
            return self._refuse(other, seat.walk.chance, tokens=tokens)
        try:
            decoded = decode(bytes(seat.walk.answer), seat.walk.decisions, job.schema.root, source)
        except Declined as declined:
            return self._refuse(declined, tokens=tokens)
        return Candidate(
            value=decoded.value,
            evidence=decoded.evidence,
            confidence=self.model.manifest.confidence(seat.walk.chance, decoded.evidence),
            tier=self._tier,
            model=self.model.manifest.gguf_sha256,
            tokens=tokens,
            timings={"generate": seconds},
        )

    def _refuse(self, declined: Declined, confidence: float = 1.0, *, tokens: int = 0) -> Candidate:
        return Candidate(
            value=None,
            evidence=(),
            confidence=confidence,
            tier=self._tier,
            model=self.model.manifest.gguf_sha256,
            refusal=declined.refusal,
            detail=declined.detail,
            tokens=tokens,
        )


def greedy(fits: float) -> Choose:
    """Return who takes the likeliest token; "another kind" where ``{`` is less likely than ``fits``."""

    def choose(walk: Walk, chances: Chances) -> int:
        if walk.decisions:
            return int(chances.argmax())
        null = walk.starts_with(NULL[:1])
        other = float(chances[null].sum())
        taken = null if 1.0 - other < fits else ~null
        return int(np.where(taken, chances, -1.0).argmax())

    return choose
