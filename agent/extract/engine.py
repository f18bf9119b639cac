"""A pointing model at work: texts and schemas in, candidates out."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from agent.extract import Job
from agent.extract.heads import Asks, Floats, Heads, Scores
from agent.extract.llama import LlamaEncoder, ReadSchema
from agent.extract.pointer import Decoder, Refused, Settings
from agent.features import layout, message_matches, schema_matches
from agent.lexicon import Lexicon
from agent.links import Links, links
from agent.message import Candidate, Refusal
from agent.models import Model, verify
from agent.page import Page
from agent.prompt import SchemaPrompt, message_ids, schema_prompt
from agent.schemas import Node, Schema
from agent.vocabulary import GLUED, Vocabulary

WORD_START = "\u2581"
"""How a GGUF marks tokens that begin a word."""
MAX_SCHEMA_BYTES = 32 * 1024 * 1024
"""Keys, values and states of schemas that were read, kept for their next message; the oldest go first."""
MAX_BATCH = 8
"""Messages of one schema read in one call."""
MAX_CHARS_PER_TOKEN = 64
"""The longest stretch of text that one token can stand for: a run of one mark."""


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A schema, ready to be asked of a text."""

    root: Node
    """The tree that ``prompt`` was made of; an equal schema compiled anew has other nodes."""
    prompt: SchemaPrompt
    read: ReadSchema
    lexicon: Lexicon
    choices: list[Floats]
    """Hidden states of the choices of each question."""

    @property
    def size(self) -> int:
        """Bytes it takes."""
        return len(self.read.memory) + self.read.states.nbytes


@dataclass(frozen=True, slots=True)
class Text:
    """A text that fits, split."""

    number: int
    job: Job
    page: Page
    inputs: Floats
    """Input vectors of the message, (tokens, width)."""


@dataclass(frozen=True, slots=True)
class Senses:
    """What a text is read with beside its tokens; eval takes some away to see what they are worth."""

    links: bool = True
    """What speaks for a place (``agent/links.py``)."""
    matches: bool = True
    """Which words of it a question mentions (``agent/features.py``)."""


