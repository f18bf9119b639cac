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
from training.faults import Unfaithful
from training.nano.encoding import ANY, INTEGER, NUMBER, Encoded, Encoder, root_of
from training.nano.loss import arrange, collate, encode
from training.nano.model import Nano
from training.parity import SEED, TEXTS_LEVEL, Parity, loss, measured, relative_errors
from training.synthesis import generate

TEXTS = 10_000
"""Texts whose token ids are compared."""
EXAMPLES = 170
"""Examples of the full mix whose hidden states are compared."""
CONTEXT = 4096


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
        raise _other_tokens(gguf, f"{len(read.tokens)} tokens for {len(trained.tokens)} {found}")
    for example in islice(generate(SEED, level=TEXTS_LEVEL), TEXTS):
        if read.encode(example.text) != trained.encode(example.text):
            raise _other_tokens(gguf, f"other ids for {example.text!r}")


def _other_tokens(gguf: Path, cause: str) -> Unfaithful:
    return Unfaithful(
        f"compare the tokens of {gguf.name}",
        cause=cause,
        remedy="the file's vocabulary is not that of training/nano/vocab.txt; nothing was put in place",
    )


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
        errors += relative_errors(states, one.states)
        pairs = zip(scores, one.scores, one.places, strict=True)
        losses += [loss(ours[place], best[place]) for ours, best, place in pairs]
    llama.close()
    return measured(errors, losses)


def allowed(made: Encoded, node: Node) -> list[int]:
    """Return "nowhere" and the places that may begin a value of a kind."""
    kind = {Kind.NUMBER: NUMBER, Kind.INTEGER: INTEGER}.get(node.kind, ANY)
    return [0, *np.flatnonzero(made.masks[kind]).tolist()]
