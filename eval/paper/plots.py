"""Plots as SVG: shares with intervals, reliability, risk against coverage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from eval.paper.markup import percent, tag, text

WIDTH: Final = 460
HEIGHT: Final = 260
LEFT: Final = 46
"""Room for the labels of the vertical axis, pixels."""
BOTTOM: Final = 40
TOP: Final = 12
RIGHT: Final = 14
ROW: Final = 26
"""Height of a row of ``bars``, pixels."""
NAMES: Final = 190
"""Room for the names of the rows of ``bars``, pixels."""
TICKS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)

Point = tuple[float, float]
"""Two shares, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A share by name."""

    name: str
    share: float
    ends: Sequence[float] | None = None
    """Its interval, where there is one."""
    quiet: bool = False
    """Drawn paler: a figure that others published."""


def bars(rows: Sequence[Bar], title: str) -> str:
    """Draw shares as bars, with their intervals as lines."""
    height = TOP + ROW * len(rows) + BOTTOM
    span = WIDTH - NAMES - RIGHT - 50

    def x(share: float) -> float:
        return round(NAMES + span * share, 1)

    drawn = []
    for number, row in enumerate(rows):
        middle, end = TOP + ROW * number + ROW / 2, row.ends[1] if row.ends else row.share
        drawn += [
            tag("text", text(row.name), x=NAMES - 8, y=middle + 4, class_="name"),
            tag("rect", x=NAMES, y=middle - 8, width=round(span * row.share, 1), height=16,
                class_="quiet" if row.quiet else "bar"),
            tag("text", text(percent(row.share)), x=x(end) + 6, y=middle + 4),
        ]  # fmt: skip
        if row.ends:
            low, high = map(x, row.ends)
            drawn.append(tag("line", x1=low, x2=high, y1=middle, y2=middle, class_="ends"))
    bottom = TOP + ROW * len(rows)
    ticks = [tag("text", percent(one), x=x(one), y=bottom + 18, class_="middle") for one in TICKS]
    return _svg(title, WIDTH, height, *drawn, *ticks)


def reliability(points: Sequence[tuple[Point, int]], title: str) -> str:
    """Draw how often answers are right against how sure the model was; larger dots are more answers."""
    most = max((count for _, count in points), default=1)
    dots = [
        tag("circle", tag("title", text(f"{count} answers: said {percent(said)}, right {percent(right)}")),
            cx=_x(said), cy=_y(right), r=round(3 + 5 * (count / most) ** 0.5, 1), class_="dot")
        for (said, right), count in points
    ]  # fmt: skip
    diagonal = tag("line", x1=_x(0), y1=_y(0), x2=_x(1), y2=_y(1), class_="grid")
    return _plot(title, "confidence", "right", diagonal, *dots)


def curve(points: Sequence[Point], title: str, across: str, up: str) -> str:
    """Draw a line through points."""
    path = " ".join(f"{_x(one)},{_y(two)}" for one, two in points)
    return _plot(title, across, up, tag("polyline", points=path, class_="curve"))


def _x(share: float) -> float:
    return round(LEFT + (WIDTH - LEFT - RIGHT) * share, 1)


def _y(share: float) -> float:
    return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - share), 1)


def _plot(title: str, across: str, up: str, *inside: str) -> str:
    frame = []
    for tick in TICKS:
        frame += [
            tag("line", x1=_x(0), x2=_x(1), y1=_y(tick), y2=_y(tick), class_="grid"),
            tag("text", f"{100 * tick:.0f}", x=_x(0) - 6, y=_y(tick) + 4, class_="name"),
            tag("text", f"{100 * tick:.0f}", x=_x(tick), y=_y(0) + 16, class_="middle"),
        ]
    names = (
        tag("text", text(f"{across}, %"), x=_x(0.5), y=HEIGHT - 6, class_="middle"),
        tag(
            "text", text(f"{up}, %"), x=12, y=_y(0.5), class_="middle", transform=f"rotate(-90 12 {_y(0.5)})"
        ),
    )
    return _svg(title, WIDTH, HEIGHT, *frame, *names, *inside)


def _svg(title: str, width: float, height: float, *inside: str) -> str:
    drawn = tag("svg", tag("title", text(title)), *inside, viewBox=f"0 0 {width} {height}", role="img")
    return tag("figure", drawn, tag("figcaption", text(title)))
