"""Telegrams in words: ``heartbeat from lock-front: online, battery at 64 percent``."""

from __future__ import annotations

from random import Random
from typing import Final

from training.synthesis import words
from training.synthesis.device.cast import Cast, draw, written
from training.synthesis.device.part import Part, Role
from training.synthesis.form import Filled
from training.synthesis.layout import Written
from training.synthesis.layout.scribe import Records
from training.synthesis.page import Page

_OPENINGS: Final = (
    "{v}: ", "{v}: ", "{v} reports ", "heartbeat from {v}: ", "status of {v}: ", "{v} - ", "{t} {v}: ",
    "{t} {v} ",
    "message from {v}: ", "{v} says ", "at {v} ", "update {v}: ", "{v} now ", "{t} at {v}: ", "this is {v}, ",
    "hello from {v}: ", "{v} ok, ", "report for {v}: ", "{t} '{v}': ", "{t} {v} is ", "{v} sends ", "{v}, ",
    "from {v}: ", "telegram of {v}, ", "reading at {v}: ", "{v} has ", "In {v} ", "periodic report {v}; ",
)  # fmt: skip
_GAUGES: Final = (
    "{l} {v}", "{l} {v}", "{l} at {v}", "{l} is {v}", "{l} of {v}", "{v} {l}", "with {l} {v}",
    "{v} of {l}", "{l}: {v}",
    "{l} now {v}", "{l} rose to {v}", "{l} fell to {v}", "{l} stands at {v}", "{l} around {v}",
    "measured {v} {l}",
    "{l} reading {v}",
)  # fmt: skip
_STATES: Final = (
    "{v}",
    "{v}",
    "{v}",
    "is {v}",
    "state {v}",
    "currently {v}",
    "now {v}",
    "{l}: {v}",
    "{l} is {v}",
)
_TIMES: Final = ("at {v}", "{v}", "on {v}", "(as of {v})", "read at {v}", "time {v}")
_TEXTS: Final = ("{l} {v}", "{l} {v}", "with {l} {v}", "{l}: {v}", "{l} is {v}", "({l} {v})")


def spoken(rng: Random, level: float) -> Written:
    """Write what a device would say in words."""
    return spoken_of(draw(rng, level, labelled=False, apart=False), rng, level)


def spoken_of(cast: Cast, rng: Random, level: float) -> Written:
    """Write a cast in words."""
    opening, spoken_units = _opening(cast, rng), rng.random() < 0.45
    idents, rest = cast.shown(Role.IDENT), [*cast.shown(), *cast.decoys]
    rest = [part for part in rest if part.role is not Role.IDENT]
    rng.shuffle(rest)
    clauses = {id(part): _clause(part, rng) for part in rest}
    joint = rng.choice((", ", ", ", ", ", " and ", "; ", " | ", " - ", ". "))
    closing = rng.choice(
        ("", "", "", ".", "!", " over.", ", all good", ", next in " + str(rng.randrange(60)) + " min")
    )

    def write(page: Page, records: Records, rng: Random) -> None:
        del rng
        if idents and id(idents[0]) in records:
            _around(page, records[id(idents[0])], opening, "")
        begin = page.length
        for part in rest:
            if (leaf := records.get(id(part))) is not None:
                page.write(joint if page.length > begin else "")
                _around(page, leaf, clauses[id(part)], _unit(part, spoken=spoken_units))
        page.write(closing)

    return written(cast, write, rng, level)


def _around(page: Page, leaf: Filled, clause: str, unit: str) -> None:
    before, after = clause.split("{v}")
    page.write(before)
    page.put(leaf)
    page.write(unit + after)


def _opening(cast: Cast, rng: Random) -> str:
    word = rng.choice((*cast.theme.tags, *cast.theme.things, words.word(rng), "status", "alert", "info"))
    opening = rng.choice(_OPENINGS).replace("{t}", word)
    return (
        opening[:1].upper() + opening[1:] if rng.random() < 0.3 and not opening.startswith("{") else opening
    )


def _clause(part: Part, rng: Random) -> str:
    """Choose the words around a value; switches speak for themselves."""
    shapes = {
        Role.GAUGE: _GAUGES,
        Role.STATE: _STATES,
        Role.TIME: _TIMES,
        Role.TEXT: _TEXTS,
        Role.FLAG: ("{v}",),
    }
    label = part.name
    if part.role is Role.GAUGE and len(part.words) > 1 and rng.random() < 0.35:
        label = part.words[0] if rng.random() < 0.7 else " ".join(reversed(part.words))
    if rng.random() < 0.1 and part.shorts:
        label = part.shorts[0]
    return rng.choice(shapes[part.role]).replace("{l}", label)


def _unit(part: Part, *, spoken: bool) -> str:
    if part.measure is None or not part.unit:
        return ""
    if spoken and part.measure.spoken:
        return " " + part.measure.spoken[0]
    return part.unit if part.unit[0] in "%°" else " " + part.unit
