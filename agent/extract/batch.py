"""Several answers under way at once: a call serves them all, so the weights are read once for all."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from agent.clock import Clock
from agent.extract.asking import Asked
from agent.extract.grammar import Declined
from agent.extract.llama.causal import BATCH_TOKENS, LlamaCausal, Step
from agent.extract.walk import Walk
from agent.message import Refusal


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


class Batch:
    """Runs texts of one prompt beginning to their end."""

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
            seat = self._resting.popleft() if self._resting and self._fits(self._resting[0]) else None
            if seat is None and not self._resting:
                seat = next(waiting, None)
            if seat is None:
                break
            self._sit(seat)
        return bool(self._seated)

    def _fits(self, seat: Seat) -> bool:
        return not self._seated or self._needed([*self._seated, seat]) + BATCH_TOKENS < self._llama.cells

    def _needed(self, seats: list[Seat]) -> int:
        return sum(seat.cells for seat in seats) + len(seats[0].asked.prefix)

    def _sit(self, seat: Seat) -> None:
        self._llama.hold(seat.asked.prefix)
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
        turn = [seat for seat in self._seated if not seat.over]
        steps = self._steps(turn)
        rows = self._llama.decode(steps) if steps else []
        for seat, step, row in zip(turn, steps, rows, strict=False):
            seat.read += len(step.ids)
            if step.ask:
                self._decide(seat, row)
            self._watch(seat)

    def _steps(self, turn: list[Seat]) -> list[Step]:
        """Deal one call's tokens out, those with few pending first: they wait for a decision."""
        turn.sort(key=lambda seat: len(seat.ids) - seat.read)
        left, steps = BATCH_TOKENS, []
        for seat in turn:
            part = seat.ids[seat.read : seat.read + left]
            if part:
                ask = seat.read + len(part) == len(seat.ids)
                steps.append(Step(seat.sequence, seat.read, part, ask))
                left -= len(part)
        return steps

    def _decide(self, seat: Seat, row: int) -> None:
        try:
            seat.ids += seat.walk.decide(self._llama.logits(row))
        except Declined as declined:
            seat.declined = declined

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
        """Send the last come back while the context cannot hold what all are about to read."""
        while len(self._seated) > 1 and self._needed(self._seated) > self._llama.cells:
            seat = self._seated[-1]
            self._release(seat)
            self._resting.append(seat)
