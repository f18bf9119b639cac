"""The words of a schema's questions, and which words of a text speak of them.

Made once per schema; questions are known by their order of asking.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from agent import known, positions, units
from agent.pieces import words_in
from agent.prompt import SchemaPrompt, Slot, choices_of
from agent.schemas.node import NUMERIC, Kind, Node, is_leaf
from agent.shapes import expected

MAX_SLOTS_OF_WORD = 6
"""A word that more questions mention tells nothing apart."""
NAME, ABOUT, PARENT = 1.0, 0.7, 0.4
"""Weights of a match, by where the question has the word."""
BEGINS, SHORTENS = 0.6, 0.4
"""Weights of a match that is no equality: one word begins the other; one has the other's letters in order."""
SHORTEST = 3
"""Letters that such a word must have."""
PARTS = (3, 4)
"""Letters of a name's word that may end a label, as in ``vbat``."""

Words = tuple[str, ...]
Slots = tuple[int, ...]


class Lexicon:
    """The words of a schema's questions."""

    def __init__(self, prompt: SchemaPrompt) -> None:
        """Collect the words of every question."""
        self.prompt = prompt
        slots = prompt.slots
        self._known: dict[str, dict[int, float]] = defaultdict(dict)
        for number, slot in zip(prompt.numbers, slots, strict=True):
            for word, weight in words_of(slot):
                self._known[word][number] = max(weight, self._known[word].get(number, 0.0))
        self._by_letter: dict[str, list[str]] = defaultdict(list)
        for word in self._known:
            self._by_letter[word[0]].append(word)
        self.names: list[Words] = [words_in(name_of(slot)) for slot in slots]
        """Words of each question's name."""
        self.parents: list[Words] = [words_in(slot.parent.name) if slot.parent else () for slot in slots]
        """Words of the name of what each question is in."""
        self.abouts = [frozenset(word for word, _ in words_of(slot)) for slot in slots]
        """All words of each question."""
        self._slots: dict[str, Slots] = {}
        self._orders = {number: order for order, number in enumerate(prompt.numbers)}
        self._found: dict[str, tuple[tuple[int, float], ...]] = {}
        self._places_of_fields()
        self._values_of_fields()
        self._short_forms()
        self.cells = positions.cells(prompt)
        """The number of the cell that a question is said to stand in."""
        self.beside = {
            order: mark
            for order, slot in enumerate(slots)
            if (mark := positions.beside(slot.node)) is not None
        }
        """The mark that a question is said to stand at."""

    def _places_of_fields(self) -> None:
        """Collect what the tree says of each question."""
        self.values = tuple(order for order, slot in enumerate(self.prompt.slots) if is_value(slot))
        """The questions that ask for a value, by their rank among these."""
        kinds = (Kind.ARRAY, Kind.MAP)
        self.lists = frozenset(n for n, slot in enumerate(self.prompt.slots) if slot.node.kind in kinds)
        """The questions that ask for a list."""
        self.kinds = [
            [float(is_value(slot)), float(slot.node.kind in NUMERIC), float(slot.node.kind in kinds)]
            for slot in self.prompt.slots
        ]
        """Whether each asks for a value, a number, a list."""
        self.arrays, self.firsts = _arrays(self.prompt)
        """The innermost array that each is a field of, -1 for none; whether it is its first."""
        self.within = _within(self.prompt)
        """The arrays that each is a field of: array, rank among its fields, whether in an array of these."""

    def _values_of_fields(self) -> None:
        """Collect what the values of each question look like."""
        slots = self.prompt.slots
        self.units = {
            order: wanted
            for order, slot in enumerate(slots)
            if slot.node.kind in NUMERIC
            and (wanted := units.units_of(slot.node, self.names[order], sorted(self.abouts[order])))
        }
        """The units that a question may be answered in, where known."""
        self.shapes = {
            order: wanted
            for order, slot in enumerate(slots)
            if is_value(slot) and (wanted := expected(slot.node, self.names[order]))
        }
        """The shapes that values of a question have, where known."""
        self.known = {
            order: wanted
            for order, slot in enumerate(slots)
            if slot.node.kind in (Kind.STRING, Kind.ENUM, Kind.UNION)
            and not slot.is_key
            and (
                wanted := known.asked(
                    self.names[order], words_in(f"{slot.node.title} {slot.node.description}")
                )
            )
        }
        """The kinds of known words that a question asks for by its name."""
        self.numbers = tuple(order for order in self.values if slots[order].node.kind in NUMERIC)
        """The questions that ask for a number, in their order."""
        self.choices: dict[str, list[tuple[int, Words]]] = defaultdict(list)
        """Choices of questions by their first word: the question, and all words."""
        for order, slot in enumerate(slots):
            for choice in choices_of(slot.node):
                words = words_in(str(choice))
                if words:
                    self.choices[words[0]].append((order, words))

    def _short_forms(self) -> None:
        """Collect the initials of each question that asks for a value."""
        initials: dict[str, list[int]] = defaultdict(list)
        for order, slot in enumerate(self.prompt.slots):
            if is_value(slot):
                for form in set(short_forms(self.names[order], words_in(slot.node.title))):
                    initials[form].append(order)
        self.initials = {form: tuple(orders) for form, orders in initials.items()}
        """Questions by first letter and by initials."""
        self._parts: dict[str, Slots] = {}
        self._choice_like: dict[str, Slots] = {}

    def find(self, word: str) -> tuple[tuple[int, float], ...]:
        """Return the slot numbers that a folded word speaks of, with weights."""
        if word not in self._found:
            self._found[word] = tuple(self._search(word).items())
        return self._found[word]

    def slots_of(self, word: str) -> Slots:
        """Return the questions that a folded word speaks of; of common words too."""
        known = self._slots.get(word)
        if known is None:
            exact = self._known.get(word)
            numbers: Iterable[int] = exact.keys() if exact else (number for number, _ in self.find(word))
            known = self._slots[word] = tuple(self._orders[number] for number in numbers)
        return known

    def spoken(self, label: Iterable[str]) -> list[int]:
        """Return the questions that any word of a label speaks of."""
        return sorted({slot for word in label for slot in self.slots_of(word)})

    def part_like(self, word: str) -> Slots:
        """Return the questions whose name has a word that begins as this one ends: ``vbat``, battery."""
        if len(word) <= SHORTEST or word in self._known:
            return ()
        known = self._parts.get(word)
        if known is None:
            known = self._parts[word] = tuple(
                order
                for order, name in enumerate(self.names)
                if any(len(part) >= size and word.endswith(part[:size]) for part in name for size in PARTS)
            )
        return known

    def choice_like(self, word: str) -> Slots:
        """Return the questions that have a choice which a word resembles but does not say."""
        known = self._choice_like.get(word)
        if known is None:
            alikes = {
                order
                for first, choices in self.choices.items()
                if first[0] == word[0] and alike(word, first)
                for order, _ in choices
            }
            known = self._choice_like[word] = tuple(sorted(alikes))
        return known

    def _search(self, word: str) -> dict[int, float]:
        exact = self._known.get(word)
        if exact is not None:
            return exact if len(exact) <= MAX_SLOTS_OF_WORD else {}
        best: dict[int, float] = {}
        for other in self._by_letter.get(word[0], ()) if len(word) >= SHORTEST and word.isalpha() else ():
            likeness = alike(word, other)
            if likeness:
                for number, weight in self._known[other].items():
                    best[number] = max(best.get(number, 0.0), weight * likeness)
        return best if len(best) <= MAX_SLOTS_OF_WORD else {}


