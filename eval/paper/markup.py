"""HTML from values, everything escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

NOTHING = "–"
"""Shown where there is no figure."""


def tag(name: str, *inside: str, **attributes: str | float) -> str:
    """Return an element; ``inside`` is markup, attributes are escaped, ``_`` in their names is ``-``."""
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"' for key, value in attributes.items()
    )
    return f"<{name}{told}>{''.join(inside)}</{name}>"


def text(value: object) -> str:
    """Return a value as text that shows itself."""
    return escape(str(value))


def percent(figure: float | None) -> str:
    """Return a share in percent."""
    return NOTHING if figure is None else f"{100 * figure:.1f} %"


def interval(ends: Sequence[float] | None) -> str:
    """Return a share's interval in percent."""
    return f"{100 * ends[0]:.1f} – {100 * ends[1]:.1f}" if ends else ""


def table(head: Sequence[str], rows: Iterable[Sequence[str]], caption: str) -> str:
    """Return a table whose first column names the rows; cells are text and are escaped."""
    top = tag("tr", *(tag("th", text(cell), scope="col") for cell in head))
    body = (
        tag("tr", tag("th", text(row[0]), scope="row"), *(tag("td", text(cell)) for cell in row[1:]))
        for row in rows
    )
    inside = (tag("caption", text(caption)), tag("thead", top), tag("tbody", *body))
    return tag("div", tag("table", *inside), class_="wide")
