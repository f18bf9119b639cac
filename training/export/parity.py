"""Does an exported file say what the model says? Run by every export, which ends where it does not.

The model runs in torch, single precision; the file runs in llama.cpp through the agent's own adapter.
Compared are the bytes of all tokens, the tokens of 10,000 texts, and the logits at 1,000 places of prompts
with answers.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from agent.extract import Job
from agent.extract.asking import Asking
from agent.extract.bridge import Vocabulary
from agent.extract.llama import LlamaCausal, Step
from agent.extract.template import Template
from agent.schemas import SchemaError, compile_schema
from training.faults import Unfaithful
from training.parity import SEED, TEXTS_LEVEL, Floats, Parity, loss, measured, relative_errors
from training.synthesis import generate

TEXTS = 9_000
"""Synthetic texts whose tokens are compared."""
STRANGE_TEXTS = 1_000
"""Texts of characters from all over Unicode."""
SEQUENCES, LENGTH = 8, 125
"""Prompts with answers, and their last tokens, at each of which logits are compared."""
ROOM = 4096
"""Tokens of a prompt that is made for it."""
SCRIPTS = (
    *((32, 127),) * 6,
    (0x00, 0x20),
    (0x80, 0x250),
    (0x300, 0x370),
    (0x370, 0x700),
    (0x900, 0xA00),
    (0x2000, 0x2070),
    (0x2150, 0x2190),
    (0x3000, 0x3100),
    (0x4E00, 0x5000),
    (0xFF00, 0xFFEF),
    (0x1D7CE, 0x1D800),
    (0x1F300, 0x1F700),
)
"""Ranges of characters that strange texts are drawn from, most of them plain."""
SEAMS = ("", " ", "  ", "\n", "\r\n\r\n  ", "\t\t", "\u3000", "\x85", "\u00a0", "'s ", "12½", "<|im_end|>")
"""What strange texts hold beside: where tokenizers part, they part here."""


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """What the trained model says."""

    ids: tuple[tuple[int, ...], ...]
    """Tokens of each sequence."""
    logits: tuple[Floats, ...]
    """Of each sequence, (tokens, vocabulary)."""


def trained(model: Any, sequences: Sequence[Sequence[int]]) -> Reference:  # noqa: ANN401 - no types here
    """Ask the trained model, which is in single precision."""
    import torch  # noqa: PLC0415 - training's environment only

    with torch.inference_mode():
        logits = tuple(model(torch.tensor([list(ids)])).logits[0].float().numpy() for ids in sequences)
    return Reference(tuple(map(tuple, sequences)), logits)


def compare(wanted: Reference, path: Path, *, single: bool = False) -> Parity:
    """Compare a file's logits with the trained model's."""
    llama = LlamaCausal(path, cells=LENGTH + 8, threads=1, sequences=1, single=single)
    errors: list[float] = []
    losses: list[float] = []
    for ids, trusted in zip(wanted.ids, wanted.logits, strict=True):
        found = logits_of(llama, ids)
        errors += relative_errors(found, trusted)
        losses += map(loss, found, trusted)
    llama.close()
    return measured(errors, losses)


def logits_of(llama: LlamaCausal, ids: Sequence[int]) -> Floats:
    """Return the logits behind every token of a sequence, (tokens, vocabulary)."""
    llama.drop(1)
    rows = llama.decode([Step(1, place, [token], [0]) for place, token in enumerate(ids)])
    return np.stack([llama.logits(row).copy() for row in rows])


def same_tokens(path: Path, trusted: Vocabulary) -> int:
    """Compare the tokens of a file, and those they give to texts, with the trained model's; return the texts.

    Raises:
        Unfaithful: a token or the tokens of a text differ.
    """
    llama = LlamaCausal(path, cells=256, threads=1, sequences=1)
    found = llama.vocabulary
    unlike = [
        number
        for number, (one, other) in enumerate(zip(found.tokens, trusted.tokens, strict=True))
        if one != other
    ]
    unused = {number for number, token in enumerate(trusted.tokens) if not token}
    if set(unlike) - unused:
        raise _other_tokens(
            path, f"token {unlike[0]} is {found.tokens[unlike[0]]!r}, not {trusted.tokens[unlike[0]]!r}"
        )
    for name in ("control", "begin", "end"):
        one, other = getattr(found, name), getattr(trusted, name)
        if one != other:
            raise _other_tokens(path, f"{name} is {one}, not {other}")
    texts = [*strange(STRANGE_TEXTS), *(one.text for one in islice(generate(SEED, level=TEXTS_LEVEL), TEXTS))]
    for text in texts:
        if found.encode(text.encode()) != trusted.encode(text.encode()):
            raise _other_tokens(path, f"another way to write {text!r}")
    llama.close()
    return len(texts)


def _other_tokens(path: Path, cause: str) -> Unfaithful:
    return Unfaithful(
        f"compare the tokens of {path.name}",
        cause=cause,
        remedy="llama.cpp does not cut texts as this tokenizer does; nothing was put in place",
    )


def strange(count: int) -> Iterator[str]:
    """Yield texts of characters from all over Unicode."""
    rng = random.Random(SEED)
    for _ in range(count):
        words = [
            "".join(chr(rng.randrange(*rng.choice(SCRIPTS))) for _ in range(rng.randrange(1, 9)))
            for _ in range(rng.randrange(1, 9))
        ]
        yield "".join(rng.choice(SEAMS) + word for word in words) + rng.choice(SEAMS)


def sequences(template: Template, vocabulary: Vocabulary) -> list[list[int]]:
    """Return the last tokens of the longest of some prompts with their answers."""
    asking = Asking(template, vocabulary, ROOM)
    found: list[list[int]] = []
    for example in islice(generate(SEED, level=0.6), SEQUENCES * 20):
        try:
            prompt = asking.ask(Job(example.text, compile_schema(example.schema))).ids
        except SchemaError:
            continue
        ids = [*prompt, *vocabulary.encode(json.dumps(example.value).encode()), vocabulary.end]
        found.append(ids[-LENGTH:])
    return sorted(found, key=len, reverse=True)[:SEQUENCES]
