"""One answer on its way: forced tokens are taken at once, decisions wait for logits and keep their chance."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from llguidance import LLMatcher, LLParserLimits

from agent.errors import WorkerFailed
from agent.extract.bridge import Vocabulary
from agent.extract.grammar import Declined
from agent.message import Refusal

Ids = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float32]
Chances = npt.NDArray[np.float64]

MAX_GRAMMAR_SYMBOLS = 200_000
"""Symbols of a grammar inside llguidance."""
MAX_LEXER_STATES = 50_000
"""States of one message's lexer; each takes 1 to 2 kB."""


class Choose(Protocol):
    """Decides: which of the allowed tokens goes on."""

    def __call__(self, walk: Walk, chances: Chances, /) -> int:
        """Return a place in ``walk.allowed``; ``chances`` are its tokens' probabilities and sum to one."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A choice of the model."""

    offset: int
    """Byte of the answer where its token begins."""
    chance: float
    """Natural logarithm of the probability, among the tokens that were allowed."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Tokens that an answer may go on with."""

    ids: tuple[int, ...] = ()
    forced: tuple[bool, ...] = ()
    """Which of them the grammar leaves no choice about, if those before them come true."""


class Walk:
    """The state of one answer under its grammar."""

    def __init__(self, tokenizer: Any, vocabulary: Vocabulary, lark: str, choose: Choose) -> None:  # noqa: ANN401
        """Compile a grammar.

        Raises:
            Declined: the grammar is above llguidance's limits.
        """
        limits = LLParserLimits(
            max_grammar_size=MAX_GRAMMAR_SYMBOLS, max_lexer_states=MAX_LEXER_STATES, verbose_errors=False
        )
        self._matcher = LLMatcher(tokenizer, lark, log_level=0, limits=limits)
        self._tokens, self._choose = vocabulary.tokens, choose
        self.encode = vocabulary.encode
        if self._matcher.is_error():
            raise Declined(Refusal.SCHEMA_TOO_LARGE, f"grammar refused: {self._error()}")
        self.answer = bytearray()
        self.decisions: list[Decision] = []
        self.forced = 0
        """Tokens that left nothing to decide."""
        self.done = False
        self.allowed: Ids = np.empty(0, np.intp)
        """Tokens that may go on, in order; at least two, unless the answer is done."""

    @property
    def chance(self) -> float:
        """Probability of the whole answer among all that the grammar allows."""
        return math.exp(sum(decision.chance for decision in self.decisions))

    @property
    def tokens(self) -> int:
        """Tokens of the answer so far."""
        return self.forced + len(self.decisions)

    def start(self) -> list[int]:
        """Return the tokens that every answer begins with."""
        return self._advance()

    def decide(self, logits: Floats) -> list[int]:
        """Choose the next token by the logits of the vocabulary; return it and what is forced behind it."""
        scores = logits[self.allowed].astype(np.float64)
        chances = np.exp(scores - scores.max())
        chances /= chances.sum()
        place = self._choose(self, chances)
        token = int(self.allowed[place])
        self.decisions.append(Decision(len(self.answer), math.log(max(float(chances[place]), 1e-300))))
        self._take([token])
        return [token, *self._advance()]

    def draft(self, guess: Callable[[str], Iterable[str]], limit: int) -> Draft:
        """Return tokens that may come next, as far as a guess reaches and the grammar allows it.

        Args:
            guess: goes on with an answer in several ways; the one that reaches furthest is taken.
            limit: tokens at most.
        """
        matcher, answer = self._matcher.deep_copy(), bytearray(self.answer)
        drafted: list[int] = []
        forced: list[bool] = []
        while len(drafted) < limit and not matcher.is_accepting():
            sure = matcher.compute_ff_tokens()
            taken = (
                sure or self._furthest(matcher, guess(answer.decode(errors="ignore")))[: limit - len(drafted)]
            )
            if not taken or not matcher.consume_tokens(taken):
                break
            answer += b"".join(self._tokens[token] for token in taken)
            drafted += taken
            forced += [bool(sure)] * len(taken)
        return Draft(tuple(drafted[:limit]), tuple(forced[:limit]))

    def _furthest(self, matcher: Any, ways: Iterable[str]) -> list[int]:  # noqa: ANN401 - no types there
        """Return the tokens of the way that the grammar lets come furthest, in characters."""
        best, reach = [], 0
        for way in ways:
            ids = self.encode(way.encode(errors="ignore"))
            ids = ids[: matcher.validate_tokens(ids)]
            length = sum(len(self._tokens[token]) for token in ids)
            if length > reach:
                best, reach = ids, length
        return best

    def starts_with(self, byte: bytes) -> npt.NDArray[np.bool_]:
        """Tell which allowed tokens begin with a byte."""
        return np.array([self._tokens[token].startswith(byte) for token in self.allowed], bool)

    def allowed_bytes(self) -> list[bytes]:
        """Return the bytes of the allowed tokens."""
        return [self._tokens[token] for token in self.allowed]

    def _advance(self) -> list[int]:
        """Take what is forced, up to the next decision or the end."""
        taken: list[int] = []
        while not self.done:
            forced = self._matcher.compute_ff_tokens() or self._only()
            if not forced:
                break
            self._take(forced)
            self.forced += len(forced)
            taken += forced
        return taken

    def _only(self) -> list[int]:
        """Return the one token that is allowed; otherwise note what is, or that the answer is done."""
        self.done = self._matcher.is_accepting()
        if self.done:
            return []
        self.allowed = set_bits(self._matcher.compute_bitmask())
        if self._matcher.is_error() or not len(self.allowed):
            raise Declined(
                Refusal.TEXT_TOO_LONG, f"text and schema are too much for the grammar: {self._error()}"
            )
        return [int(self.allowed[0])] if len(self.allowed) == 1 else []

    def _take(self, tokens: list[int]) -> None:
        if not self._matcher.consume_tokens(tokens):
            raise WorkerFailed(
                "go on with an answer", cause=f"the grammar refused its own token: {self._error()}"
            )
        for token in tokens:
            self.answer += self._tokens[token]

    def _error(self) -> str:
        return " ".join(str(self._matcher.get_error() or self._matcher.stop_reason()).split())[:200]


def following(answer: bytes) -> Choose:
    """Return who writes a known answer, in the tokens that the model knows it by where they are allowed.

    It measures speed on what a model should say, and tells whether a text can say that.
    """

    def choose(walk: Walk, _chances: Chances) -> int:
        rest = answer[len(walk.answer) :]
        usual = walk.encode(rest)[:1]
        place = int(np.searchsorted(walk.allowed, usual[0])) if usual else 0
        if usual and place < len(walk.allowed) and walk.allowed[place] == usual[0]:
            return place
        lengths = [len(token) if rest.startswith(token) else 0 for token in walk.allowed_bytes()]
        best = max(range(len(lengths)), key=lengths.__getitem__)
        if not lengths[best]:
            raise Declined(Refusal.MISSING_REQUIRED, f"nothing in the text goes on as {rest[:40]!r}")
        return best

    return choose


def set_bits(mask: bytes) -> Ids:
    """Return the places of the bits that are set; work grows with the words in which there are any."""
    words = np.frombuffer(mask, np.uint32)
    rows = np.flatnonzero(words)
    bits = np.unpackbits(words[rows].view(np.uint8), bitorder="little").reshape(len(rows), 32)
    row, bit = np.nonzero(bits)
    return rows[row] * 32 + bit
