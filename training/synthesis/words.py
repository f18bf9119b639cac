"""Words to build labels and values from: common English, names, and words that no language has."""

from __future__ import annotations

from importlib.resources import files
from random import Random
from typing import Final

_FOLDER = files(__package__)
WORDS: Final = tuple((_FOLDER / "words.txt").read_text("utf-8").split())
"""Common English words, many of them of the technical kind."""
NAMES: Final = tuple((_FOLDER / "names.txt").read_text("utf-8").split())
"""Given names, family names and towns."""
_ONSETS = (
    "b", "c", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "z", "y", "q", "qu",
    "br", "cr", "dr", "fl", "gr", "kl", "pl", "pr", "sk", "st", "tr", "th", "sh", "ch", "sw", "bl", "", "",
)  # fmt: skip
_VOWELS = ("a", "e", "i", "o", "u", "a", "e", "i", "o", "u", "y", "ai", "ea", "io", "ou", "ue", "ee", "au")
_CODAS = ("", "", "", "", "l", "n", "r", "s", "t", "x", "m", "k", "d", "g", "p", "nd", "rt", "st", "ck", "ng")
_COMPANY = ("Ltd", "GmbH", "Inc", "LLC", "AG", "SA", "Group", "& Sons", "PLC", "BV")


def pseudo(rng: Random, syllables: int = 0) -> str:
    """Make up a word."""
    choice = rng.choice
    count = syllables or choice((1, 2, 2, 2, 3))
    return "".join(choice(_ONSETS) + choice(_VOWELS) + choice(_CODAS) for _ in range(count))


def word(rng: Random) -> str:
    """Draw a word in small letters; one in six is made up."""
    return pseudo(rng) if rng.random() < 0.16 else rng.choice(WORDS)


def phrase(rng: Random, low: int = 2, high: int = 4) -> str:
    """Draw a few words, capitalised in one of the usual ways."""
    drawn = [word(rng) for _ in range(rng.randint(low, high))]
    style = rng.random()
    if style < 0.4:
        return " ".join(drawn).capitalize()
    return " ".join(w.capitalize() for w in drawn) if style < 0.8 else " ".join(drawn)


def sentence(rng: Random, high: int = 9) -> str:
    """Draw a meaningless sentence."""
    drawn = [word(rng) for _ in range(rng.randint(3, high))]
    if len(drawn) > 4 and rng.random() < 0.12:
        drawn[2] += ","
    if rng.random() < 0.12:
        drawn.insert(2, str(rng.randint(0, 500)))
    if rng.random() < 0.08:
        drawn[-1] = f"'{drawn[-1]}'"
    text = " ".join(drawn)
    if rng.random() < 0.75:
        text = text[0].upper() + text[1:]
    return text + rng.choice((".", ".", "", "", "!"))


_ACCENTS = str.maketrans(
    {"a": "ä", "o": "ö", "u": "ü", "e": "é", "n": "ñ", "c": "ç", "s": "š", "A": "Å", "O": "Ø"}
)


def person(rng: Random) -> str:
    """Draw a full name."""
    name = f"{rng.choice(NAMES)} {rng.choice(NAMES)}"
    if rng.random() < 0.03:
        name = name.translate(_ACCENTS)
    extra = rng.random()
    if extra < 0.05:
        return f"{rng.choice(('Mr.', 'Mrs.', 'Dr.', 'Ms.', 'Miss'))} {name}"
    if extra < 0.08:
        return f"{name} {rng.choice(('MD', 'Jr.', 'PhD', 'DDS', 'II'))}"
    return f"{rng.choice(NAMES)}, {rng.choice(NAMES)}" if extra < 0.1 else name


def company(rng: Random) -> str:
    """Draw the name of a firm."""
    style = rng.random()
    if style < 0.3:
        return f"{rng.choice(NAMES)}-{rng.choice(NAMES)}"
    if style < 0.5:
        return f"{rng.choice(NAMES)}, {rng.choice(NAMES)} and {rng.choice(NAMES)}"
    return f"{rng.choice((rng.choice(NAMES), pseudo(rng).capitalize()))} {rng.choice(_COMPANY)}"
