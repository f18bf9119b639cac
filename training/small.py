"""A small causal model from nothing, in minutes on one core: something to compare ways of decoding on.

::

    python -m training.small --minutes 25 --edgejson FOLDER --out runs/small

It is no tier for service. It learns to copy from short synthetic texts and from the rows of EdgeJSON's train
split that may be learned from, half of them with the schema in the prompt and half without. The loss counts
every token of an answer over the whole vocabulary, so that it can be asked to write freely, and the decisions
that the agent's grammar leaves over what that allows, from which copying is learned soonest. Tokens never
join a blank to a word, so a value is cut alike in text and answer. OUT is of the hub's form: ``python -m
training.export --model OUT`` takes it.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import click
import torch
from torch import Tensor
from torch.nn import functional

from agent.schemas import SchemaError, compile_schema
from training import random_base
from training.bpe import HubVocabulary
from training.faults import in_words
from training.finetune.answers import Encoder, Example, Unfit
from training.finetune.rows import Row
from training.nano.muon import Muon
from training.random_model import Shape
from training.record import Record
from training.rows import learnable
from training.synthesis import Example as Synthetic
from training.synthesis import generate

SHAPE = Shape(layers=4, width=192, heads=6, kv_heads=3, hidden=512, tokens=1536, context=1024)
"""2.0 million parameters."""
WITH, WITHOUT = "{schema}\n{text}\n", "{text}\n"
"""Prompts, with the schema and without."""
MUON_LR, ADAM_LR = 0.01, 2e-3
BATCH_TOKENS = 1_500
"""Tokens of a step, padding included."""
POOL = 48
"""Examples that are sorted by length together, so that little is padding."""
STAGES = ((0.0, 150), (0.35, 260), (0.65, 512))
"""Share of the run → longest example, tokens; longer ones are left out until later."""
LEVELS = (0.05, 0.5)
"""Difficulty of the synthetic texts, at the beginning and at the end."""
LABELLED = 0.85
"""Share of the examples that are EdgeJSON's."""
WHOLE = 0.3
"""Weight of the tokens of an answer, against the decisions among them."""
DECAY = 0.5
"""Share of the run, at its end, over which the learning rates fall to zero."""
CHARS_PER_TOKEN = 2
"""Characters of text and schema that a token stands for, about: a guess that saves work."""
EVERY = 20
"""Steps from one line of the log to the next."""
TEXTS = 3_000
"""Synthetic texts that tokens are learned from."""


@dataclass(frozen=True, slots=True)
class Told:
    """Where a run stands."""

    share: float
    """Of its time, 0 to 1."""

    @property
    def longest(self) -> int:
        """Tokens of the longest example that is learned from now."""
        return max(longest for since, longest in STAGES if self.share >= since)

    @property
    def level(self) -> float:
        """Difficulty of the synthetic texts."""
        return LEVELS[0] + (LEVELS[1] - LEVELS[0]) * self.share

    @property
    def rate(self) -> float:
        """Share of the learning rates."""
        return min(1.0, (1.0 - self.share) / DECAY)


def base(out: Path, seed: int) -> Path:
    """Write tokenizer and random weights in the hub's form."""
    bpe = random_base.filled(learn(SHAPE.tokens), SHAPE.tokens)
    random_base.tokenizer_of(bpe).save_pretrained(out)
    random_base.model_of(SHAPE, seed).save_pretrained(out)
    return out


