"""The figures as one HTML page that needs nothing else: tables, and curves."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from eval.bench.table import table
from eval.paper.markup import table as rows_of
from eval.paper.markup import tag, text
from eval.paper.style import STYLE

WIDTH: Final = 560
HEIGHT: Final = 220
MARGIN: Final = 44


def page(found: Mapping[str, Any]) -> str:
    """Return the whole page."""
    head = ('<meta charset="utf-8">', tag("title", "Speed"), tag("style", STYLE))
    body = tag("main", tag("h1", "Speed beside peers"), *_sections(found))
    return f"<!doctype html>\n{tag('html', tag('head', *head), tag('body', body), lang='en')}\n"


def _sections(found: Mapping[str, Any]) -> Iterator[str]:
    yield rows_of(
        ("", ""), [(text(name), text(value)) for name, value in found["machine"].items()], "Machine"
    )
    for name in ("causal", "templates"):
        if name in found:
            yield _ratios(found[name], {"causal": "Model path", "templates": "Templates"}[name])
    yield tag("h2", "Cost curves: messages per second of processor time")
    for name, curve in found["curves"].items():
        yield tag("h3", text(f"{name}; exponent of the cost {curve['exponent']}"))
        yield plot(curve["points"], name)
    yield tag("h2", "All figures")
    yield tag("pre", text(table(found)))


def _ratios(part: Mapping[str, Any], title: str) -> str:
    rows = [(text(name), f"{one['wall']:g}", f"{one['cpu']:g}") for name, one in part["ratios"].items()]
    return rows_of(("", "by the clock", "by processor time"), rows, f"{title}: times as fast")


def plot(points: Sequence[tuple[int, float]], title: str) -> str:
    """Return a curve as SVG: sizes on a logarithmic axis, rates from zero: what is flat looks flat."""
    across = _scale([at for at, _ in points], MARGIN, WIDTH - MARGIN)
    most = max((rate for _, rate in points), default=1.0) or 1.0
    up = [HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * rate / most for _, rate in points]
    places = list(zip(across, up, strict=True))
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    marks = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"/>'
        f'<text x="{x:.1f}" y="{y - 8:.1f}" text-anchor="middle" font-size="11">{rate:g}</text>'
        f'<text x="{x:.1f}" y="{HEIGHT - 12}" text-anchor="middle" font-size="11">{at}</text>'
        for (x, y), (at, rate) in zip(places, points, strict=True)
    )
    floor = f'<path d="M{MARGIN} {HEIGHT - MARGIN}H{WIDTH - MARGIN}" stroke="#ccc"/>'
    inside = f'{floor}<polyline points="{line}" fill="none" stroke="currentColor"/>{marks}'
    size = f'width="{WIDTH}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    return f'<svg {size} role="img" aria-label="{text(title)}">{inside}</svg>'


def _scale(values: Sequence[float], low: float, high: float) -> list[float]:
    logs = [math.log(value) for value in values]
    span = max(logs) - min(logs) or 1.0
    return [low + (high - low) * (one - min(logs)) / span for one in logs]