class PointerExtractor:
    """The extractor of a pointing model."""

    def __init__(
        self, model: Model, *, tier: str = "nano", threads: int = 1, senses: Senses = Senses()
    ) -> None:
        """Verify and load a model.

        Raises:
            EngineBroken: a file is missing, damaged, or refused by llama.cpp.
        """
        verify(model)
        self.model = model
        self._tier, self._senses = tier, senses
        self._heads = Heads.load(model.heads)
        self._llama = LlamaEncoder(
            model.gguf, context=model.manifest.context, threads=threads, sequences=MAX_BATCH + 1
        )
        self._vocabulary = Vocabulary([from_gguf(token) for token in self._llama.tokens()])
        limits = model.manifest.thresholds
        self._settings = Settings(
            fits=limits.fits,
            absent=limits.absent,
            missing=limits.missing,
            item=limits.item,
            section=limits.section,
        )
        self._schemas: OrderedDict[str, Asked] = OrderedDict()

    @property
    def tier(self) -> str:
        """Name of the tier."""
        return self._tier

    def extract(self, jobs: Sequence[Job], /) -> list[Candidate]:
        """Return one candidate per job, in order; jobs of one schema are read together."""
        made: dict[int, Candidate] = {}
        by_schema: OrderedDict[str, list[tuple[int, Job]]] = OrderedDict()
        for number, job in enumerate(jobs):
            by_schema.setdefault(job.schema.fingerprint, []).append((number, job))
        for group in by_schema.values():
            self._of_schema(group, made)
        return [made[number] for number in range(len(jobs))]

    def close(self) -> None:
        """Free what llama.cpp holds."""
        self._llama.close()

    def _of_schema(self, group: list[tuple[int, Job]], made: dict[int, Candidate]) -> None:
        """Extract the jobs of one schema."""
        try:
            asked = self._ask(group[0][1].schema)
        except ValueError as error:
            for number, _ in group:
                made[number] = self._refuse(Refusal.SCHEMA_TOO_LARGE, str(error))
            return
        room = self.model.manifest.context - len(asked.prompt.ids)
        waiting: list[Text] = []
        for number, job in group:
            text = self._split(number, job, asked, room)
            if isinstance(text, Candidate):
                made[number] = text
                continue
            if len(waiting) == MAX_BATCH or sum(len(one.inputs) for one in waiting) + len(text.inputs) > room:
                self._read(waiting, asked, made)
                waiting = []
            waiting.append(text)
        self._read(waiting, asked, made)

    def _split(self, number: int, job: Job, asked: Asked, room: int) -> Text | Candidate:
        """Return a text in tokens, or its refusal."""
        if not job.text.strip():
            return self._refuse(Refusal.EMPTY_TEXT, "the text has no visible character")
        limit = f"{room} tokens fit beside schema {job.schema.name}"
        if len(job.text) > room * MAX_CHARS_PER_TOKEN:
            return self._refuse(Refusal.TEXT_TOO_LONG, f"{len(job.text)} characters; {limit}")
        page = Page(job.text, self._vocabulary)
        ids = message_ids(asked.prompt, page.tokens, self._vocabulary)
        if len(ids) > room:
            return self._refuse(Refusal.TEXT_TOO_LONG, f"{len(ids)} tokens; {limit}")
        matches = message_matches(asked.lexicon, page, words=self._senses.matches)
        return Text(number, job, page, self._heads.inputs(ids, matches, layout(page, len(ids))))

    def _read(self, texts: list[Text], asked: Asked, made: dict[int, Candidate]) -> None:
        """Read texts in one call of llama.cpp and decode each."""
        if not texts:
            return
        began = time.perf_counter()
        states = self._llama.read_messages(asked.read, [text.inputs for text in texts])
        reading = (time.perf_counter() - began) / len(texts)
        for text, state in zip(texts, states, strict=True):
            made[text.number] = self._decode(text, asked, state, reading)

    def _decode(self, text: Text, asked: Asked, states: Floats, reading: float) -> Candidate:
        began = time.perf_counter()
        places = text.page.behind
        linked = links(asked.lexicon, text.page) if self._senses.links else Links()
        asks = Asks(states[places + 1 :], asked.choices, asked.lexicon.values)
        scores = Scores(self._heads, states[:places], asks, linked)
        decoder = Decoder(asked.prompt, text.page, scores, self._settings)
        timings = {"read": reading}
        try:
            decoded = decoder.decode(asked.root)
        except Refused as refused:
            return self._refuse(refused.refusal, refused.detail, refused.confidence, tokens=len(text.inputs))
        timings["decode"] = time.perf_counter() - began
        return Candidate(
            value=decoded.value,
            evidence=decoded.evidence,
            confidence=self.model.manifest.confidence(decoded.confidence, decoded.evidence),
            tier=self._tier,
            model=self.model.manifest.gguf_sha256,
            tokens=len(text.inputs),
            timings=timings,
        )

    def _refuse(
        self, refusal: Refusal, detail: str, confidence: float = 1.0, *, tokens: int = 0
    ) -> Candidate:
        return Candidate(
            value=None,
            evidence=(),
            confidence=confidence,
            tier=self._tier,
            model=self.model.manifest.gguf_sha256,
            refusal=refusal,
            detail=detail,
            tokens=tokens,
        )

    def _ask(self, schema: Schema) -> Asked:
        """Return a schema as read by the model, from memory where it was read before.

        Raises:
            ValueError: the schema has too many fields, or does not fit the context.
        """
        known = self._schemas.get(schema.fingerprint)
        if known is not None:
            self._schemas.move_to_end(schema.fingerprint)
            return known
        prompt = schema_prompt(schema.root, self._vocabulary)
        if len(prompt.ids) > self.model.manifest.context // 2:
            message = (
                f"schema {schema.name} takes {len(prompt.ids)} tokens; {self.model.manifest.context // 2} fit"
            )
            raise ValueError(message)
        read = self._llama.read_schema(self._heads.inputs(prompt.ids, schema_matches(prompt)))
        asked = Asked(
            schema.root,
            prompt,
            read,
            Lexicon(prompt),
            [read.states[list(places)] for places in prompt.choices],
        )
        self._schemas[schema.fingerprint] = asked
        while sum(one.size for one in self._schemas.values()) > MAX_SCHEMA_BYTES and len(self._schemas) > 1:
            self._schemas.popitem(last=False)
        return asked


def from_gguf(token: str) -> str:
    """Return a token as the vocabulary writes it: a GGUF marks word starts, the vocabulary later parts."""
    return token.removeprefix(WORD_START) if token.startswith(WORD_START) else GLUED + token
