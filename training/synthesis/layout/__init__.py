"""Families of layout: each draws fields, writes them as one kind of text, and knows where they stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from training.synthesis import pattern, value, words
from training.synthesis.form import Filled, Group
from training.synthesis.page import Page

__all__ = ["Written", "prefix"]


@dataclass(slots=True)
class Written:
    """A text and the form it was written from."""

    root: Group
    filled: Filled
    page: Page
    description: str = ""
    """What the schema as a whole must tell, such as the order of the fields."""
    title: str = ""
    """Name of the kind of text, where the text itself carries one."""
    document: dict[str, Any] | None = None
    """The schema, where it was given and not drawn."""


def prefix(rng: Random, level: float, *, chance: float = 0.3) -> Callable[[Random], str]:
    """Draw a way to begin log lines, none of which any schema asks for; most texts have none."""
    if rng.random() >= chance * level:
        return lambda _: ""
    time = value.source("time", rng).draw
    host, program = pattern.draw("host", rng), words.word(rng)
    shapes: tuple[Callable[[Random], str], ...] = (
        lambda r: f"{time(r)[0]} ",
        lambda r: f"[{time(r)[0]}] ",
        lambda r: f"{time(r)[0]} {host} {program}[{r.randrange(9999)}]: ",
        lambda r: f"<{r.randrange(190)}>{time(r)[0]} {host} {program}: ",
        lambda r: f"{time(r)[0]} {r.choice(('INFO', 'DEBUG', 'WARN'))} {program} - ",
        lambda _: f"{program}: ",
        lambda _: f"[{program}] ",
        lambda r: f"{host}/{program} {r.randrange(999)}: ",
        lambda _: f"{words.phrase(rng, 1, 3)}: ",
        lambda _: f"{program.upper()} ",
    )
    return rng.choice(shapes)
