"""Grounded decoding by pointing: from a message's scores to a value whose every leaf is a place in the text.

Nothing is generated. A string is the characters between the chosen start and end, a number is one of the
numerals that stand in the text, an enum or boolean is a choice cued by words that are pointed at. What cannot
be pointed at is absent, and an absent required field refuses the text. Where arrays hold objects, each item
owns the stretch of text from its first value to that of the next item, and its fields are looked for there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agent.extract.heads import Floats, Scores, softmax
from agent.extract.items import cut
from agent.extract.reading import FALSE_WORDS, TRUE_WORDS, scalar, union_value
from agent.extract.spans import NOWHERE, Finder, Mask
from agent.extract.ways import Choice, Path, Places, likeliest
from agent.json_pointer import below
from agent.message import Evidence, Json, Refusal
from agent.numerals import read, whole
from agent.page import Page
from agent.prompt import SchemaPrompt, choices_of
from agent.schemas.node import LEAVES, NUMERIC, Kind, Node, is_leaf

LACKING = 6.0
"""Log-odds against an item for each required field that it lacks."""
ABSENT: Json = None


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


class Decoder:
    """Decodes one message."""

    def __init__(self, prompt: SchemaPrompt, page: Page, scores: Scores, settings: Settings) -> None:
        self._page, self._scores, self._settings = page, scores, settings
        self._slot = {(id(slot.node), slot.is_key): number for number, slot in enumerate(prompt.slots)}
        self._evidence: list[Evidence] = []
        self._sure = 1.0
        self._previous: Places = (NOWHERE, NOWHERE)
        self._finder = Finder(page, scores)

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
            asked = self._finder.asked(leaf, self._slot[id(leaf), False], scope)
            paths = likeliest(
                step
                for path in paths
                for step in path.steps(self._finder.options(asked, path.previous), limit)
            )
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

    def _take(self, node: Node, pointer: str, choice: Choice) -> tuple[bool, Json]:
        """Return whether a leaf is there, and its value."""
        if choice.span is None:
            self._sure *= choice.chance
            return False, ABSENT
        return True, self._value(node, self._slot[id(node), False], pointer, choice.span, choice.chance)

    def _value(self, node: Node, slot: int, pointer: str, places: Places, chance: float) -> Json:
        """Return the value that a span gives, and note its evidence."""
        start, end = self._finder.characters(places)
        written = self._finder.written(places)
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
        if word in TRUE_WORDS | FALSE_WORDS:
            return word in TRUE_WORDS, 1.0
        chance = self._scores.truth(slot, *places)
        return chance >= 0.5, max(chance, 1.0 - chance)  # noqa: PLR2004 - even odds

    def _enum(self, node: Node, slot: int, places: Places, written: str) -> tuple[Json, float]:
        choices = choices_of(node)
        same = [choice for choice in choices if str(choice).casefold() == written.casefold()]
        if same:
            return scalar(same[0]), 1.0
        chances = self._scores.choice(slot, *places)
        best = int(chances.argmax())
        return scalar(choices[best]), float(chances[best])

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
        end, chance = max(self._finder.ends(item, slot, scope[0], scope), key=lambda pair: pair[1])
        self._previous = (scope[0], end)
        return self._value(item, slot, pointer, (scope[0], end), chance)

    def _items(self, node: Node, slot: int, scope: Places) -> list[int]:
        """Return where the items of an array begin."""
        allowed = self._finder.starts(
            self._finder.copies(node.item if node.kind is Kind.ARRAY else None), scope
        )
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
            key = self._finder.written(keys[0][:2])
            if key in made:
                continue
            choice = self._finder.options(
                self._finder.asked(item, self._slot[id(item), False], inner), None
            ).choose(self._settings.absent)
            present, value = self._take(item, below(pointer, key), choice)
            if present:
                made[key] = value
        return bool(made) or self._empty(node, nowhere), dict(made)

    def _spans_of_key(self, node: Node, scope: Places) -> tuple[float, list[tuple[int, int, float]]]:
        slot = self._slot[id(node), True]
        allowed = np.flatnonzero(self._finder.starts(None, scope))
        if not len(allowed):
            return 1.0, []
        start = int(allowed[self._scores.start[slot, allowed].argmax()])
        return 0.0, [(start, end, chance) for end, chance in self._finder.ends(None, slot, start, scope)]

    def _section(self, slot: int, scope: Places) -> tuple[float, Places]:
        """Return the probability that a container stands nowhere, and the part of the scope that it has."""
        places = np.flatnonzero(self._finder.starts(None, scope))
        chances = softmax(self._scores.start[slot, np.concatenate([[NOWHERE], places])])
        best = int(chances.argmax())
        return float(chances[0]), self._page.block(int(places[best - 1]), scope) if best else scope
