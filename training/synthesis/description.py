"""Descriptions: what a schema says of a property, so that its value can be found in the text."""

from __future__ import annotations

import re
from random import Random
from typing import Final

from training.synthesis import words
from training.synthesis.form import Field, Group

_PLAIN: Final = re.compile(r"[a-z]+|\d+")
_HUMPS: Final = re.compile(r"([a-z0-9])([A-Z])")
_ABSENT: Final = (
    "absent for a dash",
    "absent if not given",
    "left out when missing",
    "absent when printed as -",
    "optional",
)


def tied(field: Field | Group) -> bool:
    """Tell whether the key alone leads to the label."""
    name = field.label or (field.alias if isinstance(field, Field) else "")
    label, key = _letters(name), _letters(field.key)
    return bool(label) and (
        label == key
        or (len(label) > 3 and (label in key or key in label))
        or _parts(name) <= _parts(field.key)
        or (len(_parts(field.key)) > 1 and _parts(field.key) <= _parts(name))
    )


def _parts(text: str) -> set[str]:
    """Split a name at case, digits and signs."""
    return set(_PLAIN.findall(_HUMPS.sub(r"\1 \2", text).lower()))


def _letters(text: str) -> str:
    return "".join(_PLAIN.findall(text.lower()))


def describe(field: Field | Group, rng: Random, share: float) -> str:
    """Write a description, if the field needs one, or for a ``share`` of those that do not."""
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
    if not needed and rng.random() >= share:
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
    if isinstance(field, Field) and field.presence < 1 and not note and rng.random() < 0.15:
        note = rng.choice(_ABSENT)
    if note:
        text = rng.choice((f"{text}; {note}", f"{text} ({note})", f"{text}: {note}", f"{text}. {note}"))
    return text


def _coded(field: Field | Group) -> bool:
    """Tell whether a label shares no word with what it stands for."""
    return not set(_PLAIN.findall(field.label.lower())) & set(field.words)


def _named(field: Field | Group, rng: Random, *, needed: bool) -> str:  # noqa: PLR0911 - one for each way to say it
    name = field.name
    plain = name[:1].upper() + name[1:] if rng.random() < 0.75 else name
    if not field.label and isinstance(field, Field) and field.alias and needed:
        return field.alias if rng.random() < 0.5 else plain
    if not field.label:
        return rng.choice((plain, plain, f"The {name}", f"{plain} of the {words.word(rng)}"))
    style = rng.random()
    if needed:
        style *= 0.55
    if style < (0.3 if _coded(field) else 0.2):
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
    if isinstance(field, Field) and field.synonyms and rng.random() < 0.5:
        return rng.choice(field.synonyms)
    if len(field.words) > 1 and rng.random() < 0.3:
        head, last = " ".join(field.words[:-1]), field.words[-1]
        return rng.choice(
            (f"{head.capitalize()}, {last}", f"{last.capitalize()} of {head}", f"{head.capitalize()}: {last}")
        )
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
