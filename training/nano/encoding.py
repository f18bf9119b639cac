"""From a labelled text to what a training step needs: token ids, and every decision with its right answer."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from agent.endings import ENDING_FEATURES, Endings, Flags
from agent.features import layout, message_matches, schema_matches
from agent.json_pointer import below
from agent.lexicon import Lexicon
from agent.links import links
from agent.message import Json
from agent.numerals import numerals
from agent.order import Grid, grid
from agent.page import Page
from agent.prompt import SchemaPrompt, choices_of, message_ids, schema_prompt
from agent.schemas.node import LEAVES, Kind, Node, is_leaf
from agent.schemas.refs import collect
from agent.schemas.tree import TreeBuilder
from agent.vocabulary import MAX_SLOTS, Token, Vocabulary
from training.synthesis.example import Example, Span

UNASKED = (-1, -1)
NOWHERE = 0
"""Place of ``<msg>`` in the message: the answer of a field that the text does not give."""


@dataclass(slots=True)
class Encoded:
    """One example, ready to batch. Places count from the ``<msg>`` token; -1 means no loss."""

    schema_ids: list[int]
    message_ids: list[int]
    fits: bool
    choices: list[list[int]]
    """Places of the choices of each slot in ``schema_ids``."""
    values: tuple[int, ...] = ()
    """Slots that ask for a value, and so are rivals for a place."""
    points: list[tuple[int, ...]] = field(default_factory=list)
    """(slot, first, behind, start, end, kind mask, answer): a field, its scope, and where it stands."""
    before: list[Span] = field(default_factory=list)
    """For each point, where the answer before it stands; ``UNASKED`` where that does not count."""
    grid: Grid = field(default_factory=lambda: np.zeros((1, 3), np.int32))
    """(places, 3): what ``agent.order`` knows of each place."""
    items: list[tuple[int, int, int, tuple[int, ...]]] = field(default_factory=list)
    """(slot, first, behind, starts): the items of an array or map within a scope."""
    ends: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    """(slot, start, end, kind mask, answer): where an item of an array of scalars ends."""
    endings: dict[int, npt.NDArray[np.int64]] = field(default_factory=dict)
    """Features of the places from a beginning on as its end, one bit each, by that beginning."""
    matches: tuple[list[int], list[int], list[float]] = field(default_factory=lambda: ([], [], []))
    """Places in the whole example, slot numbers, weights."""
    links: tuple[list[int], list[int], list[list[float]]] = field(default_factory=lambda: ([], [], []))
    """Slots in their order of asking, places in the message, features."""
    layout: npt.NDArray[np.int32] = field(default_factory=lambda: np.zeros((0, 0), np.int32))
    """(message length, layout features)."""
    masks: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 0), bool))
    """(6, message length): allowed starts, then ends, of string, number and integer."""

    def __len__(self) -> int:
        """Return the tokens of both parts."""
        return len(self.schema_ids) + len(self.message_ids)


ANY, NUMBER, INTEGER = 0, 1, 2
_MASK_OF = {Kind.NUMBER: NUMBER, Kind.INTEGER: INTEGER}


def kind_masks(text: str, tokens: list[Token], length: int) -> npt.NDArray[np.bool_]:
    """Return where values may begin and end: rows are starts, then ends, of string, number, integer."""
    masks = np.zeros((6, length), bool)
    for place, token in enumerate(tokens, start=1):
        masks[ANY, place] = masks[3 + ANY, place] = not token.blank
    starts = {token.start: place for place, token in enumerate(tokens, start=1)}
    ends = {token.end: place for place, token in enumerate(tokens, start=1)}
    for row, integer in ((NUMBER, False), (INTEGER, True)):
        for numeral in numerals(text, integer=integer):
            if numeral.start in starts and numeral.end in ends:
                masks[row, starts[numeral.start]] = True
                masks[3 + row, ends[numeral.end]] = True
    return masks


def load_vocabulary(path: Path = Path("training/nano/vocab.txt")) -> Vocabulary:
    """Return the vocabulary, one JSON string a line."""
    return Vocabulary([json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line])


def root_of(example: Example) -> Node:
    """Return an example's schema as the agent sees it; it is valid by construction and not checked again."""
    return TreeBuilder(collect(example.schema)).root(example.schema)


