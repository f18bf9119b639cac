"""Where the wanted values of examples stand in their texts: by the rules of grounding, then by agreement.

A value may stand at several places of one text. Which one is meant, other examples tell: the place whose
neighbours are alike in all of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from agent.conversion import Conversion, Reading, Unconvertible
from agent.message import Json
from agent.numerals import numerals
from agent.schemas import Kind, Node, Schema, nodes_at
from agent.templates.induce import OPPOSITES
from agent.templates.readers import nodes_for
from agent.templates.spread import Key, Place, pointer_of
from agent.templates.tokens import Kind as Token_
from agent.templates.tokens import Token, tokens

Span = tuple[int, int]
WIDTH = 48
"""Ways to place the fields of one example that are followed."""
MAX_CANDIDATES = 40
"""Places of one value that are weighed."""
LABEL_CHARS = 3
"""Letters that a label and the name of a field must have in common at their beginning."""
BACKWARDS = 50.0
"""What it costs that items of an array stand in another order."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A leaf of a wanted value."""

    path: tuple[Key, ...]
    value: Json
    spans: tuple[Span, ...]
    """Where it may stand; none of them: nowhere."""

    @property
    def pointer(self) -> str:
        """Return the JSON pointer."""
        return pointer_of(self.path)

    @property
    def pattern(self) -> str:
        """Return the pointer with the items of an array as one."""
        return pointer_of(tuple("*" if isinstance(key, int) else key for key in self.path))


@dataclass(frozen=True, slots=True)
class Located:
    """An example whose values were looked for."""

    places: tuple[Place, ...]
    """The leaves that stand in the text, in its order."""
    cued: tuple[tuple[str, Json], ...]
    """Choices that no word of theirs stands for: something else must tell them."""
    fixed: tuple[tuple[str, Json], ...]
    """Leaves that say nothing about the text."""
    lost: tuple[tuple[str, Json], ...]
    """Leaves that should stand in the text and do not."""
    others: tuple[tuple[str, tuple[Span, ...]], ...]
    """By pointer, where else a value stands."""


def leaves(value: Json, path: tuple[Key, ...] = ()) -> Iterator[tuple[tuple[Key, ...], Json]]:
    """Yield the leaves of a value with their paths; what is empty is a leaf."""
    if isinstance(value, dict) and value:
        for key, child in value.items():
            yield from leaves(child, (*path, key))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path, value


def locate(examples: Sequence[tuple[str, Json]], schema: Schema, now: float) -> list[Located]:
    """Return where the values of examples stand; `now`: Unix time by which missing years are found."""
    wanted = [
        [Wanted(path, one, tuple(spans_of(path, one, text, schema, now))) for path, one in leaves(value)]
        for text, value in examples
    ]
    views = [_View(text) for text, _value in examples]
    votes = _votes(wanted, views)
    return [
        _located(mine, view, votes, schema, len(examples)) for mine, view in zip(wanted, views, strict=True)
    ]


def spans_of(path: tuple[Key, ...], value: Json, text: str, schema: Schema, now: float) -> Iterable[Span]:
    """Return where a value may stand in a text."""
    pointer = pointer_of(path)
    declared = next(
        (node.conversion for node in nodes_at(pointer, schema.root) if node.conversion is not None), None
    )
    if declared is not None:
        return [span for span in declared.spans(text) if _converts(declared, text, span, value, now)]
    node = next(iter(nodes_for(pointer, value, schema)), None)
    if node is None or node.kind is Kind.CONST:
        return ()
    if node.kind is Kind.ENUM or isinstance(value, bool):
        return _choice(value, text, node)
    if isinstance(value, str):
        return _copies(value, text)[:MAX_CANDIDATES]
    return _numbers(value, text)[:MAX_CANDIDATES]


def _converts(declared: Conversion, text: str, span: Span, value: Json, now: float) -> bool:
    try:
        return same(declared.apply(Reading(text, *span, now)).value, value)
    except (Unconvertible, ValueError, OverflowError):
        return False


