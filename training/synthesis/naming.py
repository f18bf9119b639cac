"""How a schema names what a text prints: the tie between key, description and label."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from training.synthesis import casing, words
from training.synthesis.description import describe
from training.synthesis.form import Field, Group

_FILLERS: Final = (
    "number of {}", "current {}", "{} (total)", "{} count", "{} of this run", "total {}", "average {}",
    "{} in use",
    "last {}", "{} so far", "measured {}", "{} now", "percent of {}", "{} (wall clock)", "max {}",
    "this {}", "{} value",
    "{} #1", "your {}", "{} [raw]", "{} today", "estimated {}", "{} since boot", "{} (read only)",
    "reported {}", "{} flag",
)  # fmt: skip
"""Words that a label has beyond the name of its field."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one schema and one text write names."""

    key: casing.Style
    label: casing.Style
    described: float
    """Chance of a description."""
    strange: float
    """Chance that key and label are not the same words."""
    foreign: bool
    """Labels may be synonyms or of another language."""
    unit_in_label: bool
    varied: float = 0.0
    """Chance that a label has more words, another order or another number than the name of its field."""
    coded: float = 0.0
    """Chance that a label is a code that says nothing by itself."""


def dialect(rng: Random, level: float, labels: Sequence[tuple[str, int]] = casing.SPACED) -> Dialect:
    """Draw how names are written."""
    return Dialect(
        key=casing.pick(rng, casing.KEYS),
        label=casing.pick(rng, labels),
        described=0.0 if rng.random() < 0.42 else rng.choice((0.5, 0.9, 1.0)),
        strange=0.0 if rng.random() < 0.5 else level * rng.choice((0.15, 0.3, 0.7)),
        foreign=rng.random() < 0.35 * level,
        unit_in_label=rng.random() < 0.1,
        varied=0.0 if rng.random() < 0.75 else 0.4 * level,
        coded=0.0 if rng.random() < 0.9 else level * rng.choice((0.4, 1.0)),
    )


def put_label(field: Field | Group, rng: Random, how: Dialect) -> None:
    """Choose what the text calls a field."""
    name: Sequence[str] = field.words
    if isinstance(field, Field):
        name = field.spoken or name
        if rng.random() < how.coded:
            field.label = _code(rng)
            return
        if how.foreign and field.synonyms and rng.random() < 0.7:
            field.label = _restyled(rng.choice(field.synonyms), how)
            return
        if rng.random() < how.strange:
            name = (
                (rng.choice(field.shorts),)
                if field.shorts and rng.random() < 0.6
                else casing.shorten(rng, name)
            )
            field.label = name[0] if len(name) == 1 else how.label(name)
            return
    field.label = how.label(_varied(name, rng) if rng.random() < how.varied else name)
    if isinstance(field, Field) and how.unit_in_label and field.unit:
        field.label += (
            f" ({field.unit})" if " " in field.label or rng.random() < 0.6 else f"_{field.unit.lower()}"
        )
    if rng.random() < 0.008:
        field.label = casing.typo(rng, field.label)


def _code(rng: Random) -> str:
    """Make up a label as meters and vendors use them."""
    style = rng.random()
    if style < 0.4:
        return words.pseudo(rng).upper()[: rng.randint(2, 6)] + rng.choice(
            ("", "", str(rng.randint(1, 9)), f"0{rng.randint(1, 9)}")
        )
    if style < 0.55:
        return f"{rng.choice('abcdefghijklmnopqrstuvwxyz')}{rng.choice(('', str(rng.randint(0, 9))))}"
    if style < 0.7:
        code = f"{rng.randint(0, 99)}.{rng.randint(0, 99)}.{rng.randint(0, 9)}"
        return f"{rng.randint(0, 9)}-{rng.randint(0, 9)}:{code}" if rng.random() < 0.3 else code
    if style < 0.85:
        return words.pseudo(rng, 1) + rng.choice(("_", "", ".")) + words.pseudo(rng, 1)[:4]
    return (
        words.pseudo(rng, 1)[:3]
        + words.pseudo(rng, 2).capitalize()
        + rng.choice(("", words.pseudo(rng, 1).upper()))
    )


def _varied(name: Sequence[str], rng: Random) -> list[str]:
    """Say the same in more words, in another order, in the plural."""
    style = rng.random()
    if style < 0.55:
        return rng.choice(_FILLERS).format(" ".join(name)).split()
    if style < 0.7:
        return [*name[:-1], name[-1] + ("" if name[-1].endswith("s") else "s")]
    if style < 0.85 and len(name) > 1:
        return [*name[1:], name[0]] if rng.random() < 0.5 else [name[-1], "of", *name[:-1]]
    return [*name, words.word(rng)] if rng.random() < 0.5 else [words.word(rng), *name]


def _restyled(label: str, how: Dialect) -> str:
    return how.label(label.split()) if label.islower() or " " in label else label


def put_key(field: Field | Group, rng: Random, how: Dialect, taken: set[str]) -> None:
    """Choose property name and description, such that label or cues can be told from them."""
    key = _key(field, rng, how)
    while key in taken or not key:
        key = (
            how.key([*field.words, rng.choice(("2", "b", words.word(rng)))])
            if rng.random() < 0.5
            else how.key(field.words) + str(len(taken))
        )
    taken.add(key)
    field.key = key
    field.description = describe(field, rng, how.described)


def _key(field: Field | Group, rng: Random, how: Dialect) -> str:  # noqa: PLR0911 - one for each way to name
    name = field.words
    if how.coded and isinstance(field, Field) and field.label and rng.random() < 0.45:
        return how.key([part for part in re.split(r"[^A-Za-z0-9]+", field.label) if part] or name)
    chance = rng.random()
    if chance < how.strange * 0.8:
        style = rng.random()
        if style < 0.25 and isinstance(field, Field) and field.shorts:
            return rng.choice(field.shorts)
        if style < 0.5:
            return how.key(casing.shorten(rng, name))
        if style < 0.7 and how.described:
            return rng.choice(
                (
                    f"{name[0][0]}{rng.randint(1, 9)}",
                    f"field_{rng.randint(1, 20)}",
                    words.pseudo(rng),
                    f"{words.word(rng)}_{name[-1]}",
                )
            )
        if style < 0.85 and len(name) > 1:
            return how.key(name[1:] if rng.random() < 0.5 else name[:-1])
        return how.key((*name, words.word(rng))) if rng.random() < 0.5 else how.key((words.word(rng), *name))
    if isinstance(field, Field) and field.unit and chance > 0.93:
        unit = {"°C": "c", "%": "percent", "°": "deg"}.get(field.unit, re.sub(r"\W", "", field.unit).lower())
        return how.key((*name, unit)) if unit else how.key(name)
    return how.key(name)
