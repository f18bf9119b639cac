"""A text while it is written: the one place that knows where each value has come to stand."""

from __future__ import annotations

from bisect import bisect_right

from training.synthesis.example import Span
from training.synthesis.form import Field, Filled


class Page:
    """Collects text and notes where leaves and headings stand in it."""

    __slots__ = ("_parts", "headings", "length", "spans")

    def __init__(self) -> None:
        self._parts: list[str] = []
        self.length = 0
        self.spans: dict[str, Span] = {}
        self.headings: dict[str, Span] = {}

    @property
    def text(self) -> str:
        """All that has been written."""
        return "".join(self._parts)

    def write(self, text: str) -> None:
        """Add text that answers nothing."""
        self._parts.append(text)
        self.length += len(text)

    def leaf(self, pointer: str | None, text: str) -> None:
        """Add the words that answer ``pointer``; with None they are only a decoy."""
        if pointer is not None and text:
            self.spans[pointer] = (self.length, self.length + len(text))
        self.write(text)

    def put(self, leaf: Filled) -> None:
        """Add a filled field with all that is printed around its value, and the field that is glued to it."""
        self.write(leaf.before)
        if isinstance(leaf.of, Field) and leaf.of.item:
            self._items(leaf, leaf.of)
        else:
            self.leaf(leaf.pointer, leaf.printed)
        self.write(leaf.after)
        if leaf.tail is not None:
            self.put(leaf.tail)

    def _items(self, leaf: Filled, field: Field) -> None:
        """Add a list; the label right before it is its heading."""
        near = "".join(self._parts[-6:])
        at = near.rfind(field.label) if field.label else -1
        if at >= 0 and leaf.pointer is not None:
            start = self.length - len(near) + at
            self.headings[leaf.pointer] = (start, start + len(field.label))
        for index, child in enumerate(leaf.children):
            self.write(field.joint if index else "")
            self.put(child)

    def heading(self, pointer: str | None, text: str) -> None:
        """Add the label of the object or array at ``pointer``."""
        if pointer is not None and text:
            self.headings[pointer] = (self.length, self.length + len(text))
        self.write(text)

    def insert(self, pieces: list[tuple[int, str]]) -> None:
        """Put pieces (offset, text; by rising offset) into the text afterwards and move all spans along.

        A piece at the very start of a span goes before it: no span comes to hold what is put at its edge.
        """
        text, old, parts = self.text, 0, []
        for offset, piece in pieces:
            parts += [text[old:offset], piece]
            old = offset
        self._parts = [*parts, text[old:]]
        self.length = sum(map(len, self._parts))
        offsets = [offset for offset, _ in pieces]
        grown = [0]
        for _, piece in pieces:
            grown.append(grown[-1] + len(piece))

        def moved(span: Span) -> Span:
            start, end = span
            return start + grown[bisect_right(offsets, start)], end + grown[bisect_right(offsets, end - 1)]

        self.spans = {pointer: moved(span) for pointer, span in self.spans.items()}
        self.headings = {pointer: moved(span) for pointer, span in self.headings.items()}
