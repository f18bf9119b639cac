"""Lines of abbreviated labels: one letter, initials, consonants, some of which belong to no field."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from training.synthesis import words
from training.synthesis.device.cast import Cast, draw, written
from training.synthesis.device.part import Part, Role
from training.synthesis.device.plain import ordered, tag
from training.synthesis.form import Filled
from training.synthesis.layout import Written
from training.synthesis.layout.scribe import Records
from training.synthesis.page import Page

_JOINTS: Final = ("=", "=", "=", ":", ":", " ", "", "", ": ")


@dataclass(frozen=True, slots=True)
class _Look:
    joint: str
    gap: str
    glue: str | None
    """Between a number and its unit; None where units are not printed."""
    labels: dict[int, str]
    """By the identity of a part; some have none."""


def brief(rng: Random, level: float) -> Written:
    """Write a line of short labels and values."""
    return brief_of(draw(rng, level, labelled=True, apart=rng.random() < 0.5), rng, level)


def brief_of(cast: Cast, rng: Random, level: float) -> Written:
    """Write a cast as such a line."""
    look = _look(cast, rng)
    head, order = tag(cast, rng, 0.3), ordered(cast, rng)
    strays = _strays(cast, look, rng) if rng.random() < 0.4 * level else {}

    def write(page: Page, records: Records, rng: Random) -> None:
        del rng
        page.write(head)
        begin = page.length
        for index, part in enumerate(order):
            if (leaf := records.get(id(part))) is not None:
                page.write(look.gap if page.length > begin else "")
                _pair(page, leaf, part, look)
            page.write(strays.get(index, "") if page.length > begin else "")

    return written(cast, write, rng, level)


def _pair(page: Page, leaf: Filled, part: Part, look: _Look) -> None:
    label = look.labels.get(id(part), "")
    page.write(label + (look.joint or _tight(label, leaf)) if label else part.lead)
    quote = '"' if " " in leaf.printed and label and look.gap == " " else ""
    page.write(quote)
    page.put(leaf)
    page.write(quote if quote or look.glue is None else part.sign(look.glue))


def _tight(label: str, leaf: Filled) -> str:
    """Keep a glued label and its value apart where they would run into one word."""
    return "" if label[-1:].isalpha() and leaf.printed[:1].isdigit() else ":"


def _look(cast: Cast, rng: Random) -> _Look:
    joint = rng.choice(_JOINTS)
    gap = rng.choice((" ", " ", " ", ",", ";", ", ", " | ", "&", "\t"))
    gap = rng.choice((" ", ", ", "; ", " | ")) if joint in (" ", ": ") else gap
    bare = {id(part) for part in cast.parts if part.role in (Role.IDENT, Role.TIME) and rng.random() < 0.6}
    bare |= {id(part) for part in cast.parts if part.role is Role.STATE and rng.random() < 0.3}
    length, case = rng.choice((1, 2, 3, 4, 9)), rng.choice((str, str, str.lower, str.upper))
    labels: dict[int, str] = {}
    for part in (*cast.parts, *cast.decoys):
        if id(part) not in bare:
            label = _label(part, cast.parts, set(labels.values()), length, rng)
            labels[id(part)] = case(label) if case(label) not in labels.values() else label
    return _Look(joint, gap, rng.choice((None, None, None, "", "", " ")), labels)


def _label(part: Part, asked: list[Part], taken: set[str], length: int, rng: Random) -> str:
    """Choose an abbreviation that no other field would claim."""
    lowered = {label.lower() for label in taken}
    for label in _abbreviations(part, length, rng):
        free = label.lower() not in lowered
        if free and not any(claims(other, label) for other in asked if other is not part):
            return label
    return "_".join(part.words)


def _abbreviations(part: Part, length: int, rng: Random) -> list[str]:
    """List ways to shorten a name, the most wanted first."""
    first = part.words[0]
    initials = "".join(word[0] for word in part.words)
    known = [short for short in part.shorts if len(short) <= length] * 3
    made = [initials, initials, first[:length], skeleton(first)[: max(2, length)], first[0]]
    long = ["_".join(word[:3] for word in part.words), skeleton("".join(part.words)), *part.shorts]
    wanted = [*known, *made]
    rng.shuffle(wanted)
    rng.shuffle(long)
    return [*wanted, *long]


def skeleton(word: str) -> str:
    """Leave out the vowels behind the first letter."""
    return word[:1] + "".join(char for char in word[1:] if char not in "aeiou")


def claims(part: Part, label: str) -> bool:
    """Tell whether a label would do as an abbreviation of a part."""
    low = label.lower()
    first, flat = part.words[0], "".join(part.words)
    named = {short.lower() for short in part.shorts} | {"".join(word[0] for word in part.words)}
    return (
        low in named
        or flat.startswith(low)
        or any(word.startswith(low) for word in part.words if len(low) > 2)
        or skeleton(first).startswith(low)
        or skeleton(flat).startswith(low)
    )


def _strays(cast: Cast, look: _Look, rng: Random) -> dict[int, str]:
    """Draw labels with values that belong to no field, by the place they stand behind."""
    found = {}
    for _ in range(rng.randint(1, 3)):
        label = rng.choice((words.pseudo(rng, 1), rng.choice("abcdefghjknoqrwxyz"), words.word(rng)[:4]))
        if len(look.joint) and not any(claims(part, label) for part in cast.parts):
            number = rng.choice((str(rng.randrange(100)), f"{rng.uniform(0, 99):.1f}", words.pseudo(rng, 1)))
            found[rng.randrange(len(cast.parts))] = look.gap + label + look.joint + number
    return found
