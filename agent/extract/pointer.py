"""Grounded decoding by pointing: from a message's scores to a value whose every leaf is a place in the text.

Nothing is generated. A string is the characters between the chosen start and end, a number is one of the
numerals that stand in the text, an enum or boolean is a choice cued by words that are pointed at. What cannot
be pointed at is absent, and an absent required field refuses the text. Where arrays hold objects, each item
owns the stretch of text from its first value to that of the next item, and its fields are looked for there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from agent.conversion import Conversion, Quantity, Reading, Unconvertible
from agent.extract.heads import Floats, Scores, softmax
from agent.extract.items import cut
from agent.json_pointer import below
from agent.message import Evidence, Json, Refusal
from agent.numerals import Numeral, numerals, read, whole
from agent.order import grid, relations
from agent.page import Page
from agent.prompt import SchemaPrompt, choices_of
from agent.schemas.node import LEAVES, NUMERIC, Kind, Node, is_leaf

Places = tuple[int, int]
Mask = npt.NDArray[np.bool_]

STARTS_TRIED = 6
"""Likely beginnings of a field whose ends are scored too."""
ENDS_TRIED = 3
"""Likely ends looked at for each beginning."""
SHARED = 0.05
"""How much less likely a span is for a field when a surer field of the same object has taken it."""
PATHS = 6
"""Ways to read an object that are followed at a time."""
UNLIKELY = 1e-3
"""Ways this much less likely than the best are given up."""
DOUBT = 0.1
"""A field that is there, or not there, with at least this probability is followed both ways."""
LACKING = 6.0
"""Log-odds against an item for each required field that it lacks."""
TINY = 1e-9
NOWHERE = 0
ABSENT: Json = None

_TRUE_WORDS = frozenset({"true"})
_FALSE_WORDS = frozenset({"false"})


class Refused(Exception):  # noqa: N818 - a decision that ends the walk, not a fault
    """The text gives no value of this schema."""

    def __init__(self, refusal: Refusal, detail: str, confidence: float) -> None:
        super().__init__(detail)
        self.refusal, self.detail, self.confidence = refusal, detail, confidence


@dataclass(frozen=True, slots=True)
class Settings:
    """Thresholds of the decoder, from the model's manifest."""

    fits: float = 0.5
    """A text whose probability of being of this schema is lower is refused."""
    absent: float = 0.5
    """A field is absent where the probability of "nowhere" is higher."""
    missing: float = 0.9
    """The same for a required field, which the schema says is there."""
    item: float = 0.5
    """An item begins where its probability is higher."""
    section: float = 0.5
    """An object is absent, whatever its fields say, where the probability of "nowhere" is higher."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A value with its evidence."""

    value: Json
    evidence: tuple[Evidence, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class Choice:
    """What was decided of one leaf."""

    span: Places | None
    """First and last place; None for "nowhere"."""
    chance: float
    """Probability of that."""


@dataclass(frozen=True, slots=True)
class Options:
    """Where one leaf may stand."""

    nowhere: float
    """Probability that it stands nowhere."""
    spans: tuple[tuple[int, int, float], ...]
    """First place, last place and probability, best first."""

    def choose(self, absent: float) -> Choice:
        """Return the best span, where the field is likely enough to be there."""
        if not self.spans or self.nowhere > absent:
            return Choice(None, self.nowhere if self.spans else 1.0)
        return Choice(self.spans[0][:2], self.spans[0][2])


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A leaf that is asked of a stretch of the text."""

    node: Node
    slot: int
    scope: Places
    places: npt.NDArray[np.int64]
    """Where it may begin, "nowhere" first."""
    scores: Floats
    """Log-odds of these."""


@dataclass(frozen=True, slots=True)
class Path:
    """Choices for the first fields of an object, one of several ways to read it."""

    worth: float
    """Logarithm of how likely they are together."""
    previous: Places
    """Where the last answer stands."""
    choices: tuple[Choice, ...] = ()
    taken: frozenset[Places] = frozenset()

    def steps(self, options: Options, absent: float) -> Iterator[Path]:
        """Yield what the next field may be; spans count as much together as the field is likely there."""
        nowhere = max(options.nowhere if options.spans else 1.0, TINY)
        free = [chance * (SHARED if (s, e) in self.taken else 1.0) for s, e, chance in options.spans]
        best = max(free, default=0.0)
        if not best or (min(absent, DOUBT) < nowhere and absent < 1.0):
            worth = self.worth + math.log(nowhere * max(1.0 - absent, TINY) / max(absent, TINY))
            yield replace(self, worth=worth, choices=(*self.choices, Choice(None, nowhere)))
        if not best or nowhere > max(absent, 1.0 - DOUBT):
            return
        for (start, end, chance), worth in zip(options.spans, free, strict=True):
            if worth > best * UNLIKELY:
                yield Path(
                    self.worth + math.log(worth / best * max(1.0 - nowhere, TINY)),
                    (start, end),
                    (*self.choices, Choice((start, end), chance)),
                    self.taken | {(start, end)},
                )


class Decoder:
    """Decodes one message."""

    def __init__(self, prompt: SchemaPrompt, page: Page, scores: Scores, settings: Settings) -> None:
        self._page, self._scores, self._settings = page, scores, settings
        self._text, self._tokens = page.text, page.tokens
        self._slot = {(id(slot.node), slot.is_key): number for number, slot in enumerate(prompt.slots)}
        self._evidence: list[Evidence] = []
        self._sure = 1.0
        self._previous: Places = (NOWHERE, NOWHERE)
        self._grid = grid(page)
        self._related: dict[Places, npt.NDArray[np.int8]] = {}
        self._ended: dict[tuple[int, int, int], list[tuple[int, float]]] = {}
        self._borders = (
            {token.start: place for place, token in enumerate(page.tokens, start=1)},
            {token.end: place for place, token in enumerate(page.tokens, start=1)},
        )
        """Place of the token that begins, and of the one that ends, at a character."""
        self._numerals: dict[bool, dict[Places, Numeral]] = {}
        self._read: dict[Conversion, list[Places]] = {}
        self._visible = np.array([False, *(not token.blank for token in page.tokens)])

    def decode(self, root: Node) -> Decoded:
        """Return the value of an object schema.

        Raises:
            Refused: the text is of another kind, or a required field stands nowhere.
        """
        if self._scores.fits < self._settings.fits:
            raise Refused(Refusal.NOT_THIS_SCHEMA, "the text is of another kind", 1.0 - self._scores.fits)
        self._sure = self._scores.fits
        value = self._object(root, "", (1, self._page.behind))
        return Decoded(value, tuple(self._evidence), self._sure)

    def _object(self, node: Node, pointer: str, scope: Places) -> dict[str, Json]:
        made: dict[str, Json] = {}
        chosen = self._assign([child for child in node.properties if is_leaf(child)], scope)
        for child in node.properties:
            place = below(pointer, child.name)
            if child.name in chosen:
                present, value = self._take(child, place, chosen[child.name])
            else:
                present, value = self._property(child, place, scope)
            if present:
                made[child.name] = value
            elif child.required and child.nullable:
                made[child.name] = None
            elif child.required:
                detail = f"{place} is required and stands nowhere in the text"
                raise Refused(Refusal.MISSING_REQUIRED, detail, self._sure)
        return made

    def _property(self, node: Node, pointer: str, scope: Places) -> tuple[bool, Json]:
        """Return whether a property is there, and its value."""
        if node.kind is Kind.CONST:
            return True, node.choices[0]
        if node.kind is Kind.OBJECT:
            return self._nested(node, pointer, scope)
        if node.kind is Kind.ARRAY:
            return self._array(node, pointer, scope)
        return self._map(node, pointer, scope)

    # -- leaves

    def _assign(self, leaves: list[Node], scope: Places) -> dict[str, Choice]:
        """Choose a span for each leaf of one object, each with the answer before it in hand.

        Several ways to read the object are followed, and the likeliest as a whole is taken; a span is rarely
        used twice.
        """
        best = self._ways(leaves, scope)
        self._previous = best.previous
        return {leaf.name: choice for leaf, choice in zip(leaves, best.choices, strict=True)}

    def _ways(self, leaves: list[Node], scope: Places) -> Path:
        """Return the likeliest way to read the leaves of one object."""
        paths = [Path(0.0, self._previous)]
        for leaf in leaves:
            limit = self._settings.missing if leaf.required else self._settings.absent
            asked = self._asked(leaf, scope)
            steps = [
                step for path in paths for step in path.steps(self._options(asked, path.previous), limit)
            ]
            best = max(step.worth for step in steps)
            likely = [step for step in steps if step.worth > best + math.log(UNLIKELY)]
            paths = sorted(likely, key=lambda step: -step.worth)[:PATHS]
        return paths[0]

    def _worth(self, item: Node, scope: Places) -> float:
        """Return how well a stretch of the text does as an item: what its own fields find there."""
        leaves = [child for child in item.properties if is_leaf(child)]
        way = self._ways(leaves, scope)
        lacking = sum(
            choice.span is None and leaf.required and not leaf.nullable
            for leaf, choice in zip(leaves, way.choices, strict=True)
        )
        return way.worth - LACKING * lacking

    def _asked(self, node: Node, scope: Places) -> Asked:
        """Return what is known of a leaf before its place among the others counts."""
        slot = self._slot[id(node), False]
        places = np.concatenate([[NOWHERE], np.flatnonzero(self._starts(self._copies(node), scope))])
        return Asked(node, slot, scope, places, self._scores.start[slot, places])

    def _options(self, asked: Asked, previous: Places | None) -> Options:
        """Return where a leaf may stand; spans that its schema forbids only if there are no others."""
        scores = asked.scores
        if previous is not None:
            scores = scores + self._scores.order[asked.slot, self._relations(previous)[asked.places]]
        chances = softmax(scores)
        best = np.argsort(-chances[1:])[:STARTS_TRIED] + 1
        found = [
            (int(asked.places[number]), end, float(chances[number]) * chance)
            for number in best
            for end, chance in self._ends(asked.node, asked.slot, int(asked.places[number]), asked.scope)
        ]
        allowed = [span for span in found if self._allows(asked.node, span[:2])]
        return Options(float(chances[0]), tuple(sorted(allowed or found, key=lambda span: -span[2])))

    def _relations(self, previous: Places) -> npt.NDArray[np.int8]:
        """Return how each place stands to the answer before."""
        known = self._related.get(previous)
        if known is None:
            known = self._related[previous] = relations(self._grid, *previous)
        return known

    def _take(self, node: Node, pointer: str, choice: Choice) -> tuple[bool, Json]:
        """Return whether a leaf is there, and its value."""
        if choice.span is None:
            self._sure *= choice.chance
            return False, ABSENT
        return True, self._value(node, self._slot[id(node), False], pointer, choice.span, choice.chance)

    def _written(self, span: Places) -> str:
        """Return the characters of a span of places."""
        return self._text[self._tokens[span[0] - 1].start : self._tokens[span[1] - 1].end]

    def _ends(self, node: Node | None, slot: int, start: int, scope: Places) -> list[tuple[int, float]]:
        """Return the likely ends of a span and their probabilities, best first."""
        known = self._ended.get((slot, start, scope[1]))
        if known is None:
            copies = self._copies(node)
            if copies is not None:
                ends = sorted(end for begin, end in copies if begin == start and end < scope[1])
            else:
                ends = [place for place in range(start, scope[1]) if self._visible[place]]
            chances = softmax(self._scores.end(slot, start)[ends])
            best = np.argsort(-chances)[:ENDS_TRIED]
            known = [(ends[number], float(chances[number])) for number in best]
            self._ended[slot, start, scope[1]] = known
        return known

    def _starts(self, copies: Collection[Places] | None, scope: Places) -> Mask:
        """Return which places of a stretch may begin a value that also ends in the stretch."""
        mask = np.zeros(len(self._visible), bool)
        if copies is not None:
            mask[[start for start, end in copies if scope[0] <= start and end < scope[1]]] = True
        else:
            mask[scope[0] : scope[1]] = self._visible[scope[0] : scope[1]]
        return mask

    def _copies(self, node: Node | None) -> Collection[Places] | None:
        """Return the places that a value of a node may take; None: any.

        They are the text's numerals, or what stands there as the schema declares.
        """
        if node is None or (node.conversion is None and node.kind not in NUMERIC):
            return None
        return self._numbers(node.kind) if node.conversion is None else self._declared(node.conversion)

    def _declared(self, conversion: Conversion) -> Collection[Places]:
        """Return the token places of what can be read as declared."""
        if conversion not in self._read:
            starts, ends = self._borders
            self._read[conversion] = [
                (starts[start], ends[end])
                for start, end in conversion.spans(self._text)
                if start in starts and end in ends
            ]
        return self._read[conversion]

    def _allows(self, node: Node, span: Places) -> bool:
        """Tell whether a schema's own bounds allow what a span says, converted where it says so."""
        if node.conversion is None:
            return allows(node, self._written(span))
        if not isinstance(node.conversion, Quantity):
            return True
        start, end = self._tokens[span[0] - 1].start, self._tokens[span[1] - 1].end
        try:
            return within(node, node.conversion.apply(Reading(self._text, start, end)).value)
        except Unconvertible:
            return False

    def _numbers(self, kind: Kind) -> dict[Places, Numeral]:
        """Return the numerals of the text by their token places."""
        integer = kind is Kind.INTEGER
        if integer not in self._numerals:
            starts, ends = self._borders
            self._numerals[integer] = {
                (starts[numeral.start], ends[numeral.end]): numeral
                for numeral in numerals(self._text, integer=integer)
                if numeral.start in starts and numeral.end in ends
            }
        return self._numerals[integer]

    def _value(self, node: Node, slot: int, pointer: str, places: Places, chance: float) -> Json:
        """Return the value that a span gives, and note its evidence."""
        start, end = self._tokens[places[0] - 1].start, self._tokens[places[1] - 1].end
        written = self._text[start:end]
        inferred, value, sure = False, ABSENT, 1.0
        if node.conversion is not None:
            value = node.conversion.raw(written)
        elif node.kind in NUMERIC:
            value = whole(written) if node.kind is Kind.INTEGER else read(written)
        elif node.kind is Kind.BOOLEAN:
            value, sure = self._boolean(slot, places, written)
            inferred = True
        elif node.kind is Kind.ENUM:
            value, sure = self._enum(node, slot, places, written)
            inferred = value != written
        elif node.kind is Kind.UNION:
            value = union_value(node, written)
        else:
            value = written
        self._sure *= chance * sure
        self._evidence.append(Evidence(pointer, start, end, chance * sure, inferred=inferred))
        return value

    def _boolean(self, slot: int, places: Places, written: str) -> tuple[bool, float]:
        word = written.casefold()
        if word in _TRUE_WORDS | _FALSE_WORDS:
            return word in _TRUE_WORDS, 1.0
        chance = self._scores.truth(slot, *places)
        return chance >= 0.5, max(chance, 1.0 - chance)  # noqa: PLR2004 - even odds

    def _enum(self, node: Node, slot: int, places: Places, written: str) -> tuple[Json, float]:
        choices = choices_of(node)
        same = [choice for choice in choices if str(choice).casefold() == written.casefold()]
        if same:
            return _json(same[0]), 1.0
        chances = self._scores.choice(slot, *places)
        best = int(chances.argmax())
        return _json(choices[best]), float(chances[best])

    # -- containers

    def _nested(self, node: Node, pointer: str, scope: Places) -> tuple[bool, Json]:
        nowhere, inner = self._section(self._slot[id(node), False], scope)
        if nowhere > self._settings.section and not node.required:
            self._sure *= nowhere
            return False, ABSENT
        kept, sure, previous = len(self._evidence), self._sure, self._previous
        try:
            made = self._object(node, pointer, inner)
        except Refused:
            if node.required or nowhere < self._settings.absent:
                raise
            del self._evidence[kept:]
            self._sure, self._previous = sure, previous
            return False, ABSENT
        constants = {child.name for child in node.properties if child.kind is Kind.CONST}
        if made.keys() - constants or nowhere < self._settings.absent:
            return True, dict(made)
        return node.required, dict(made)

    def _array(self, node: Node, pointer: str, scope: Places) -> tuple[bool, Json]:
        slot, item = self._slot[id(node), False], node.item
        nowhere, scope = self._section(slot, scope)
        firsts = self._items(node, slot, scope)
        if not firsts or item is None:
            return self._empty(node, nowhere), []
        made: list[Json] = []
        for number, inner in enumerate(self._page.items(firsts, scope)):
            place = below(pointer, number)
            if item.kind is Kind.OBJECT:
                made.append(dict(self._object(item, place, inner)))
            else:
                made.append(self._element(item, slot, place, inner))
        return True, made

    def _element(self, item: Node, slot: int, pointer: str, scope: Places) -> Json:
        """Return an item that is a single value: its start is known, its end is not."""
        end, chance = max(self._ends(item, slot, scope[0], scope), key=lambda pair: pair[1])
        self._previous = (scope[0], end)
        return self._value(item, slot, pointer, (scope[0], end), chance)

    def _items(self, node: Node, slot: int, scope: Places) -> list[int]:
        """Return where the items of an array begin."""
        allowed = self._starts(self._copies(node.item if node.kind is Kind.ARRAY else None), scope)
        places = np.flatnonzero(allowed)
        chances = self._scores.item[slot, places]
        taken = self._taken(node.item, places, chances, scope)
        self._sure *= float(np.prod(np.where(taken, chances, 1.0 - chances))) if len(places) else 1.0
        return [int(place) for place in places[taken]]

    def _taken(self, item: Node | None, places: npt.NDArray[np.int_], chances: Floats, scope: Places) -> Mask:
        """Return at which places items begin."""
        if item is None or item.kind is not Kind.OBJECT:
            return chances > self._settings.item
        firsts = cut(
            places.tolist(),
            chances.tolist(),
            lambda first, behind: self._worth(item, next(self._page.items([first], (first, behind)))),
            scope[1],
            threshold=self._settings.item,
        )
        return np.isin(places, firsts)

    def _empty(self, node: Node, nowhere: float) -> bool:
        """Tell whether an array or map without items is there all the same."""
        if node.fragment.get("minItems") or node.fragment.get("minProperties"):
            return False
        return node.required or nowhere < self._settings.absent

    def _map(self, node: Node, pointer: str, scope: Places) -> tuple[bool, Json]:
        slot, item = self._slot[id(node), False], node.item
        nowhere, scope = self._section(slot, scope)
        firsts = self._items(node, slot, scope)
        made: dict[str, Json] = {}
        for inner in self._page.items(firsts, scope):
            _, keys = self._spans_of_key(node, inner)
            if not keys or item is None or item.kind not in LEAVES | {Kind.UNION}:
                continue
            key = self._text[self._tokens[keys[0][0] - 1].start : self._tokens[keys[0][1] - 1].end]
            if key in made:
                continue
            choice = self._options(self._asked(item, inner), None).choose(self._settings.absent)
            present, value = self._take(item, below(pointer, key), choice)
            if present:
                made[key] = value
        return bool(made) or self._empty(node, nowhere), dict(made)

    def _spans_of_key(self, node: Node, scope: Places) -> tuple[float, list[tuple[int, int, float]]]:
        slot = self._slot[id(node), True]
        allowed = np.flatnonzero(self._starts(None, scope))
        if not len(allowed):
            return 1.0, []
        start = int(allowed[self._scores.start[slot, allowed].argmax()])
        return 0.0, [(start, end, chance) for end, chance in self._ends(None, slot, start, scope)]

    def _section(self, slot: int, scope: Places) -> tuple[float, Places]:
        """Return the probability that a container stands nowhere, and the part of the scope that it has."""
        places = np.flatnonzero(self._starts(None, scope))
        chances = softmax(self._scores.start[slot, np.concatenate([[NOWHERE], places])])
        best = int(chances.argmax())
        return float(chances[0]), self._page.block(int(places[best - 1]), scope) if best else scope


def allows(node: Node, written: str) -> bool:
    """Tell whether a schema's own bounds on a string or number allow what a span says."""
    limits = node.fragment
    if node.kind is Kind.STRING:
        length = len(written)
        pattern = limits.get("pattern")
        return (
            length >= _limit(limits.get("minLength"), 0)
            and length <= _limit(limits.get("maxLength"), length)
            and (not isinstance(pattern, str) or re.search(pattern, written) is not None)
        )
    return node.kind not in NUMERIC or within(node, read(written))


def within(node: Node, value: Json) -> bool:
    """Tell whether a schema's own bounds on a number allow a value."""
    if not isinstance(value, (int, float)):
        return True
    low, high = node.fragment.get("minimum"), node.fragment.get("maximum")
    return _limit(low, value) <= value <= _limit(high, value)


def _limit(given: Json, otherwise: float) -> float:
    """Return a numeric keyword's value, or what stands for no limit."""
    return given if isinstance(given, (int, float)) and not isinstance(given, bool) else otherwise


def union_value(node: Node, written: str) -> Json:
    """Return what a span says where several kinds are allowed: a number if it is one, else the words."""
    kinds = {option.kind for option in node.options}
    try:
        value = read(written)
    except ValueError:
        value = None
    if value is not None and (Kind.NUMBER in kinds or (Kind.INTEGER in kinds and isinstance(value, int))):
        return value
    if Kind.BOOLEAN in kinds and written.casefold() in _TRUE_WORDS | _FALSE_WORDS:
        return written.casefold() in _TRUE_WORDS
    return written


def _json(value: object) -> Json:
    """Narrow a choice, which a JSON document gave, to a JSON scalar."""
    return value if isinstance(value, (str, int, float, bool)) else None
