"""Fields of records that offices and programs keep: common names, plain values."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

from training.synthesis import concept, value, words
from training.synthesis.form import Field
from training.synthesis.value import Drawn, Source

_USUAL: Final = (
    ("id", "uuid int code token"), ("name", "name title word cap company"), ("type", "enum enum cap word"),
    ("status", "enum enum enum cap"), ("amount", "cents signed int"), ("date", "day day stamp"),
    ("created at", "stamp day"), ("updated at", "stamp"), ("timestamp", "stamp micro"),
    ("start date", "day"), ("end date", "day"), ("due date", "day"), ("email", "email"), ("phone", "phone"),
    ("description", "sentence phrase cap"), ("notes", "sentence cap"), ("comment", "sentence"),
    ("value", "cents signed cap int"), ("unit", "cap word"), ("quantity", "int"), ("price", "cents"),
    ("total", "cents int"), ("code", "code token cap"), ("number", "int code"), ("title", "phrase title cap"),
    ("role", "enum cap"), ("priority", "enum int"), ("category", "enum cap word"), ("version", "version"),
    ("url", "url"), ("count", "int"), ("score", "tenths signed"), ("rate", "tenths cents"),
    ("active", "flag"), ("enabled", "flag"), ("verified", "flag"), ("is default", "flag"),
    ("address", "street"), ("city", "city cap"), ("country", "cap"), ("state", "enum cap"),
    ("first name", "given"), ("last name", "given"), ("owner", "name cap"), ("author", "name"),
    ("label", "cap phrase"), ("key", "token cap"), ("level", "enum int"), ("reason", "sentence cap"),
    ("duration", "int tenths"), ("latitude", "signed"), ("longitude", "signed"), ("size", "int tenths"),
    ("reference", "code token uuid"), ("percentage", "tenths"), ("balance", "signed cents"),
    ("language", "cap"), ("currency", "enum cap"), ("message", "sentence"), ("source", "cap word host"),
)  # fmt: skip
"""Names that come up in many places of one text, and the kinds of value they have."""
_ANY: Final = (
    "cap", "cap", "cap", "word", "phrase", "name", "sentence", "email", "uuid", "code", "int", "int", "cents",
    "tenths", "signed", "flag", "flag", "enum", "enum", "day", "stamp", "micro", "version",
)  # fmt: skip
_ITEMS: Final = ("cap", "cap", "cap", "word", "phrase", "email", "int", "tenths", "code", "name", "sentence")
_FLAGS: Final = (("True", "False"), ("True", "False"), ("true", "false"), ("yes", "no"), ("Yes", "No"))


def fields(rng: Random, count: int, shared: float) -> list[Field]:
    """Draw fields whose names differ; a share of them has names that other parts of a text have as well."""
    found: dict[tuple[str, ...], Field] = {}
    while len(found) < count:
        drawn = _usual(rng) if rng.random() < shared else _made(rng)
        found.setdefault(drawn.words, drawn)
    return list(found.values())


def item(rng: Random, name: str) -> Field:
    """Draw what a list of plain values holds."""
    return Field((name,), source(rng.choice(_ITEMS), rng))


def _usual(rng: Random) -> Field:
    name, kinds = rng.choice(_USUAL)
    ahead = (words.word(rng),) if rng.random() < 0.2 else ()
    return Field((*ahead, *name.split()), source(rng.choice(kinds.split()), rng))


def _made(rng: Random) -> Field:
    name = concept.compound(rng, rng.choice((1, 2, 2, 3))).words
    if rng.random() < 0.3:
        name = rng.choice(concept.BANK).words
    return Field(name, source(rng.choice(_ANY), rng))


def source(kind: str, rng: Random) -> Source:
    """Fix the style of one field of a kind."""
    if kind in _PLAIN:
        return _PLAIN[kind](rng)
    return value.source({"enum": "anyenum", "stamp": "time"}.get(kind, kind), rng)


def _number(low: float, high: float, digits: int) -> Callable[[Random], Source]:
    """Draw numbers as programs print them: no more digits than it takes."""

    def draw(rng: Random) -> Drawn:
        drawn = round(rng.uniform(low, high), digits)
        return str(drawn), drawn

    return lambda _: Source("number", draw)


def _int(rng: Random) -> Source:
    low, high = rng.choice((0, 1, 1, -100)), 10 ** rng.randint(1, 4)

    def draw(rng: Random) -> Drawn:
        drawn = rng.randint(low, high)
        return str(drawn), drawn

    return Source("integer", draw)


def _flag(rng: Random) -> Source:
    told = rng.choice(_FLAGS)

    def draw(rng: Random) -> Drawn:
        drawn = rng.random() < 0.5
        return told[not drawn], drawn

    return Source("boolean", draw)


def _given(_: Random) -> Source:
    def draw(rng: Random) -> Drawn:
        drawn = rng.choice(words.NAMES)
        return drawn, drawn

    return Source("string", draw)


_PLAIN: Final[dict[str, Callable[[Random], Source]]] = {
    "cap": lambda _: value.capitalised, "micro": lambda _: value.microseconds, "flag": _flag, "int": _int,
    "day": lambda rng: value.day if rng.random() < 0.7 else value.source("date", rng),
    "given": _given, "cents": _number(0.5, 2000, 2), "tenths": _number(0, 100, 1),
    "signed": _number(-180, 180, 2),
}  # fmt: skip
