"""Telegrams: a start mark, a type, values whose positions a schema explains, and often a checksum."""

from __future__ import annotations

from functools import reduce
from random import Random

from training.synthesis import value, words
from training.synthesis.form import Field
from training.synthesis.layout.line import explain
from training.synthesis.layout.scribe import Records, Scribe
from training.synthesis.naming import Dialect
from training.synthesis.page import Page


def telegram(rng: Random, level: float, fields: list[Field], how: Dialect) -> Scribe:
    """Draw a telegram: a start mark with a type, values, perhaps unit letters and a checksum."""
    mark = rng.choice((",", ",", ",", ";", "|", ":", "/", " "))
    if mark == " " and any(field.source.wide for field in fields):
        mark = ","
    start = rng.choice(("$", "!", "#", "@", ":", "%", "", "<", ">", "$", "^", "\\", "/", "~"))
    slots = _slots(rng, level, fields)
    listed = [slot for slot in slots if isinstance(slot, Field)]
    fields[:] = listed
    cued = {id(field): field.cues for field in fields if field.cues}
    tag, pieces = _tag(rng)
    names = [
        slot.name if isinstance(slot, Field) else (f"unit {slot}" if slot else "unused") for slot in slots
    ]
    description, ordered = explain(rng, fields, how, mark, first=1 if rng.random() < 0.3 else 0, names=names)
    if ordered and any(slot == "" for slot in slots):
        slots = [slot for slot in slots if slot != ""]
    for field in fields:
        field.cues = (*(cued.get(id(field), ()) * 3), *(field.cues if len(listed) == len(slots) else ()))
        field.hidden = field.hidden and bool(field.cues)
    fields[:0] = pieces
    missing, check = rng.choice(("", "", "-")), rng.choice(("*", "*", "#", mark, " CRC=", "|", "~", ""))
    closing = ">" if start == "<" else rng.choice(("", "", "", mark, "!", "#"))

    def write(page: Page, records: Records, rng: Random) -> None:
        del rng
        begin = page.length
        page.write(start)
        for piece in pieces:
            page.put(records[id(piece)])
        page.write(tag)
        for slot in slots:
            page.write(mark)
            leaf = records.get(id(slot)) if isinstance(slot, Field) else None
            if leaf is not None:
                page.put(leaf)
            else:
                page.write(slot if isinstance(slot, str) else missing)
        if check:
            body = page.text[begin + len(start) :]
            page.write(f"{check}{reduce(lambda a, b: a ^ b, body.encode(), 0):02X}")
        page.write(closing)

    return Scribe(write, description=description, ordered=ordered)


def _slots(rng: Random, level: float, fields: list[Field]) -> list[Field | str]:
    """Put unit letters behind some values, asked for or not, and empty places between others."""
    slots: list[Field | str] = []
    lettered = rng.random() < 0.5
    for field in fields:
        slots.append(field)
        if lettered and field.source.type in ("number", "integer") and rng.random() < 0.5:
            letter = (field.unit or rng.choice("MFKVACTNWESPRD"))[:1].upper()
            field.cues = (
                f"before the {letter}",
                f"value followed by {letter}",
                f"the one with unit {letter}",
            )
            if rng.random() < 0.5:
                slots.append(letter)
            else:
                letters = (letter, rng.choice([other for other in "MFKVACTNWESPRD" if other != letter]))
                source = value.letters(letters, rng)
                slots.append(
                    Field(
                        (*field.words, rng.choice(("unit", "units", "direction", "reference", "flag"))),
                        source,
                    )
                )
        elif rng.random() < 0.06 * level:
            slots.append("")
    return slots


def _tag(rng: Random) -> tuple[str, list[Field]]:
    """Draw the word that a telegram begins with; sometimes it is made of one or two fields."""
    tag = rng.choice(
        (
            words.pseudo(rng, 2).upper()[: rng.randint(3, 6)],
            words.word(rng).upper()[:5],
            f"{chr(65 + rng.randrange(26))}{rng.randrange(10, 99)}",
            str(rng.randrange(10, 999)),
        )
    )
    style = rng.random()
    if style < 0.7:
        return tag, []
    if style < 0.85 or len(tag) < 4:
        name = rng.choice(
            (
                ("message", "type"),
                ("type",),
                ("sentence", "id"),
                ("kind",),
                ("tag",),
                ("frame", "id"),
                (words.word(rng), "type"),
            )
        )
        return "", [
            _letters(
                name,
                tag,
                (
                    "first word",
                    "word after the start mark",
                    "at the start of the telegram",
                    "before the first separator",
                ),
            )
        ]
    first, second = rng.choice(
        (
            (("talker",), ("sentence", "type")),
            (("sender",), ("message", "type")),
            (("system",), ("kind",)),
            (("prefix",), ("code",)),
            (("origin",), ("type",)),
        )
    )
    at = rng.randint(1, 3)
    return "", [
        _letters(first, tag[:at], (f"first {at} letters", f"letters 1 to {at} of the first word")),
        _letters(second, tag[at:], (f"after the first {at} letters", "rest of the first word")),
    ]


def _letters(name: tuple[str, ...], text: str, cues: tuple[str, ...]) -> Field:
    return Field(name, value.Source("string", lambda _: (text, text)), cues=cues, hidden=True)
