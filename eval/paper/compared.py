"""Ablations and cascades: a part of the page, and lines for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eval.paper import plots
from eval.paper.markup import NOTHING, interval, percent, table, tag, text


def ablation(title: str, rows: Sequence[dict[str, Any]]) -> str:
    """Return the arms of an ablation as a section."""
    head = ("", "weights", "exactly right", "95 %", "leaf F1", "valid", "grounded", "95 %", "refused",
            "tokens", "points", "95 %", "leaf F1, points", "95 %")  # fmt: skip
    cells = [
        (
            one["arm"], one["weights"],
            percent(one["json_exact"]), interval(one["intervals"].get("json_exact")), f"{one['leaf_f1']:.3f}",
            percent(one["schema_compliance"]),
            percent(one["grounded"]), interval(one["intervals"].get("grounded")),
            str(one["refused"]), str(one["tokens_per_case"]), *_difference(one),
        )
        for one in rows
    ]  # fmt: skip
    bars = [
        plots.Bar(f"{one['arm']}, {one['weights']}"[:NAME], one["json_exact"], one["intervals"]["json_exact"])
        for one in rows
    ]
    caption = (
        f"{rows[0]['cases']} cases; differences are from the first row, on the same cases (paired bootstrap)"
    )
    return "".join((
        tag("h2", text(f"Ablation: {title}")),
        table(head, cells, caption),
        plots.bars(bars, "Exactly right, with 95 % intervals"),
    ))  # fmt: skip


NAME = 30
"""Characters of a bar's name that there is room for."""


def _difference(one: dict[str, Any]) -> tuple[str, ...]:
    found = []
    for name in ("json_exact", "leaf_f1"):
        found += [f"{100 * one['difference'][name]:+.1f}", interval(one["difference_intervals"][name])]
    return tuple(found)


def ablation_line(one: dict[str, Any]) -> str:
    """Return an arm for a terminal."""
    grounded, low = percent(one["grounded"]), interval(one["intervals"].get("json_exact"))
    return (
        f"  {one['arm']:<46} {one['weights']:<24} exact {percent(one['json_exact']):>7} ({low})"
        f"  leaf F1 {one['leaf_f1']:.3f}  valid {percent(one['schema_compliance'])}  grounded {grounded}"
        f"  {one['tokens_per_case']} tokens  {100 * one['difference']['json_exact']:+.1f} points"
        f" ({interval(one['difference_intervals']['json_exact'])})"
    )


def cascade(title: str, rows: Sequence[dict[str, Any]]) -> str:
    """Return tiers and their cascade as a section."""
    head = ("", "threshold", "right", "95 %", "published", "right of these", "95 %", "false publishing",
            "climbed", "ended by", "cascade against it, points")  # fmt: skip
    against = {
        (one["threshold"], name): told for one in rows for name, told in one.get("against", {}).items()
    }
    cells = [
        (
            one["name"], f"{one['threshold']:g}", percent(one["right"]), interval(one["right_interval"]),
            percent(one["published"]), percent(one["published_right"]),
            interval(one["published_right_interval"]),
            percent(one["false_published"]), percent(one["escalated"]) if "ended_by" in one else NOTHING,
            ", ".join(f"{name} {count}" for name, count in one.get("ended_by", {}).items()) or NOTHING,
            _gain(against.get((one["threshold"], one["name"]))),
        )
        for one in rows
    ]  # fmt: skip
    caption = (
        f"{rows[0]['cases']} cases; right: published and exactly right, or rightly not published. "
        "Simple schemas begin at the first tier, others at the second"
    )
    return tag("h2", text(f"Cascade: {title}")) + table(head, cells, caption)


def _gain(told: dict[str, Any] | None) -> str:
    return f"{100 * told['right']:+.1f} ({interval(told['interval'])})" if told else NOTHING


def cascade_line(one: dict[str, Any]) -> str:
    """Return a row for a terminal."""
    climbed = (
        f"  climbed {percent(one['escalated'])}, ended by {one['ended_by']}" if "ended_by" in one else ""
    )
    gains = "".join(f"  against {name} {_gain(told)}" for name, told in one.get("against", {}).items())
    return (
        f"  {one['name']:<32} at {one['threshold']:<5g} right {percent(one['right'])}"
        f" ({interval(one['right_interval'])})  published {percent(one['published'])},"
        f" right of these {percent(one['published_right'])}{climbed}{gains}"
    )
