"""What is glued to values: signs that do not belong to them, and second values that do."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

from training.synthesis import pattern, value, words
from training.synthesis.form import Affix, Field

_NUMBERS: Final[tuple[tuple[Affix, str], ...]] = (
    (
        lambda r: ("", f" ({r.uniform(0, 99):.2f} {r.choice(('MiB', 'GB', 'kB', 'min', '%'))})"),
        "number before the parentheses",
    ),
    (lambda r: ("", f" ({words.word(r)})"), "number before the parentheses"),
    (lambda r: ("", f" (0x{pattern.hexits(r, 4)})"), "decimal number"),
    (lambda r: ("", f"/{r.randint(1, 500)}"), "before the slash"),
    (lambda r: ("", f" of {r.randint(1, 500)}"), 'number before "of"'),
    (lambda r: (f"{r.randint(1, 500)}/", ""), "after the slash"),
    (lambda _: ("~", ""), "without the tilde"),
    (lambda _: ("#", ""), "number after the hash"),
    (lambda _: ("<", ""), "without the sign"),
    (lambda _: ("$", ""), "amount without the sign"),
    (lambda _: ("", "%"), "in percent, without the sign"),
    (lambda _: ("", "*"), "without the asterisk"),
    (lambda r: ("", f" +/- {r.random():.1f}"), "without the tolerance"),
    (lambda r: ("", f" {words.word(r)}"), "number only"),
    (lambda r: (f"{words.word(r)} ", ""), "number only"),
    (lambda r: ("", f" since {r.randrange(24):02}:{r.randrange(60):02}"), 'before "since"'),
    (lambda _: ("x", ""), "without the x"),
    (lambda _: ("(", ")"), "in parentheses"),
    (lambda _: ("", "."), ""),
    (lambda _: ("", ","), ""),
)
_TEXTS: Final[tuple[tuple[Affix, str], ...]] = (
    (lambda _: ("", ":"), "without the colon"),
    (lambda _: ("'", "'"), "without quotes"),
    (lambda _: ('"', '"'), "without quotes"),
    (lambda _: ("<", ">"), "without the angle brackets"),
    (lambda _: ("(", ")"), "inside the parentheses"),
    (lambda _: ("[", "]"), "without brackets"),
    (lambda r: ("", f" ({words.word(r)} {r.randrange(99)})"), "before the parentheses"),
    (lambda r: ("", f" ({words.phrase(r, 1, 3)})"), "without the part in parentheses"),
    (lambda r: (f"{words.word(r)}/", ""), "after the slash"),
    (lambda r: (f"{words.word(r).upper()}/", ""), "after the slash"),
    (lambda r: ("", f"/{words.word(r)}"), "before the slash"),
    (lambda _: ("#", ""), "without the hash"),
    (lambda _: ("@", ""), "without the at sign"),
    (lambda _: ("", ";"), ""),
    (lambda _: ("", ","), "without the comma"),
    (lambda _: ("`", "`"), "without the backticks"),
    (lambda r: ("", f" [{r.randrange(999)}]"), "before the bracket"),
    (lambda r: (f"{r.randrange(99)}: ", ""), "after the number and the colon"),
)

_Pair = tuple[str, str, str, str, str]
"""Before, between, behind; where the first and the second value stand."""
_PAIRS: Final[tuple[_Pair, ...]] = (
    ("", "/", "", "before the slash", "after the slash"),
    ("", ":", "", "before the colon", "after the colon"),
    ("", " (", ")", "before the parentheses", "in parentheses"),
    ("", " [", "]", "before the brackets", "in brackets"),
    ("", "-", "", "before the dash", "after the dash"),
    ("", "..", "", "start of the range", "end of the range"),
    ("", " of ", "", 'before "of"', 'after "of"'),
    ("", " / ", "", "left of the slash", "right of the slash"),
    ("", "@", "", "before the at sign", "after the at sign"),
    ("", "x", "", "before the x", "after the x"),
    ("", ",", "", "first value", "second value"),
    ("", " ", "", "first value", "second value"),
    ("", " -> ", "", "left of the arrow", "right of the arrow"),
    ("(", ", ", ")", "first value in the parentheses", "second value in the parentheses"),
)
_LETTERS: Final = ("k", "K", "M", "G", "T", "B", "KB", "MB", "V", "A", "m", "s", "ms", "C", "%", "F")


def put_on(field: Field, rng: Random) -> None:
    """Glue something to the values of a field."""
    if rng.random() < 0.15:
        _list(field, rng)
        return
    number = field.source.type in ("number", "integer")
    if field.source.type == "boolean" or field.source.note or field.source.wide:
        return
    if number and rng.random() < 0.12:
        _letter(field, rng)
    elif rng.random() < 0.35:
        _pair(field, rng)
    else:
        affix, note = rng.choice(_NUMBERS if number else _TEXTS)
        field.affix = _fixed(affix, rng)
        field.unit = ""
        if note:
            field.cues = (note,)
            field.hidden = rng.random() < 0.5


_ITEMS: Final = (
    "plain",
    "word",
    "int:0:100",
    "float:0:100:1",
    "iface",
    "devid",
    "ip4",
    "host",
    "int:0:9",
    "hex:4",
)


def _list(field: Field, rng: Random) -> None:
    """Let the value be a list on one line."""
    joint = rng.choice((",", ", ", " ", ";", "/", "|", " ", ", ", ":", " - "))
    item = Field(("item",), value.source(rng.choice(_ITEMS), rng))
    if rng.random() < 0.15:
        mark = rng.choice(("*", "+", "%", "k"))
        item.affix = lambda r: ("", r.choice((mark, "")))
    around = rng.choice(("", "", "", "[]", "()", "{}", "<>"))
    field.source, field.unit = (
        value.Source("string", lambda _: ("", ""), wide=" " in joint or joint == ","),
        "",
    )
    field.item, field.joint, field.affix = item, joint, lambda _: (around[:1], around[1:])
    named = {
        ",": "commas",
        ";": "semicolons",
        "/": "slashes",
        "|": "bars",
        "": "spaces",
        ":": "colons",
        "-": "dashes",
    }
    split = named[joint.strip()]
    field.cues = (
        f"split at {split}",
        f"list, split at {split}",
        f"items between {split}",
        "one entry for each item",
    )


def _fixed(affix: Affix, rng: Random) -> Affix:
    """Let words around a value stay the same in all records of a text, mostly."""
    drawn = affix(rng)
    return affix if rng.random() < 0.4 or any(c.isdigit() for c in "".join(drawn)) else lambda _: drawn


def _letter(field: Field, rng: Random) -> None:
    """Ask for the unit behind a number as a field of its own."""
    letters, glue = rng.sample(_LETTERS, 3), rng.choice(("", "", " "))
    field.unit, field.affix = "", lambda _: ("", glue)
    field.cues, field.hidden = (
        ("number without unit", "number only", "value without its unit"),
        rng.random() < 0.6,
    )
    source = value.Source("string", _drawer(lambda r: r.choice(letters)))
    field.tail = Field(
        (*field.words, "unit"),
        source,
        cues=("unit letter", "unit as printed", "unit behind the number"),
        hidden=True,
        asked=rng.random() < 0.8,
    )


def _drawer(draw: Callable[[Random], str]) -> Callable[[Random], value.Drawn]:
    def both(rng: Random) -> value.Drawn:
        drawn = draw(rng)
        return drawn, drawn

    return both


def _pair(field: Field, rng: Random) -> None:
    """Ask for two values that are joined by a sign."""
    before, between, behind, first, second = rng.choice(_PAIRS)
    same = rng.random() < 0.6
    source = (
        field.source
        if same
        else value.source(rng.choice(("int:0:100", "float:0:10:1", "word", "int:0:9999")), rng)
    )
    if source.wide or source.note or source.choices:
        source = value.source("int:0:999", rng)
    field.unit, field.affix = "", lambda _: (before, between)
    field.cues, field.hidden = (first,), rng.random() < 0.8
    extra = rng.choice(
        ("total", "limit", "max", "packets", "count", "port", "size", words.word(rng), words.word(rng))
    )
    field.tail = Field(
        (*field.words, extra), source, cues=(second,), hidden=True, affix=lambda _: ("", behind)
    )
