"""``python -m eval``: scores, what they are made of, and what is compared with them."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from agent.errors import AgentError
from agent.models import EMBEDDED, MANIFEST, load
from agent.schemas import bundled_folder, bundled_schemas
from eval import calibration, comparing, history
from eval.ceiling import ceiling
from eval.dataset import (
    Case,
    DatasetError,
    edgejson_schemas,
    load_cases,
    load_edgejson,
    load_examples,
    texts,
)
from eval.leak import THRESHOLD, leaks
from eval.loading import EDGEJSON_TEST, load_extractor, progress
from eval.report import failures, summary, table
from eval.runner import run

Command = Callable[..., None]


class _Group(click.Group):
    """Turns errors that a person can act on into messages, whatever the command."""

    def invoke(self, context: click.Context) -> Any:  # noqa: ANN401 - as click has it
        """Run the command."""
        try:
            return super().invoke(context)
        except (AgentError, DatasetError) as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Group)
def main() -> None:
    """Score extraction: exactness, field F1, compliance, groundedness, speed."""


def _common(command: Command) -> Command:
    """Add the options that every scoring command has."""

    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
    @click.option(
        "--extractor",
        default="nano",
        show_default=True,
        help="nano (embedded model), floor, or a model folder.",
    )
    @click.option("--failures", "failed", type=click.Path(path_type=Path), help="Write wrong cases here.")
    @click.option("--limit", type=click.IntRange(min=1), help="Score the first N cases only.")
    @functools.wraps(command)
    def wrapped(**options: Any) -> None:  # noqa: ANN401 - passed through as click gives them
        command(**options)

    return wrapped


@main.command("run")
@click.option("--cases", "path", type=click.Path(path_type=Path), required=True, help="JSON Lines.")
@click.option("--ceiling", "only_ceiling", is_flag=True, help="Report what grounding can reach; run nothing.")
@_common
def run_command(path: Path, *, only_ceiling: bool, **options: Any) -> None:  # noqa: ANN401
    """Score a file of cases: each line has text, schema, expected, and perhaps id, complexity, format."""
    _score(load_cases(path), only_ceiling=only_ceiling, **options)


@main.command("edgejson")
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Folder of EdgeJSON v3.")
@click.option("--split", type=click.Choice(["train", "tuning", "test"]), default="test", show_default=True)
@click.option("--unpinned", is_flag=True, help="Accept files that are not the published ones.")
@click.option("--ceiling", "only_ceiling", is_flag=True, help="Report what grounding can reach; run nothing.")
@_common
def edgejson_command(
    data: Path,
    split: str,
    *,
    unpinned: bool,
    only_ceiling: bool,
    **options: Any,  # noqa: ANN401
) -> None:
    """Score EdgeJSON v3; runs on its test split are put on record in eval/runs.jsonl."""
    cases = load_edgejson(data, split, pinned=not unpinned)
    _score(cases, only_ceiling=only_ceiling, record=EDGEJSON_TEST if split == "test" else "", **options)


@main.command("unrelated")
@click.option("--count", type=click.IntRange(min=1), default=1_000, show_default=True, help="Cases.")
@click.option("--edgejson", type=click.Path(path_type=Path), help="Folder of EdgeJSON: use its schemas too.")
@_common
def unrelated_command(count: int, edgejson: Path | None, **options: Any) -> None:  # noqa: ANN401
    """Ask for schemas that the texts do not fit: false_published is the share that got a value all the same.

    false_at_threshold is the share that the agent would publish at its threshold.
    """
    from eval.unrelated import unrelated  # noqa: PLC0415

    schemas = {**bundled_schemas(), **(edgejson_schemas(edgejson / "schemas") if edgejson else {})}
    _score(unrelated(schemas, load_examples(bundled_folder()), count=count), **options)


@main.command("spans")
@click.option("--count", type=click.IntRange(min=1), default=1_000, show_default=True, help="Texts.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on one line.")
@click.option("--extractor", default="nano", show_default=True, help="nano, floor, or a model folder.")
def spans_command(count: int, extractor: str, *, as_json: bool) -> None:
    """Score spans on texts with repeated and decoy values: of right values, the share at the right place."""
    from eval.puzzles import puzzles  # noqa: PLC0415
    from eval.spans import measure  # noqa: PLC0415

    found = measure(load_extractor(extractor), puzzles(count))
    click.echo(json.dumps(found, indent=None if as_json else 2))


@main.command("stream")
@click.option("--count", type=click.IntRange(min=1), default=1_000, show_default=True, help="Messages.")
@click.option("--seed", type=int, help="Another seed than that of the figures.")
@click.option(
    "--drift-at", type=click.IntRange(min=0), help="Message from which on devices have new firmware."
)
@click.option("--mutated", "wants_mutants", is_flag=True, help="Lines that are nearly of a shape instead.")
def stream_command(count: int, seed: int | None, drift_at: int | None, *, wants_mutants: bool) -> None:
    """Print messages of ten shapes as JSON Lines: topic, schema, text, and the record that is right."""
    from eval.streams import SEED, mutated, stream  # noqa: PLC0415 - only this command needs them

    chosen = SEED if seed is None else seed
    made = mutated(count, seed=chosen) if wants_mutants else stream(count, seed=chosen, drift_at=drift_at)
    for one in made:
        click.echo(json.dumps(asdict(one), ensure_ascii=False))


@main.command("leak")
@click.option(
    "--train", type=click.Path(path_type=Path), required=True, help="JSON Lines with text or prompt."
)
@click.option(
    "--test", type=click.Path(path_type=Path), required=True, help="JSON Lines with text or prompt."
)
@click.option("--threshold", type=click.FloatRange(0, 1), default=THRESHOLD, show_default=True)
def leak_command(train: Path, test: Path, threshold: float) -> None:
    """Report training texts too near a test text. Exit code 1 if there are any."""
    found = list(leaks(texts(train), texts(test), threshold=threshold))
    click.echo(json.dumps({"threshold": threshold, "leaks": [asdict(leak) for leak in found]}))
    sys.exit(1 if found else 0)


def _score(
    cases: list[Case],
    *,
    only_ceiling: bool = False,
    as_json: bool,
    extractor: str,
    failed: Path | None,
    limit: int | None,
    record: str = "",
) -> None:
    """Score cases and print the figures; ``record`` is the name of a test set, whose runs are noted."""
    cases = cases[:limit]
    if not cases:
        message = "no cases: the file is empty."
        raise DatasetError(message)
    if only_ceiling:
        click.echo(json.dumps(ceiling(cases), indent=None if as_json else 2, ensure_ascii=False))
        return
    done = run(cases, load_extractor(extractor), progress=progress(len(cases)))
    if failed:
        failed.write_text("".join(f"{line}\n" for line in failures(done.answers)), encoding="utf-8")
    figures = summary(done)
    if record and limit is None:
        history.note(history.RECORD, record, done.model, figures, when=datetime.now(UTC))
    click.echo(json.dumps(figures, ensure_ascii=False) if as_json else table(figures))


@main.command("report")
@click.option("--edgejson", type=click.Path(path_type=Path), help="Folder of EdgeJSON v3: its test split.")
@click.option(
    "--cases", "paths", type=click.Path(path_type=Path), multiple=True, help="JSON Lines; repeatable."
)
@click.option(
    "--extractor", "names", multiple=True, default=("nano", "floor"), show_default=True,
    help="nano, floor or a model folder; repeatable. The report is about the first.",
)  # fmt: skip
@click.option("--ablation", "taken", multiple=True, help="nano or a model folder to take apart; repeatable.")
@click.option("--tier", "tiers", multiple=True, help="nano or a model folder, in the order of climbing.")
@click.option("--out", type=click.Path(path_type=Path), help="HTML page to write.")
@click.option("--json", "as_json", is_flag=True, help="Print all figures as one JSON object.")
def report_command(
    *,
    edgejson: Path | None,
    paths: tuple[Path, ...],
    names: tuple[str, ...],
    taken: tuple[str, ...],
    tiers: tuple[str, ...],
    out: Path | None,
    as_json: bool,
) -> None:
    """Score sets with several extractors side by side: one page with tables, plots and wrong cases.

    An ablation and a cascade are of --cases and of EdgeJSON's tuning third, not of its test split.
    """
    from eval.paper.page import Part, figures, page  # noqa: PLC0415 - only this command needs it
    from eval.paper.published import EDGEJSON  # noqa: PLC0415

    sets = [(path.stem, load_cases(path)) for path in paths]
    sets += [(EDGEJSON_TEST, load_edgejson(edgejson, "test"))] if edgejson else []
    if not sets or not (out or as_json):
        message = "nothing to do: give --edgejson or --cases, and --out or --json."
        raise DatasetError(message)
    extractors = [load_extractor(name) for name in names]
    parts = [
        Part(
            title,
            tuple(run(cases, extractor) for extractor in extractors),
            EDGEJSON if title == EDGEJSON_TEST else (),
        )
        for title, cases in sets
    ]
    now = datetime.now(UTC)
    for part in parts:
        for done, scored in zip(part.runs, part.reports, strict=True):
            if part.title == EDGEJSON_TEST:
                history.note(history.RECORD, part.title, done.model, scored, when=now)
            if not as_json:
                click.echo(f"{part.title}\n{table(scored)}\n")
    about = {
        "at": now.isoformat(timespec="seconds"),
        "commit": history.commit(),
        "extractors": ", ".join(names),
    }
    if out:
        more = comparing.sections(paths, edgejson, taken, tiers)
        out.write_text(page(parts, about, more), encoding="utf-8")
    if as_json:
        click.echo(json.dumps(figures(parts), ensure_ascii=False))


@main.command("bench")
@click.option(
    "--model", type=click.Path(path_type=Path), help="Model folder: its path beside llama-cpp-python's."
)
@click.option("--edgejson", type=click.Path(path_type=Path), help="Folder of EdgeJSON v3: take its messages.")
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True, help="Of llama.cpp.")
@click.option("--every", type=click.IntRange(min=1), default=1, show_default=True, help="Every n-th message.")
@click.option(
    "--repeats", type=click.IntRange(min=1), default=3, show_default=True, help="Alternating turns."
)
@click.option("--no-flow", is_flag=True, help="Leave the stream from broker to broker out.")
@click.option("--quick", is_flag=True, help="A look in under two minutes.")
@click.option("--out", type=click.Path(path_type=Path), help="HTML page to write.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def bench_command(*, as_json: bool, out: Path | None, no_flow: bool, **wished: Any) -> None:  # noqa: ANN401
    """Measure speed beside peers, in turns: model path, embedded model, templates, stream, cost curves."""
    from eval.bench import Wish, measure, table  # noqa: PLC0415 - loads llama.cpp

    found = measure(Wish(flow=not no_flow, **wished), say=lambda line: click.echo(f"{line} …", err=True))
    if out:
        from eval.bench.page import page  # noqa: PLC0415

        out.write_text(page(found), encoding="utf-8")
    click.echo(json.dumps(found) if as_json else table(found))


@main.command("calibrate")
@click.option(
    "--cases", "paths", type=click.Path(path_type=Path), multiple=True, help="JSON Lines; repeatable."
)
@click.option(
    "--edgejson",
    type=click.Path(path_type=Path),
    help="Folder of EdgeJSON v3; the rows of its train split that nothing is trained on are used.",
)
@click.option(
    "--model", type=click.Path(path_type=Path), default=EMBEDDED, show_default=False, help="Model folder."
)
@click.option("--precision", type=click.FloatRange(0, 1), default=calibration.PRECISION, show_default=True)
@click.option("--write", is_flag=True, help="Write the curve into the model's manifest.")
def calibrate_command(
    paths: tuple[Path, ...], edgejson: Path | None, model: Path, precision: float, *, write: bool
) -> None:
    """Fit confidence to truth on sets that are not those scored, and choose how sure is enough.

    The threshold is the lowest from which on each set is right in --precision of its answers. It goes
    into the manifest with the curve, and is what a tier asks for whose settings name none. Printed too: what
    becomes of each family of texts (the format of a case) under a curve and threshold that did not see it.
    """
    from agent.extract.factory import opened  # noqa: PLC0415 - loads llama.cpp

    found = load(model)
    extractor = opened(replace(found, manifest=found.manifest.model_copy(update={"calibration": None})))
    sets = [load_cases(path) for path in paths] + ([load_edgejson(edgejson, "tuning")] if edgejson else [])
    seen = [calibration.samples(run(cases, extractor).answers) for cases in sets]
    curve = calibration.chosen(seen, precision)
    click.echo(json.dumps(calibration.summary(seen, curve)))
    if write:
        path = model / MANIFEST
        manifest = json.loads(path.read_text(encoding="utf-8")) | {
            "calibration": curve.model_dump(exclude_none=True)
        }
        path.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


for command in (comparing.ablation_command, comparing.cascade_command, comparing.quantised_command):
    main.add_command(command)


if __name__ == "__main__":
    main(prog_name="python -m eval")
