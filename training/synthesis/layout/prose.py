"""Values in sentences, and the terse lines of sensors."""

from __future__ import annotations

from random import Random
from typing import Final

from training.synthesis import concept, value, words
from training.synthesis.form import Field
from training.synthesis.layout.report import put_value
from training.synthesis.layout.scribe import Records, Scribe
from training.synthesis.naming import Dialect, put_label
from training.synthesis.page import Page

_CLAUSES: Final = (
    "{l} is {v}", "{l} was {v}", "the {l} reads {v}", "{l} at {v}", "a {l} of {v}", "{l} {v}",
    "with {l} {v}", "{l} of {v}", "{l} reached {v}", "{l} rose to {v}",
    "{l} dropped to {v}", "{v} {l}", "{l} now {v}", "{l} = {v}", "reporting {l} {v}", "its {l} being {v}",
    "{l} set to {v}", "we measured {v} for {l}", "{l}: {v}",
    "{l} stands at {v}", "shows {v} as {l}", "{l} ({v})", "{l} beträgt {v}", "{l} est {v}",
    "{l} changed to {v}", "{v} was recorded as {l}",
)  # fmt: skip
_JOINTS: Final = (", ", " and ", "; ", ", while ", ". ", ", ", ", ", ", then ", " but ", ". Also, ", ".\n")
_OPENINGS: Final = (
    "",
    "",
    "Update: ",
    "At the moment ",
    "Note that ",
    "Today ",
    "Dear team, ",
    "Alert! ",
    "According to the log, ",
    "Hi, ",
    "Status: ",
    "Attention: ",
    "FYI ",
)


def prose(rng: Random, level: float, fields: list[Field], how: Dialect) -> Scribe:
    """Draw sentences that hold the values."""
    subject = _subject(rng, fields) if rng.random() < 0.5 else None
    clauses = []
    for field in fields:
        put_label(field, rng, how)
        if rng.random() < 0.7:
            field.label = field.label.lower()
        after = [c for c in _CLAUSES if not field.source.wide or c.endswith("{v}") or "({v}" in c]
        clauses.append(rng.choice(after).split("{v}"))
    joints = ["", *(rng.choice(_JOINTS) for _ in fields[1:])]
    opening = rng.choice(_OPENINGS)
    units = rng.choice((" ", " ", "", None))
    closing = rng.choice((".", ".", "", "!", ". " + words.sentence(rng), "\n" + words.sentence(rng)))
    chatter = words.sentence(rng) + " " if rng.random() < 0.2 * level else ""
    quote = rng.choice(("", "", "", '"', "'"))

    def write(page: Page, records: Records, rng: Random) -> None:
        page.write(chatter + opening)
        if subject is not None and (leaf := records.get(id(subject))) is not None:
            page.write(rng.choice(("The ", "", "Our ")) + " ".join(subject.words) + " ")
            page.put(leaf)
            page.write(" ")
        first = True
        for index, field in enumerate(fields):
            leaf = records.get(id(field))
            if leaf is None or field is subject:
                continue
            head, tail = clauses[index]
            joint = "" if first else joints[index]
            head = head.format(l=field.label)
            page.write(joint + (head[:1].upper() + head[1:] if joint.endswith((". ", "\n")) else head))
            around = quote if leaf.shown.replace(" ", "").isalpha() else ""
            page.write(around)
            put_value(page, leaf, units)
            page.write(around + tail.format(l=field.label))
            first = False
        page.write(closing)

    return Scribe(write)


def _subject(rng: Random, fields: list[Field]) -> Field:
    """Put what the sentence is about before all other fields."""
    name = rng.choice(
        (
            ("machine",),
            ("device", "id"),
            ("unit",),
            ("pump",),
            ("station",),
            ("sensor",),
            ("node",),
            ("equipment",),
            ("asset",),
            ("line",),
            ("vehicle",),
            (words.word(rng),),
        )
    )
    subject = Field(
        name,
        value.source(rng.choice(("devid", "code", "devid", "serial", "title")), rng),
        label=" ".join(name),
    )
    if any(field.words == name for field in fields):
        return fields[0]
    fields.insert(0, subject)
    return subject


def _shorten(rng: Random, level: float, fields: list[Field], how: Dialect) -> None:
    """Prefer known quantities, under the short labels that sensors use for them."""
    taken = {field.words for field in fields}
    for field in fields:
        known = concept.known(rng)
        if rng.random() < 0.5 and known.words not in taken:
            taken.add(known.words)
            field.item, field.affix, field.tail = None, None, None
            field.cues, field.hidden = (), False
            field.words, field.source, field.unit = known.words, known.source, known.unit
            field.shorts, field.synonyms = known.shorts, known.synonyms
        short = field.shorts and rng.random() < 0.6 * level + 0.1
        field.label = rng.choice(field.shorts) if short else how.label(field.words)
    labels = [field.label.lower() for field in fields]
    for index, field in enumerate(fields):
        if labels.index(labels[index]) != index:
            field.label = "_".join(field.words)


def terse(rng: Random, level: float, fields: list[Field], how: Dialect) -> Scribe:
    """Draw a terse line: a device, then short labels with values and glued units."""
    _shorten(rng, level, fields, how)
    joint = rng.choice((" ", " ", " ", ":", "=", ""))
    gap = rng.choice((" ", " ", "  ", ", ", "; ", " | ", "/"))
    glue = rng.choice(("", "", " "))
    if gap == " " and joint != " ":
        gap = rng.choice((" ", ", "))
    subject = _bare(rng, fields)

    def write(page: Page, records: Records, rng: Random) -> None:
        del rng
        first = True
        for field in fields:
            leaf = records.get(id(field))
            if leaf is None:
                continue
            page.write("" if first else (gap if field is not fields[1] or subject is None else rest))
            first = False
            if field is not subject:
                tight = joint or ("" if leaf.printed[:1].isdigit() and field.label[-1:].isalpha() else " ")
                page.write(field.label + tight)
            around = '"' if " " in leaf.shown and gap == " " else ""
            page.write(around)
            put_value(page, leaf, None if around else glue)
            page.write(around)

    rest = rng.choice((" ", ": ", gap, " - "))
    return Scribe(write)


def _bare(rng: Random, fields: list[Field]) -> Field | None:
    """Let the line begin with a device that no label names."""
    if rng.random() < 0.4:
        return None
    name = rng.choice(
        (
            ("device",),
            ("machine", "id"),
            ("sensor", "id"),
            ("node",),
            ("pump",),
            ("station", "name"),
            ("equipment",),
        )
    )
    if any(field.words == name for field in fields):
        return None
    cues = ("at the start of the line", "first word", "first value", "leading word", "before the first label")
    subject = Field(
        name, value.source(rng.choice(("devid", "devid", "serial", "host", "mac")), rng), cues=cues
    )
    fields.insert(0, subject)
    return subject