def same(one: Json, other: Json) -> bool:
    """Tell whether two values are the same JSON: 1 is 1.0, true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def _copies(value: str, text: str) -> list[Span]:
    """Return where a string stands, as words of its own where it does so anywhere."""
    if not value:
        return []
    found = [match.span() for match in re.finditer(f"(?={re.escape(value)})", text)]
    spans = [(start, start + len(value)) for start, _ in found]
    whole = [span for span in spans if _is_apart(text, *span)]
    return whole or spans


def _is_apart(text: str, start: int, end: int) -> bool:
    before, behind = text[start - 1 : start], text[end : end + 1]
    return not (before.isalnum() and text[start].isalnum()) and not (
        behind.isalnum() and text[end - 1].isalnum()
    )


def _numbers(value: Json, text: str) -> list[Span]:
    """Return the numerals that say a number, whole ones before parts of longer ones."""
    found = numerals(text)
    spans = [(one.start, one.end) for one in found if one.value == value]
    reach, inner = -1, set()
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if one.end <= reach:
            inner.add((one.start, one.end))
        reach = max(reach, one.end)
    return [span for span in spans if span not in inner] or spans


def _choice(value: Json, text: str, node: Node) -> list[Span]:
    """Return where a choice stands as a word: itself, or a word for yes or no."""
    words = [str(value)] if value is not None else []
    if node.kind is Kind.BOOLEAN:
        words += [pair[0 if value else 1] for pair in OPPOSITES]
    listed = "|".join(re.escape(word) for word in sorted(set(words), key=len, reverse=True))
    found = re.finditer(rf"(?<![\w.])(?:{listed})(?![\w]|\.\w)", text, re.IGNORECASE)
    return [match.span() for match in found][:MAX_CANDIDATES]


class _View:
    """A text in tokens, for looking at what is around a place."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = [one for one in tokens(text) if one.kind is not Token_.BLANK]
        self._starts = [one.start for one in self._tokens]

    def features(self, span: Span) -> list[tuple[str, object]]:
        """Return what tells a place from others."""
        start, end = span
        left = [one for one in self._tokens if one.start + len(one.text) <= start]
        right = [one for one in self._tokens if one.start >= end]
        said = [_norm(one) for one in left[-4:]]
        behind = [_norm(one) for one in right[:2]]
        line = self.text.count("\n", 0, start)
        inside = sum(one.kind is Token_.MARK for one in left if self.text.count("\n", 0, one.start) == line)
        return [
            ("L1", tuple(said[-1:])),
            ("L2", tuple(said[-2:])),
            ("L3", tuple(said[-3:])),
            ("L4", tuple(said)),
            ("R1", tuple(behind[:1])),
            ("R2", tuple(behind)),
            ("I", len(left)),
            ("J", len(right)),
            ("N", (line, inside)),
        ]

    def label(self, span: Span, path: Sequence[Key]) -> float:
        """Return how well the words before a place go with the name of a field."""
        first = max(self.text.rfind("\n", 0, span[0]), span[0] - 40)
        before = re.findall(r"[^\W\d_]+", self.text[first + 1 : span[0]].casefold())[-3:]
        unit = re.findall(r"^[^\w\n]{0,2}([^\W\d_]+)", self.text[span[1] : span[1] + 12].casefold())
        names = [
            word for key in path if isinstance(key, str) for word in re.findall(r"[a-z]+", key.casefold())
        ]
        near = sum(
            (1.0 + 0.1 * at) * any(_alike(word, name) for name in names) for at, word in enumerate(before)
        )
        return near + 0.5 * any(_alike(word, name) for word in unit for name in names)


def _norm(token: Token) -> str:
    if token.kind in {Token_.NUMBER, Token_.MOMENT}:
        return token.kind.name
    return token.text.casefold()


def _alike(word: str, name: str) -> bool:
    """Tell whether one begins as the other does."""
    shared = min(len(word), len(name), LABEL_CHARS)
    return word == name or (shared >= LABEL_CHARS and word[:shared] == name[:shared])


WEIGHTS = {"L1": 1.0, "L2": 1.5, "L3": 1.5, "L4": 1.0, "R1": 0.7, "R2": 0.7, "I": 1.5, "J": 0.7, "N": 1.0}
Votes = Counter[tuple[str, tuple[str, object]]]


