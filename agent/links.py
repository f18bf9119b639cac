"""Links between questions and places: what speaks for a place being the answer of a question.

A place has several labels; each is compared with the words of every question. Beside that, a place may name
one of an enum's choices, carry the unit that a question asks for, look as its values do, stand in the cell of
its rank, or begin the next item of an array because the fields come round again. All these are features; what
they are worth is learned (``link_in`` and ``link_out`` in the heads).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from agent import known, positions, units
from agent.labels import Label, Labeller, Labels, begins_place
from agent.lexicon import Lexicon, alike
from agent.numerals import PLAIN
from agent.page import Page
from agent.pieces import Piece
from agent.shapes import NUMBERS, SOLID

KINDS = ("value", "number", "list")
"""What a question asks for, so that the others can be weighed by it."""
TOLD = ("told_cell", "told_behind_tag", "other_cell", "told_mark")
"""What a schema says in words of where a value stands."""
WORLD = ("known", "other_known", "nth_number", "nth_number_back")
"""Whether a word is of the kind that a name asks for; whether a number has the rank of its question."""
LINK_FEATURES = (
    "covers", "precise", "exact", "about", "last", "above_covers", "above_exact", "behind",
    "column_covers", "column_exact", "cell_covers", "cell_exact",
    "self_covers", "self_exact", "parent_covers", "parent_exact", "top",
    "child_covers", "child_exact", "child_header", "child_first",
    "choice", "choice_begins", "unit", "other_unit", "shape", "other_shape",
    "initial", "initial_part", "rank", "restart", "goes_on",
    "under", "listed", "parent_label", "parent_label_exact",
    *KINDS, *TOLD, *WORLD,
)  # fmt: skip
"""What is known of a question and a place; each between 0 and 1."""
AT = {name: number for number, name in enumerate(LINK_FEATURES)}
BLANK = (0.0,) * (len(LINK_FEATURES) - len(KINDS) - len(TOLD) - len(WORLD))
ALL = 0.99
"""Share above which a name counts as covered whole."""

Row = list[float]
Rating = dict[int, tuple[float, float, float]]
"""How far a label names each question: what ``compare`` returns, by slot."""


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """Sparse links, each with its features."""

    slots: list[int] = field(default_factory=list)
    """Numbers of slots in their order of asking."""
    places: list[int] = field(default_factory=list)
    features: list[Row] = field(default_factory=list)


class Rows(dict[int, Row]):
    """Features of one place by slot; a new row says only what the question asks for."""

    def __init__(self, lexicon: Lexicon) -> None:
        super().__init__()
        self.kinds = lexicon.kinds

    def __missing__(self, slot: int) -> Row:
        """Return the new row of a slot."""
        row = self[slot] = [*BLANK, *self.kinds[slot], *(0.0 for _ in (*TOLD, *WORLD))]
        return row


class _Rater:
    """Compares labels with the words of all questions, each label once."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._names: dict[Label, Rating] = {}
        self._parents: dict[Label, Rating] = {}
        self._abouts: dict[Label, dict[int, float]] = {}

    def names(self, label: Label) -> Rating:
        """Return how far a label names each question."""
        return self._rate(self._names, label, self.lexicon.names)

    def parents(self, label: Label) -> Rating:
        """Return how far a label names what each question is in."""
        return self._rate(self._parents, label, self.lexicon.parents)

    def abouts(self, label: Label) -> dict[int, float]:
        """Return the share of a label's words that each question has anywhere."""
        known = self._abouts.get(label)
        if known is None:
            known = self._abouts[label] = {
                slot: worth
                for slot in self.lexicon.spoken(label)
                if (worth := share(label, self.lexicon.abouts[slot]))
            }
        return known

    def _rate(self, kept: dict[Label, Rating], label: Label, known: Sequence[Label]) -> Rating:
        found = kept.get(label)
        if found is None:
            rated = ((slot, compare(known[slot], label)) for slot in self.lexicon.spoken(label))
            found = kept[label] = {slot: worth for slot, worth in rated if worth[0]}
        return found


