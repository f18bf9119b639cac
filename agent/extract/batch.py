"""Several answers under way at once: a call serves them all, so the weights are read once for all."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final

from agent.clock import Clock
from agent.extract.asking import Asked
from agent.extract.draft import Guide
from agent.extract.grammar import Declined
from agent.extract.llama.causal import BATCH_TOKENS, LlamaCausal, Step
from agent.extract.llama.prefix import Prefix
from agent.extract.walk import Draft, Walk
from agent.message import Refusal

MAX_GUESS: Final = 96
"""Tokens of an answer that are guessed at once and read with the decision before them."""
MIN_TRUST: Final = 1 / 12
"""Where guesses keep failing, a few tokens are still tried: beside one token they cost little."""


@dataclass(slots=True, eq=False)
class Seat:
    """A text under way."""

    number: int
    """Its job."""
    asked: Asked
    walk: Walk
    until: float
    """Monotonic time, seconds, at which it is given up."""
    ids: list[int] = field(default_factory=list)
    """Prompt and answer so far."""
    read: int = 0
    """Tokens of them that the model has read; the shared ones need no reading."""
    sequence: int = 0
    guide: Guide | None = None
    """Guesses how the answer goes on; None where every decision is waited for."""
    trust: float = 1.0
    """Share of guessed tokens that came true, the last ones counting most."""
    declined: Declined | None = None
    """Why there will be no answer."""

    def __post_init__(self) -> None:
        """Begin with the prompt and what every answer begins with."""
        self.ids = [*self.asked.ids, *self.walk.start()]

    @property
    def over(self) -> bool:
        """Whether nothing is left to do."""
        return self.walk.done or self.declined is not None

    @property
    def cells(self) -> int:
        """Cells of the context that it will hold when all its tokens are read, the shared ones left out."""
        return len(self.ids) - self.asked.shared


@dataclass(frozen=True, slots=True)
class Part:
    """What one text adds to a call: tokens that stand, and a guess behind them."""

    seat: Seat
    pending: int
    draft: Draft
    whole: bool
    """Whether nothing more is pending, so that the next token is to be decided."""

    @property
    def step(self) -> Step:
        """Return the tokens, with logits where a decision may be due."""
        first = self.seat.read
        ids = [*self.seat.ids[first : first + self.pending], *self.draft.ids]
        if not self.whole:
            return Step(self.seat.sequence, first, ids)
        open_ = [at for at, forced in enumerate((*self.draft.forced, False)) if not forced or not at]
        return Step(self.seat.sequence, first, ids, [self.pending - 1 + at for at in open_])


class Batch:
    """Runs texts to their end."""

    def __init__(self, llama: LlamaCausal, *, clock: Clock, context: int, sequences: int) -> None:
        self._llama, self._clock, self._context = llama, clock, context
        self._free = deque(range(1, sequences + 1))
        self._seated: list[Seat] = []
        self._resting: deque[Seat] = deque()
        """Sent back for want of room; they read their tokens again and lose no decision."""

    def run(self, waiting: Iterator[Seat]) -> Iterator[Seat]:
        """Yield texts as they end; ``waiting`` is asked for the next one when there is room."""
        try:
            while self._admit(waiting):
                self._step()
                for seat in [seat for seat in self._seated if seat.over]:
                    self._release(seat)
                    yield seat
        finally:
            for seat in list(self._seated):
                self._release(seat)
            self._resting.clear()

    def _admit(self, waiting: Iterator[Seat]) -> bool:
        """Seat texts while there is room; tell whether any is seated."""
        while self._free:
            seat = self._resting.popleft() if self._resting else next(waiting, None)
            if seat is None:
                break
            if not self._fits(seat):
                self._resting.appendleft(seat)
                break
            self._sit(seat)
        return bool(self._seated)

    def _fits(self, seat: Seat) -> bool:
        if not self._seated:
            return True
        seats = [*self._seated, seat]
        known = len(_prefixes(seats)) <= self._llama.prefixes
        return known and _needed(seats) + BATCH_TOKENS < self._llama.cells

    def _sit(self, seat: Seat) -> None:
        self._llama.hold(seat.asked.prefix, busy=_prefixes(self._seated))
        seat.sequence, seat.read = self._free.popleft(), seat.asked.shared
        self._llama.fork(seat.sequence, seat.asked.shared)
        self._seated.append(seat)

    def _release(self, seat: Seat) -> None:
        self._llama.drop(seat.sequence)
        self._seated.remove(seat)
        self._free.append(seat.sequence)

    def _step(self) -> None:
        """Read what is pending, as far as one call goes, and decide where a text was read up to its end."""
        self._make_room()
        parts = self._parts([seat for seat in self._seated if not seat.over])
        rows = self._llama.decode([part.step for part in parts]) if parts else []
        for part, row in zip(parts, rows, strict=True):
            seat = part.seat
            seat.read += part.pending
            if part.whole:
                self._decide(seat, part.draft.ids, row + part.pending - 1)
            self._watch(seat)

    def _parts(self, turn: list[Seat]) -> list[Part]:
        """Deal one call's tokens out, those with few pending first: they wait for a decision."""
        turn.sort(key=lambda seat: len(seat.ids) - seat.read)
        left, parts = BATCH_TOKENS, []
        for seat in turn:
            pending = min(len(seat.ids) - seat.read, left)
            if pending:
                whole = seat.read + pending == len(seat.ids)
                part = Part(seat, pending, self._guess(seat, left - pending) if whole else Draft(), whole)
                parts.append(part)
                left -= len(part.step.ids)
        return parts

    def _guess(self, seat: Seat, room: int) -> Draft:
        """Return tokens that the answer may go on with; fewer, the fewer came true."""
        limit = min(room, int(MAX_GUESS * seat.trust))
        return seat.walk.draft(seat.guide.after, limit) if seat.guide and limit > 0 else Draft()

    def _decide(self, seat: Seat, guessed: Sequence[int], row: int) -> None:
        """Decide at a batch row, and on as long as the guess behind it has read what was decided."""
        true = 0
        try:
            while not seat.walk.done:
                made = seat.walk.decide(self._llama.logits(row + true))
                seat.ids += made
                true += same(made, guessed[true:])
                if len(seat.ids) > seat.read + true:
                    break
        except Declined as declined:
            seat.declined = declined
        seat.read += true
        if guessed:
            seat.trust = max(seat.trust / 2 + true / len(guessed) / 2, MIN_TRUST)
            self._llama.trim(seat.sequence, seat.read)

    def _watch(self, seat: Seat) -> None:
        """Give a text up that is out of time or room."""
        if seat.over:
            return
        prompt = len(seat.asked.ids)
        if len(seat.ids) > self._context:
            detail = (
                f"the prompt takes {prompt} tokens, the answer more than the other {self._context - prompt}"
            )
            seat.declined = Declined(Refusal.TEXT_TOO_LONG, detail)
        elif self._clock.monotonic() > seat.until:
            detail = f"out of time after {seat.read} tokens of prompt and answer; the prompt takes {prompt}"
            seat.declined = Declined(Refusal.TEXT_TOO_LONG, detail)

    def _make_room(self) -> None:
        """Give up prompt beginnings of no use, then send the last come back, until all can be read."""
        if _needed(self._seated) + sum(map(len, self._llama.resident)) > self._llama.cells:
            self._llama.forget_all_but(_prefixes(self._seated))
        while len(self._seated) > 1 and _needed(self._seated) > self._llama.cells:
            seat = self._seated[-1]
            self._release(seat)
            self._resting.append(seat)


def same(one: Iterable[int], other: Iterable[int]) -> int:
    """Return how many tokens two rows begin with in common."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _prefixes(seats: Iterable[Seat]) -> set[Prefix]:
    return {seat.asked.prefix for seat in seats}


def _needed(seats: Sequence[Seat]) -> int:
    """Return the cells that texts and their prompt beginnings take, guesses included."""
    guesses = MAX_GUESS * sum(seat.guide is not None for seat in seats)
    return sum(seat.cells for seat in seats) + sum(map(len, _prefixes(seats))) + guesses