def _votes(wanted: Sequence[Sequence[Wanted]], views: Sequence[_View]) -> Votes:
    """Count in how many examples a field may stand at a place with some feature."""
    votes: Votes = Counter()
    for mine, view in zip(wanted, views, strict=True):
        seen: set[tuple[str, tuple[str, object]]] = set()
        for one in mine:
            seen.update((one.pattern, feature) for span in one.spans for feature in view.features(span))
        votes.update(seen)
    return votes


def _located(mine: Sequence[Wanted], view: _View, votes: Votes, schema: Schema, count: int) -> Located:
    """Choose a place for each leaf of one example."""
    placed = [one for one in mine if one.spans]
    chosen = _chosen(placed, view, votes, count)
    places = [Place(one.path, *chosen[one.pointer], one.value) for one in placed if one.pointer in chosen]
    others = tuple(
        (one.pointer, tuple(span for span in one.spans if span != chosen[one.pointer]))
        for one in placed
        if one.pointer in chosen
    )
    cued, fixed, lost = [], [], [(one.pointer, one.value) for one in placed if one.pointer not in chosen]
    for one in mine:
        if one.spans:
            continue
        kinds = {node.kind for node in nodes_for(one.pointer, one.value, schema)}
        said = (one.pointer, one.value)
        if one.value is None or one.value in ([], {}) or Kind.CONST in kinds:
            fixed.append(said)
        elif kinds & {Kind.ENUM, Kind.BOOLEAN}:
            cued.append(said)
        else:
            lost.append(said)
    ordered = tuple(sorted(places, key=lambda place: (place.start, place.end)))
    return Located(ordered, tuple(cued), tuple(fixed), tuple(lost), others)


@dataclass(frozen=True, slots=True)
class _Way:
    """Some leaves with their places."""

    worth: float
    spans: tuple[tuple[str, Span], ...]
    taken: tuple[Span, ...]
    items: tuple[tuple[tuple[str, int], int], ...]
    """By array and index, where the last leaf of an item ended."""


def _chosen(placed: Sequence[Wanted], view: _View, votes: Votes, count: int) -> dict[str, Span]:
    """Return the best way to place leaves so that no two stand at one place (beam search)."""
    ways = [_Way(0.0, (), (), ())]
    for one in sorted(placed, key=lambda leaf: (len(leaf.spans), placed.index(leaf))):
        scored = [(_worth(one, span, view, votes, count), span) for span in one.spans]
        following = [
            _with(way, one, span, worth)
            for way in ways
            for worth, span in scored
            if not any(span[0] < end and start < span[1] for start, end in way.taken)
        ]
        # A leaf that stands only where others do has no place of its own.
        ways = sorted(following or ways, key=lambda way: -way.worth)[:WIDTH]
    return dict(ways[0].spans)


def _worth(one: Wanted, span: Span, view: _View, votes: Votes, count: int) -> float:
    agreed = sum(
        WEIGHTS[feature[0]] * (votes[one.pattern, feature] - 1) / max(1, count - 1)
        for feature in view.features(span)
    )
    # The order of the text breaks ties.
    return agreed + view.label(span, one.path) - 1e-6 * span[0]


def _with(way: _Way, one: Wanted, span: Span, worth: float) -> _Way:
    items = dict(way.items)
    depth = next((depth for depth, key in enumerate(one.path) if isinstance(key, int)), None)
    if depth is not None:
        array, index = pointer_of(one.path[:depth]), int(one.path[depth])
        wrong = [
            other
            for (name, other), at in items.items()
            if name == array and ((other < index and at >= span[0]) or (other > index and at <= span[0]))
        ]
        worth -= BACKWARDS * len(wrong)
        items[array, index] = max(items.get((array, index), 0), span[0])
    return _Way(
        way.worth + worth,
        (*way.spans, (one.pointer, span)),
        (*way.taken, span),
        tuple(items.items()),
    )


def speaks(text: str, pointer: str, located: Located, rivals: Sequence[int]) -> bool:
    """Tell whether words beside the place of a field name it, and those beside its rivals do less."""
    place = next((one for one in located.places if pointer_of(one.path) == pointer), None)
    if place is None:
        return True
    view = _View(text)
    own = view.label((place.start, place.end), place.path)
    length = place.end - place.start
    return all(own > view.label((start, start + length), place.path) + 0.3 for start in rivals)
