"""Does an exported model say what the trained one says? Run by every export, which fails where it does not.

The trained model runs in torch, single precision; the files run in llama.cpp through the agent's own code,
from the raw text on. Compared are tokens, the hidden states of the message, and where each question points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch

from agent.extract.engine import from_gguf
from agent.extract.heads import Asks, Floats, Heads, Scores
from agent.extract.llama import LlamaEncoder
from agent.features import layout, message_matches, schema_matches
from agent.lexicon import Lexicon
from agent.links import links
from agent.page import Page
from agent.prompt import SchemaPrompt, message_ids, schema_prompt
from agent.schemas.node import Kind, Node
from agent.vocabulary import Vocabulary
from training.nano.encoding import ANY, INTEGER, NUMBER, Encoded, Encoder, root_of
from training.nano.loss import arrange, collate, encode
from training.nano.model import Nano
from training.synthesis import generate

SEED = 990_001
"""Of the texts compared: no seed of a training run."""
TEXTS, TEXTS_LEVEL = 10_000, 0.2
"""Texts whose token ids are compared, and their difficulty; short ones, for there are many."""
EXAMPLES = 170
"""Examples of the full mix whose hidden states are compared."""
CONTEXT = 4096
MAX_ERROR = 1e-3
"""Relative error of hidden states that the order of sums may bring, in single precision."""
MIN_AGREEMENT = 0.999
"""Share of questions that must point to the same place, ties aside, in single and in half precision."""
TIE = 0.02
"""Places whose scores (log-odds) in the trained model are as near as this are equally good."""


class Unfaithful(Exception):  # noqa: N818 - a verdict
    """An exported file does not say what the trained model says."""


@dataclass(frozen=True, slots=True)
class Parity:
    """How near a file is to the trained model."""

    positions: int
    questions: int
    mean: float
    """Of the relative errors of the positions' last hidden states, |file - trained| / |trained|."""
    error: float
    """Relative error that 999 of 1,000 positions keep."""
    agreement: float
    """Share of questions whose likeliest start, of the places allowed or "nowhere", is the same."""
    agreement_or_tie: float
    """Share of questions where it is the same or, to the trained model, as good."""

    def __str__(self) -> str:
        """Return a line for the terminal."""
        return (
            f"relative error {self.mean:.1e} (99.9 % below {self.error:.1e}) at {self.positions} places, "
            f"same place for {self.agreement:.2%} of {self.questions} questions, "
            f"with ties {self.agreement_or_tie:.2%}"
        )


def faithful(found: Parity, *, single: bool) -> Parity:
    """Return what was measured, if it keeps the bounds; that of the error is for ``single`` precision.

    What half precision does to a hidden state grows with how sharply a model attends, so there it is the
    decisions that are bounded.

    Raises:
        Unfaithful: it does not.
    """
    if (single and found.error > MAX_ERROR) or found.agreement_or_tie < MIN_AGREEMENT:
        message = f"{found}; allowed are {MAX_ERROR:.0e} in single precision, and {MIN_AGREEMENT:.1%}"
        raise Unfaithful(message)
    return found


def same_tokens(gguf: Path, trained: Vocabulary) -> None:
    """Compare the tokens of a file, and the ids they give to texts, with those of training.

    Raises:
        Unfaithful: a token or the ids of a text differ.
    """
    llama = LlamaEncoder(gguf, context=256, threads=1, sequences=2)
    read = Vocabulary([from_gguf(token) for token in llama.tokens()])
    llama.close()
    if read.tokens != list(trained.tokens):
        pairs = enumerate(zip(read.tokens, trained.tokens, strict=False))
        found = next(
            (f"token {number}: {one!r} for {other!r}" for number, (one, other) in pairs if one != other), ""
        )
        message = f"{gguf}: {len(read.tokens)} tokens for {len(trained.tokens)} {found}"
        raise Unfaithful(message)
    for example in islice(generate(SEED, level=TEXTS_LEVEL), TEXTS):
        if read.encode(example.text) != trained.encode(example.text):
            message = f"{gguf}: other ids for {example.text!r}"
            raise Unfaithful(message)


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What the trained model says of one example."""

    text: str
    prompt: SchemaPrompt
    states: Floats
    """Hidden states of the message, (places, width)."""
    scores: Floats
    """Of starts, (questions, places)."""
    places: list[list[int]]
    """Places that may begin a value of each question; 0 is "nowhere"."""


def trained(model: Nano, vocabulary: Vocabulary) -> list[Answers]:
    """Ask the trained model."""
    encoder = Encoder(vocabulary)
    found = []
    for example in islice(generate(SEED), EXAMPLES):
        root = root_of(example)
        made = encoder.encode(example, root)
        batch, places = collate([made], len(made)), len(made.message_ids)
        with torch.no_grad():
            reading = arrange(model, batch, encode(model, batch))
            scores = reading.starts[0, :, :places]
        prompt = schema_prompt(root, vocabulary)
        may_begin = [allowed(made, slot.node) for slot in prompt.slots]
        states = reading.text[0, :places].numpy()
        found.append(Answers(example.text, prompt, states, scores.numpy(), may_begin))
    return found


def compare(
    wanted: Sequence[Answers], gguf: Path, heads: Heads, vocabulary: Vocabulary, *, single: bool = False
) -> Parity:
    """Ask an exported model the same, as the agent does; ``single``: keys and values in single precision."""
    llama = LlamaEncoder(gguf, context=CONTEXT, threads=1, sequences=2, single=single)
    errors: list[float] = []
    losses: list[float] = []
    for one in wanted:
        schema = llama.read_schema(heads.inputs(one.prompt.ids, schema_matches(one.prompt)))
        page, lexicon = Page(one.text, vocabulary), Lexicon(one.prompt)
        ids = message_ids(one.prompt, page.tokens, vocabulary)
        inputs = heads.inputs(ids, message_matches(lexicon, page), layout(page, len(ids)))
        states = llama.read_messages(schema, [inputs])[0]
        asks = Asks(states[page.behind + 1 :], [], lexicon.values)
        scores = Scores(heads, states[: page.behind], asks, links(lexicon, page)).start
        errors += list(np.linalg.norm(states - one.states, axis=1) / np.linalg.norm(one.states, axis=1))
        pairs = zip(scores, one.scores, one.places, strict=True)
        losses += [
            float(best[place].max() - best[place][ours[place].argmax()]) for ours, best, place in pairs
        ]
    llama.close()
    lost = np.array(losses)
    return Parity(
        positions=len(errors),
        questions=len(lost),
        mean=float(np.mean(errors)),
        error=float(np.quantile(errors, 0.999)),
        agreement=float((lost == 0).mean()),
        agreement_or_tie=float((lost < TIE).mean()),
    )


def allowed(made: Encoded, node: Node) -> list[int]:
    """Return "nowhere" and the places that may begin a value of a kind."""
    kind = {Kind.NUMBER: NUMBER, Kind.INTEGER: INTEGER}.get(node.kind, ANY)
    return [0, *np.flatnonzero(made.masks[kind]).tolist()]
