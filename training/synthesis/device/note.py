"""Near misses: texts of the same world that name the same things and give no reading of any of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import Any, Final

from training.synthesis import pattern, words
from training.synthesis.device.cast import THEMES
from training.synthesis.device.part import ident
from training.synthesis.device.units import rows

_PARTS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_NOTES: Final = tuple(row[0] for row in rows("notes.txt"))


def note(schema: dict[str, Any], rng: Random) -> str:
    """Write one or two sentences about what a schema asks, without any of it."""
    count = rng.choice((1, 1, 1, 2))
    text = " ".join(_sentence(schema, rng) for _ in range(count))
    ahead = rng.choice(("", "", "", "Note: ", "INFO ", "Re: ", "[{low}] ", "{Name}: ", "{low}: ", "To do: "))
    return pattern.maker(ahead)(rng) + text


def _sentence(schema: dict[str, Any], rng: Random) -> str:
    theme = rng.choice(THEMES)
    thing = rng.choice(theme.things)
    named = [_spoken(key) for key in schema.get("properties", {})] or ["value"]
    title = schema.get("title", "") if rng.random() < 0.3 else ""
    put: dict[str, Callable[[], str]] = {
        "id": lambda: ident(theme.things, rng).source.draw(rng)[0],
        "q": lambda: rng.choice(named if rng.random() < 0.75 else theme.quantities),
        "thing": lambda: title.lower() or thing,
        "noun": lambda: rng.choice(
            ("sensor", "probe", "display", "meter", "cable", "alarm limit", "channel", "log")
        ),
        "person": lambda: words.person(rng),
    }
    return _filled(rng.choice(_NOTES), put, rng)


def _filled(shape: str, put: dict[str, Callable[[], str]], rng: Random) -> str:
    """Put words into a shape; what is not in ``put`` is a pattern."""
    for name, draw in put.items():
        while "{" + name + "}" in shape:
            shape = shape.replace("{" + name + "}", draw().replace("{", "(").replace("}", ")"), 1)
    text = pattern.maker(shape)(rng)
    return text[:1].upper() + text[1:] if rng.random() < 0.85 else text


def _spoken(key: str) -> str:
    """Turn a property name into words, its unit left out."""
    parts = [part for part in _PARTS.findall(key) if len(part) > 1] or [key]
    return " ".join(parts[:2]).lower()
