"""``python -m eval ablation|quantised|cascade``: ways to answer side by side, on the same cases."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from agent.settings.check import load as load_settings
from eval import ablation, cascade, history
from eval.dataset import Case, DatasetError
from eval.loading import load_extractor, load_sets
from eval.loss import losses
from eval.paper import compared
from eval.runner import run

Command = Callable[..., None]
Sets = list[tuple[str, list[Case]]]
SPLITS = click.Choice(["train", "tuning", "test"])


def _sets(command: Command) -> Command:
    """Add the options that name cases, and hand the sets over."""

    @click.option(
        "--cases", "paths", type=click.Path(path_type=Path), multiple=True, help="JSON Lines; repeatable."
    )
    @click.option("--edgejson", type=click.Path(path_type=Path), help="Folder of EdgeJSON v3.")
    @click.option("--split", type=SPLITS, default="tuning", show_default=True, help="Split of EdgeJSON.")
    @click.option("--limit", type=click.IntRange(min=1), help="The first N cases of each set only.")
    @functools.wraps(command)
    def wrapped(
        paths: tuple[Path, ...],
        edgejson: Path | None,
        split: str,
        limit: int | None,
        **options: Any,  # noqa: ANN401
    ) -> None:
        command(load_sets(paths, edgejson, split, limit), **options)

    return wrapped


def _out(command: Command) -> Command:
    """Add the options that say where figures go."""
    page = click.option("--out", type=click.Path(path_type=Path), help="HTML page to write.")
    return page(click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")(command))


@click.command("ablation")
@click.option(
    "--model", "folders", multiple=True, default=("nano",), show_default=True,
    help="nano or a model folder; the first is taken apart, others are its weights in another precision.",
)  # fmt: skip
@_out
@_sets
def ablation_command(sets: Sets, *, folders: tuple[str, ...], out: Path | None, as_json: bool) -> None:
    """Take a part of the way away and see what it was worth, on the same weights."""
    found = ablated(sets, folders)
    _show(found, as_json=as_json, line=compared.ablation_line)
    if out:
        _page(out, [compared.ablation(title, rows) for title, rows in found.items()])


@click.command("cascade")
@click.option("--tier", "tiers", multiple=True, help="nano or a model folder, in the order of climbing.")
@click.option("--config", type=click.Path(path_type=Path), help="Settings whose tiers are taken instead.")
@click.option("--peer", "peers", multiple=True, help="Shown beside, but no tier: floor.")
@click.option(
    "--threshold", "thresholds", type=click.FloatRange(0, 1), multiple=True, help="Repeatable; 0.5, 0.7, 0.9."
)
@_out
@_sets
def cascade_command(
    sets: Sets,
    *,
    tiers: tuple[str, ...],
    config: Path | None,
    peers: tuple[str, ...],
    thresholds: tuple[float, ...],
    out: Path | None,
    as_json: bool,
) -> None:
    """Score the cascade against each of its tiers alone, with the share that climbs."""
    names = tiers or _tiers_of(config)
    found = cascaded(sets, names, peers, thresholds or cascade.THRESHOLDS)
    _show(found, as_json=as_json, line=compared.cascade_line)
    if out:
        _page(out, [compared.cascade(title, rows) for title, rows in found.items()])


@click.command("quantised")
@click.option("--whole", required=True, help="Model folder of the whole weights (F16).")
@click.option("--model", "others", multiple=True, required=True, help="Model folder to compare; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@_sets
def quantised_command(sets: Sets, *, whole: str, others: tuple[str, ...], as_json: bool) -> None:
    """Compare quantised weights with the whole ones. Exit code 1 where one loses over a point."""
    cases = [case for _, chosen in sets for case in chosen]
    found = losses(cases, load_extractor(whole), {name: load_extractor(name) for name in others})
    for name, one in found.items():
        if not as_json:
            click.echo(f"{name}: {one}")
    if as_json:
        click.echo(json.dumps({name: one.figures() for name, one in found.items()}))
    sys.exit(0 if all(one.bearable for one in found.values()) else 1)


def ablated(sets: Sets, folders: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Return the arms of an ablation, by set.

    Raises:
        DatasetError: the models are of two kinds.
    """
    try:
        made = ablation.arms(folders)
    except ValueError as error:
        raise DatasetError(str(error)) from error
    return {title: ablation.table_of(ablation.outcomes(cases, made, told=_told)) for title, cases in sets}


def cascaded(
    sets: Sets, tiers: Sequence[str], peers: Sequence[str], thresholds: Sequence[float]
) -> dict[str, list[dict[str, Any]]]:
    """Return tiers, peers and the cascade of the tiers, by set."""
    extractors = {name: load_extractor(name) for name in (*tiers, *peers)}
    found = {}
    for title, cases in sets:
        runs = [replace(run(cases, one), model=Path(name).name) for name, one in extractors.items()]
        found[title] = cascade.rows(runs[: len(tiers)], thresholds, peers=runs[len(tiers) :])
    return found


def sections(
    paths: Sequence[Path], edgejson: Path | None, taken: Sequence[str], tiers: Sequence[str]
) -> list[str]:
    """Return what a report says of an ablation and a cascade, of those that are asked for."""
    if not taken and not tiers:
        return []
    sets = load_sets(paths, edgejson, "tuning")
    arms = ablated(sets, taken) if taken else {}
    ways = cascaded(sets, tiers, ("floor",), cascade.THRESHOLDS) if tiers else {}
    return [
        *(compared.ablation(title, rows) for title, rows in arms.items()),
        *(compared.cascade(title, rows) for title, rows in ways.items()),
    ]


def _tiers_of(config: Path | None) -> Sequence[str]:
    """Return the models of the tiers of some settings.

    Raises:
        DatasetError: none are named, or a tier is no model.
        ConfigError: the settings are wrong.
    """
    if config is None:
        message = "no tiers: name them with --tier, or settings with --config."
        raise DatasetError(message)
    tiers = load_settings(config).tier
    if any(tier.kind != "model" for tier in tiers):
        message = f"{config}: a tier that is no model cannot be scored."
        raise DatasetError(message)
    return [tier.model or "nano" for tier in tiers]


def _told(name: str) -> None:
    click.echo(name, err=True)


def _show(
    found: dict[str, list[dict[str, Any]]], *, as_json: bool, line: Callable[[dict[str, Any]], str]
) -> None:
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for title, rows in found.items():
        click.echo("\n".join([title, *map(line, rows), ""]))


def _page(path: Path, sections: Sequence[str]) -> None:
    """Write a page of these sections alone."""
    from eval.paper.page import bare  # noqa: PLC0415

    now = datetime.now(UTC).isoformat(timespec="seconds")
    path.write_text(bare(sections, {"at": now, "commit": history.commit()}), encoding="utf-8")