def learn(size: int) -> random_base.Bpe:
    """Learn tokens from texts and schemas; none joins a blank to a word."""
    import tokenizers as api  # noqa: PLC0415 - training's environment only

    tokenizer = api.Tokenizer(api.models.BPE())
    blanks = api.pre_tokenizers.Split(api.Regex(r"\s"), "isolated")
    tokenizer.pre_tokenizer = api.pre_tokenizers.Sequence([blanks, random_base.splitting()])
    trainer = api.trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=list(random_base.CONTROL),
        initial_alphabet=sorted(api.pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    examples = islice(generate(random_base.TEXTS_SEED), TEXTS)
    texts = (part for one in examples for part in (one.text, compact(one.schema)))
    tokenizer.train_from_iterator(texts, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    return random_base.Bpe(model["vocab"], [(one, two) for one, two in model["merges"]])


def compact(document: dict[str, Any]) -> str:
    """Return a schema as the prompt has it."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


class Rows:
    """Rows in tokens, for ever."""

    def __init__(self, folder: Path, labelled: Sequence[Row], seed: int) -> None:
        vocabulary = HubVocabulary(folder, SHAPE.tokens)
        self._encoders = [
            Encoder(vocabulary, prompt, longest=SHAPE.context, ungrounded=False) for prompt in (WITH, WITHOUT)
        ]
        self._labelled, self._seed, self._random = labelled, seed, Random(seed)
        self._kept: dict[tuple[int, int], Example | None] = {}

    def batches(self, told: Told) -> list[list[Example]]:
        """Return some batches of examples of like length, in a random order."""
        pool = sorted(islice(self._examples(told), POOL), key=lambda one: len(one.ids))
        made: list[list[Example]] = [[]]
        for one in pool:
            if (len(made[-1]) + 1) * len(one.ids) > BATCH_TOKENS:
                made.append([])
            made[-1].append(one)
        self._random.shuffle(made)
        return [batch for batch in made if batch]

    def _examples(self, told: Told) -> Iterator[Example]:
        self._seed += 1
        synthetic = generate(self._seed, level=told.level)
        while True:
            labelled = self._labelled and self._random.random() < LABELLED
            example = self._known() if labelled else self._new(next(synthetic), told)
            if example and len(example.ids) <= told.longest:
                yield example

    def _known(self) -> Example | None:
        """Return a labelled row; each is put in tokens once."""
        row, encoder = self._random.choice(self._labelled), self._random.choice(self._encoders)
        key = (id(row), id(encoder))
        if key not in self._kept:
            self._kept[key] = encoded(encoder, row)
        return self._kept[key]

    def _new(self, one: Synthetic, told: Told) -> Example | None:
        """Return a synthetic text; what is surely too long is not even tried."""
        encoder = self._random.choice(self._encoders)
        written = len(one.text) + len(compact(one.schema)) * (encoder is self._encoders[0])
        if written > CHARS_PER_TOKEN * told.longest:
            return None
        try:
            return encoded(encoder, Row(one.text, compile_schema(one.schema), one.value, "synthetic"))
        except SchemaError:
            return None


def encoded(encoder: Encoder, row: Row) -> Example | None:
    """Return a row in tokens, if it can be learned from."""
    try:
        return encoder.encode(row)
    except Unfit:
        return None


def labelled_rows(edgejson: Path | None) -> list[Row]:
    """Return EdgeJSON's rows that may be learned from: none of its test split, none that is for tuning."""
    if edgejson is None:
        return []
    cases = learnable(edgejson, Counter())
    return [Row(case.text, case.schema, case.expected, "edgejson") for case in cases if case.schema]


def loss_of(model: Any, batch: Sequence[Example]) -> Tensor:  # noqa: ANN401 - the package has no types here
    """Return the loss of a batch: of the decisions, and in part of all tokens of the answers."""
    longest = max(len(one.ids) for one in batch)
    ids = torch.tensor([[*one.ids, *[0] * (longest - len(one.ids))] for one in batch])
    states = model.model(input_ids=ids).last_hidden_state
    places = [(row, place) for row, one in enumerate(batch) for place in range(one.first, len(one.ids))]
    rows, columns = torch.tensor(places).T
    logits = model.lm_head(states[rows, columns - 1])
    wanted = ids[rows, columns]
    return WHOLE * functional.cross_entropy(logits, wanted) + decided(logits, wanted, batch, places)


def decided(
    logits: Tensor, wanted: Tensor, batch: Sequence[Example], places: Sequence[tuple[int, int]]
) -> Tensor:
    """Return the mean loss at decisions, each over what the grammar allows there."""
    number = {place: index for index, place in enumerate(places)}
    found = [
        (number[row, one.place], one.allowed)
        for row, example in enumerate(batch)
        for one in example.decisions
    ]
    if not found:
        return logits.new_zeros(())
    forbidden = torch.ones(len(found), logits.shape[1], dtype=torch.bool)
    for index, (_, allowed) in enumerate(found):
        forbidden[index, torch.as_tensor(allowed)] = False
    picked = torch.tensor([index for index, _ in found])
    return functional.cross_entropy(logits[picked].masked_fill(forbidden, -torch.inf), wanted[picked])


def optimisers(model: Any) -> list[torch.optim.Optimizer]:  # noqa: ANN401 - the package has no types here
    """Return Muon for the matrices of the layers, AdamW for the rest."""
    named = list(model.named_parameters())
    inner = [weight for name, weight in named if ".layers." in name and weight.ndim == 2]
    rest = [weight for name, weight in named if not (".layers." in name and weight.ndim == 2)]
    return [Muon(inner, lr=MUON_LR), torch.optim.AdamW(rest, lr=ADAM_LR, betas=(0.9, 0.95), weight_decay=0.0)]


def train(model: Any, rows: Rows, seconds: float) -> tuple[int, int]:  # noqa: ANN401 - no types here
    """Learn for a time; return steps and tokens."""
    learners = optimisers(model)
    rates = [group["lr"] for learner in learners for group in learner.param_groups]
    began, steps, tokens, losses = time.monotonic(), 0, 0, []
    while (told := Told((time.monotonic() - began) / seconds)).share < 1.0:
        for batch in rows.batches(told):
            now = Told(min(1.0, (time.monotonic() - began) / seconds))
            for group, rate in zip((g for one in learners for g in one.param_groups), rates, strict=True):
                group["lr"] = rate * now.rate
            loss = loss_of(model, batch)
            loss.backward()
            for learner in learners:
                learner.step()
                learner.zero_grad(set_to_none=True)
            steps, tokens = steps + 1, tokens + sum(len(one.ids) for one in batch)
            losses.append(loss.item())
            if steps % EVERY == 0:
                told_loss = round(sum(losses[-EVERY:]) / EVERY, 4)
                click.echo(
                    json.dumps(
                        {"step": steps, "tokens": tokens, "loss": told_loss, "of": round(now.share, 3)}
                    )
                )
    return steps, tokens


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write.")
@click.option("--edgejson", type=click.Path(exists=True, path_type=Path), help="Folder of EdgeJSON v3.")
@click.option("--minutes", type=click.FloatRange(min=0, min_open=True), default=25.0, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(*, out: Path, edgejson: Path | None, minutes: float, seed: int) -> None:
    """Train for a time; write a model of the hub's form."""
    with in_words():
        torch.set_num_threads(1)
        folder = base(out, seed)
        labelled = labelled_rows(edgejson)
        from transformers import LlamaForCausalLM  # noqa: PLC0415 - takes seconds

        model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32).train()
        steps, tokens = train(model, Rows(folder, labelled, seed), 60 * minutes)
        model.save_pretrained(folder)
        sources = ("synthetic", *(["edgejson"] if labelled else []))
        said = Record(
            licence="Apache-2.0",
            prompt=WITH,
            context=SHAPE.context,
            steps=steps,
            tokens=tokens,
            sources=sources,
        )
        said.write(folder)
        click.echo(f"done: {folder}")


if __name__ == "__main__":
    main()
