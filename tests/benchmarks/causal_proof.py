r"""A causal model at work: every answer grounded and valid, or refused; size, memory, speed.

::

    python -m training.random_base --shape 135m --out /tmp/base
    python -m training.finetune --config training/configs/135m.toml --data schemas --base /tmp/base \
        --out /tmp/run --steps 2
    python -m training.export --model /tmp/run/merged --out /tmp/models --name random --licence Apache-2.0
    python tests/benchmarks/causal_proof.py --model /tmp/models/random-q4_0 --every 10 --insist

Random weights take every second text to be of another kind, hence ``--insist``. Memory is that of this
process, weights that are mapped from their file included. Exit code 1 where an answer is neither grounded and
valid nor refused.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/rig"), str(ROOT)]

import click  # noqa: E402 - after the path
from memory import pss  # noqa: E402

from agent.extract import Job  # noqa: E402
from agent.extract.generate import GenerateExtractor  # noqa: E402
from agent.message import Candidate  # noqa: E402
from agent.models import load, verify  # noqa: E402
from agent.schemas import bundled_folder  # noqa: E402
from agent.validate import validate  # noqa: E402
from eval.dataset import load_examples  # noqa: E402
from eval.grounding import ungrounded  # noqa: E402


@click.command()
@click.option("--model", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--threads", default=2, show_default=True)
@click.option("--every", default=1, show_default=True, help="Take every n-th example.")
@click.option("--insist", is_flag=True, help="Take no text to be of another kind: it must answer.")
def main(*, model: Path, threads: int, every: int, insist: bool) -> None:
    """Print one line of JSON."""
    found = load(model)
    verify(found)
    if insist:
        limits = found.manifest.thresholds.model_copy(update={"fits": 0.0})
        found = replace(found, manifest=found.manifest.model_copy(update={"thresholds": limits}))
    cases = load_examples(bundled_folder())[::every]
    jobs = [Job(case.text, case.schema) for case in cases if case.schema]
    extractor = GenerateExtractor(found, threads=threads, deadline_s=600.0)
    began = time.perf_counter()
    answers = extractor.extract(jobs)
    seconds = time.perf_counter() - began
    verdicts = Counter(verdict(job, made) for job, made in zip(jobs, answers, strict=True))
    measured = {
        "model": found.manifest.name,
        "size_mb": round(found.gguf.stat().st_size / 1e6, 1),
        "pss_mb": round(pss(os.getpid())),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3),
        "tokens_per_s": round(sum(made.tokens for made in answers) / seconds, 1),
        "texts": len(jobs),
        **verdicts,
    }
    click.echo(json.dumps(measured))
    raise SystemExit(bool(verdicts["ungrounded"]))


def verdict(job: Job, made: Candidate) -> str:
    """Tell what the agent would do with an answer."""
    if made.refusal:
        return "refused"
    if list(ungrounded(job.text, made.value, made.evidence, job.schema.root)):
        return "ungrounded"
    return "refused_by_the_validator" if validate(made.value, job.schema) else "grounded_and_valid"


if __name__ == "__main__":
    main()
