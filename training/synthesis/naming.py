"""How a schema names what a text prints: the tie between key, description and label."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from training.synthesis import casing, words
from training.synthesis.form import Field, Group

_PLAIN: Final = re.compile(r"[a-z]+|\d+")


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
    field.label = how.label(name)
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
    field.description = describe(field, rng, how)


def _key(field: Field | Group, rng: Random, how: Dialect) -> str:
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


def tied(field: Field | Group) -> bool:
    """Tell whether the key alone leads to the label."""
    name = field.label or (field.alias if isinstance(field, Field) else "")
    label, key = _letters(name), _letters(field.key)
    return bool(label) and (
        label == key
        or (len(label) > 3 and (label in key or key in label))
        or set(_PLAIN.findall(name.lower())) <= set(_PLAIN.findall(field.key.lower()))
    )


def _letters(text: str) -> str:
    return "".join(_PLAIN.findall(text.lower()))


def describe(field: Field | Group, rng: Random, how: Dialect) -> str:
    """Write a description, if the field needs one or the schema is that talkative."""
    note = field.source.note if isinstance(field, Field) else ""
    cues = field.cues if isinstance(field, Field) else ()
    hidden = isinstance(field, Field) and field.hidden
    needed = (
        (
            not tied(field)
            and rng.random() < 0.97
            and (field.label or (isinstance(field, Field) and field.alias))
        )
        or note
        or hidden
    )
    if not needed and rng.random() >= how.described:
        return ""
    text = _named(field, rng, needed=bool(needed))
    if isinstance(field, Field):
        if field.unit and rng.random() < 0.4:
            text += rng.choice(
                (f", {field.unit}", f" in {field.unit}", f" ({field.unit})", f" [{field.unit}]")
            )
        if cues and (hidden or rng.random() < (0.75 if not field.label else 0.3)):
            cue = rng.choice(cues)
            alone = cue[:1].upper() + cue[1:] if not field.label or tied(field) else f"{text}, {cue}"
            text = rng.choice((f"{text} ({cue})", f"{text}, {cue}", f"{text}; {cue}", alone))
    if note:
        text = rng.choice((f"{text}; {note}", f"{text} ({note})", f"{text}: {note}", f"{text}. {note}"))
    return text


def how_coded(field: Field | Group) -> bool:
    """Tell whether a label shares no word with what it stands for."""
    return not set(_PLAIN.findall(field.label.lower())) & set(field.words)


def _named(field: Field | Group, rng: Random, *, needed: bool) -> str:
    name = field.name
    plain = name[:1].upper() + name[1:] if rng.random() < 0.75 else name
    if not field.label and isinstance(field, Field) and field.alias and needed:
        return field.alias if rng.random() < 0.5 else plain
    if not field.label:
        return rng.choice((plain, plain, f"The {name}", f"{plain} of the {words.word(rng)}"))
    style = rng.random()
    if needed:
        style *= 0.55
    if style < (0.3 if how_coded(field) else 0.2):
        return f"{field.label}: {name}" if field.label.lower() != name.lower() else plain
    if style < 0.4:
        return field.label
    if style < 0.55:
        return rng.choice(
            (
                f"{plain} ({field.label})",
                f'{plain}, labelled "{field.label}"',
                f"value of {field.label}",
                f"{field.label} as printed",
                f'the number after "{field.label}"'
                if isinstance(field, Field) and field.source.type in ("number", "integer")
                else f'text after "{field.label}"',
            )
        )
    if style < 0.85:
        return plain
    return rng.choice(
        (
            f"The {name}",
            f"Current {name}",
            f"{plain} of the {words.word(rng)}",
            f"{plain}. {words.sentence(rng, 6)}",
            f"{plain} as reported",
            f"{plain} as printed",
        )
    )
