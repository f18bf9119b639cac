"""Go the whole chain with models so small that it takes minutes: ``make chain-small``.

Every step is the command that a model builder types. A pointing model is trained from nothing, exported,
quantised, calibrated, and scored on texts of other seeds, beside one that has learned from one batch. A
causal model is fine-tuned from a base of random weights, merged, exported, quantised, and answers the same
texts. What each step took is printed. Exit code 1 where a step fails, or where the chain comes to nothing
(``judge.py``).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from training.chain.judge import Figures, faults

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = ROOT / "training/configs"
LEVEL = "0.2"
"""Difficulty of the texts that are scored."""
TUNING, RESERVED = ("991301", "150"), ("991302", "200")
"""Seed and number of the texts that calibrate, and of those that score: no seeds of a training run."""
KINDS = ("F16", "Q4_0")
UNSCORED = "--scored 0"
"""What quantising costs in score means nothing where nothing was learned."""
OF_MAKE = ("MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS", "CONFIG", "RUN", "OUT", "MODEL", "BASE", "DATA", "OPTIONS")
"""Variables by which one make tells another what it was told."""


@dataclass(slots=True)
class Chain:
    """Runs commands in a folder, and keeps the time of each."""

    folder: Path
    seconds: dict[str, float] = field(default_factory=dict)

    def make(self, name: str, *words: str) -> str:
        """Run a target of make."""
        return self.run(name, "make", *words)

    def python(self, name: str, module: str, *words: str) -> str:
        """Run a module in this environment."""
        return self.run(name, sys.executable, "-m", module, *words)

    def run(self, name: str, *command: str) -> str:
        """Run a command; return what it printed.

        Raises:
            ClickException: it failed.
        """
        click.echo(f"→ {' '.join(command)}", err=True)
        began = time.monotonic()
        own = {name: value for name, value in os.environ.items() if name not in OF_MAKE}
        done = subprocess.run(  # noqa: S603 - our words
            command, cwd=ROOT, env=own, stdout=subprocess.PIPE, text=True, check=False
        )
        self.seconds[name] = time.monotonic() - began
        if done.returncode:
            sys.stdout.write(done.stdout)
            message = f"{name}: exit code {done.returncode}\nNext: the lines above say why"
            raise click.ClickException(message)
        return done.stdout

    def cases(self, name: str, seed: str, count: str) -> Path:
        """Write labelled texts."""
        options = ("--seed", seed, "--count", count, "--level", LEVEL, "--cases")
        path = self.folder / f"{name}.jsonl"
        path.write_text(self.python(f"texts: {name}", "training.synthesis", *options), encoding="utf-8")
        return path

    def score(self, model: Path, cases: Path) -> dict[str, Any]:
        """Score a model folder."""
        options = ("run", "--cases", str(cases), "--extractor", str(model), "--json")
        report: dict[str, Any] = json.loads(self.python(f"score {model.name}", "eval", *options))
        return report

    def pointing(self, name: str, *, train: str = "", export: str = "") -> Path:
        """Train a pointing model from nothing and export it; return its folder."""
        run, model = self.folder / name, self.folder / "models" / name
        config = f"CONFIG={CONFIGS / 'nano-small.toml'}"
        self.make(f"train {name}", "train-nano", config, f"RUN={run}", f"OPTIONS={train}")
        self.make(f"export {name}", "export", f"RUN={run}", f"OUT={model}", f"OPTIONS={export}")
        return model

    def causal(self) -> Path:
        """Fine-tune a base of random weights, merge and export it; return the folder of its models."""
        base, run, models = (self.folder / name for name in ("base", "tiny", "models"))
        self.python("random base", "training.random_base", "--shape", "tiny", "--out", str(base))
        config = f"CONFIG={CONFIGS / 'tiny.toml'}"
        self.make("fine-tune tiny", "finetune", config, "DATA=schemas", f"BASE={base}", f"OUT={run}")
        kinds = " ".join(f"--kind {kind}" for kind in KINDS)
        options = f"OPTIONS={kinds} --licence Apache-2.0 {UNSCORED}"
        self.make("export tiny", "export", f"MODEL={run / 'merged'}", f"OUT={models}", options)
        return models


def go(chain: Chain) -> Figures:
    """Go all the way."""
    tuning, reserved = chain.cases("tuning", *TUNING), chain.cases("reserved", *RESERVED)
    trained = chain.pointing("trained")
    untrained = chain.pointing("untrained", train="--tokens 1", export=UNSCORED)
    options = ("calibrate", "--cases", str(tuning), "--model", str(trained), "--write")
    chain.python("calibrate trained", "eval", *options)
    models = chain.causal()
    log = (chain.folder / "tiny/log.jsonl").read_text(encoding="utf-8").splitlines()
    return Figures(
        trained=chain.score(trained, reserved),
        untrained=chain.score(untrained, reserved),
        agreement=json.loads((trained / "manifest.json").read_text(encoding="utf-8"))["agreement"],
        losses=tuple(json.loads(line)["loss"] for line in log),
        causal={kind: chain.score(models / f"tiny-{kind.lower()}", reserved) for kind in KINDS},
    )


def told(chain: Chain, found: Figures) -> Iterator[str]:
    """Yield the lines of the summary."""
    scored = {"trained": found.trained, "untrained": found.untrained, **found.causal}
    yield "| model | JSONExact | leaf F1 | values | grounded |"
    yield "| --- | --- | --- | --- | --- |"
    for name, one in scored.items():
        values = one["cases"] - one["refused"]
        yield f"| {name} | {one['json_exact']:.3f} | {one['leaf_f1']:.3f} | {values} | {one['grounded']} |"
    yield f"quantised to Q8_0: {found.agreement:.2%} of the choices are the same"
    yield f"loss of the fine-tuning: {', '.join(f'{one:.2f}' for one in found.losses)}"
    yield from (f"{seconds:6.0f} s  {name}" for name, seconds in chain.seconds.items())
    yield f"{sum(chain.seconds.values()):6.0f} s  in all"
    yield f"{megabytes(chain.folder):6.0f} MB of files; {megabytes(Path(sys.prefix)):.0f} MB of environment"


def megabytes(folder: Path) -> float:
    """Return the size of the files in a folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


@click.command()
@click.option("--out", type=click.Path(path_type=Path), help="Folder to keep; else a temporary one.")
def main(out: Path | None) -> None:
    """Train, export, quantise and score two small models."""
    with TemporaryDirectory(prefix="chain-") as folder:
        chain = Chain(out or Path(folder))
        chain.folder.mkdir(parents=True, exist_ok=True)
        found = go(chain)
        click.echo("\n".join(told(chain, found)))
    wrong = list(faults(found))
    click.echo("\n".join(wrong), err=True)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
