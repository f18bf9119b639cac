"""Values of many kinds, as sensors, daemons and clerks print them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Final

from training.synthesis import moment, pattern, words
from training.synthesis.pattern import hexits

Json = str | int | float | bool
Drawn = tuple[str, Json]
"""The value as printed, and as JSON."""


@dataclass(frozen=True, slots=True)
class Source:
    """Draws the values of one field, all in one style."""

    type: str
    """JSON type: string, number, integer or boolean."""
    draw: Callable[[Random], Drawn]
    choices: tuple[str, ...] = ()
    """Values of an enum."""
    wide: bool = False
    """A printed value may hold spaces."""
    note: str = ""
    """What a description must tell for the value to be derivable."""
    format: str = ""
    """JSON Schema format that all values satisfy."""
    ucum: str = ""
    """Code of the unit, where the schema gives it."""


_BOOLS: Final = (
    ("true", "false"), ("True", "False"), ("yes", "no"), ("on", "off"), ("enabled", "disabled"), ("1", "0"),
    ("TRUE", "FALSE"), ("ON", "OFF"), ("YES", "NO"), ("Yes", "No"), ("On", "Off"), ("Enabled", "Disabled"),
    ("ok", "no"),
)  # fmt: skip
_TOLD_BOOLS: Final = (
    ("up", "down"), ("open", "closed"), ("active", "inactive"), ("OK", "FAIL"), ("Y", "N"), ("T", "F"),
    ("ja", "nein"),
    ("present", "absent"), ("OPEN", "SHUT"), ("oui", "non"), ("running", "stopped"),
    ("locked", "unlocked"), ("x", "-"),
    ("passed", "failed"), ("connected", "disconnected"), ("alarm", "normal"), ("high", "low"), ("si", "no"),
)  # fmt: skip
_LEVELS: Final = (
    ("debug", "info", "warning", "error", "critical"), ("DEBUG", "INFO", "WARN", "ERROR", "FATAL"),
    ("low", "medium", "high", "critical"), ("info", "notice", "warning", "err", "crit"), ("D", "I", "W", "E"),
    ("TRACE", "DEBUG", "INFO", "WARNING", "ERROR"),
)  # fmt: skip


def _text(draw: Callable[[Random], str], *, wide: bool = False, format_: str = "") -> Source:
    def both(rng: Random) -> Drawn:
        drawn = draw(rng)
        return drawn, drawn

    return Source("string", both, wide=wide, format=format_)


_WRITTEN: Final[dict[str, Callable[[Random], str]]] = {
    "phrase": words.phrase,
    "title": lambda rng: words.phrase(rng, 1, 3),
    "name": words.person,
    "sentence": words.sentence,
    "prose": lambda rng: " ".join(words.sentence(rng, 14) for _ in range(rng.randint(1, 4))),
    "company": words.company,
}
"""Kinds that are made of words and names."""


def source(kind: str, rng: Random) -> Source:
    """Fix the style of one field of a kind, such as ``float:0:10:1`` or ``enum:on/off``."""
    name, _, rest = kind.partition(":")
    if name in _WRITTEN:
        return _text(_WRITTEN[name], wide=True)
    if name in pattern.KINDS:
        if name == "port" and rng.random() < 0.7:
            return _integer(1, 65535, rng)
        return _text(
            partial(pattern.draw, name),
            wide=name in pattern.SPACED,
            format_="email" if name == "email" else "",
        )
    return _MAKERS[name](rest, rng)


capitalised: Final = _text(lambda rng: words.word(rng).capitalize())
"""One word with a capital."""
microseconds: Final = _text(moment.MICROSECONDS.draw)
"""Time stamps as Python prints them."""
day: Final = _text(moment.DATES[0].draw, format_="date")
"""A date as year, month and day."""


def _float(rest: str, rng: Random) -> Source:
    low, high, digits = rest.split(":")
    return _number(float(low), float(high), int(digits), rng)


def _number(low: float, high: float, digits: int, rng: Random) -> Source:
    style = rng.random()
    width = digits if rng.random() < 0.5 else rng.randint(0, 4)

    def draw(rng: Random) -> Drawn:
        value = 0.0 if rng.random() < 0.05 else rng.uniform(low, high)
        if style < 0.04:
            printed = f"{value:,.{width}f}"
        elif style < 0.07:
            printed = f"{value:+.{width}f}"
        elif style < 0.09:
            printed = f"{value:.{width}e}"
        elif style < 0.13 and value >= 0:
            printed = f"{value:0{width + 5}.{width}f}"
        elif style < 0.3:
            printed = f"{round(value, width)}" if width else f"{value:.0f}"
        else:
            printed = f"{value:.{width}f}"
        return printed, _read(printed)

    return Source("number", draw)


def _read(printed: str) -> int | float:
    plain = printed.replace(",", "")
    return float(plain) if "." in plain or "e" in plain else int(plain)


def _int(rest: str, rng: Random) -> Source:
    low, high = rest.split(":")
    return _integer(int(low), int(high), rng)


def _integer(low: int, high: int, rng: Random) -> Source:
    style = rng.random()
    pad = rng.randint(2, 9)
    small = rng.random() < 0.5

    def draw(rng: Random) -> Drawn:
        top = min(high, low + 10 ** rng.randint(1, 6)) if small else high
        value = 0 if low <= 0 and rng.random() < 0.1 else rng.randint(low, top)
        if style < 0.04:
            return f"{value:,}", value
        if style < 0.1:
            return f"{value:0{pad}}", value
        return str(value), value

    return Source("integer", draw)


def _bool(_rest: str, rng: Random) -> Source:
    plain = rng.random() < 0.75
    yes, no = rng.choice(_BOOLS if plain else _TOLD_BOOLS)
    if plain and rng.random() < 0.4:
        yes, no = _BOOLS[0]
    if not plain and rng.random() < 0.2:
        words_true, told = no, (no, yes)
    else:
        words_true, told = yes, (yes, no)

    def draw(rng: Random) -> Drawn:
        value = rng.random() < 0.5
        return (told[0] if value else told[1]), value

    note = (
        ""
        if plain
        else rng.choice(
            (
                "true for {0}",
                "true when {0}",
                "{0} means true",
                "{0} = true, {1} = false",
                "true if {0}, false if {1}",
            )
        )
    )
    return Source("boolean", draw, note=note.format(words_true, told[1]))


def _enum(rest: str, rng: Random) -> Source:
    return _choice(tuple(rest.split("/")), rng)


def _choice(values: tuple[str, ...], rng: Random) -> Source:
    style = rng.random()
    count = rng.randint(max(2, len(values) - 2), len(values))
    values = tuple(rng.sample(values, count))
    if style < 0.4:
        return _text(lambda rng: rng.choice(values))
    recase: Callable[[str], str] = str
    if style > 0.85:
        recase = rng.choice((str.upper, str.lower, str.capitalize))
    choices = values
    if style > 0.97 or (style > 0.8 and rng.random() < 0.2):
        codes = _codes(values, rng)
        if codes:
            listed = ", ".join(
                f"{short} {rng.choice(('=', 'is', 'for', '='))} {value}" for short, value in codes.items()
            )
            return Source("string", lambda rng: rng.choice(tuple(codes.items())), choices, note=listed)

    def draw(rng: Random) -> Drawn:
        value = rng.choice(choices)
        return recase(value), value

    return Source("string", draw, choices)


def letters(choices: tuple[str, ...], rng: Random) -> Source:
    """Draw single letters, as an enum or as text."""
    if rng.random() < 0.5:
        return _text(lambda r: r.choice(choices))

    def draw(rng: Random) -> Drawn:
        chosen = rng.choice(choices)
        return chosen, chosen

    return Source("string", draw, choices)


def _codes(values: tuple[str, ...], rng: Random) -> dict[str, str]:
    """Abbreviate every choice to something that is not ambiguous; nothing where that cannot be done."""
    kind = rng.random()
    if kind < 0.4:
        codes = {value[0].upper(): value for value in values}
    elif kind < 0.8:
        codes = {str(number): value for number, value in enumerate(values)}
    else:
        codes = {value[:3].upper(): value for value in values}
    return codes if len(codes) == len(values) else {}


def _level(_rest: str, rng: Random) -> Source:
    return _choice(rng.choice(_LEVELS), rng)


def _anyenum(_rest: str, rng: Random) -> Source:
    values = {
        rng.choice((words.word(rng), f"{words.word(rng)}_{words.word(rng)}"))
        for _ in range(rng.randint(2, 5))
    }
    style = rng.choice((str.lower, str.upper, str.lower, str.capitalize))
    return _choice(tuple(sorted({style(value) for value in values} | {style(words.pseudo(rng, 2))})), rng)


def _printed(styles: tuple[moment.Style, ...]) -> Callable[[str, Random], Source]:
    def made(_rest: str, rng: Random) -> Source:
        style = moment.style(styles, rng)
        return _text(style.draw, wide=" " in style.pattern, format_=style.format)

    return made


def _hex(rest: str, rng: Random) -> Source:
    prefix, upper, width = rng.choice(("", "", "0x")), rng.random() < 0.5, int(rest)
    return _text(lambda rng: prefix + (hexits(rng, width).upper() if upper else hexits(rng, width)))


def _mac(_rest: str, rng: Random) -> Source:
    sep, upper = rng.choice((":", ":", ":", "-")), rng.random() < 0.4

    def draw(rng: Random) -> str:
        digits = hexits(rng, 12)
        text = sep.join(digits[at : at + 2] for at in range(0, 12, 2))
        return text.upper() if upper else text

    return _text(draw)


def _money(_rest: str, rng: Random) -> Source:
    high = 10 ** rng.randint(1, 5)
    return _number(0.5, high, 2, rng)


_MAKERS: Final[dict[str, Callable[[str, Random], Source]]] = {
    "float": _float, "int": _int, "bool": _bool, "enum": _enum, "level": _level, "anyenum": _anyenum,
    "hex": _hex,
    "time": _printed(moment.TIMES), "date": _printed(moment.DATES), "clock": _printed(moment.CLOCKS),
    "dur": _printed(moment.DURATIONS), "mac": _mac, "money": _money,
}  # fmt: skip

ARBITRARY: Final = (
    ("word", 7), ("phrase", 3), ("name", 3), ("sentence", 3), ("code", 4), ("token", 3), ("devid", 3),
    ("digits", 2), ("float:0:1000:2", 9), ("float:-100:100:1", 4), ("float:0:1:4", 2), ("int:0:100", 7),
    ("int:0:1000000", 5), ("int:-50:50", 2), ("bool", 9), ("anyenum", 6), ("time", 4), ("date", 3),
    ("clock", 2), ("dur", 2), ("hex:4", 1), ("hex:8", 2), ("version", 2), ("path", 2), ("uuid", 2),
    ("ratio", 1), ("level", 1), ("ip4", 1), ("mac", 1), ("host", 1), ("list", 1), ("dotted", 1),
    ("size", 1), ("bracket", 1), ("geo", 1), ("file", 1), ("endpoint", 1), ("dots", 1), ("pairword", 1),
    ("octets", 1), ("devpath", 1), ("standard", 1), ("qualified", 2), ("numlist", 1),
    ("money", 1), ("email", 1), ("model", 1), ("title", 1),
)  # fmt: skip
"""Kinds and weights for a field whose name says nothing of its kind."""