def alike(one: str, other: str) -> float:
    """Return how far one of two words, alike in the first letter, stands for the other."""
    short, long = (one, other) if len(one) < len(other) else (other, one)
    if len(short) < SHORTEST or not short.isalpha():
        return 0.0
    if long.startswith(short):
        return BEGINS
    rest = iter(long)
    return SHORTENS if all(letter in rest for letter in short) else 0.0


def short_forms(*names: Sequence[str]) -> Iterator[str]:
    """Yield the first letter and the initials of names, also without their last word, which may be a unit."""
    for name in names:
        letters = "".join(word[0] for word in name if word[0].isalpha())
        for length in (1, len(letters) - 1, len(letters)):
            if letters and length > 0:
                yield letters[:length]


def words_of(slot: Slot) -> Iterator[tuple[str, float]]:
    """Yield the words of a question and what a match with each weighs."""
    node = slot.node
    about = [node.title, node.description, node.unit, *(str(choice) for choice in choices_of(node))]
    sources = [(node.name, NAME), *((text, ABOUT) for text in about)]
    if slot.parent is not None:
        sources.append((slot.parent.name, NAME if not node.name or slot.is_key else PARENT))
    for text, weight in sources:
        words = words_in(text)
        yield from ((word, weight) for word in words)
        if weight == NAME and len(words) > 1:
            yield "".join(words), weight  # labels such as RELAYSTATE


def is_value(slot: Slot) -> bool:
    """Tell whether a question asks for one value of the text."""
    return is_leaf(slot.node) and not slot.is_key


def name_of(slot: Slot) -> str:
    """Return the name of a question: its own, or that of the map whose keys or values it asks for."""
    return slot.node.name or (slot.parent.name if slot.parent else "")


def _arrays(prompt: SchemaPrompt) -> tuple[list[int], list[bool]]:
    """Return for each question the innermost array that it is a field of, and whether it is its first."""
    orders = {id(slot.node): order for order, slot in enumerate(prompt.slots) if not slot.is_key}
    arrays, firsts = [-1] * len(prompt.slots), [False] * len(prompt.slots)
    for order, slot in enumerate(prompt.slots):
        if slot.node.kind is not Kind.ARRAY or slot.node.item is None:
            continue
        below = [orders[id(node)] for node in slot.node.item.walk() if id(node) in orders]
        for number, child in enumerate(below):
            arrays[child], firsts[child] = order, number == 0
    return arrays, firsts


def _within(prompt: SchemaPrompt) -> list[list[tuple[int, int, bool]]]:
    """Return for each question the arrays of objects around it: order, rank in the item, deeper array."""
    orders = {id(slot.node): order for order, slot in enumerate(prompt.slots) if not slot.is_key}
    found: list[list[tuple[int, int, bool]]] = [[] for _ in prompt.slots]
    for order, slot in enumerate(prompt.slots):
        if slot.node.kind is Kind.ARRAY and slot.node.item is not None:
            for rank, (node, deep) in enumerate(_fields(slot.node.item)):
                for below in node.walk() if deep else (node,):
                    if id(below) in orders:
                        found[orders[id(below)]].append((order, rank, deep))
    return found


def _fields(item: Node) -> Iterator[tuple[Node, bool]]:
    """Yield the fields of an item, those of nested objects too; arrays and maps are not looked into."""
    for child in item.properties:
        if child.kind is Kind.OBJECT:
            yield from _fields(child)
        else:
            yield child, child.kind in (Kind.ARRAY, Kind.MAP)
