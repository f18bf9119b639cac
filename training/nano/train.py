"""Train the nano model from scratch: python -m training.nano.train --config training/configs/nano.toml --out runs/nano

One readable file, top to bottom: examples are synthesised in worker processes while the model learns; texts are short
at first and grow; Muon moves the matrices inside the blocks, AdamW the rest; the learning rate is warmed up, held, and
brought to zero over the last part of the run. A checkpoint holds all that resuming needs. On a CPU a run is
deterministic for its seed and thread count; with an accelerator the same file runs there.
"""

from __future__ import annotations

import json
import random
import time
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import click
import torch
from torch.multiprocessing import get_context

from agent.prompt import slots_of
from agent.schemas import compile_schema
from agent.vocabulary import MAX_SLOTS
from training.nano.encoding import Encoded, Encoder, load_vocabulary
from training.nano.loss import Batch, collate, losses
from training.nano.model import Nano, Shape
from training.nano.muon import Muon
from training.synthesis import generate

POOL = 512
"""Examples that a worker process makes at a time."""
LENGTHS = (48, 64, 80, 96, 128, 160, 192, 256, 320, 384, 512, 640, 768, 896)
"""Lengths that examples are padded to."""


@dataclass(frozen=True, slots=True)
class Config:
    """What a run is."""

    width: int = 256
    layers: int = 6
    heads: int = 4
    hidden: int = 640
    seed: int = 1
    tokens: int = 60_000_000
    """Length of the run in tokens, padding left out."""
    batch_tokens: int = 6_144
    max_length: int = 896
    """Longer examples are left out."""
    muon_lr: float = 0.01
    adam_lr: float = 2e-3
    warmup: float = 0.01
    decay: float = 0.35
    """Share of the run, at its end, over which the learning rate falls to zero."""
    level_start: float = 0.0
    level_full: float = 0.35
    """Share of the run after which the texts are as hard as they get."""
    weight_decay: float = 0.0
    threads: int = 2
    edgejson: str = ""
    """EdgeJSON train file whose rows are mixed in; empty for none."""
    edgejson_share: float = 0.1


def stream(seed: int, level: float, config: Config) -> Iterator[Encoded]:
    """Yield encoded examples of one difficulty, for ever."""
    encoder = Encoder(load_vocabulary())
    chance = random.Random(seed)
    rows = edgejson_rows(config.edgejson) if config.edgejson else []
    source = generate(seed, level=level)
    while True:
        if rows and chance.random() < config.edgejson_share * level:
            made = encoder.encode(*chance.choice(rows), chance)
        else:
            example = next(source)
            root = compile_schema(example.schema).root
            if len(slots_of(root)) > MAX_SLOTS:
                continue
            made = encoder.encode(root, example.text, example.value, example.spans, example.headings, chance)
        if len(made) <= config.max_length:
            yield made


def edgejson_rows(path: str) -> list[tuple]:
    """Return EdgeJSON train rows with their spans found."""
    from training.edgejson import rows  # noqa: PLC0415 - only where a run mixes them in

    return rows(Path(path))


def produce(seed: int, level: float, config: Config, count: int) -> list[Encoded]:
    """Return ``count`` examples; runs in a worker process."""
    torch.set_num_threads(1)
    source = stream(seed, level, config)
    return [next(source) for _ in range(count)]


class Buckets:
    """Examples waiting by padded length until a batch of that length is full, so that shapes are few."""

    def __init__(self, config: Config) -> None:
        self.budget = config.batch_tokens
        self.waiting: dict[int, list[Encoded]] = {length: [] for length in LENGTHS if length <= config.max_length}

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
    """Pools of batches, made by one worker process ahead of their use."""

    def __init__(self, config: Config, pools_done: int) -> None:
        self.config = config
        self.pool = get_context("spawn").Pool(1)
        self.number = pools_done
        self.pending = None
        self.buckets = Buckets(config)

    def request(self, level: float) -> None:
        """Begin to make the next pool."""
        seed = self.config.seed * 1_000_003 + self.number
        self.pending = self.pool.apply_async(produce, (seed, level, self.config, POOL))
        self.number += 1

    def next(self, level: float) -> list[Batch]:
        """Return the pool that was asked for, and ask for the one after it."""
        if self.pending is None:
            self.request(level)
        examples = self.pending.get()
        self.request(level)
        return self.buckets.add(examples, random.Random(self.number))


def schedule(done: float, config: Config) -> float:
    """Return the share of the learning rate at a share of the run."""
    if done < config.warmup:
        return max(0.02, done / config.warmup)
    return min(1.0, (1.0 - done) / config.decay)


def optimisers(model: Nano, config: Config) -> list[torch.optim.Optimizer]:
    """Return Muon for the matrices of the blocks and AdamW for everything else."""
    matrices = [param for param in model.blocks.parameters() if param.ndim == 2]
    inside = {id(param) for param in matrices}
    rest = [param for param in model.parameters() if id(param) not in inside]
    return [
        Muon(matrices, lr=config.muon_lr, decay=config.weight_decay),
        torch.optim.AdamW(rest, lr=config.adam_lr, betas=(0.9, 0.98), weight_decay=0.0),
    ]