class Encoder:
    """Encodes examples with one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def encode(self, example: Example, root: Node, chance: random.Random | None = None) -> Encoded:
        """Return an example of the schema ``root``; ``chance`` draws slot numbers, which carry no meaning."""
        text, value = example.text, example.value
        numbers = chance.sample(range(MAX_SLOTS), MAX_SLOTS) if chance else None
        prompt = schema_prompt(root, self.vocabulary, numbers)
        page = Page(text, self.vocabulary)
        ids = message_ids(prompt, page.tokens, self.vocabulary)
        made = Encoded(list(prompt.ids), ids, value is not None, [list(places) for places in prompt.choices])
        made.masks = kind_masks(text, page.tokens, len(ids))
        made.layout = layout(page, len(ids))
        made.grid = grid(page)
        lexicon = Lexicon(prompt)
        made.values = lexicon.values
        linked = links(lexicon, page)
        made.links = (linked.slots, linked.places, linked.features)
        schema, message = schema_matches(prompt), message_matches(lexicon, page)
        made.matches = (
            schema.places + [place + len(prompt.ids) for place in message.places],
            schema.numbers + message.numbers,
            schema.weights + message.weights,
        )
        if value is not None:
            _Labels(made, prompt, example, page).visit(root, value, "", (1, page.behind))
            endings = Endings(page)
            begun = {point[3] for point in made.points if point[4] > 0} | {end[1] for end in made.ends}
            made.endings = {start: packed(endings.of(start)) for start in begun}
        return made


class _Labels:
    """Walks schema and value together and writes down every decision."""

    def __init__(self, made: Encoded, prompt: SchemaPrompt, example: Example, page: Page) -> None:
        self.made, self.text, self.page = made, example.text, page
        self.previous: Span = (NOWHERE, NOWHERE)
        """Where the last answer stands."""
        self.spans, self.headings = example.spans, example.headings
        tokens = page.tokens
        self.slot_of = {(id(slot.node), slot.is_key): number for number, slot in enumerate(prompt.slots)}
        self.starts = {token.start: place for place, token in enumerate(tokens, start=1) if not token.blank}
        self.ends = {token.end: place for place, token in enumerate(tokens, start=1) if not token.blank}

    def visit(self, node: Node, value: Json, pointer: str, scope: Span) -> None:
        """Write the decisions below one object."""
        if node.kind is not Kind.OBJECT or not isinstance(value, dict):
            return
        asked = [child for child in node.properties if child.kind is not Kind.CONST]
        for child in sorted(asked, key=lambda child: not is_leaf(child)):  # in the decoder's order
            write = self.leaf if is_leaf(child) else self.container
            present, place = child.name in value, below(pointer, child.name)
            write(child, value.get(child.name), place, scope, present=present)

    def leaf(self, node: Node, value: Json, pointer: str, scope: Span, *, present: bool) -> None:
        """Write where a field stands, or that it stands nowhere."""
        slot = self.slot_of[id(node), False]
        mask = _MASK_OF.get(node.kind, ANY)
        if not present or value is None:
            self.nowhere(slot, scope, mask, self.previous)
            return
        span = self.place(self.spans.get(pointer))
        self.point(slot, scope, span, mask, self.answer(node, value), self.previous)
        self.previous = span if span[0] > 0 else self.previous

    def container(self, node: Node, value: Json, pointer: str, scope: Span, *, present: bool) -> None:
        """Write whether an object, array or map is there, and what it holds."""
        slot = self.slot_of[id(node), False]
        first = self.earliest(pointer)
        heading, _ = self.place(self.headings.get(pointer))
        where = heading if heading > 0 else first
        if not present:
            self.nowhere(slot, scope, ANY, UNASKED)
        elif where >= scope[0]:
            self.note((slot, *scope, where, -1, ANY, -1), UNASKED)
            scope = self.page.block(where, scope)
        if node.kind is Kind.OBJECT:
            if present:
                self.visit(node, value, pointer, scope)
        elif node.kind is Kind.MAP:
            self.entries(node, value if isinstance(value, dict) else {}, pointer, scope, slot)
        else:
            self.array(node, value if isinstance(value, list) else [], pointer, scope, slot)

    def array(self, node: Node, value: list[Json], pointer: str, scope: Span, slot: int) -> None:
        """Write the items of an array."""
        firsts = [self.earliest(below(pointer, number)) for number in range(len(value))]
        if not rising(firsts, scope):
            return
        self.made.items.append((slot, *scope, tuple(firsts)))
        item = node.item
        if item is None:
            return
        for number, (child, inner) in enumerate(zip(value, self.page.items(firsts, scope), strict=True)):
            name = below(pointer, number)
            if item.kind is Kind.OBJECT:
                self.visit(item, child, name, inner)
            else:
                start, end = self.place(self.spans.get(name))
                if start > 0 and end > 0:
                    self.previous = (start, end)
                    mask = _MASK_OF.get(item.kind, ANY)
                    self.made.ends.append((slot, start, end, mask, self.answer(node, child)))

    def entries(self, node: Node, value: dict[str, Json], pointer: str, scope: Span, slot: int) -> None:
        """Write the entries of a map: each a key and a value."""
        spans = [self.spans.get(below(pointer, key)) for key in value]
        if node.item is None or any(span is None for span in spans):
            return
        keys = [self.key_span(key, span) for key, span in zip(value, spans, strict=True) if span]
        firsts = [min(self.place(key)[0], self.place(span)[0]) for key, span in zip(keys, spans, strict=True)]
        if not rising(firsts, scope):
            return
        self.made.items.append((slot, *scope, tuple(firsts)))
        key_slot, item_slot = self.slot_of[id(node), True], self.slot_of.get((id(node.item), False))
        inners = self.page.items(firsts, scope)
        for key, span, inner, item in zip(keys, spans, inners, value.values(), strict=True):
            self.point(key_slot, inner, self.place(key), ANY, -1, UNASKED)
            if item_slot is not None and node.item.kind in LEAVES | {Kind.UNION}:
                mask = _MASK_OF.get(node.item.kind, ANY)
                answer = self.answer(node.item, item)
                self.point(item_slot, inner, self.place(span), mask, answer, UNASKED)

    def point(self, slot: int, scope: Span, span: Span, mask: int, answer: int, before: Span) -> None:
        """Write where a field stands; nothing where it is outside of its scope, and so cannot be found."""
        if scope[0] <= span[0] and span[1] < scope[1]:
            self.note((slot, *scope, *span, mask, answer), before)

    def nowhere(self, slot: int, scope: Span, mask: int, before: Span) -> None:
        """Write that a field stands nowhere."""
        self.note((slot, *scope, NOWHERE, -1, mask, -1), before)

    def note(self, point: tuple[int, ...], before: Span) -> None:
        """Write a decision down with the answer before it."""
        self.made.points.append(point)
        self.made.before.append(before)

    def key_span(self, key: str, span: Span | None) -> Span:
        """Return where a map's key stands: nearest before its value."""
        start = self.text.rfind(key, 0, span[0] if span else 0)
        return (start, start + len(key))

    def earliest(self, pointer: str) -> int:
        """Return the first place of any leaf below a pointer; -1 where there is none."""
        prefix = pointer + "/"
        places = [
            self.place(span)[0]
            for name, span in self.spans.items()
            if name == pointer or name.startswith(prefix)
        ]
        return min(places, default=-1)

    def place(self, span: Span | None) -> Span:
        """Return the token places of a character span; (-1, -1) where it does not fall on token borders."""
        if span is None:
            return (-1, -1)
        start, end = self.starts.get(span[0], -1), self.ends.get(span[1], -1)
        return (start, end) if 0 < start <= end else (-1, -1)

    def answer(self, node: Node, value: Json) -> int:
        """Return which choice, or which truth, a value is; -1 where the node has neither."""
        if node.kind is Kind.BOOLEAN:
            return int(value is True)
        choices = choices_of(node)
        return choices.index(value) if choices and value in choices else -1


def packed(told: Flags) -> npt.NDArray[np.int64]:
    """Return one number for the features of each place, the first in the lowest bit."""
    return told @ (1 << np.arange(len(ENDING_FEATURES), dtype=np.int64))


def rising(places: list[int], scope: Span) -> bool:
    """Tell whether the items are in order, apart, and inside the scope."""
    return all(scope[0] <= place < scope[1] for place in places) and all(
        here < there for here, there in pairwise(places)
    )
