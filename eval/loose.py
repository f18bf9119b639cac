"""Causal models under looser rules than the agent's: no grammar, or one of the schema alone. To compare.

The agent has neither: what they write need not stand in the text. Weights, prompts, batches and the choice of
the likeliest token are the agent's own.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from agent.extract import Job
from agent.extract.answer import write
from agent.extract.batch import Seat
from agent.extract.bridge import Vocabulary
from agent.extract.evidence import Decoded, decode
from agent.extract.generate import GenerateExtractor, greedy
from agent.extract.grammar import Declined
from agent.extract.source import Source, prepare
from agent.extract.walk import Decision, Floats, Walk
from agent.message import Candidate, Json, Refusal
from agent.models import Model
from agent.schemas import Schema

LONGEST: Final = 512
"""Tokens of an answer; the grounded grammar ends by itself, free writing need not."""
PUNCTUATION: Final = {
    "whitespace_flexible": False,
    "item_separator": ", ",
    "key_separator": ": ",
    "lenient": True,
}
"""How the agent's own grammar writes JSON, so that the same answer has the same tokens."""

Begin = Callable[["LooseExtractor", Job], Walk]


class FreeWalk(Walk):
    """An answer without rules: the likeliest token of all, until the model ends it."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._tokens, self._end = vocabulary.tokens, vocabulary.end
        self.answer, self.decisions = bytearray(), []
        self.forced, self.done = 0, False
        self.allowed = np.arange(vocabulary.size)

    def start(self) -> list[int]:
        """Return nothing: no token is sure."""
        return []

    def decide(self, logits: Floats) -> list[int]:
        """Take the likeliest token."""
        scores = logits.astype(np.float64)
        token = int(scores.argmax())
        chance = -math.log(float(np.exp(scores - scores[token]).sum()))
        self.decisions.append(Decision(len(self.answer), chance))
        self.done = token == self._end
        if not self.done:
            self.answer += self._tokens[token]
        _bounded(self)
        return [] if self.done else [token]


class ShapedWalk(Walk):
    """An answer under a grammar of its schema alone."""

    def decide(self, logits: Floats) -> list[int]:
        """Decide as the agent does, but not for ever: a string of the schema has no end."""
        _bounded(self)
        return super().decide(logits)


def _bounded(walk: Walk) -> None:
    """Give an answer up that does not end.

    Raises:
        Declined: it is longer than the limit.
    """
    if walk.tokens > LONGEST and not walk.done:
        raise Declined(Refusal.TEXT_TOO_LONG, f"no end after {LONGEST} tokens")


class LooseExtractor(GenerateExtractor):
    """A causal model under other rules; what it says gets a place where it stands in the text."""

    def __init__(self, model: Model, begin: Begin, *, tier: str = "loose", threads: int = 1) -> None:
        """Verify and load a model; ``begin`` makes the rules of an answer."""
        super().__init__(model, tier=tier, threads=threads, deadline_s=math.inf)
        self._begin = begin

    def free(self) -> Walk:
        """Return an answer without rules."""
        return FreeWalk(self.llama.vocabulary)

    def shaped(self, schema: Schema) -> Walk:
        """Return an answer under a grammar of the schema alone."""
        choose = greedy(self.model.manifest.thresholds.fits)
        return ShapedWalk(self._tokenizer, self.llama.vocabulary, shape_of(schema), choose)

    def _seat(self, number: int, job: Job, sources: dict[int, Source]) -> Seat:
        asked = self._asking.ask(job)
        try:
            sources[number] = prepare(job.text)
        except ValueError as error:
            raise Declined(Refusal.TEXT_TOO_LONG, f"a numeral is too long: {error}") from error
        return Seat(number, asked, self._begin(self, job), until=math.inf)

    def _candidate(self, job: Job, seat: Seat, source: Source, seconds: float) -> Candidate:
        tokens = len(seat.asked.ids) + seat.walk.tokens
        try:
            if seat.declined:
                raise seat.declined
            made = placed(_read(bytes(seat.walk.answer)), job.schema, source)
        except Declined as declined:
            return self._refuse(declined, seat.walk.chance, tokens=tokens)
        sha256, timings = self.model.manifest.gguf_sha256, {"generate": seconds}
        return Candidate(
            made.value, made.evidence, seat.walk.chance, self.tier, sha256, tokens=tokens, timings=timings
        )


def free(extractor: LooseExtractor, _job: Job) -> Walk:
    """Begin an answer without rules."""
    return extractor.free()


def shaped(extractor: LooseExtractor, job: Job) -> Walk:
    """Begin an answer under a grammar of the schema alone."""
    return extractor.shaped(job.schema)


def shape_of(schema: Schema) -> str:
    """Return the grammar of a schema, or ``null``, in llguidance's dialect of Lark; no other keys."""
    document = {**_closed(schema.document), "x-guidance": PUNCTUATION}
    return f'start: "null" | answer\nanswer: %json {json.dumps(document)}\n'


def _closed(fragment: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(fragment, list):
        return [_closed(one) for one in fragment]
    if not isinstance(fragment, dict):
        return fragment
    made = {key: _closed(one) for key, one in fragment.items()}
    if isinstance(made.get("properties"), dict):
        made.setdefault("additionalProperties", False)
    return made


def _read(answer: bytes) -> Json:
    """Return what an answer says.

    Raises:
        Declined: it is not JSON, or says that the text is of another kind.
    """
    try:
        value: Json = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise Declined(Refusal.NOT_THIS_SCHEMA, f"not JSON: {answer[:60]!r}") from error
    if value is None:
        raise Declined(Refusal.NOT_THIS_SCHEMA, "the text is of another kind")
    return value


def placed(value: Json, schema: Schema, source: Source) -> Decoded:
    """Return a value with the places of its leaves, as the agent finds them; -1 for those without."""
    try:
        written = write(value, schema.root, source).encode()
        return Decoded(value, decode(written, [], schema.root, source).evidence)
    except (Declined, ValueError, IndexError, KeyError, AttributeError):  # of another shape than the schema's
        return Decoded(value, ())