class _Linker:
    """Collects the links of one page."""

    def __init__(self, lexicon: Lexicon, page: Page) -> None:
        self.lexicon, self.page = lexicon, page
        self.labeller, self.rater = Labeller(page), _Rater(lexicon)
        self.shapes = page.shapes
        self.order = _Order(lexicon)
        self.ranks = _ranks(page)
        self.told = _Told(lexicon, page)

    def links(self) -> Links:
        """Return the links of the page."""
        found = Links()
        for piece in range(len(self.page.pieces)):
            if not begins_place(self.page, piece):
                continue
            for slot, row in self.rows(piece).items():
                found.slots.append(slot)
                found.places.append(self.page.firsts[piece])
                found.features.append(row)
        return found

    def rows(self, piece: int) -> Rows:
        """Return the features of one place for each question that something speaks of."""
        rows = Rows(self.lexicon)
        labels = self.labeller.labels(piece)
        self._labelled(rows, labels)
        self._in_lists(rows, piece, labels.heading)
        self._written(rows, piece)
        self._initials(rows, labels.before[:1])
        if 0 < labels.cells <= len(self.lexicon.values):
            rows[self.lexicon.values[labels.cells - 1]][AT["rank"]] = 1.0
        self.told.tell(rows, piece, self.page.pieces[piece].start)
        self.order.tell(rows)
        return rows

    def _labelled(self, rows: Rows, labels: Labels) -> None:
        """Note how far the labels name the questions."""
        self._before(rows, labels.before)
        for label, covers, exact in (
            (labels.above, "above_covers", "above_exact"),
            (labels.column, "column_covers", "column_exact"),
            (labels.cell, "cell_covers", "cell_exact"),
            (labels.own, "self_covers", "self_exact"),
        ):
            for slot, (covered, _, whole) in self.rater.names(label).items() if label else ():
                if covers != "self_covers" or labels.own[-1] in self.lexicon.names[slot]:
                    rows[slot][AT[covers]], rows[slot][AT[exact]] = covered, whole
        for slot, worth in self.rater.abouts(labels.behind).items() if labels.behind else ():
            rows[slot][AT["behind"]] = worth
        self._nested(rows, labels.heading)

    def _before(self, rows: Rows, before: Label) -> None:
        """Note what the words directly before a place say."""
        if not before:
            return
        for slot, rated in self.rater.names(before).items():
            rows[slot][:3] = rated
        for slot, told in self.rater.abouts(before).items():
            rows[slot][AT["about"]] = told
        for slot, (covered, _, whole) in self.rater.parents(before).items():
            rows[slot][AT["parent_label"]], rows[slot][AT["parent_label_exact"]] = covered, whole
        for slot in self.rater.names(before[:1]):
            rows[slot][AT["last"]] = max(likeness(before[0], word) for word in self.lexicon.names[slot])

    def _in_lists(self, rows: Rows, piece: int, heading: Label) -> None:
        """Note whether a place heads a line under an array's name, or follows a mark in a list behind it."""
        lined = heading if self.page.heads(piece) else ()
        for name, label in (("under", lined), ("listed", self.labeller.list_label(piece))):
            for slot, (covered, _, _) in self.rater.names(label).items() if label else ():
                if slot in self.lexicon.lists:
                    rows[slot][AT[name]] = covered

    def _nested(self, rows: Rows, heading: Label) -> None:
        """Note, for questions that anything speaks of, whether the heading is what they are in."""
        parents = self.rater.parents(heading) if heading else {}
        for slot, row in rows.items():
            if heading:
                row[AT["parent_covers"]], _, row[AT["parent_exact"]] = parents.get(slot, (0.0, 0.0, 0.0))
            elif not self.lexicon.parents[slot]:
                row[AT["top"]] = 1.0

    def _written(self, rows: Rows, piece: int) -> None:
        """Note what the characters at a place say: a choice, a unit, a shape."""
        page, here = self.page, self.page.pieces[piece]
        for slot, whole in self._choices(piece):
            name = AT["choice" if whole else "choice_begins"]
            rows[slot][name] = 1.0
        self._known(rows, here)
        number = PLAIN.match(page.text, here.start)
        given = units.behind(page.text, number.end()) if number else units.NONE
        if given:
            for slot, wanted in self.lexicon.units.items():
                rows[slot][AT["unit" if given & wanted else "other_unit"]] = 1.0
        shape = self._shape(here.start)
        if shape:
            for slot, kinds in self.lexicon.shapes.items():
                if shape not in NUMBERS or kinds != NUMBERS:  # that a number is one, its kind says already
                    rows[slot][AT["shape" if shape in kinds else "other_shape"]] = 1.0

    def _known(self, rows: Rows, here: Piece) -> None:
        """Note whether a word is of a kind that is asked for, and whether a number has a question's rank."""
        kinds = known.KINDS_OF.get(here.text, known.NONE)
        for slot, wanted in self.lexicon.known.items() if kinds else ():
            rows[slot][AT["known" if kinds & wanted else "other_known"]] = 1.0
        for name, rank in zip(
            ("nth_number", "nth_number_back"), self.ranks.get(here.start, ()), strict=False
        ):
            if -len(self.lexicon.numbers) <= rank < len(self.lexicon.numbers):
                rows[self.lexicon.numbers[rank]][AT[name]] = 1.0

    def _shape(self, start: int) -> str:
        """Return the shape that begins at a character, or the solid one that it is inside of."""
        number = bisect_right(self.shapes, start, key=lambda shape: shape.start) - 1
        if number < 0 or self.shapes[number].end <= start:
            return ""
        shape = self.shapes[number]
        return shape.kind if shape.start == start or shape.kind in SOLID else ""

    def _choices(self, piece: int) -> Iterable[tuple[int, bool]]:
        """Yield the questions of which the words at a place are a choice, whole or as a beginning."""
        here = self.page.pieces[piece]
        for slot, words in self.lexicon.choices.get(here.text, ()):
            following = self.page.pieces[piece : piece + 2 * len(words)]
            said = tuple(other.text for other in following if other.kind in ("word", "digits"))
            if said[: len(words)] == words:
                yield slot, True
        if here.kind == "word" and here.text not in self.lexicon.choices:
            for slot in self.lexicon.choice_like(here.text):
                yield slot, False

    def _initials(self, rows: Rows, near: Label) -> None:
        """Note whether the nearest word abbreviates a name by its initials or by a part of it."""
        for word in near:
            for slot in self.lexicon.initials.get(word, ()):
                rows[slot][AT["initial"]] = 1.0
            for slot in self.lexicon.part_like(word):
                rows[slot][AT["initial_part"]] = 1.0


