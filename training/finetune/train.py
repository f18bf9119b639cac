"""The loop: batches in a seeded order, loss on answers alone, checkpoints to go on from bit for bit."""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import torch
from torch import Tensor
from torch.nn import functional

from training.faults import Unusable
from training.finetune.answers import Example
from training.finetune.recipe import Recipe

CHECKPOINT, LOG = "checkpoint.pt", "log.jsonl"
SAVE_SECONDS = 180
MAX_NORM = 1.0
"""Length to which a step's gradient is cut."""


@dataclass(slots=True)
class State:
    """How far a run has come."""

    step: int = 0
    tokens: int = 0
    """Read, prompts included."""


@dataclass(slots=True)
class Run:
    """A model with an adapter on its way."""

    model: Any
    recipe: Recipe
    examples: Sequence[Example]
    out: Path
    limit: int | None = None
    """Steps after which to stop."""
    state: State = field(default_factory=State)
    optimiser: torch.optim.Optimizer = field(init=False)

    def __post_init__(self) -> None:
        """Set up AdamW over what learns."""
        learning = [weight for weight in self.model.parameters() if weight.requires_grad]
        self.optimiser = torch.optim.AdamW(learning, lr=self.recipe.lr, weight_decay=self.recipe.weight_decay)

    @property
    def steps(self) -> int:
        """Steps of the whole run."""
        return self.recipe.epochs * math.ceil(len(self.examples) / self.recipe.batch)

    @property
    def device(self) -> Any:  # noqa: ANN401 - torch has no types here
        """Where the model is."""
        return next(self.model.parameters()).device

    def train(self) -> None:
        """Run to the end, or as far as the limit."""
        self.model.train()
        last = min(self.steps, self.limit or self.steps)
        saved = time.monotonic()
        while self.state.step < last:
            began = time.monotonic()
            loss, tokens = self.step(batch_of(self.state.step, len(self.examples), self.recipe))
            self._report(loss, tokens, time.monotonic() - began)
            if time.monotonic() - saved > SAVE_SECONDS:
                self.save()
                saved = time.monotonic()
        self.save()

    def step(self, numbers: Sequence[int]) -> tuple[float, int]:
        """Learn from one batch; return its loss per token learned, and the tokens read."""
        chosen = sorted((self.examples[number] for number in numbers), key=lambda one: len(one.ids))
        total = sum(learned(one, self.recipe) for one in chosen)
        loss, tokens = 0.0, 0
        for group in parts(chosen, self.recipe.together):
            part = summed_loss(self.model, group, self.recipe) / total
            part.backward()
            loss += part.item()
            tokens += sum(len(one.ids) for one in group)
        for settings in self.optimiser.param_groups:
            settings["lr"] = self.recipe.lr * rate(self.state.step, self.steps, self.recipe.warmup)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), MAX_NORM)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self.state.step += 1
        self.state.tokens += tokens
        return loss, tokens

    def _report(self, loss: float, tokens: int, seconds: float) -> None:
        row = {
            "step": self.state.step,
            "of": self.steps,
            "loss": round(loss, 4),
            "tokens": self.state.tokens,
            "tokens_per_s": round(tokens / seconds),
        }
        click.echo(json.dumps(row))
        with (self.out / LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps(row) + "\n")

    def save(self) -> None:
        """Write a checkpoint whole or not at all."""
        from peft import get_peft_model_state_dict  # noqa: PLC0415 - takes seconds

        whole = {
            "adapter": get_peft_model_state_dict(self.model),
            "optimiser": self.optimiser.state_dict(),
            "step": self.state.step,
            "tokens": self.state.tokens,
            "recipe": self.recipe.model_dump_json(),
            "rows": len(self.examples),
            "random": torch.get_rng_state(),
        }
        path = self.out / CHECKPOINT
        torch.save(whole, path.with_suffix(".tmp"))
        path.with_suffix(".tmp").replace(path)

    def resume(self) -> None:
        """Go on from the checkpoint.

        Raises:
            Unusable: it is of another recipe or other rows.
        """
        from peft import set_peft_model_state_dict  # noqa: PLC0415 - takes seconds

        kept = torch.load(self.out / CHECKPOINT, weights_only=True, map_location="cpu")
        if (kept["recipe"], kept["rows"]) != (self.recipe.model_dump_json(), len(self.examples)):
            raise Unusable(
                f"go on from {self.out / CHECKPOINT}",
                cause="it was made with another recipe, or from other rows",
                remedy="begin anew in another folder",
            )
        set_peft_model_state_dict(self.model, kept["adapter"])
        self.optimiser.load_state_dict(kept["optimiser"])
        self.state = State(kept["step"], kept["tokens"])
        torch.set_rng_state(kept["random"])


def batch_of(step: int, count: int, recipe: Recipe) -> list[int]:
    """Return the numbers of the examples of a step: each epoch sees all, in an order of its own."""
    epoch, place = divmod(step, math.ceil(count / recipe.batch))
    order = list(range(count))
    random.Random(f"{recipe.seed} {epoch}").shuffle(order)
    return order[place * recipe.batch : (place + 1) * recipe.batch]


def rate(step: int, steps: int, warmup: float) -> float:
    """Return the share of the learning rate at a step: up to 1, then linearly down to nearly 0."""
    rising = warmup * steps
    if step < rising:
        return (step + 1) / (rising + 1)
    return (steps - step) / max(1.0, steps - rising)


def parts(examples: Sequence[Example], size: int) -> Iterator[Sequence[Example]]:
    """Yield groups of examples."""
    for first in range(0, len(examples), size):
        yield examples[first : first + size]


def learned(example: Example, recipe: Recipe) -> int:
    """Return the tokens that an example is learned at."""
    return len(example.decisions) if recipe.loss == "decisions" else len(example.ids) - example.first


def summed_loss(model: Any, group: Sequence[Example], recipe: Recipe) -> Tensor:  # noqa: ANN401 - no types
    """Return the loss of all tokens that are learned, together."""
    device = next(model.parameters()).device
    longest = max(len(one.ids) for one in group)
    ids = torch.tensor([[*one.ids, *[0] * (longest - len(one.ids))] for one in group], device=device)
    seen = torch.tensor([[1] * len(one.ids) + [0] * (longest - len(one.ids)) for one in group], device=device)
    with torch.autocast(device.type, dtype=torch.bfloat16, enabled=device.type == "cuda"):
        logits = model(input_ids=ids, attention_mask=seen).logits.float()
    if recipe.loss == "decisions":
        return torch.stack([_decided(logits[row], one) for row, one in enumerate(group)]).sum()
    wanted = ids.clone()
    for row, one in enumerate(group):
        wanted[row, : one.first] = -100
        wanted[row, len(one.ids) :] = -100
    return functional.cross_entropy(logits[:, :-1].flatten(0, 1), wanted[:, 1:].flatten(), reduction="sum")


def _decided(logits: Tensor, example: Example) -> Tensor:
    """Return the loss at the decisions of an example, each over only the tokens that were allowed."""
    total = logits.new_zeros(())
    for decision in example.decisions:
        allowed = torch.as_tensor(decision.allowed, device=logits.device)
        chosen = (allowed == example.ids[decision.place]).nonzero()[0]
        total = total + functional.cross_entropy(logits[decision.place - 1, allowed][None], chosen)
    return total
