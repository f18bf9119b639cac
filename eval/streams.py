"""Streams that repeat themselves: ten shapes of messages, as devices print them, with the right records.

Each shape is of a bundled schema and comes from a few devices. A stream may drift: from some message on the
firmware of each device prints another format. Mutated lines are nearly of a shape, and not of it. Seeded, and
made without the agent: what is right is known from the drawing, not from reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from agent.message import Json
from eval.devices import SHAPES
from eval.printed import Line, Piece, Shape

SEED: Final = 31_337
"""Seed of the streams, so that figures of two runs are of the same messages."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a stream."""

    shape: str
    schema: str
    """Name of the bundled schema."""
    topic: str
    text: str
    expected: dict[str, Json] | None
    """The record that is right; None: no template may read it."""
    drifted: bool = False
    mutation: str = ""
    """What was done to it; empty: nothing."""


def stream(count: int, *, seed: int = SEED, drift_at: int | None = None) -> Iterator[Message]:
    """Yield `count` messages of all shapes, mixed; from message `drift_at` on with new firmware."""
    random = Random(f"stream/{seed}")
    for number in range(count):
        shape = random.choice(SHAPES)
        yield _message(shape, random, drifted=drift_at is not None and number >= drift_at)


def examples(shape: Shape, count: int, *, seed: int = SEED, drifted: bool = False) -> list[Message]:
    """Return messages of one shape, its devices in turn: what a person may teach, not those of the stream."""
    random = Random(f"examples/{seed}/{shape.name}")
    turns = [shape.devices[number % len(shape.devices)] for number in range(count)]
    return [_message(shape, random, drifted=drifted, device=device) for device in turns]


def mutated(count: int, *, seed: int = SEED) -> Iterator[Message]:
    """Yield `count` messages that are nearly of a shape: labels swapped, a field more, another order."""
    random = Random(f"mutated/{seed}")
    while count > 0:
        shape = random.choice(SHAPES)
        device = random.choice(shape.devices)
        line = shape.draw(random, device, random.choice((False, True)))
        for how, mutant, expected in list(_mutants(line, random))[:count]:
            yield Message(
                shape.name, shape.schema, _topic(shape, device), mutant.text, expected, mutation=how
            )
            count -= 1


def _message(shape: Shape, random: Random, *, drifted: bool, device: str = "") -> Message:
    device = device or random.choice(shape.devices)
    line = shape.draw(random, device, drifted)
    return Message(shape.name, shape.schema, _topic(shape, device), line.text, line.record, drifted)


def _topic(shape: Shape, device: str) -> str:
    return f"stream/{shape.name}/{device.replace(' ', '-')}"


def _mutants(line: Line, random: Random) -> Iterator[tuple[str, Line, dict[str, Json] | None]]:
    """Yield what was done to a line, what became of it, and what is right then."""
    labelled = [at for at, piece in enumerate(line.pieces) if piece.is_labelled]
    if len(labelled) > 1:
        one, two = sorted(random.sample(labelled, 2))
        first, second = line.pieces[one], line.pieces[two]
        swapped = list(line.pieces)
        swapped[one] = replace(first, before=second.before)
        swapped[two] = replace(second, before=first.before)
        # Values under each other's labels: with units that contradict them nobody can say what is meant.
        yield "labels swapped", replace(line, pieces=tuple(swapped)), None
        turned = list(line.pieces)
        turned[one], turned[two] = second, first
        yield "other order", replace(line, pieces=tuple(turned)), line.record
    at = random.choice(labelled) if labelled else len(line.pieces) - 1
    beside = line.pieces[at]
    label = beside.before.replace(_word(beside.before), "offset") if beside.is_labelled else ""
    quote = '"' if label.endswith('"') else ""
    more = Piece((), label, str(random.randrange(10, 99)), quote, None)
    pieces = (*line.pieces[:at], more, *line.pieces[at:])
    # The record is what it was; a template that puts the new value somewhere is wrong.
    yield "a field more", replace(line, pieces=pieces), line.record


def _word(text: str) -> str:
    """Return the first run of letters."""
    start = next(at for at, one in enumerate(text) if one.isalpha())
    end = next((at for at in range(start, len(text)) if not text[at].isalpha()), len(text))
    return text[start:end]
