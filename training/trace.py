"""Where a text prints the values of its right answer: spans for labelled texts that come without them.

A value often stands in a text more than once. Of all places that print each value, those are taken that
together cost least: a place behind the words of its key costs nothing, one in the order of the answer costs
nothing, one that goes back or lies on another costs. The cheapest way through all values is found exactly
(Viterbi, 1967).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from agent.grounding import leaves
from agent.json_pointer import below, tokens
from agent.message import Json
from agent.numerals import numerals
from training.synthesis.example import Span

TRUTHS: Final = {
    True: ("true", "yes", "on", "enabled", "1", "ok"),
    False: ("false", "no", "off", "disabled", "0"),
}
"""Words that print a boolean."""
BACK: Final = 3.0
"""Cost of a place before the one of the value ahead of it."""
OVERLAP: Final = 5.0
"""Cost of a place that lies on the one of the value ahead of it."""
UNLABELLED: Final = 2.0
"""Cost of a place without the words of its key before it."""
FAR: Final = 1_000.0
"""Characters between two values that cost 1."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Where the parts of an answer stand in a text."""

    spans: dict[str, Span]
    """JSON pointer of a leaf → where it is printed."""
    headings: dict[str, Span]
    """JSON pointer of an object or array → where its label stands."""
    missing: tuple[str, ...]
    """Pointers of leaves that the text prints nowhere."""


def trace(text: str, value: Json) -> Trace:
    """Find each leaf and heading of an answer in its text; null stands nowhere and is not looked for."""
    asked = [(pointer, leaf) for pointer, leaf in leaves(value) if leaf is not None]
    places = [_places(text, leaf) for _, leaf in asked]
    labels = [_behind_label(text, pointer) for pointer, _ in asked]
    costs = [
        [0.0 if span[0] in label else UNLABELLED for span in spans]
        for spans, label in zip(places, labels, strict=True)
    ]
    found = [index for index, spans in enumerate(places) if spans]
    chosen = _cheapest([places[index] for index in found], [costs[index] for index in found])
    spans = {asked[index][0]: span for index, span in zip(found, chosen, strict=True)}
    missing = tuple(pointer for pointer, _ in asked if pointer not in spans)
    return Trace(spans, _headings(text, value, spans), missing)


def _walk(value: Json, pointer: str) -> Iterator[tuple[str, Json]]:
    """Yield pointer and value of every part, in the order of the answer."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in inside:
        yield below(pointer, key), child
        yield from _walk(child, below(pointer, key))


def _places(text: str, leaf: Json) -> list[Span]:
    """Return every place that prints a leaf, as its own word."""
    if isinstance(leaf, bool):
        return [span for word in TRUTHS[leaf] for span in _words(text, word, re.IGNORECASE)]
    if isinstance(leaf, (int, float)):
        return [(one.start, one.end) for one in numerals(text) if one.value == leaf]
    printed = str(leaf)
    return (_words(text, printed) or _words(text, printed, re.IGNORECASE)) if printed else []


def _words(text: str, printed: str, flags: int = 0) -> list[Span]:
    inner = re.escape(printed)
    return [match.span() for match in re.finditer(rf"(?<![^\W_]){inner}(?![^\W_])", text, flags)]


def _label(pointer: str) -> str:
    """Return a pattern of the words of the last key of a pointer; of an item, those of its array."""
    key = [part for part in tokens(pointer) if not part.isdigit()][-1:]
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+", key[0]) if key else []
    return r"[\s_.\-]*".join(map(re.escape, words))


def _behind_label(text: str, pointer: str) -> frozenset[int]:
    """Return the places right behind the words of a key."""
    label = _label(pointer)
    if not label:
        return frozenset()
    found = re.finditer(rf"(?<![^\W_]){label}(?![^\W_])[^\w\n]*", text, re.IGNORECASE)
    return frozenset(match.end() - back for match in found for back in range(3))


def _cheapest(places: Sequence[Sequence[Span]], costs: Sequence[Sequence[float]]) -> list[Span]:
    """Return one place for each value, together the cheapest."""
    if not places:
        return []
    best = [list(costs[0])]
    came: list[list[int]] = []
    for (here, there), cost in zip(pairwise(places), costs[1:], strict=True):
        steps = [[best[-1][i] + _step(one, other) for i, one in enumerate(here)] for other in there]
        came.append([min(range(len(step)), key=step.__getitem__) for step in steps])
        best.append([step[back] + own for step, back, own in zip(steps, came[-1], cost, strict=True)])
    index = min(range(len(best[-1])), key=best[-1].__getitem__)
    chosen = [places[-1][index]]
    for spans, back in zip(reversed(places[:-1]), reversed(came), strict=True):
        index = back[index]
        chosen.append(spans[index])
    return chosen[::-1]


def _step(one: Span, other: Span) -> float:
    """Return the cost of a place behind another."""
    if other[0] >= one[1]:
        return (other[0] - one[1]) / FAR
    return OVERLAP if other[1] > one[0] else BACK + (one[0] - other[1]) / FAR


def _headings(text: str, value: Json, spans: dict[str, Span]) -> dict[str, Span]:
    """Return where the labels of objects and arrays stand: between the leaf ahead and their own first."""
    found: dict[str, Span] = {}
    reached = 0
    for pointer, part in _walk(value, ""):
        if pointer in spans:
            reached = spans[pointer][1]
        elif isinstance(part, (dict, list)) and not tokens(pointer)[-1].isdigit():
            own = [span[0] for name, span in spans.items() if name.startswith(pointer + "/")]
            limit = min(own, default=len(text))
            label = _label(pointer)
            pattern = re.compile(rf"(?<![^\W_]){label}(?![^\W_])", re.IGNORECASE)
            if label and (match := pattern.search(text, min(reached, limit), limit)):
                found[pointer] = match.span()
                reached = match.end()
    return found
