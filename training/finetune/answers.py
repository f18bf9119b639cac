"""The right answer of a row as the agent's grammar writes it, and the tokens in which the agent would."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agent.conversion import Conversion, Reading, Unconvertible
from agent.extract import Job
from agent.extract.answer import settle, write
from agent.extract.asking import Asking
from agent.extract.bridge import tokenizer
from agent.extract.grammar import Declined, build
from agent.extract.source import prepare
from agent.extract.template import Template
from agent.extract.walk import Chances, Ids, Walk
from agent.message import Json, Refusal
from agent.schemas import Node
from training.bpe import HubVocabulary
from training.finetune.rows import Row, Why

NULL = "null"
"""Answer to a text of another kind."""


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """A token that the grammar left open."""

    place: int
    """In the ids of an example."""
    allowed: Ids
    """Tokens that might have stood there, its own among them."""


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A row in tokens."""

    ids: tuple[int, ...]
    """Prompt, answer, and the token that ends it."""
    first: int
    """Place of the answer's first token."""
    decisions: tuple[Decision, ...] = ()
    """Of an answer that the grammar can write."""


class Unfit(Exception):  # noqa: N818 - a verdict
    """A row cannot be learned from."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


class Encoder:
    """Writes rows in tokens, as the agent will meet them."""

    def __init__(self, vocabulary: HubVocabulary, prompt: str, *, longest: int, ungrounded: bool) -> None:
        self._vocabulary, self._longest, self._ungrounded = vocabulary, longest, ungrounded
        self._asking = Asking(Template.parse(prompt), vocabulary, longest)
        self._tokenizer = tokenizer(vocabulary)

    def encode(self, row: Row) -> Example:
        """Return a row in tokens.

        Raises:
            Unfit: it is too long, or its value does not stand in its text.
        """
        try:
            prompt = self._asking.ask(Job(row.text, row.schema)).ids
        except Declined as declined:
            raise Unfit(Why.TOO_LONG) from declined
        answer, decisions = self._answer(row, len(prompt))
        ids = (*prompt, *answer, self._vocabulary.end)
        if len(ids) > self._longest:
            raise Unfit(Why.TOO_LONG)
        return Example(ids, len(prompt), decisions)

    def _answer(self, row: Row, first: int) -> tuple[list[int], tuple[Decision, ...]]:
        """Return the tokens of an answer, as the agent would write them where it can."""
        try:
            source = prepare(row.text)
            text = written(row, row.schema.root)
            walk = _Along(self._vocabulary, text.encode(), first)
            return walk.walk(Walk(self._tokenizer, self._vocabulary, build(row.schema.root, source), walk))
        except (Declined, Unconvertible, ValueError) as error:
            if not self._ungrounded:
                raise Unfit(Why.UNREACHABLE) from error
            return self._vocabulary.encode(_plain(row).encode()), ()


class _Along:
    """Decides as a known answer says, in the tokens into which the model's tokenizer cuts it."""

    def __init__(self, vocabulary: HubVocabulary, answer: bytes, first: int) -> None:
        self._answer, self._place = answer, first
        lengths = [len(vocabulary.tokens[token]) for token in vocabulary.encode(answer)]
        self._ends = set(np.cumsum(lengths).tolist())
        self._size = vocabulary.size
        self._decisions: list[Decision] = []

    def walk(self, walk: Walk) -> tuple[list[int], tuple[Decision, ...]]:
        """Return the tokens of the answer, and which of them are decisions.

        Raises:
            Declined: the grammar does not write it.
        """
        silent = np.zeros(self._size, np.float32)
        taken = walk.start()
        self._place += len(taken)
        while not walk.done:
            more = walk.decide(silent)
            self._place += len(more)
            taken += more
        if walk.answer != self._answer:  # all that was left was forced, and is another
            raise Declined(Refusal.MISSING_REQUIRED, f"the grammar writes {bytes(walk.answer)!r}")
        return taken, tuple(self._decisions)

    def __call__(self, walk: Walk, _chances: Chances) -> int:
        """Return the allowed token that the tokenizer would write; where it may not, the longest.

        Raises:
            Declined: none goes on as the answer does.
        """
        at = len(walk.answer)
        rest = self._answer[at:]
        lengths = [len(token) if token and rest.startswith(token) else 0 for token in walk.allowed_bytes()]
        ends = [length and (at + length in self._ends, length) for length in lengths]
        best = max(range(len(lengths)), key=lambda one: ends[one] or (False, 0))
        if not lengths[best]:
            raise Declined(Refusal.MISSING_REQUIRED, f"nothing in the text goes on as {rest[:40]!r}")
        self._decisions.append(Decision(self._place, walk.allowed.copy()))
        return best


def written(row: Row, root: Node) -> str:
    """Return a row's answer as the grammar writes it.

    Raises:
        Unconvertible: nothing in the text becomes a value in the way that the schema declares.
    """
    if row.expected is None:
        return NULL
    return write(unconverted(row.expected, root, row), root, prepare(row.text))


def _plain(row: Row) -> str:
    """Return an answer that the grammar cannot write, as near to its way as can be."""
    return NULL if row.expected is None else write(row.expected, row.schema.root, prepare(row.text))


def unconverted(value: Json, node: Node, row: Row) -> Json:
    """Return a value with what was converted as it stands in the text.

    Raises:
        Unconvertible: nothing in the text becomes that.
    """
    node = settle(node, value)
    if node.conversion is not None and value is not None:
        return _raw(value, node.conversion, row)
    if isinstance(value, dict):
        fields = {child.name: child for child in node.properties}
        return {key: unconverted(one, fields.get(key, node.item or node), row) for key, one in value.items()}
    if isinstance(value, list) and node.item is not None:
        return [unconverted(one, node.item, row) for one in value]
    return value


def _raw(value: Json, conversion: Conversion, row: Row) -> Json:
    for start, end in conversion.spans(row.text):
        try:
            made = conversion.apply(Reading(row.text, start, end, row.received_at)).value
        except Unconvertible:
            continue
        if made == value:
            return conversion.raw(row.text[start:end])
    raise Unconvertible(f"nothing in the text becomes {value!r}")
