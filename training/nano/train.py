"""Train the nano model from scratch.

``python -m training.nano.train --config training/configs/nano.toml --out runs/nano``

Examples are synthesised in a worker process while the model learns; texts are short at first and grow; Muon
moves the matrices inside the blocks, AdamW the rest; the learning rate is warmed up, held, and brought to
zero over the last part of the run. A checkpoint holds all that resuming needs. On a CPU a run is
deterministic for its seed, process and thread count; with an accelerator the same file runs there.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import click
import torch

from training.nano.config import Config
from training.nano.encoding import load_vocabulary
from training.nano.feed import Feed
from training.nano.loss import Batch, Outcome, losses
from training.nano.model import Nano, Shape, grown
from training.nano.muon import Muon
from training.nano.shipped import shipped
from training.nano.team import Team, together

State = dict[str, float]
"""How far a run has come: tokens, steps, pools and examples; and what the weights had seen before it."""
COUNTS = ("tokens", "step", "pools", "examples", "tokens_before", "examples_before")
REPORT_STEPS = 50
SAVE_SECONDS = 180


@click.command()
@click.option("--config", "path", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--resume", type=click.Path(exists=True, path_type=Path), help="Checkpoint to go on from.")
@click.option(
    "--weights",
    type=click.Path(exists=True, path_type=Path),
    help="Checkpoint or model folder to begin from.",
)
@click.option("--tokens", type=int, help="Length of the run, in place of the configuration's.")
@click.option(
    "--rows",
    type=click.Path(exists=True, path_type=Path),
    help="Labelled texts to mix in (python -m training.rows).",
)
def main(
    path: Path, out: Path, resume: Path | None, weights: Path | None, tokens: int | None, rows: Path | None
) -> None:
    """Train, report every 50 steps, keep a checkpoint every few minutes."""
    config = Config.load(path, tokens=tokens, rows=str(rows) if rows else None)
    out.mkdir(parents=True, exist_ok=True)
    size = 1 if torch.cuda.is_available() else config.processes
    together(size, partial(member, config, out, resume=resume, weights=weights))


def member(config: Config, out: Path, team: Team, *, resume: Path | None, weights: Path | None) -> None:
    """Train as one of the processes of a run."""
    torch.manual_seed(config.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cpu":
        torch.set_num_threads(config.threads)
    size = len(load_vocabulary().tokens)
    model = Nano(Shape(size, config.width, config.layers, config.heads, config.hidden)).to(device)
    run = Run(model, optimisers(model, config), config, device, team)
    if resume:
        run.resume(resume)
    elif weights:
        run.begin_from(weights)
    run.train(out)


@dataclass(slots=True)
class Run:
    """A model on its way, and how far it has come."""

    model: Nano
    optims: list[torch.optim.Optimizer]
    config: Config
    device: str
    team: Team = field(default_factory=Team)
    state: State = field(default_factory=lambda: dict.fromkeys(COUNTS, 0.0))

    def begin_from(self, path: Path) -> None:
        """Take the weights of a checkpoint or model folder, also of a model with fewer parts.

        The run itself begins anew.
        """
        loaded = torch.load(path, weights_only=True, map_location=self.device) if path.is_file() else None
        kept = loaded or shipped(path)
        weights = kept["model"]
        for name, wanted in self.model.state_dict().items():
            known = weights.get(name)
            if known is not None and known.shape != wanted.shape:
                weights[name] = grown(known, wanted)
        self.model.load_state_dict(weights, strict=False)
        for count in ("tokens", "examples"):
            before = f"{count}_before"
            self.state[before] = kept["state"][count] + kept["state"].get(before, 0.0)

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint."""
        kept = torch.load(path, weights_only=True, map_location=self.device)
        self.model.load_state_dict(kept["model"])
        for optim, its in zip(self.optims, kept["optims"], strict=True):
            optim.load_state_dict(its)
        self.state = dict.fromkeys(COUNTS, 0.0) | dict(kept["state"])

    def train(self, out: Path) -> None:
        """Run until the tokens are used up."""
        feed = Feed(self.config, int(self.state["pools"]), self.team.rank, self.team.size)
        report = Report(out / "log.jsonl", self.state["tokens"])
        began = saved = time.monotonic()
        while self.state["tokens"] < self.config.tokens:
            level = difficulty(self.done, self.config)
            for batch in feed.next(level):
                rate = schedule(self.done, self.config)
                report.note(self.step(batch, rate))
                if self.team.leads and self.state["step"] % REPORT_STEPS == 0:
                    report.write(self.state, level, rate)
                if self.state["tokens"] >= self.config.tokens:
                    break
            self.state["pools"] += 1
            if self.team.leads and time.monotonic() - saved > SAVE_SECONDS:
                self.save(out / "checkpoint.pt")
                saved = time.monotonic()
        feed.close()
        if self.team.leads:
            self.save(out / "checkpoint.pt")
            click.echo(f"done: {int(self.state['tokens'])} tokens in {time.monotonic() - began:.0f} s")

    @property
    def done(self) -> float:
        """Share of the run that is behind."""
        return min(1.0, self.state["tokens"] / self.config.tokens)

    def step(self, batch: Batch, rate: float) -> Outcome:
        """Learn from one batch at a share of the learning rates."""
        for optim, full in zip(self.optims, (self.config.muon_lr, self.config.adam_lr), strict=True):
            optim.param_groups[0]["lr"] = full * rate
        outcome = losses(self.model, batch if self.device == "cpu" else batch.to(self.device))
        torch.stack(list(outcome.loss.values())).sum().backward()
        self.team.mean(self.model.parameters())
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optim in self.optims:
            optim.step()
            optim.zero_grad(set_to_none=True)
        tokens, examples = self.team.total(int(batch.total.sum()), len(batch.ids))
        self.state["tokens"] += tokens
        self.state["examples"] += examples
        self.state["step"] += 1
        return outcome

    def save(self, path: Path) -> None:
        """Write a checkpoint whole or not at all."""
        whole = {
            "shape": asdict(self.model.shape),
            "model": self.model.state_dict(),
            "optims": [optim.state_dict() for optim in self.optims],
            "state": self.state,
        }
        torch.save(whole, path.with_suffix(".tmp"))
        path.with_suffix(".tmp").replace(path)


class Report:
    """Means since the last line, on the terminal and in a file."""

    def __init__(self, path: Path, tokens: float) -> None:
        self.log = path.open("a", encoding="utf-8")
        self.began, self.tokens = time.monotonic(), tokens
        self.seen: dict[str, list[float]] = defaultdict(list)

    def note(self, outcome: Outcome) -> None:
        """Take in what one step has given."""
        for key, value in outcome.loss.items():
            self.seen[key].append(value.item())
        for key, value in outcome.right.items():
            self.seen[f"right_{key}"].append(value.item())

    def write(self, state: State, level: float, rate: float) -> None:
        """Write a line and begin the next."""
        speed = (state["tokens"] - self.tokens) / (time.monotonic() - self.began)
        row = {key: round(sum(values) / len(values), 4) for key, values in sorted(self.seen.items())}
        row |= {"step": state["step"], "tokens": state["tokens"], "examples": state["examples"]}
        row |= {"level": round(level, 3), "rate": round(rate, 4), "tokens_per_s": round(speed)}
        click.echo(json.dumps(row))
        self.log.write(json.dumps(row) + "\n")
        self.log.flush()
        self.seen.clear()


def difficulty(done: float, config: Config) -> float:
    """Return the level of the texts at a share of the run."""
    return min(1.0, config.level_start + done / config.level_full) if config.level_full else 1.0


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


if __name__ == "__main__":
    main()
