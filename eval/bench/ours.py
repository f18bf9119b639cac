"""The agent's causal path on known answers: everything is computed, then the known token is taken."""

from __future__ import annotations

import time
from collections.abc import Sequence
from statistics import median

from agent.extract import Job
from agent.extract.generate import GenerateExtractor
from agent.extract.llama import LlamaCausal, Step
from agent.extract.walk import Choose, following
from agent.models import Model
from eval.bench.works import Work

DEADLINE_S = 3600.0
CELLS = 4096
HISTORY = 200
"""Tokens before those of a bare call, as many as a prompt has."""


class Ours:
    """The extractor of a model, with the answers that it is to give."""

    def __init__(self, model: Model, works: Sequence[Work], *, threads: int, seats: int) -> None:
        """Load the model."""
        self._answers = {(one.job.text, one.job.schema.fingerprint): one.answer for one in works}
        self.extractor = GenerateExtractor(
            model, threads=threads, seats=seats, choose=self._choose, deadline_s=DEADLINE_S
        )
        self.seats = seats
        self.tokens = 0
        """Tokens of the answers of the last run."""
        self.wrong = 0
        self.decode_s = self.total_s = 0.0
        """Processor time inside ``llama_decode``, and of everything, of the last run."""
        self._decode = self.extractor.llama.decode
        self.extractor.llama.decode = self._clocked  # type: ignore[method-assign] # a stop-watch around it

    def _clocked(self, steps: Sequence[Step]) -> list[int]:
        began = time.process_time()
        rows = self._decode(steps)
        self.decode_s += time.process_time() - began
        return rows

    @property
    def share(self) -> float:
        """Return the part of processor time that is llama.cpp's: the rest is the agent's own."""
        return round(self.decode_s / self.total_s, 3) if self.total_s else 0.0

    def _choose(self, job: Job) -> Choose:
        return following(self._answers[job.text, job.schema.fingerprint])

    def together(self, works: Sequence[Work]) -> int:
        """Extract all messages as they are handed over when many wait."""
        return self._run(works, len(works))

    def alone(self, works: Sequence[Work]) -> int:
        """Extract one message after the other."""
        return self._run(works, 1)

    def _run(self, works: Sequence[Work], size: int) -> int:
        made, began = [], time.process_time()
        self.decode_s = 0.0
        for first in range(0, len(works), size):
            made += self.extractor.extract([one.job for one in works[first : first + size]])
        self.total_s = time.process_time() - began
        self.wrong = sum(one.value != two.expected for one, two in zip(made, works, strict=True))
        encode = self.extractor.llama.vocabulary.encode
        self.tokens = sum(len(encode(one.answer)) for one in works)
        return len(works)

    def writable(self, works: Sequence[Work]) -> list[Work]:
        """Return the messages whose record the agent can say: grounded, and within its grammar."""
        made = self.extractor.extract([one.job for one in works])
        return [two for one, two in zip(made, works, strict=True) if one.value == two.expected]


def bare(model: Model, *, threads: int, sizes: Sequence[int], repeats: int) -> dict[int, float]:
    """Return tokens per second of processor time of bare ``llama_decode``, by texts in a call.

    Each call decodes one token of each of ``n`` texts and computes the logits behind it.
    """
    llama = LlamaCausal(model.gguf, cells=CELLS, threads=threads, sequences=max(sizes))
    llama.hold(tuple(300 + number % 300 for number in range(HISTORY)))
    found = {size: _sized(llama, size, repeats) for size in sizes}
    llama.close()
    return found


def _sized(llama: LlamaCausal, size: int, repeats: int) -> float:
    steps = [Step(number, HISTORY, [400 + number], [0]) for number in range(1, size + 1)]
    spent = []
    for _ in range(repeats):
        for number in range(1, size + 1):
            llama.fork(number, HISTORY)
        began = time.process_time()
        llama.decode(steps)
        spent.append(time.process_time() - began)
    return round(size / median(spent), 1)