def _ranks(page: Page) -> dict[int, tuple[int, int]]:
    """Return the rank of each number of a text by its first character: from 0, and from behind, from -1."""
    starts = [shape.start for shape in page.shapes if shape.kind in NUMBERS]
    return {start: (rank, rank - len(starts)) for rank, start in enumerate(starts)}


class _Told:
    """Tells whether a place is where the schema's words say that a value stands."""

    def __init__(self, lexicon: Lexicon, page: Page) -> None:
        self.lexicon, self.text = lexicon, page.text
        self.cells = positions.numbered(page) if lexicon.cells else {}

    def tell(self, rows: Rows, number: int, start: int) -> None:
        """Note the cell and the mark that questions are said to stand in and at, for a piece."""
        for slot, mark in self.lexicon.beside.items():
            if positions.stands(self.text, start, mark):
                rows[slot][AT["told_mark"]] = 1.0
        cell, count = self.cells.get(number, (0, 0))
        for slot, told in self.lexicon.cells.items() if cell else ():
            wanted = count if told == positions.LAST else told
            name = {wanted: "told_cell", wanted + 1: "told_behind_tag"}.get(cell, "other_cell")
            rows[slot][AT[name]] = 1.0


class _Order:
    """Tells an array, place by place, what the fields of its items say: also that they come round again."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.last: dict[int, int] = {}
        """Rank of the field of each array that was last seen."""

    def tell(self, rows: Rows) -> None:
        """Note in the features of arrays what those of their fields say of this place."""
        told: dict[int, tuple[float, int, bool]] = {}
        for slot in list(rows):
            child = rows[slot]
            if self.lexicon.arrays[slot] >= 0:
                _tell(rows[self.lexicon.arrays[slot]], child, first=self.lexicon.firsts[slot])
            strength = named(child)
            for array, rank, deep in self.lexicon.within[slot] if strength else ():
                if array not in told or strength > told[array][0]:
                    told[array] = (strength, rank, deep)
        best = max((strength for strength, _, _ in told.values()), default=0.0)
        for array, (strength, rank, deep) in told.items():
            if strength >= best:
                last = self.last.get(array)
                again = last is None or rank < last or (rank == last and not deep)
                rows[array][AT["restart" if again else "goes_on"]] = 1.0
                self.last[array] = rank


def named(row: Row) -> float:
    """Return how surely a place is labelled as a question: 0 where its name is not covered whole."""
    whole = max(row[AT["covers"]], row[AT["column_exact"]], row[AT["cell_exact"]])
    return whole + row[AT["exact"]] + row[AT["parent_exact"]] if whole > ALL else 0.0


def _tell(row: Row, child: Row, *, first: bool) -> None:
    """Note in an array's features what those of a field of its items say of this place."""
    covers = child[AT["covers"]]
    for name, worth in (
        ("child_covers", covers),
        ("child_exact", child[AT["exact"]]),
        ("child_header", max(child[AT["column_exact"]], child[AT["cell_exact"]])),
        ("child_first", covers if first else 0.0),
    ):
        row[AT[name]] = max(row[AT[name]], worth)


def links(lexicon: Lexicon, page: Page) -> Links:
    """Return the links of a page."""
    return _Linker(lexicon, page).links()


def compare(name: Sequence[str], label: Sequence[str]) -> tuple[float, float, float]:
    """Return how much of a name a label covers, how much of the label is of the name, if both are whole.

    The label's words come nearest first; only as many as the name has, and one more, count for precision.
    """
    if not name or not label:
        return 0.0, 0.0, 0.0
    covers = sum(max(likeness(word, other) for other in label) for word in name) / len(name)
    near = label[: len(name) + 1]
    precise = sum(max(likeness(word, other) for other in name) for word in near) / len(near)
    joined = "".join(reversed(label)) == "".join(name)
    exact = 1.0 if joined or (covers > ALL and len(label) == len(name)) else 0.0
    return max(covers, exact), max(precise, exact), exact


def share(words: Sequence[str], known: frozenset[str]) -> float:
    """Return the share of words that are known."""
    return sum(word in known for word in words) / len(words) if words else 0.0


def likeness(one: str, other: str) -> float:
    """Return 1 for equal words, less for one that shortens the other, else 0."""
    if one == other:
        return 1.0
    return alike(one, other) if one[0] == other[0] else 0.0
