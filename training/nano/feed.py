"""From the generator to batches: a worker process makes examples ahead of their use."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from multiprocessing.pool import AsyncResult
from pathlib import Path

import torch
from torch.multiprocessing import get_context

from agent.prompt import slots_of
from agent.schemas.node import Kind, Node
from agent.vocabulary import MAX_SLOTS
from training.nano.config import Config
from training.nano.encoding import Encoded, Encoder, load_vocabulary, root_of
from training.nano.loss import Batch, collate
from training.nano.team import end_with_parent
from training.rows import load, mixed
from training.synthesis import Example

POOL = 512
"""Examples that a worker process makes at a time."""
LENGTHS = (48, 64, 80, 96, 128, 160, 192, 256, 320, 384, 512, 640, 768, 896, 1024, 1216, 1408)
"""Lengths that examples are padded to."""
STRANGER_SHARE = 0.5
"""Share of examples whose schema is given optional fields of other examples."""
MAX_STRANGERS = 4
STRANGERS_KEPT = 24
"""Fields of earlier examples that may be asked of a later one."""


def stream(seed: int, level: float, config: Config) -> Iterator[Encoded]:
    """Yield encoded examples of one difficulty, for ever."""
    encoder = Encoder(load_vocabulary())
    chance = random.Random(seed)
    strangers: deque[Node] = deque(maxlen=STRANGERS_KEPT)
    for example in mixed(seed, level, rows_of(config.rows), config.rows_share):
        root = root_of(example)
        root = with_strangers(root, strangers, chance)
        if len(slots_of(root)) > MAX_SLOTS:
            continue
        made = encoder.encode(example, root, chance)
        if len(made) <= config.max_length:
            yield made


@cache
def rows_of(path: str) -> tuple[Example, ...]:
    """Return the labelled texts of a file, read once a process; none where no file is named."""
    return tuple(load(Path(path))) if path else ()


def with_strangers(root: Node, strangers: deque[Node], chance: random.Random) -> Node:
    """Return a schema that also asks for optional fields of other texts, which this text does not have.

    Schemas of the field list much that a given text lacks; saying "nowhere" has to be learned as well as
    pointing.
    """
    known = {child.name for child in root.properties}
    guests = list(strangers)
    strangers.extend(root.properties)
    if not guests or chance.random() > STRANGER_SHARE:
        return root
    properties = list(root.properties)
    for guest in chance.sample(guests, min(len(guests), chance.randint(1, MAX_STRANGERS))):
        if guest.name not in known and guest.kind is not Kind.CONST:
            properties.insert(chance.randint(0, len(properties)), replace(guest, required=False))
            known.add(guest.name)
    return replace(root, properties=tuple(properties))


def produce(seed: int, level: float, config: Config, count: int) -> list[Encoded]:
    """Return ``count`` examples; runs in a worker process."""
    torch.set_num_threads(1)
    source = stream(seed, level, config)
    return [next(source) for _ in range(count)]


class Buckets:
    """Examples waiting by padded length until a batch of that length is full, so that shapes are few."""

    def __init__(self, config: Config) -> None:
        self.budget = config.batch_tokens
        self.waiting: dict[int, list[Encoded]] = {
            length: [] for length in LENGTHS if length <= config.max_length
        }

    def add(self, examples: list[Encoded], chance: random.Random) -> list[Batch]:
        """Take examples in; return the batches that are full now, shuffled."""
        full = []
        for example in examples:
            length = min(length for length in self.waiting if length >= len(example))
            self.waiting[length].append(example)
            if len(self.waiting[length]) == self.budget // length:
                full.append(collate(self.waiting[length], length))
                self.waiting[length] = []
        chance.shuffle(full)
        return full


class Feed:
    """Pools of batches, made ahead of their use by one worker process; each of a team has its own."""

    def __init__(self, config: Config, pools_done: int, rank: int = 0, team: int = 1) -> None:
        self.config, self.team = config, team
        self.pool = get_context("spawn").Pool(1, initializer=end_with_parent)
        self.number = pools_done * team + rank
        self.pending: AsyncResult[list[Encoded]] | None = None
        self.buckets = Buckets(config)

    def request(self, level: float) -> AsyncResult[list[Encoded]]:
        """Begin to make the next pool."""
        seed = self.config.seed * 1_000_003 + self.number
        self.number += self.team
        found: AsyncResult[list[Encoded]] = self.pool.apply_async(produce, (seed, level, self.config, POOL))
        return found

    def next(self, level: float) -> list[Batch]:
        """Return the pool that was asked for, and ask for the one after it."""
        examples = (self.pending or self.request(level)).get()
        self.pending = self.request(level)
        return self.buckets.add(examples, random.Random(self.number))

    def close(self) -> None:
        """End the worker process."""
        self.pool.terminate()
