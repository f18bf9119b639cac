"""Pairs on one line: ``key=value``, logfmt, ``Label:value`` and their like."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from training.synthesis import casing, outline, value, words
from training.synthesis.fill import fill
from training.synthesis.form import Field, Filled
from training.synthesis.layout import Written
from training.synthesis.layout.report import put_value
from training.synthesis.layout.scribe import Records, Scribe
from training.synthesis.naming import Dialect, dialect
from training.synthesis.page import Page


@dataclass(frozen=True, slots=True)
class Punctuation:
    """What stands between labels, values and pairs."""

    joint: str
    gap: str
    quotes: str
    """Around values: ``"`` always, ``?`` where needed, empty for never."""
    unit_joint: str | None
    missing: str | None
    """What stands for a missing value; None where its label is left out too."""


def punctuation(rng: Random) -> Punctuation:
    """Draw one."""
    joint = rng.choice(("=", "=", "=", ":", ":", ": ", " ", "= ", " = "))
    gap = rng.choice((" ", " ", " ", ", ", ",", ";", "; ", " | ", "  ", "\t", "&", "|"))
    if joint in (" ", ": ", "= ", " = "):
        gap = rng.choice((", ", "; ", " | ", "  ", ", "))
    return Punctuation(
        joint,
        gap,
        rng.choice(("?", "?", "?", '"', "'")),
        rng.choice((None, None, "", " ", "")),
        rng.choice((None, None, "", "-", "n/a")),
    )


def pairs(rng: Random, level: float, fields: list[Field], how: Dialect) -> Scribe:
    """Draw a line of labels and values."""
    del level, how
    marks = punctuation(rng)

    def write(page: Page, records: Records, rng: Random) -> None:
        first = True
        for field in fields:
            leaf = records.get(id(field))
            if leaf is None and marks.missing is None:
                continue
            page.write("" if first else marks.gap)
            first = False
            page.write(field.label + marks.joint)
            if leaf is None:
                page.write(marks.missing or "")
            else:
                quoted(page, leaf, marks)
        if rng.random() < 0.1:
            page.write(marks.gap.rstrip())

    return Scribe(write)


def quoted(page: Page, leaf: Filled, marks: Punctuation) -> None:
    """Write a value, in quotes where the line would be torn without them."""
    field = leaf.of
    number = isinstance(field, Field) and field.source.type in ("number", "integer", "boolean")
    torn = any(mark in leaf.shown for mark in (marks.gap.strip() or " ", marks.gap))
    mark = {"?": '"' if torn else "", '"': "" if number else '"', "'": "" if number else "'"}[marks.quotes]
    if torn and number and not mark:
        mark = '"'
    if '"' in leaf.shown and mark == '"':
        mark = "'"
    page.write(mark)
    if mark:
        page.put(leaf)
    else:
        put_value(page, leaf, marks.unit_joint)
    page.write(mark)


def _leading(rng: Random) -> Field:
    """Draw the device, file or address that output begins with, without a label."""
    name = rng.choice(
        (
            ("device",),
            ("name",),
            ("interface",),
            ("id",),
            ("file",),
            ("adapter",),
            ("unit", "name"),
            ("host",),
            (words.word(rng), "name"),
        )
    )
    kind = rng.choice(("iface", "devid", "mac", "path", "host", "word", "ip4", "code"))
    cues = (
        "at the start",
        "first word",
        "what the text begins with",
        "name at the beginning",
        "before the first label",
    )
    return Field(name, value.source(kind.replace("code", "token"), rng), cues=cues, hidden=rng.random() < 0.5)


def _lines(fields: list[Field], rng: Random) -> tuple[list[list[Field]], dict[int, str]]:
    """Split fields into lines and put a word before some lines that belongs to every label on them."""
    lines: list[list[Field]] = []
    led: dict[int, str] = {}
    at = 0
    while at < len(fields):
        line = fields[at : at + rng.randint(1, 5)]
        at += len(line)
        lines.append(line)
        if rng.random() < 0.3:
            lead = words.pseudo(rng).upper() if rng.random() < 0.5 else words.word(rng).capitalize()
            for field in line:
                led[id(field)] = lead
                field.words = (lead.lower(), *field.words)
                field.label = f"{lead} {field.label}"
    return lines, led


def clusters(rng: Random, level: float) -> Written:
    """Write several labels on each of a few lines, some under a leading word, as commands print them."""
    how = dialect(rng, level, casing.SPACED)
    fields = outline.flat(rng, level, how, outline.count(rng, level, 18, 3))
    bare = _leading(rng) if rng.random() < 0.4 else None
    lines, led = _lines(fields, rng)
    root = outline.asked_of([*([bare] if bare else []), *fields], rng, level)
    outline.ask(root, rng, how)
    filled = fill(root, rng)
    by_field = {id(leaf.of): leaf for leaf in filled.leaves()}
    joint, gap = rng.choice((":", ":", "=", ": ", " ")), rng.choice(("  ", "  ", "   ", " ", "\t"))
    wide_gap = gap if len(gap) > 1 else "  "
    indent, unit_joint = rng.choice(("", "    ", "  ", "          ", "\t")), rng.choice((None, " ", ""))
    page = Page()
    if bare is not None:
        page.put(by_field[id(bare)])
        page.write(rng.choice(("  ", ": ", ":  ", "\t", "    ", "\n" + indent)))
    for number, line in enumerate(lines):
        page.write(("\n" + indent) if number else "")
        for index, field in enumerate(line):
            head = led.get(id(field))
            label = field.label.removeprefix(f"{head} ") if head else field.label
            if head and index == 0:
                page.write(head + rng.choice((" ", " ", ": ")))
            elif index:
                page.write(
                    wide_gap if " " in label or any(" " in leaf.shown for leaf in by_field.values()) else gap
                )
            leaf = by_field.get(id(field))
            page.write(label + (joint if rng.random() < 0.9 else "="))
            if leaf is not None:
                put_value(page, leaf, unit_joint)
    page.write(rng.choice(("", "\n", "\n\n")))
    return Written(root, filled, page)
