"""Frames: a short label, a value and what a machine adds to it, on each line."""

from __future__ import annotations

from random import Random
from typing import Final

from training.synthesis import value, words
from training.synthesis.form import Field, Filled
from training.synthesis.layout.scribe import Records, Scribe
from training.synthesis.naming import Dialect
from training.synthesis.page import Page

_CHECKS: Final = "!\"#$%&'()*+,-./:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _fit(fields: list[Field], gap: str, rng: Random) -> None:
    """Keep the gap out of the labels, and pad some texts to a width as meters do."""
    for field in fields:
        if gap.strip() == "" and gap != "\t":
            field.label = field.label.replace(" ", "_")
        field.label = field.label.replace(gap, "_")
        plain = field.source.type == "string" and not field.source.note and not field.item
        if plain and rng.random() < 0.08:
            field.source = value.source("padded", rng)


_STAMPED: Final = (
    "value after its time stamp",
    "second value, after the time",
    "number behind the time stamp",
)


def frame(rng: Random, level: float, fields: list[Field], how: Dialect) -> Scribe:
    """Draw lines of label and value with a check sign, a quality flag or a time stamp beside the value."""
    del level, how
    gap = rng.choice((" ", "\t", "  ", ";", ",", "=", "(", ":", "|"))
    _fit(fields, gap, rng)
    extra = rng.choice(("check", "check", "flag", "none", "time", "unit", "number"))
    behind = rng.choice((" ", "\t", gap if gap != "(" else " "))
    stamped = {id(field) for field in fields if extra == "time" and rng.random() < 0.5}
    for field in fields:
        if id(field) in stamped:
            field.cues, field.hidden = _STAMPED, rng.random() < 0.5
    clock = value.source(rng.choice(("time", "clock", "date")), rng)
    opening, closing = rng.choice(
        (
            ("", ""),
            ("", ""),
            (f"/{words.pseudo(rng).upper()}{rng.randrange(9)}\n\n", "!\n"),
            ("\n", ""),
            ("---\n", "---"),
            (f"{words.pseudo(rng).upper()} {rng.randrange(99)}\n", "END"),
        )
    )
    padded = rng.random() < 0.15

    def write(page: Page, records: Records, rng: Random) -> None:
        page.write(opening)
        for index, field in enumerate(fields):
            leaf = records.get(id(field))
            if leaf is None:
                continue
            page.write(("\n" if index and not page.text.endswith("\n") else "") + field.label + gap)
            if id(field) in stamped:
                page.write(clock.draw(rng)[0].replace(" ", "T") + behind)
            page.write(" " if padded else "")
            page.put(leaf)
            page.write(
                ("" if gap != "(" else ")") + (" " if padded else "") + _tail(extra, leaf, behind, rng)
            )
        page.write("\n" + closing)

    return Scribe(write)


def _tail(extra: str, leaf: Filled, behind: str, rng: Random) -> str:
    if extra == "check":
        return behind + rng.choice(_CHECKS)
    if extra == "flag":
        return behind + rng.choice(("OK", "V", "good", "A", "ok", "0"))
    if extra == "number":
        return behind + str(rng.randrange(100))
    field = leaf.of
    return f"*{field.unit}" if extra == "unit" and isinstance(field, Field) and field.unit else ""
