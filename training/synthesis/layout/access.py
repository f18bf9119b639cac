"""Lines of values, each bare or in brackets or quotes of its own, as servers log requests."""

from __future__ import annotations

from random import Random
from typing import Final

from training.synthesis import value, words
from training.synthesis.concept import BANK, Concept
from training.synthesis.form import Field
from training.synthesis.layout.line import explain, position
from training.synthesis.layout.report import put_value
from training.synthesis.layout.scribe import Records, Scribe
from training.synthesis.naming import Dialect
from training.synthesis.page import Page

WRAPS: Final = {
    "": (), "[]": ("in square brackets", "inside the brackets", "between [ and ]", "without brackets"),
    '""': ("in quotes", "without quotes", "inside the quotes", "quoted text"),
    "()": ("in parentheses", "inside the parentheses"), "<>": ("in angle brackets", "between < and >"),
    "{}": ("in braces",), "''": ("in single quotes", "without quotes"),
    "||": ("between bars",), "**": ("between asterisks",),
}  # fmt: skip
_LOGGED: Final = tuple(
    c
    for c in BANK
    if c.kind.split(":")[0]
    in {
        "time",
        "ip4",
        "host",
        "level",
        "int",
        "url",
        "path",
        "uuid",
        "user",
        "program",
        "agent",
        "version",
        "mac",
        "code",
        "token",
        "iface",
        "port",
        "sentence",
        "email",
        "dur",
        "errcode",
        "enum",
        "domain",
        "float",
    }
)


def recast(rng: Random, fields: list[Field], share: float) -> None:
    """Replace some fields by quantities that logs are made of, whose values can be told by their shape."""
    seen = {field.words for field in fields}
    for field in fields:
        concept: Concept = rng.choice(_LOGGED)
        if concept.words not in seen and rng.random() < share:
            seen.add(concept.words)
            field.item, field.words, field.source = None, concept.words, value.source(concept.kind, rng)
            field.shorts, field.synonyms = concept.shorts, concept.synonyms
            field.unit = rng.choice(concept.units) if concept.units else ""


def access(rng: Random, level: float, fields: list[Field], how: Dialect) -> Scribe:
    """Draw a line of values, each bare or in its own brackets, such as servers write for each request."""
    recast(rng, fields, 0.7)
    wraps = []
    for field in fields:
        allowed = (
            ("[]", '""', "()", '""', "[]", "''", "<>")
            if field.source.wide
            else ("", "", "", "", "[]", '""', "()", "<>", "{}", "||", "**")
        )
        wraps.append(rng.choice(allowed))
    description, ordered = explain(rng, fields, how, " ", first=0)
    for index, (field, wrap) in enumerate(zip(fields, wraps, strict=True)):
        if wrap and wraps.count(wrap) == 1:
            field.cues = (*field.cues[:3], *WRAPS[wrap] * 2)
        elif wrap:
            nth = position(wraps[:index].count(wrap), 99, " ")[6].split()[0]
            field.cues = (
                *field.cues,
                *(
                    f"inside the {nth} pair of {wrap}",
                    f"{cue}, {nth} one" if (cue := WRAPS[wrap][0]) else "",
                ),
            )
        if field.presence < 1 and rng.random() < 0.6:
            field.source = _noted(
                field.source,
                rng.choice(("absent for a dash", 'absent when "-"', "left out when printed as -")),
            )
    spans = _spanning(rng, fields, wraps)
    # Values that no field stands for would make every ordinal wrong.
    counted = any(field.hidden or field.alias for field in fields)
    gaps = [
        "",
        *(
            rng.choice((" ", " ", " ", " ", ": ", "  ", ", ", " - ", *(() if counted else (" - - ",))))
            for _ in fields[1:]
        ),
    ]
    junk = [
        ""
        if counted or level < 0.4
        else rng.choice(
            ("", "", "", "", f"{words.word(rng)} ", "- ", *(() if ordered else (f"{rng.randrange(99)} ",)))
        )
        for _ in fields
    ]

    def write(page: Page, records: Records, rng: Random) -> None:
        del rng
        for index, field in enumerate(fields):
            wrap = wraps[index]
            opened, gap, closed = spans.get(index, ("", gaps[index], ""))
            page.write(gap + junk[index] + opened + wrap[:1])
            leaf = records.get(id(field))
            if leaf is None:
                page.write("-")
            else:
                put_value(page, leaf, None)
            page.write(wrap[1:] + closed)

    return Scribe(write, description=description, ordered=ordered)


def _spanning(rng: Random, fields: list[Field], wraps: list[str]) -> dict[int, tuple[str, str, str]]:
    """Put two or three neighbours into one pair of brackets or quotes: place → opened, gap ahead, closed."""
    if len(fields) < 3 or rng.random() < 0.6:
        return {}
    start = rng.randrange(len(fields) - 1)
    end = min(len(fields) - 1, start + rng.choice((1, 1, 2)))
    if any(field.source.wide for field in fields[start : end + 1]):
        return {}
    around = rng.choice(('""', "[]", "()", "[]", '""', "{}"))
    found = {}
    for place in range(start, end + 1):
        wraps[place] = ""
        if any(cue in fields[place].cues for told in WRAPS.values() for cue in told):
            fields[place].cues = position(place, len(fields), " ")
        gap = rng.choice((" ", " ", ":", "/", ", ")) if place > start else ("" if place == 0 else " ")
        found[place] = (around[0] if place == start else "", gap, around[1] if place == end else "")
    return found


def _noted(source: value.Source, note: str) -> value.Source:
    return value.Source(
        source.type, source.draw, source.choices, source.wide, source.note or note, source.format
    )
