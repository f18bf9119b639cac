"""Lines without labels, whose positions a schema explains: split at a mark, or telegrams with a checksum."""

from __future__ import annotations

from random import Random
from typing import Final

from training.synthesis import pattern, words
from training.synthesis.form import Field
from training.synthesis.layout.report import put_value
from training.synthesis.layout.scribe import Records, Scribe
from training.synthesis.naming import Dialect
from training.synthesis.page import Page

_NAMES: Final = {
    ",": "commas",
    ";": "semicolons",
    "\t": "tabs",
    "|": "bars",
    ":": "colons",
    " ": "spaces",
    "/": "slashes",
    "#": "hashes",
    "^": "carets",
    "  ": "two spaces",
    "~": "tildes",
    ", ": "commas",
}
_ORDINALS: Final = (
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
)


def position(index: int, count: int, mark: str) -> tuple[str, ...]:
    """Say in words where the value at ``index`` stands."""
    cues = [
        f"field {index + 1}",
        f"value {index + 1}",
        f"position {index + 1}",
        f"column {index + 1}",
        f"field {index + 1} of {count}",
        f"#{index + 1}",
    ]
    if index < len(_ORDINALS):
        nth = _ORDINALS[index]
        cues += [f"{nth} field", f"{nth} value", f"the {nth} value", f"{nth} column", f"{nth} item"] * 2
    ending = "th" if index in (10, 11, 12) else {1: "st", 2: "nd", 3: "rd"}.get((index + 1) % 10, "th")
    short = f"{index + 1}{ending}"
    cues += [f"{short} field", f"{short} value", f"{short} column"]
    if index == count - 1:
        cues += ["last field", "last value", f"after the last {_NAMES.get(mark, 'mark')[:-1]}"] * 2
    return tuple(cues)


def sequence(rng: Random, level: float, fields: list[Field], how: Dialect) -> Scribe:
    """Draw a line of values split at a mark."""
    del level
    mark = _mark(rng, fields)
    description, ordered = explain(rng, fields, how, mark, first=0)
    missing = (
        rng.choice(("", "-", "null", "NULL", "NaN", "N/A", "--", "*"))
        if mark.strip()
        else rng.choice(("-", "--", "null", "*"))
    )
    if any(field.presence < 1 for field in fields) and rng.random() < 0.4:
        description += (
            f" The word {missing} marks a missing value."
            if missing.isalpha()
            else " Missing values are left out."
        )
    head = rng.choice(
        ("", "", "", "", words.pseudo(rng).upper() + mark, "#", f"{words.word(rng).upper()}:", "> ")
    )
    tail = rng.choice(("", "", "", "", mark.strip(), "\\r", mark + pattern.hexits(rng, 2).upper()))
    pads = [rng.randint(0, 7) if mark == " " and rng.random() < 0.3 else 0 for _ in fields]
    units = None if rng.random() < 0.85 else ""

    def write(page: Page, records: Records, rng: Random) -> None:
        del rng
        page.write(head)
        for index, field in enumerate(fields):
            page.write(mark if index else "")
            leaf = records.get(id(field))
            if leaf is None:
                page.write(missing)
                continue
            page.write(" " * (pads[index] - len(leaf.shown)))
            around = (
                '"'
                if (mark.strip() or mark) in leaf.shown or (not mark.strip() and " " in leaf.shown)
                else ""
            )
            page.write(around)
            put_value(page, leaf, None if around else units)
            page.write(around)
        page.write(tail)

    return Scribe(write, description=description, ordered=ordered)


def _mark(rng: Random, fields: list[Field]) -> str:
    wide = any(field.source.wide for field in fields)
    return rng.choice(
        (";", ";", ",", ",", "|", "\t", " ", ":", "/", "#", "^", "  ", "~", ", ")
        if not wide
        else (";", ",", "|", "\t", ";", ", ", "^")
    )


def explain(
    rng: Random, fields: list[Field], how: Dialect, mark: str, *, first: int, names: list[str] | None = None
) -> tuple[str, bool]:
    """Tell where each value stands: by a cue for each, by one sentence for all, or only by order.

    Returns the sentence for the schema as a whole, and whether only the order of its properties tells
    which value is which.
    """
    style = rng.random()
    total = len(fields) + first
    for index, field in enumerate(fields):
        field.cues = position(index + first, total, mark)
        if field.unit and rng.random() < 0.1:
            field.cues += (f"followed by {field.unit}",)
        field.hidden = style < 0.4
    if style < 0.4 or style >= 0.75:
        optional = any(field.presence < 1 for field in fields)
        tail = " A dash marks a missing value." if optional and rng.random() < 0.4 else ""
        return rng.choice(("", "", f"One line split at {_NAMES.get(mark, 'marks')}.")) + tail, style >= 0.75
    return _order(rng, fields, how, mark, names or [field.name for field in fields]), False


def _order(rng: Random, fields: list[Field], how: Dialect, mark: str, names: list[str]) -> str:
    joint = rng.choice((mark.strip() or " ", mark.strip() or ", ", ", ", "; "))
    restyle = rng.random() < 0.6 or joint == " "
    written = {name: how.key(name.split()) if restyle and " " in name else name for name in names}
    for field in fields:
        field.alias = written.get(field.name, "")
    listed, named = joint.join(written[name] for name in names), _NAMES.get(mark, "marks")
    return rng.choice((
        f"Fields separated by {named} in this order: {listed}.", f"Fields in order: {listed}",
        f"Order of values: {listed}",
        f"{listed} ({named} between)", f"Line format: {listed}", f"Values split at {named}: {listed}.",
        f"Layout: {listed}",
    ))  # fmt: skip


def tuples(rng: Random, level: float, fields: list[Field], how: Dialect) -> Scribe:
    """Draw a short line of values, some joined by a sign: ``2/111``, ``8192:128``, ``a->b``, ``x(y)``."""
    del level, how
    joints = [""]
    for index, field in enumerate(fields):
        field.cues = position(index, len(fields), " ")
        if index:
            free = not field.source.wide and not fields[index - 1].source.wide
            joints.append(
                rng.choice((" ", " ", "/", ":", "->", "@", "(", "-", " - ", ", ", "..", "=", "+"))
                if free
                else rng.choice((" | ", ", ", "; "))
            )
    for index in range(1, len(fields)):
        sign = joints[index].strip()
        named = {
            "/": "slash",
            ":": "colon",
            "->": "arrow",
            "@": "at sign",
            "(": "parenthesis",
            "-": "dash",
            "=": "equals sign",
            "+": "plus sign",
            ",": "comma",
        }.get(sign)
        if named and joints.count(joints[index]) == 1:
            fields[index - 1].cues = (
                *fields[index - 1].cues[:2],
                *(f"before the {named}", f"left of the {named}") * 3,
            )
            fields[index].cues = (
                (
                    *fields[index].cues[:2],
                    *(f"after the {named}", f"right of the {named}", f"following the {named}") * 3,
                )
                if sign != "("
                else ("in parentheses", "inside the parentheses")
            )
    ordered = rng.random() < 0.4
    for field in fields:
        field.presence = 1.0
        field.hidden = not ordered

    def write(page: Page, records: Records, rng: Random) -> None:
        del rng
        for index, field in enumerate(fields):
            page.write(joints[index])
            leaf = records[id(field)]
            page.put(leaf)
            page.write(")" if joints[index] == "(" else "")

    return Scribe(write, ordered=ordered)
