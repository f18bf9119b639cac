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
import numpy.typing as npt

from agent.extract import Job
from agent.extract.asking import Asking
from agent.extract.bridge import Vocabulary
from agent.extract.llama import LlamaCausal, Step
from agent.extract.template import Template
from agent.schemas import SchemaError, compile_schema
from training.faults import Unfaithful
from training.synthesis import generate

Floats = npt.NDArray[np.float32]

SEED = 990_001
"""Of the texts compared: no seed of a training run."""
TEXTS, TEXTS_LEVEL = 9_000, 0.2
"""Synthetic texts whose tokens are compared, and their difficulty; short ones, for there are many."""
STRANGE_TEXTS = 1_000
"""Texts of characters from all over Unicode."""
SEQUENCES, LENGTH = 8, 125
"""Prompts with answers, and their last tokens, at each of which logits are compared."""
ROOM = 4096
"""Tokens of a prompt that is made for it."""
MAX_ERROR = 1e-3
"""Relative error of logits that the order of sums may bring, in single precision."""
MIN_AGREEMENT = 0.999
"""Share of places whose likeliest token must be the same."""
TIE = 0.02
"""Tokens whose logits in the trained model are as near as this are equally good, in half precision."""
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


@dataclass(frozen=True, slots=True)
class Parity:
    """How near a file is to the trained model."""

    positions: int
    mean: float
    """Of the relative errors of the places' logits, |file - trained| / |trained|."""
    error: float
    """Relative error that 999 of 1,000 places keep."""
    agreement: float
    """Share of places whose likeliest token is the same."""
    agreement_or_tie: float
    """Share of places where it is the same or, to the trained model, as good."""

    def __str__(self) -> str:
        """Return a line for the terminal."""
        return (
            f"relative error {self.mean:.1e} (99.9 % below {self.error:.1e}) at {self.positions} places, "
            f"same likeliest token at {self.agreement:.2%}, with ties {self.agreement_or_tie:.2%}"
        )


def faithful(found: Parity, what: str, *, single: bool) -> Parity:
    """Return what was measured, if it keeps the bounds.

    In single precision: the error, and the likeliest token. llama.cpp multiplies matrices of half precision
    in half precision; what that does to logits grows with the layers, so there the decisions are bounded.

    Raises:
        Unfaithful: it does not.
    """
    same = found.agreement if single else found.agreement_or_tie
    if (single and found.error > MAX_ERROR) or same < MIN_AGREEMENT:
        raise Unfaithful(
            f"compare {what} with the model",
            cause=f"{found}; allowed are {MAX_ERROR:.0e} in single precision, and {MIN_AGREEMENT:.1%}",
            remedy="the export does not know this model's architecture; nothing was put in place",
        )
    return found


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
    lost: list[float] = []
    for ids, trusted in zip(wanted.ids, wanted.logits, strict=True):
        found = logits_of(llama, ids)
        errors += list(np.linalg.norm(found - trusted, axis=1) / np.linalg.norm(trusted, axis=1))
        chosen = np.take_along_axis(trusted, found.argmax(axis=1)[:, None], axis=1)[:, 0]
        lost += list(trusted.max(axis=1) - chosen)
    llama.close()
    return Parity(
        positions=len(errors),
        mean=float(np.mean(errors)),
        error=float(np.quantile(errors, 0.999)),
        agreement=float(np.mean(np.array(lost) == 0)),
        agreement_or_tie=float(np.mean(np.array(lost) < TIE)),
    )


def logits_of(llama: LlamaCausal, ids: Sequence[int]) -> Floats:
    """Return the logits behind every token of a sequence, (tokens, vocabulary)."""
    llama.drop(1)
    rows = llama.decode([Step(1, place, [token], ask=True) for place, token in enumerate(ids)])
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
