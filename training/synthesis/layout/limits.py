"""Readings with other readings of the same quantity beside them: limits, earlier values, set points.

``Flow (max 12 l): 9.5 l, was 9.5 l``: what is asked for is the reading itself, also where the same number
stands twice.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from training.synthesis import casing, outline, words
from training.synthesis.fill import fill
from training.synthesis.form import Field, Filled
from training.synthesis.layout import Written
from training.synthesis.naming import dialect
from training.synthesis.page import Page

_BESIDE = (
    "max", "min", "set", "setpoint", "target", "nominal", "alarm", "threshold", "avg", "mean",
    "peak", "ref", "expected", "rated", "high", "low", "allowed", "goal", "warn at", "up to", "range to",
)  # fmt: skip
_EARLIER = ("was", "prev", "previous", "last", "earlier", "yesterday", "old", "formerly", "then")
_NEAR_LABEL = (" ({} {})", " [{} {}]", " ({}: {})", " <{} {}>", ", {} {}", " / {} {}", " ({}={})")
_BEHIND = (", {} {}", " ({} {})", " [{}: {}]", "; {} {}", " ({}={})", " - {} {}", " / {} {}", " {} {}")
_MARKS = (": ", ": ", " = ", "=", " ", " is ", " - ", ":\t")
_ENDS = ("\n", "\n", "\n", "; ", ", ", " | ", ". ")

Aside = Callable[[str, str, Random], str]


def limits(rng: Random, level: float) -> Written:
    """Write labelled readings, each with others of its kind beside it."""
    how = dialect(rng, level, casing.SPACED if rng.random() < 0.7 else casing.JOINED)
    fields = outline.flat(rng, level, how, outline.count(rng, level, 9))
    root = outline.asked_of(fields, rng, level)
    outline.ask(root, rng, how)
    filled = fill(root, rng)
    page, mark, end = Page(), rng.choice(_MARKS), rng.choice(_ENDS)
    if rng.random() < 0.25:
        page.write(words.phrase(rng) + rng.choice((":\n", "\n", " ")))
    ahead, behind = _asides(rng)
    by_field = {id(leaf.of): leaf for leaf in filled.leaves()}
    for field in fields:
        if (leaf := by_field.get(id(field))) is not None:
            _reading(page, leaf, (ahead, mark, behind), rng)
            page.write(end)
    return Written(root, filled, page)


def _asides(rng: Random) -> tuple[Aside, Aside]:
    """Draw what stands between label and mark, and behind the value; mostly at least one of both."""
    style = rng.random()
    ahead = _aside(rng.choice(_NEAR_LABEL), rng.choice((*_BESIDE, *_EARLIER)))
    behind = _aside(rng.choice(_BEHIND), rng.choice((*_BESIDE, *_EARLIER, *_EARLIER)))
    return (ahead if style < 0.65 else _nothing), (behind if style > 0.3 else _nothing)


def _aside(form: str, name: str) -> Aside:
    def write(shown: str, unit: str, rng: Random) -> str:
        return form.format(name, _other(shown, rng) + unit)

    return write


def _nothing(_shown: str, _unit: str, _rng: Random) -> str:
    return ""


def _other(shown: str, rng: Random) -> str:
    """Return the same number, or one of the same form."""
    if rng.random() < 0.35:
        return shown
    return "".join(str(rng.randint(0, 9)) if char.isdigit() else char for char in shown)


def _reading(page: Page, leaf: Filled, style: tuple[Aside, str, Aside], rng: Random) -> None:
    ahead, mark, behind = style
    number = isinstance(leaf.of, Field) and leaf.of.source.type in ("number", "integer") and not leaf.of.tail
    page.write(leaf.of.label)
    if number and rng.random() < 0.9:
        page.write(ahead(leaf.printed, leaf.after, rng) + mark)
        page.put(leaf)
        page.write(behind(leaf.printed, leaf.after, rng))
    else:
        page.write(mark)
        page.put(leaf)
