"""Speed of the generate path on the bundled examples, each forced to its expected answer.

::

    python -m training.random_model --shape 135m --out /tmp/r135
    python tests/benchmarks/generate_speed.py --model /tmp/r135 --threads 2 --seats 1 --seats 4
    python tests/benchmarks/generate_speed.py --model /tmp/r135 --threads 2 --completion

What is forced does not change the work: masks, logits and probabilities are computed as for a free answer.
``--completion`` measures llama-cpp-python's documented way instead: ``create_completion`` with the grammar of
the JSON Schema, for as many tokens as the expected answer has.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import click

from agent.extract import Job
from agent.extract.answer import write
from agent.extract.generate import GenerateExtractor
from agent.extract.source import prepare
from agent.extract.template import Template
from agent.extract.walk import Choose, following
from agent.message import Json
from agent.models import Model, load
from agent.schemas import bundled_folder, bundled_schemas


def labelled() -> Iterator[tuple[Job, Json]]:
    """Yield the bundled examples that have an expected value."""
    for name, schema in bundled_schemas().items():
        for line in (bundled_folder() / f"{name}.examples.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["expected"] is not None:
                yield Job(row["text"], schema), row["expected"]


def answer_of(job: Job, expected: Json) -> bytes:
    """Return how the grammar writes what is expected."""
    return write(expected, job.schema.root, prepare(job.text)).encode()


def grounded(model: Model, cases: list[tuple[Job, Json]], threads: int, seats: int) -> dict[str, float]:
    """Measure the generate path."""
    answers = {job.text: answer_of(job, expected) for job, expected in cases}

    def choose(job: Job) -> Choose:
        return following(answers[job.text])

    extractor = GenerateExtractor(model, threads=threads, seats=seats, choose=choose, deadline_s=3600)
    jobs = [job for job, _ in cases]
    extractor.extract(jobs[:1])
    began = time.perf_counter()
    made = extractor.extract(jobs)
    seconds = time.perf_counter() - began
    wrong = sum(one.value != expected for one, (_, expected) in zip(made, cases, strict=True))
    count = sum(len(extractor.llama.vocabulary.encode(answers[job.text])) for job in jobs)
    return report(len(jobs), seconds, sum(one.tokens for one in made), count) | {"wrong": wrong}


def completion(model: Model, cases: list[tuple[Job, Json]], threads: int) -> dict[str, float]:
    """Measure llama-cpp-python's own way."""
    from llama_cpp import Llama, LlamaGrammar  # noqa: PLC0415 - heavy

    llama = Llama(str(model.gguf), n_ctx=model.manifest.context, n_threads=threads, verbose=False)
    template = Template.parse(model.manifest.prompt)
    read, written, began = 0, 0, time.perf_counter()
    for job, expected in cases:
        before, behind = template.around(job.schema)
        grammar = LlamaGrammar.from_json_schema(json.dumps(job.schema.document), verbose=False)
        wanted = len(llama.tokenize(answer_of(job, expected), add_bos=False))
        prompt = before + job.text + behind
        usage = llama.create_completion(prompt, max_tokens=wanted, temperature=0.0, grammar=grammar)["usage"]
        read, written = read + usage["total_tokens"], written + usage["completion_tokens"]
    return report(len(cases), time.perf_counter() - began, read, written)


def report(messages: int, seconds: float, tokens: int, answer: int) -> dict[str, float]:
    """Return the figures."""
    return {
        "messages": messages,
        "seconds": round(seconds, 2),
        "messages_per_s": round(messages / seconds, 2),
        "tokens_per_s": round(tokens / seconds, 1),
        "answer_tokens_per_s": round(answer / seconds, 1),
        "answer_tokens": answer,
    }


@click.command()
@click.option("--model", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--threads", default=2, show_default=True)
@click.option(
    "--seats", multiple=True, default=(1, 4), show_default=True, help="Texts at once; may be repeated."
)
@click.option("--every", default=1, show_default=True, help="Take every n-th example.")
@click.option("--completion", "own", is_flag=True, help="Measure llama-cpp-python's completion instead.")
def main(model: Path, threads: int, seats: tuple[int, ...], every: int, own: bool) -> None:  # noqa: FBT001 - click calls it
    """Print one line of JSON per measurement."""
    found, cases = load(model), list(labelled())[::every]
    if own:
        click.echo(json.dumps({"way": "completion", "threads": threads} | completion(found, cases, threads)))
        return
    for count in seats:
        figures = grounded(found, cases, threads, count)
        click.echo(json.dumps({"way": "grounded", "threads": threads, "seats": count} | figures))


if __name__ == "__main__":
    main()