def save(path: Path, model: Nano, optims: list[torch.optim.Optimizer], state: dict[str, float]) -> None:
    """Write a checkpoint whole or not at all."""
    whole = {
        "shape": asdict(model.shape),
        "model": model.state_dict(),
        "optims": [optim.state_dict() for optim in optims],
        "state": state,
    }
    torch.save(whole, path.with_suffix(".tmp"))
    path.with_suffix(".tmp").replace(path)


@click.command()
@click.option("--config", "path", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--resume", type=click.Path(exists=True, path_type=Path), help="Checkpoint to go on from.")
@click.option("--restart-schedule", is_flag=True, help="With --resume: keep weights only, begin the schedule anew.")
@click.option("--tokens", type=int, help="Length of the run, in place of the configuration's.")
def main(path: Path, out: Path, resume: Path | None, restart_schedule: bool, tokens: int | None) -> None:  # noqa: FBT001
    """Train, report every 50 steps, keep a checkpoint every few minutes."""
    known = {field.name for field in fields(Config)}
    given = tomllib.loads(path.read_text(encoding="utf-8"))
    config = Config(**{key: value for key, value in given.items() if key in known} | ({"tokens": tokens} if tokens else {}))
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(config.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cpu":
        torch.set_num_threads(config.threads)
    model = Nano(Shape(len(load_vocabulary().tokens), config.width, config.layers, config.heads, config.hidden)).to(device)
    optims = optimisers(model, config)
    state: dict[str, float] = {"tokens": 0, "step": 0, "pools": 0, "examples": 0}
    if resume:
        kept = torch.load(resume, weights_only=True, map_location=device)
        model.load_state_dict(kept["model"])
        for optim, its in zip(optims, kept["optims"], strict=True):
            optim.load_state_dict(its)
        state = dict(kept["state"])
        if restart_schedule:
            state["tokens"] = 0
    train(model, optims, config, state, out, device)


def train(
    model: Nano,
    optims: list[torch.optim.Optimizer],
    config: Config,
    state: dict[str, float],
    out: Path,
    device: str,
) -> None:
    """Run until the tokens are used up."""
    feed = Feed(config, int(state["pools"]))
    base = [group["lr"] for optim in optims for group in optim.param_groups]
    base = [config.muon_lr, config.adam_lr] if len(base) == 2 else base
    seen: dict[str, list[float]] = defaultdict(list)
    began = saved = time.monotonic()
    first_tokens = state["tokens"]
    log = (out / "log.jsonl").open("a", encoding="utf-8")
    while state["tokens"] < config.tokens:
        done = state["tokens"] / config.tokens
        level = min(1.0, config.level_start + done / config.level_full) if config.level_full else 1.0
        for batch in feed.next(level):
            rate = schedule(min(1.0, state["tokens"] / config.tokens), config)
            for optim, lr in zip(optims, base, strict=True):
                optim.param_groups[0]["lr"] = lr * rate
            step(model, optims, batch, seen, device)
            state["tokens"] += int(batch.total.sum())
            state["examples"] += len(batch.ids)
            state["step"] += 1
            if state["step"] % 50 == 0:
                speed = (state["tokens"] - first_tokens) / (time.monotonic() - began)
                row = {key: round(sum(values) / len(values), 4) for key, values in sorted(seen.items())}
                row |= {"step": state["step"], "tokens": state["tokens"], "examples": state["examples"]}
                row |= {"level": round(level, 3), "rate": round(rate, 4), "tokens_per_s": round(speed)}
                click.echo(json.dumps(row))
                log.write(json.dumps(row) + "\n")
                log.flush()
                seen.clear()
            if state["tokens"] >= config.tokens:
                break
        state["pools"] += 1
        if time.monotonic() - saved > 180:
            save(out / "checkpoint.pt", model, optims, state)
            saved = time.monotonic()
    save(out / "checkpoint.pt", model, optims, state)
    click.echo(f"done: {int(state['tokens'])} tokens in {time.monotonic() - began:.0f} s")
    feed.pool.terminate()


def step(
    model: Nano, optims: list[torch.optim.Optimizer], batch: Batch, seen: dict[str, list[float]], device: str
) -> None:
    """Take one step and note its losses."""
    if device != "cpu":
        batch = Batch(**{f.name: v.to(device) if torch.is_tensor(v := getattr(batch, f.name)) else v for f in fields(Batch)})
    found, right = losses(model, batch)
    total = torch.stack(list(found.values())).sum()
    total.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for optim in optims:
        optim.step()
        optim.zero_grad(set_to_none=True)
    for key, value in found.items():
        seen[key].append(value.item())
    for key, value in right.items():
        seen[f"right_{key}"].append(value.item())


if __name__ == "__main__":
    main()
