"""Long reports of many sections, most of them optional: orders, profiles, tickets, exports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Final

from training.synthesis import casing, outline, words
from training.synthesis.dossier import dossier
from training.synthesis.fill import fill
from training.synthesis.form import Field, Filled
from training.synthesis.layout import Written
from training.synthesis.layout.chapters import lines, markdown, sections
from training.synthesis.layout.markup import put_braces, put_tags, put_yaml
from training.synthesis.layout.tree import draw_look, write
from training.synthesis.naming import Dialect, dialect
from training.synthesis.page import Page

Writer = Callable[[Page, Filled, Random], None]


def _indented(page: Page, filled: Filled, rng: Random) -> None:
    write(page, filled, draw_look(rng), rng.choice(("", "", "", "", "", "", "  ")))


_WRITERS: Final[tuple[tuple[Writer, int], ...]] = (
    (_indented, 60), (markdown, 9), (sections, 7), (lines, 8), (put_yaml, 6), (put_braces, 6), (put_tags, 4),
)  # fmt: skip
_PEOPLE: Final = (_indented, markdown, lines)
"""Writers of labels that hold spaces."""
_FLAT: Final = (markdown, sections)
"""Writers that put the plain values of a section ahead of the sections in it."""
_SUBJECTS: Final = (
    "report", "record", "order", "profile", "ticket", "request", "summary", "details", "form", "statement",
    "overview", "file", "entry", "notice", "log", "configuration", "invoice", "registration",
)  # fmt: skip
_TITLES: Final = ("{}", "{}", "{}", "New {}", "=== {} ===", "# {}", "*** {} ***", "{}:", "{}\n--------")
_ENDS: Final = (
    "Please extract the {} information as JSON.", "Extract as JSON.", "Return the {} as JSON.",
    "Convert this {} to JSON.", "End of {}.", "Please check the {} and reply by Friday.",
    "This {} was made automatically.", "Extract all fields of the {} that are given.",
)  # fmt: skip


def dossiers(rng: Random, level: float) -> Written:
    """Write one long report."""
    writer = rng.choices(*zip(*_WRITERS, strict=True))[0]
    hollow = rng.random() < 0.55
    how = _dialect(rng, level, casing.SPACED if writer in _PEOPLE else casing.JOINED)
    root = dossier(rng, how, _questions(rng, level), hollow=hollow, fields_first=writer in _FLAT)
    outline.ask(root, rng, how)
    filled = fill(root, rng)
    if not hollow:
        _drop_hollow(filled)
    if rng.random() < 0.12 and writer not in _FLAT:
        rng.shuffle(filled.children)
    title = f"{words.phrase(rng, 1, 2)} {rng.choice(_SUBJECTS)}".title()
    page = Page()
    people = writer in _PEOPLE
    page.write(_said(rng, _TITLES, title, 0.7) + rng.choice(("\n\n", "\n")) if people else "")
    writer(page, filled, rng)
    page.write("\n" + _said(rng, _ENDS, title.lower(), 0.6) if people else "")
    return Written(root, filled, page, title=title if rng.random() < 0.7 else "")


def _said(rng: Random, ways: Sequence[str], title: str, chance: float) -> str:
    return rng.choice(ways).format(title) if rng.random() < chance else ""


def _questions(rng: Random, level: float) -> int:
    """Draw how much a schema asks for; smaller ones are the usual ones."""
    return 8 + round(level * 58 * rng.random() ** 1.9)


def _dialect(rng: Random, level: float, labels: Sequence[tuple[str, int]]) -> Dialect:
    """Draw how names are written: mostly keys in snake case, and labels of the same words."""
    chance = rng.random()
    if chance > 0.85:
        return dialect(rng, level, labels)
    described = rng.choice((0.0, 0.0, 0.0, 0.3, 1.0))
    key = casing.STYLES["snake"] if chance < 0.7 else casing.pick(rng, casing.KEYS)
    title = labels is casing.SPACED and chance < 0.55
    label = casing.STYLES["title"] if title else casing.pick(rng, (*labels, *_AS_KEYS))
    return Dialect(key, label, described, 0.0, foreign=False, unit_in_label=False)


_AS_KEYS: Final = (("snake", 14), ("camel", 12), ("constant", 9), ("title", 20))


def _drop_hollow(filled: Filled) -> None:
    """Take out groups that hold nothing, as texts that print no empty heading lack them."""
    for child in filled.children:
        _drop_hollow(child)
    filled.children = [child for child in filled.children if isinstance(child.of, Field) or child.children]
