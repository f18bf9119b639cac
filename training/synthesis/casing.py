"""The many ways to write one name: keys and labels, whole, shortened, joined."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Final

Words = Sequence[str]

Style = Callable[[Words], str]
"""Joins words to one name."""


def _camel(words: Words) -> str:
    return words[0].lower() + "".join(word[:1].upper() + word[1:] for word in words[1:])


STYLES: Final[dict[str, Style]] = {
    "snake": lambda words: "_".join(words).lower(),
    "camel": _camel,
    "pascal": lambda words: "".join(word[:1].upper() + word[1:] for word in words),
    "kebab": lambda words: "-".join(words).lower(),
    "dotted": lambda words: ".".join(words).lower(),
    "flat": lambda words: "".join(words).lower(),
    "constant": lambda words: "_".join(words).upper(),
    "dashes": lambda words: "-".join(words).upper(),
    "title": lambda words: " ".join(word[:1].upper() + word[1:] for word in words),
    "sentence": lambda words: " ".join(words)[:1].upper() + " ".join(words)[1:],
    "lower": lambda words: " ".join(words).lower(),
    "upper": lambda words: " ".join(words).upper(),
    "train": lambda words: "-".join(word[:1].upper() + word[1:] for word in words),
    "mixed": lambda words: "_".join(word[:1].upper() + word[1:] for word in words),
    "glued": lambda words: "".join(words).upper(),
}
KEYS: Final = (
    ("snake", 70),
    ("camel", 14),
    ("flat", 3),
    ("kebab", 4),
    ("pascal", 3),
    ("dotted", 2),
    ("constant", 2),
)
"""Styles of property names with their weights."""
SPACED: Final = (
    ("title", 50),
    ("sentence", 22),
    ("lower", 14),
    ("upper", 7),
    ("train", 3),
    ("snake", 4),
    ("mixed", 2),
    ("camel", 2),
)
"""Styles of labels that may hold spaces."""
JOINED: Final = (
    ("snake", 40),
    ("camel", 14),
    ("kebab", 12),
    ("flat", 6),
    ("constant", 8),
    ("dotted", 6),
    ("pascal", 5),
    ("dashes", 4),
    ("mixed", 3),
    ("glued", 3),
)
"""Styles of labels that hold no space."""
CODES: Final = (("glued", 40), ("constant", 25), ("flat", 15), ("snake", 12), ("pascal", 8))
"""Styles of labels that machines write."""
MOSTLY_JOINED: Final = (*JOINED, ("title", 14), ("lower", 14), ("sentence", 6), ("upper", 4))
"""Styles of labels of short lines."""


def pick(rng: Random, weighted: Sequence[tuple[str, int]]) -> Style:
    """Draw a style."""
    names = [name for name, _ in weighted]
    return STYLES[rng.choices(names, [weight for _, weight in weighted])[0]]


def shorten(rng: Random, words: Words) -> list[str]:
    """Abbreviate as engineers do: cut, drop vowels, or keep initials."""
    style = rng.random()
    if style < 0.15 and len(words) > 1:
        return ["".join(word[0] for word in words)]
    if style < 0.5:
        return [word if len(word) < 5 else word[: rng.choice((3, 4))] for word in words]
    if style < 0.75:
        return [
            word if len(word) < 4 else word[0] + "".join(c for c in word[1:] if c not in "aeiou")[:3]
            for word in words
        ]
    if style < 0.9 and len(words) > 1:
        return ["".join(word[0] for word in words[:-1]), words[-1]]
    return [word[: rng.randint(2, 4)] for word in words]


def typo(rng: Random, label: str) -> str:
    """Misspell a label by one slip of a finger."""
    if len(label) < 5:
        return label
    at = rng.randrange(1, len(label) - 2)
    if rng.random() < 0.5:
        return label[:at] + label[at + 1] + label[at] + label[at + 2 :]
    return label[:at] + label[at + 1 :] if rng.random() < 0.6 else label[:at] + label[at] + label[at:]
