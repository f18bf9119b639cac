"""``maaza metrics``: what the agent last published about itself, from the broker."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from agent.cli import options
from agent.errors import Transient
from agent.terminal import BOLD, DIM, GREEN, RED, YELLOW, Paint, paint_for, shown, table

WAIT_S = 10.0
"""Longest wait for the retained metrics, seconds."""
COLOURS = {"working": GREEN, "degraded": YELLOW, "stuck": RED}
CLEAR = "\x1b[H\x1b[2J"
"""Moves to the top of a terminal and clears it."""


@click.command()
@options.config
@options.as_json
@click.option("--watch", is_flag=True, help="Go on: show each publication until interrupted.")
def command(path: Path, *, as_json: bool, watch: bool) -> None:
    """Show health, rates, latencies and queues of a running agent.

    Reads what it publishes on <base>/<node>/metrics, with the broker and login of the settings. Exit code 1
    where nothing is there.
    """
    from agent.app.view import publications  # noqa: PLC0415 - the whole product

    paint = paint_for(sys.stdout)
    for body in publications(path, os.environ, wait_s=WAIT_S, follow=watch):
        if as_json:
            click.echo(json.dumps(body, ensure_ascii=False))
        else:
            click.echo((CLEAR if watch and sys.stdout.isatty() else "") + page(body, paint), color=True)


def page(body: Mapping[str, Any], paint: Paint) -> str:
    """Return a publication for people.

    Raises:
        Transient: it is not what this version publishes.
    """
    try:
        return "\n".join(_parts(body, paint))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        cause = f"the metrics are not as this version publishes them: {error!r}"
        raise Transient(
            "show the metrics", cause=cause, remedy="use --json, or the agent's version"
        ) from error


def _parts(body: Mapping[str, Any], paint: Paint) -> Iterator[str]:
    state, lately, metrics = str(body["state"]), body["lately"], body["metrics"]
    head = paint(shown(f"{body['node']}  {state}"), COLOURS.get(state, RED), BOLD)
    since = f"{body['at']}, maaza {body['version']}"
    yield f"{head}  {paint(shown(since), DIM)}"
    for part, cause in body["causes"].items():
        yield shown(f"  {part}: {cause}")
    yield ""
    yield table(list(_flow(lately, metrics)), (f"of {lately['seconds']:.0f} s", ""), paint=paint)
    if lately["stages"]:
        yield ""
        yield table(
            list(_stages(lately["stages"])), ("stage", "messages", "50 %", "95 %", "99 %"), paint=paint
        )
    drifting = [one for one in metrics["maaza_drift"] if one["value"]]
    for one in drifting:
        way = "risen" if one["value"] > 0 else "fallen"
        yield paint(shown(f"drift: {one['rate']} of {one['route']} has {way}"), YELLOW)


def _flow(lately: Mapping[str, Any], metrics: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "received", f"{lately['received_per_s']:.1f} per s"
    yield "delivered", f"{lately['delivered_per_s']:.1f} per s"
    for name in ("rejected", "not_this_schema", "escalated"):
        share = lately[f"{name}_share"]
        yield name, "-" if share is None else f"{share:.1%}"
    for name in ("inbox", "outbox"):
        waiting = sum(one["value"] for one in metrics.get(f"maaza_{name}_messages", []))
        oldest = sum(one["value"] for one in metrics.get(f"maaza_{name}_oldest_seconds", []))
        yield name, f"{waiting} wait, the oldest for {oldest:.0f} s" if waiting else "empty"
    for tier, work in lately["tiers"].items():
        speed = work["tokens_per_s"]
        yield f"tier {tier}", "-" if speed is None else f"{speed:.0f} tokens per s of work"
    yield from _templates(lately, metrics)
    fsyncs, written = lately["fsyncs_per_message"], lately["written_bytes_per_message"]
    wear = "-" if fsyncs is None else f"{fsyncs:.2f} fsyncs, {(written or 0) / 1024:.1f} KiB per message"
    yield "written", wear


def _templates(lately: Mapping[str, Any], metrics: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what templates have read, and what of it the model has looked at."""
    share = lately.get("template_share")
    if share is None or "maaza_template_audited_share" not in metrics:
        return
    (audited,), (waiting,) = (
        metrics[f"maaza_template_{name}"] for name in ("audited_share", "unaudited_seconds")
    )
    said = f"{share:.1%} of the records, {audited['value']:.1%} of these audited since the start"
    yield "templates", f"{said}, one not for {waiting['value']:.0f} s"
    for one in metrics.get("maaza_template_reviews", []):
        if one["value"]:
            yield "to review", f"{one['value']} templates: maaza templates list --review"


def _stages(stages: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, one in stages.items():
        yield name, str(one["count"]), *(_duration(one[key]) for key in ("p50_s", "p95_s", "p99_s"))


def _duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"
