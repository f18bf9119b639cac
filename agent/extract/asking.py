"""From schema and text to the tokens of a prompt, with the part that all texts of a schema share."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from itertools import takewhile

from agent.extract import Job
from agent.extract.bridge import Vocabulary
from agent.extract.grammar import Declined
from agent.extract.template import Template
from agent.message import Refusal
from agent.schemas import Schema

MAX_FRAMES = 256
"""Schemas whose prompt is kept in tokens; the oldest go first."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A schema's prompt without the text. Control tokens stand only in the template's own outer parts."""

    head: tuple[int, ...]
    """Up to the template's last control token before the text."""
    before: bytes
    behind: bytes
    foot: tuple[int, ...]
    """From the template's first control token behind the text."""
    prefix: tuple[int, ...]
    """Tokens before any text, as they are where none follows."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A text's prompt."""

    prefix: tuple[int, ...]
    ids: tuple[int, ...]
    shared: int
    """First tokens that are those of the prefix; the last of them may have merged with the text's first."""


class Asking:
    """Writes prompts for one model."""

    def __init__(self, template: Template, vocabulary: Vocabulary, context: int) -> None:
        self._template, self._vocabulary, self._context = template, vocabulary, context
        self._longest = max(map(len, vocabulary.tokens))
        self._frames: OrderedDict[str, Frame] = OrderedDict()

    def ask(self, job: Job) -> Asked:
        """Return the prompt of a job.

        Raises:
            Declined: there is nothing in the text, or text or schema do not fit the context.
        """
        if not job.text.strip():
            raise Declined(Refusal.EMPTY_TEXT, "the text has no visible character")
        frame = self._frame(job.schema)
        room = self._context - len(frame.prefix) - len(frame.foot)
        limit = f"{max(room, 0)} fit with their answer beside schema {job.schema.name}"
        if room <= 0:
            taken = f"its prompt takes {self._context - room} tokens of {self._context}"
            raise Declined(
                Refusal.SCHEMA_TOO_LARGE, f"schema {job.schema.name} leaves no room for a text: {taken}"
            )
        if len(job.text) > room * self._longest:
            raise Declined(Refusal.TEXT_TOO_LONG, f"{len(job.text)} characters; {room} tokens: {limit}")
        asked = self._fill(frame, job.text)
        if len(asked.ids) >= self._context:
            count = len(asked.ids) - len(frame.prefix) - len(frame.foot)
            raise Declined(Refusal.TEXT_TOO_LONG, f"the text takes {count} tokens; {limit}")
        return asked

    def _fill(self, frame: Frame, text: str) -> Asked:
        """Split the template's text and the message as one, for a token may span their seam."""
        inner = self._vocabulary.encode(frame.before + text.encode(errors="replace") + frame.behind)
        ids = (*frame.head, *inner, *frame.foot)
        pairs = zip(frame.prefix, ids[:-1], strict=False)
        shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        return Asked(frame.prefix, ids, shared)

    def _frame(self, schema: Schema) -> Frame:
        frame = self._frames.get(schema.fingerprint)
        if frame is None:
            frame = self._frames[schema.fingerprint] = self._make(schema)
            if len(self._frames) > MAX_FRAMES:
                self._frames.popitem(last=False)
        return frame

    def _make(self, schema: Schema) -> Frame:
        vocabulary = self._vocabulary
        before, behind = (
            vocabulary.encode(part.encode(), control=True) for part in self._template.around(schema)
        )
        cut = max((place + 1 for place, token in enumerate(before) if token in vocabulary.control), default=0)
        mark = min(
            (place for place, token in enumerate(behind) if token in vocabulary.control), default=len(behind)
        )
        head = (*vocabulary.begin, *before[:cut])
        tail = b"".join(vocabulary.tokens[token] for token in before[cut:])
        lead = b"".join(vocabulary.tokens[token] for token in behind[:mark])
        return Frame(head, tail, lead, tuple(behind[mark:]), (*head, *vocabulary.encode(tail)))
