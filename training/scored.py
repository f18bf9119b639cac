"""What quantisation costs in score: part of every export, which ends where it is more than a point."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import click

from agent.extract.factory import opened
from agent.models import Model
from agent.schemas import SchemaError, compile_schema
from eval.dataset import Case
from eval.loss import MOST, Loss, losses
from training.faults import Unfaithful
from training.synthesis import generate

SEED = 990_201
"""Of the texts that are scored: no seed of a training run, nor of the texts that thresholds are chosen on."""
CASES = 400
"""Texts that are scored, where no other number is asked for: one is a quarter of a point."""
CAUSAL_CASES = 100
"""The same of a causal model, which takes a hundred times longer: one is a point."""


def cases(count: int, seed: int = SEED) -> list[Case]:
    """Return synthetic texts with their right answers."""
    found = []
    for number, one in enumerate(islice(generate(seed), count)):
        try:
            schema = compile_schema(one.schema, name=one.format)
        except SchemaError:  # a schema that no model is asked for
            continue
        level = schema.complexity.value
        name = f"{one.format}-{number}"
        found.append(Case(name, one.text, schema, one.value, level, one.format, schema.name))
    return found


def bearable(whole: Model, others: Sequence[Model], count: int = CASES) -> dict[str, Loss]:
    """Compare quantised models with the whole one; say what came of each.

    Raises:
        Unfaithful: one loses more than a point.
    """
    found = losses(cases(count), opened(whole), {one.manifest.quantisation: opened(one) for one in others})
    for kind, one in found.items():
        click.echo(f"{kind}: {one}")
    for kind, one in found.items():
        if not one.bearable:
            raise Unfaithful(
                f"compare {kind} with {whole.gguf.name}",
                cause=f"{100 * one.lost:.2f} points of JSONExact are lost; {100 * MOST:g} are allowed",
                remedy="quantise less; --scored 0 puts it in place all the same",
            )
    return found
