"""Moments as people write them: RFC 3339, a date, or how long ago."""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import Any, Final

import click

UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
AGO: Final = re.compile(r"(\d+)([smhdw])")


class Moment(click.ParamType[float]):
    """Turns a moment into Unix seconds. Without a zone it is in this machine's."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401 - click's
        """Read it, or say how it is written."""
        if isinstance(value, float):
            return value
        try:
            return moment(str(value), time.time())
        except (ValueError, OverflowError, OSError):
            self.fail(
                f"{value!r} is no time: write 2026-11-25T13:00:00Z, 2026-11-25, or 2h for two hours ago",
                param,
                ctx,
            )


def moment(text: str, now: float) -> float:
    """Return Unix seconds.

    Raises:
        ValueError: it is none of the forms.
    """
    if ago := AGO.fullmatch(text):
        return now - int(ago[1]) * UNITS[ago[2]]
    return datetime.fromisoformat(text).timestamp()


since = click.option(
    "--since", type=Moment(), help="Received at this time or later: 2026-11-25T13:00Z, 2h, 7d."
)
until = click.option("--until", type=Moment(), help="Received before this time.")
