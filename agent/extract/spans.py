"""Where a field may stand in a text: places that may begin it, ends for each, and how likely they are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agent.conversion import Conversion, Quantity, Reading, Unconvertible
from agent.endings import Endings, Flags
from agent.extract.heads import Floats, Scores, softmax
from agent.extract.reading import allows, within
from agent.extract.ways import Options, Places
from agent.numerals import Numeral, numerals
from agent.order import grid, relations
from agent.page import Page
from agent.schemas.node import NUMERIC, Kind, Node

Mask = npt.NDArray[np.bool_]
STARTS_TRIED = 6
"""Likely beginnings of a field whose ends are scored too."""
ENDS_TRIED = 3
"""Likely ends looked at for each beginning."""
NOWHERE = 0
"""Place of "nowhere"."""


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


class Finder:
    """Finds where the fields of a schema may stand in one text; what it has worked out is kept."""

    def __init__(self, page: Page, scores: Scores) -> None:
        self._scores, self._text, self._tokens = scores, page.text, page.tokens
        self._grid = grid(page)
        self._endings = Endings(page)
        self._told: dict[int, Flags] = {}
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

    def asked(self, node: Node, slot: int, scope: Places) -> Asked:
        """Return what is known of a leaf before its place among the others counts."""
        places = np.concatenate([[NOWHERE], np.flatnonzero(self.starts(self.copies(node), scope))])
        return Asked(node, slot, scope, places, self._scores.start[slot, places])

    def options(self, asked: Asked, previous: Places | None) -> Options:
        """Return where a leaf may stand; spans that its schema forbids only if there are no others."""
        scores = asked.scores
        if previous is not None:
            scores = scores + self._scores.order[asked.slot, self._relations(previous)[asked.places]]
        chances = softmax(scores)
        best = np.argsort(-chances[1:])[:STARTS_TRIED] + 1
        found = [
            (int(asked.places[number]), end, float(chances[number]) * chance)
            for number in best
            for end, chance in self.ends(asked.node, asked.slot, int(asked.places[number]), asked.scope)
        ]
        allowed = [span for span in found if self._allows(asked.node, span[:2])]
        return Options(float(chances[0]), tuple(sorted(allowed or found, key=lambda span: -span[2])))

    def _relations(self, previous: Places) -> npt.NDArray[np.int8]:
        """Return how each place stands to the answer before."""
        known = self._related.get(previous)
        if known is None:
            known = self._related[previous] = relations(self._grid, *previous)
        return known

    def characters(self, span: Places) -> tuple[int, int]:
        """Return the first character of a span of places and the one behind its last."""
        return self._tokens[span[0] - 1].start, self._tokens[span[1] - 1].end

    def written(self, span: Places) -> str:
        """Return what stands in a span of places."""
        return self._text[slice(*self.characters(span))]

    def ends(self, node: Node | None, slot: int, start: int, scope: Places) -> list[tuple[int, float]]:
        """Return the likely ends of a span and their probabilities, best first."""
        known = self._ended.get((slot, start, scope[1]))
        if known is None:
            copies = self.copies(node)
            if copies is not None:
                ends = sorted(end for begin, end in copies if begin == start and end < scope[1])
            else:
                ends = [place for place in range(start, scope[1]) if self._visible[place]]
            scored = self._scores.end(slot, start, self._told_from(start))
            chances = softmax(scored[[end - start for end in ends]])
            best = np.argsort(-chances)[:ENDS_TRIED]
            known = [(ends[number], float(chances[number])) for number in best]
            self._ended[slot, start, scope[1]] = known
        return known

    def _told_from(self, start: int) -> Flags:
        """Return what speaks for an end at each place from a beginning on."""
        known = self._told.get(start)
        if known is None:
            known = self._told[start] = self._endings.of(start)
        return known

    def starts(self, copies: Collection[Places] | None, scope: Places) -> Mask:
        """Return which places of a stretch may begin a value that also ends in the stretch."""
        mask = np.zeros(len(self._visible), bool)
        if copies is not None:
            mask[[start for start, end in copies if scope[0] <= start and end < scope[1]]] = True
        else:
            mask[scope[0] : scope[1]] = self._visible[scope[0] : scope[1]]
        return mask

    def copies(self, node: Node | None) -> Collection[Places] | None:
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
            return allows(node, self.written(span))
        if not isinstance(node.conversion, Quantity):
            return True
        try:
            reading = Reading(self._text, *self.characters(span))
            return within(node, node.conversion.apply(reading).value)
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
