"""Times, dates and durations in the many ways in which they are printed."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Style:
    """One way to print a time."""

    pattern: str
    weight: int = 1
    format: str = ""
    """JSON Schema format of what it prints."""

    def draw(self, rng: Random) -> str:
        """Print a random moment."""
        below = rng.randrange
        month = below(12)
        return self.pattern.format(
            y=below(1970, 2036), yy=below(100), mo=month + 1, d=below(1, 29), h=below(24), mi=below(60),
            s=below(60),
            m=_MONTHS[month], w=_DAYS[below(7)], ms=below(1000), us=below(10**6),
            epoch=below(10**9, 2 * 10**9), n=below(400),
        )  # fmt: skip


TIMES: Final = (
    Style("{y}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02}Z", 5, "date-time"),
    Style("{y}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02}.{us:06}", 3),
    Style("{y}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02}", 4),
    Style("{y}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02}+02:00", 2, "date-time"),
    Style("{y}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02}.{ms:03}Z", 2, "date-time"),
    Style("{y}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02}.{ms:03}-0500", 1),
    Style("{y}-{mo:02}-{d:02} {h:02}:{mi:02}:{s:02}", 4),
    Style("{y}-{mo:02}-{d:02} {h:02}:{mi:02}:{s:02},{ms:03}", 2),
    Style("{y}-{mo:02}-{d:02} {h:02}:{mi:02}:{s:02} UTC"),
    Style("{w} {y}-{mo:02}-{d:02} {h:02}:{mi:02}:{s:02} CET"),
    Style("{d:02}.{mo:02}.{y} {h:02}:{mi:02}:{s:02}", 2),
    Style("{mo:02}/{d:02}/{y} {h:02}:{mi:02}", 2),
    Style("{mo:02}/{d:02}/{yy:02} {h:02}:{mi:02}:{s:02}"),
    Style("{d:02}/{m}/{y}:{h:02}:{mi:02}:{s:02} +0000", 2),
    Style("{m} {d:2} {h:02}:{mi:02}:{s:02}", 3),
    Style("{m} {d:02} {y} {h:02}:{mi:02}:{s:02}"),
    Style("{w} {m} {d:2} {h:02}:{mi:02}:{s:02} {y}", 2),
    Style("{w} {m} {d:2} {h:02}:{mi:02}:{s:02}.{us:06} {y}"),
    Style("{w}, {d:02} {m} {y} {h:02}:{mi:02}:{s:02} GMT"),
    Style("{d:02}-{m} {h:02}:{mi:02}"),
    Style("{d}-{m}-{y} {h:02}:{mi:02}"),
    Style("{y}{mo:02}{d:02}T{h:02}{mi:02}{s:02}Z", 2),
    Style("{y}{mo:02}{d:02}{h:02}{mi:02}{s:02}"),
    Style("{y}/{mo:02}/{d:02} {h:02}:{mi:02}:{s:02}"),
    Style("{h:02}:{mi:02}:{s:02}.{ms:03}"),
    Style("{h:02}{mi:02}{s:02}.{yy:02}"),
    Style("{epoch}", 2),
    Style("{epoch}.{ms:03}"),
    Style("{epoch}.{us:06}"),
)
DATES: Final = (
    Style("{y}-{mo:02}-{d:02}", 4, "date"),
    Style("{d:02}.{mo:02}.{y}", 2),
    Style("{mo:02}/{d:02}/{y}", 2),
    Style("{d} {m} {y}"),
    Style("{m} {d}, {y}"),
    Style("{y}/{mo:02}/{d:02}"),
    Style("{y}{mo:02}{d:02}"),
    Style("{d:02}-{m}-{yy:02}"),
    Style("{d:02}{mo:02}{yy:02}"),
)
CLOCKS: Final = (
    Style("{h:02}:{mi:02}:{s:02}", 4),
    Style("{h:02}:{mi:02}", 3),
    Style("{h:02}{mi:02}{s:02}"),
    Style("{h}:{mi:02}:{s:02}"),
    Style("{h:02}h{mi:02}"),
    Style("{h}:{mi:02}.{yy:02}"),
)
DURATIONS: Final = (
    Style("{n} days, {h}:{mi:02}"),
    Style("{h}h{mi:02}m"),
    Style("{n}d {h}h {mi}m"),
    Style("{n}d {h:02}:{mi:02}:{s:02}"),
    Style("{h:02}:{mi:02}:{s:02}"),
    Style("{n}d{h:02}h"),
    Style("{mi} min {s} sec"),
    Style("PT{h}H{mi}M"),
    Style("{mi}m{s}s"),
    Style("{n} days"),
    Style("{h} hours, {mi} minutes"),
    Style("{mi}:{s:02}"),
)
MICROSECONDS: Final = TIMES[1]
"""As Python prints a time by itself."""


def style(styles: tuple[Style, ...], rng: Random) -> Style:
    """Draw one way to print."""
    return rng.choices(styles, [one.weight for one in styles])[0]
