"""Blocks: several records of labelled lines, one below the other, each for one device or job."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from training.synthesis import casing, outline, value, words
from training.synthesis.fill import fill
from training.synthesis.form import Field, Filled, Group
from training.synthesis.layout import Written, bare, pairs, prose
from training.synthesis.layout.report import put_value
from training.synthesis.layout.scribe import Records, Scribe, by_field
from training.synthesis.naming import Dialect, dialect, put_label
from training.synthesis.page import Page


@dataclass(frozen=True, slots=True)
class _Style:
    opening: str
    """Line that opens a block; ``{v}`` is its first value, ``{l}`` the label of it, ``{w}`` a word."""
    indent: str
    joint: str
    column: int
    between: str
    per_line: int
    quote: str
    unit_joint: str | None
    word: str
    missing: str | None


_OPENINGS = (
    "{l}{j}{v}",
    "{l}{j}{v}",
    "{l} {v}",
    "{v}",
    "{v}:",
    "[{v}]",
    "{w} {v}",
    "{w} {v}:",
    "{w} '{v}'",
    "{w} {v} ({w})",
    "--- {v} ---",
    "== {v} ==",
    "* {v}",
    "{v} {w}",
    "{w}: {v}",
    "<{v}>",
    "# {v}",
    "{w}#{v}",
    "{v} - {w}",
)


def blocks(rng: Random, level: float) -> Written:
    """Write blocks of labelled lines, each of them one record."""
    how = dialect(rng, level, casing.SPACED if rng.random() < 0.6 else casing.JOINED)
    fields = outline.flat(rng, level, how, outline.count(rng, level, 9, 2))
    first = fields[0]
    first.presence = 1.0
    first.source = first.source if first.source.type == "string" and not first.source.choices else _name(rng)
    style = _draw(rng, fields)
    if "{l}" not in style.opening:
        first.label = ""
        first.words = rng.choice(
            (
                ("name",),
                ("device",),
                (style.word,),
                (style.word, "name"),
                (style.word, "id"),
                ("interface",),
                first.words,
            )
        )
        first.cues = (
            "first line of the block",
            "heads each block",
            f"after {style.word}"
            if "{w} {v}" in style.opening or "{w} '" in style.opening
            else "begins each block",
            "title of the block",
        )
        first.hidden = rng.random() < 0.5 and first.words[0] not in (style.word, "name")
    if not any(field.asked for field in fields):
        first.asked = True
    single = rng.random() < 0.2
    root = outline.asked_of(fields, rng, level) if single else outline.rows(fields, rng, how, most=4)
    inner = _inner(rng, level, how) if rng.random() < 0.25 * level else None
    if inner is not None:
        host = root if single else root.children[0]
        if isinstance(host, Group):
            host.children.append(inner[0])
    outline.ask(root, rng, how)
    filled = fill(root, rng)
    page = Page()
    if rng.random() < 0.2:
        page.write(words.phrase(rng) + rng.choice((":", "", " list")) + rng.choice(("\n", "\n\n")))
    for index, record in enumerate([filled] if single else filled.children[0].children):
        page.write(style.between if index else "")
        _block(page, by_field(record), fields, style, rng)
        if inner is not None:
            _lines(page, record, inner, style, rng)
    return Written(root, filled, page)


def _name(rng: Random) -> value.Source:
    return value.source(
        rng.choice(("devid", "iface", "host", "code", "path", "mac", "word", "domain", "title", "token")), rng
    )


Inner = tuple[Group, Scribe, bool]
"""Records within a block, who writes each of them, and whether their label stands above."""


def _inner(rng: Random, level: float, how: Dialect) -> Inner:
    """Draw lines that stand below the fields of a block, one for each part of the device."""
    fields = outline.flat(rng, level, how, rng.randint(1, 3))
    scribe = rng.choice((pairs.pairs, prose.terse, bare.tally))(rng, level, fields, how)
    rows = outline.rows(fields, rng, how, most=3).children[0]
    if not isinstance(rows, Group):
        raise TypeError(rows.name)
    rows.key = ""
    rows.asked = rng.random() < 0.85
    fields[0].asked = True
    titled = rng.random() < 0.5
    if titled:
        put_label(rows, rng, how)
    return rows, scribe, titled


def _lines(page: Page, record: Filled, inner: Inner, style: _Style, rng: Random) -> None:
    rows, scribe, titled = inner
    found = next(child for child in record.children if child.of is rows)
    indent = style.indent
    if titled:
        page.write(indent)
        page.heading(found.pointer, rows.label)
        page.write(":\n")
        indent *= 2
    for item in found.children:
        page.write(indent)
        scribe.write(page, by_field(item), rng)
        page.write("\n")


def _draw(rng: Random, fields: list[Field]) -> _Style:
    longest = max(len(field.label) for field in fields)
    return _Style(
        opening=rng.choice(_OPENINGS),
        indent=rng.choice(("  ", "\t", "    ", "", "   ", " ")),
        joint=rng.choice((": ", ": ", ":", " = ", "=", "\t", " : ", " ")),
        column=rng.choice((0, 0, longest + 2, 20, -longest)),
        between=rng.choice(("", "", "\n", "\n", "--\n", "----------------\n")),
        per_line=rng.choice((1, 1, 1, 1, 2, 3)),
        quote=rng.choice(("", "", "", '"')),
        unit_joint=rng.choice((None, " ", " ", "")),
        word=words.word(rng).capitalize() if rng.random() < 0.6 else words.pseudo(rng).upper(),
        missing=rng.choice((None, None, None, "-", "", "n/a", "none")),
    )


def _block(page: Page, records: Records, fields: list[Field], style: _Style, rng: Random) -> None:
    first, rest = fields[0], fields[1:]
    opening = style.opening.replace("{w}", style.word).replace("{l}", first.label).replace("{j}", style.joint)
    before, after = opening.split("{v}")
    page.write(before)
    page.put(records[id(first)])
    page.write(after + "\n")
    shown = [field for field in rest if id(field) in records or style.missing is not None]
    for index, field in enumerate(shown):
        fresh = index % style.per_line == 0
        page.write(style.indent if fresh else "  ")
        _pair(page, records.get(id(field)), field, style, rng)
        page.write("\n" if (index + 1) % style.per_line == 0 or index == len(shown) - 1 else "")


def _pair(page: Page, leaf: Filled | None, field: Field, style: _Style, rng: Random) -> None:
    del rng
    label = field.label
    joint = style.joint if style.joint != " " or " " not in label else ": "
    if style.column > 0:
        label = (label + joint.rstrip()).ljust(style.column) + " "
    else:
        label = label.rjust(-style.column) + joint
    page.write(label)
    if leaf is None:
        page.write(style.missing or "")
        return
    quote = style.quote if field.source.type == "string" and '"' not in leaf.shown else ""
    page.write(quote)
    put_value(page, leaf, style.unit_joint)
    page.write(quote)
