"""All templates in force, found by what a text has: the cost grows with candidates, not with templates.

A template is filed under a word that each of its texts has, the rarest among the templates; one without such
a word under the row of marks of its texts, where that is always the same; the others are tried on all texts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from agent.message import Candidate, Evidence
from agent.templates.compiled import Compiled, Found
from agent.templates.parts import Blank, Form, Gap, Group, Literal, Maybe, Part, Slot

TIER = "template"
"""Name of the tier of templates in records and metrics."""
WORD = re.compile(r"[^\W\d_]+")
FEW_WORDS = 12
"""Words that are looked for one by one: up to here that is quicker than to list the words of a text."""
MARKS = re.compile(r"[;,|=:/()\[\]{}<>\"]")
"""Marks by whose row a template without words is filed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A template in force."""

    id: str
    schema: str
    """Fingerprint of its schema."""
    ready: Compiled
    confidence: float
    filter: str = ""
    """Topic filter of the route that it was learned on; empty: every route."""


@dataclass(frozen=True, slots=True)
class Hit:
    """What a template made of a text."""

    entry: Entry
    found: Found

    def candidate(self) -> Candidate:
        """Return it as a tier's candidate."""
        sure = self.entry.confidence
        evidence = tuple(
            Evidence(leaf.pointer, leaf.start, leaf.end, sure, leaf.inferred) for leaf in self.found.leaves
        )
        return Candidate(self.found.value, evidence, sure, TIER, "", template=self.entry.id)


@dataclass(slots=True)
class _Shelf:
    """The templates of one schema and filter."""

    by_word: dict[str, list[Entry]] = field(default_factory=dict)
    by_marks: dict[str, list[Entry]] = field(default_factory=dict)
    rest: list[Entry] = field(default_factory=list)

    def candidates(self, text: str) -> list[Entry]:
        """Return the templates that a text may be of."""
        if len(self.by_word) <= FEW_WORDS:
            found = [entry for word, some in self.by_word.items() if word in text for entry in some]
        else:
            words = self.by_word.keys() & WORD.findall(text)
            found = [entry for word in words for entry in self.by_word[word]]
        if self.by_marks:
            found += self.by_marks.get("".join(MARKS.findall(text)), ())
        return found + self.rest if self.rest else found


class Register:
    """Templates in force. Never changed: a change makes another one."""

    def __init__(self, entries: Sequence[Entry] = ()) -> None:
        """File all entries."""
        self.count = len(entries)
        self.ids = tuple(entry.id for entry in entries)
        self._shelves: dict[tuple[str, str], _Shelf] = {}
        common = Counter(word for entry in entries for word in set(_words(entry.ready.template.parts)))
        for entry in entries:
            self._file(entry, common)

    def _file(self, entry: Entry, common: Counter[str]) -> None:
        shelf = self._shelves.setdefault((entry.schema, entry.filter), _Shelf())
        parts = entry.ready.template.parts
        words = sorted(set(_words(parts)), key=lambda word: (common[word], -len(word), word))
        marks = _marks(parts)
        if words:
            shelf.by_word.setdefault(words[0], []).append(entry)
        elif marks is not None:
            shelf.by_marks.setdefault(marks, []).append(entry)
        else:
            shelf.rest.append(entry)

    def match(self, schemas: Sequence[str], text: str, route: str = "") -> Hit | None:
        """Return what the templates of some schemas say of a text.

        None where none matches, or where two that match do not say the same.
        """
        hit: Hit | None = None
        for schema in schemas:
            for name in ("", route) if route else ("",):
                shelf = self._shelves.get((schema, name))
                for entry in shelf.candidates(text) if shelf is not None else ():
                    found = entry.ready.match(text)
                    if found is None:
                        continue
                    if hit is not None and not _agree(hit, entry, found):
                        return None
                    hit = hit or Hit(entry, found)
        return hit

    def every(self, schemas: Sequence[str], text: str, route: str = "") -> Iterator[Hit]:
        """Yield what each template says of a text, whether they agree or not."""
        for schema in schemas:
            for name in ("", route) if route else ("",):
                shelf = self._shelves.get((schema, name))
                for entry in shelf.candidates(text) if shelf is not None else ():
                    found = entry.ready.match(text)
                    if found is not None:
                        yield Hit(entry, found)


def _agree(hit: Hit, entry: Entry, found: Found) -> bool:
    """Tell whether two matches say the same of the same schema, from the same places."""
    return hit.entry.schema == entry.schema and hit.found == found


def _words(parts: Sequence[Part], before: str = "", behind: str = "") -> Iterator[str]:
    """Yield the words that each text of a template has as words of their own."""
    for index, part in enumerate(parts):
        if isinstance(part, Group):
            # An array has one item at least.
            yield from _words(part.body, "x", "x")
        if not isinstance(part, Literal):
            continue
        left = _edge(parts[index - 1], last=True) if index else before
        right = _edge(parts[index + 1], last=False) if index + 1 < len(parts) else behind
        for found in WORD.finditer(part.text):
            opens = found.start() == 0 and left == "x"
            closes = found.end() == len(part.text) and right == "x"
            if not opens and not closes:
                yield found.group()


def _edge(part: Part, *, last: bool) -> str:
    """Return ``x`` where a part may have a letter at its edge."""
    if isinstance(part, Blank):
        return ""
    if isinstance(part, Slot | Gap) and not (isinstance(part, Slot) and part.absent):
        if part.form.kind in {"number", "quantity"}:
            return ""
        if part.form.kind == "shape":
            return "x" if part.form.shape[-1 if last else 0] in "Aax" else ""
    return "x"


def _marks(parts: Sequence[Part]) -> str | None:
    """Return the row of marks of a template's texts; None where it varies."""
    made, before = "", ""
    for part in parts:
        quoted, before = before, part.text[-1] if isinstance(part, Literal) else ""
        if quoted in {'"', "'"} and not isinstance(part, Literal):
            return None
        if isinstance(part, Maybe | Group) or (isinstance(part, Slot) and part.absent):
            return None
        if isinstance(part, Slot | Gap):
            own = _marks_of(part.form)
            if own is None:
                return None
            made += own
        elif isinstance(part, Literal):
            made += "".join(MARKS.findall(part.text))
    return made


def _marks_of(form: Form) -> str | None:
    if form.kind == "number":
        return None if "," in form.marks else ""
    if form.kind == "shape":
        return "".join(MARKS.findall(form.shape))
    if form.kind == "text":
        return None if MARKS.search(form.classes) else ""
    return None if form.kind == "quantity" or any(MARKS.search(word) for word, _ in form.words) else ""
