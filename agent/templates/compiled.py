"""A template as something that can be held against a text. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from agent.conversion import Conversion
from agent.json_pointer import tokens as path_of
from agent.message import Json
from agent.schemas import Schema
from agent.templates import forms, readers
from agent.templates.parts import Blank, Form, Gap, Group, Literal, Maybe, Part, Slot, Template
from agent.templates.readers import Miss, Reader

END = r"[ \t]*+[\r\n]*+"
"""What may stand behind a text without saying anything."""


class Unfit(ValueError):  # noqa: N818 - a finding about examples, not a fault of the program
    """No template can be made of this; the message says why."""


class Leaf(NamedTuple):
    """A field in a text. A tuple: it is made a hundred thousand times a second."""

    pointer: str
    value: Json
    start: int
    end: int
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What a template says of a text."""

    value: dict[str, Json]
    leaves: tuple[Leaf, ...]
    """In the order of the schema."""


@dataclass(slots=True)
class _Capture:
    """What is done with one captured stretch."""

    read: Reader | None
    """None: a gap."""
    path: tuple[str, ...]
    pointer: str
    items: _Items | None = None
    number: int = 0
    """Number of the group in the pattern."""
    wordy: bool = False
    """It may hold several words, which must be none of the guarded ones."""
    needs: str = ""
    absent: tuple[str, ...] = ()
    declared: Conversion | None = None
    order: int = 0


@dataclass(slots=True)
class _Items:
    """How the items of an array are told apart."""

    body: re.Pattern[str]
    between: re.Pattern[str] | None
    captures: list[_Capture]


@dataclass(slots=True)
class Compiled:
    """A template, ready."""

    template: Template
    pattern: re.Pattern[str]
    _captures: list[_Capture]
    guard: frozenset[str]
    _fixed: tuple[tuple[tuple[str, ...], Json], ...] = field(default=())

    def match(self, text: str) -> Found | None:
        """Return what a text says; None where it is not wholly of this format, or a value is not allowed."""
        found = self.pattern.fullmatch(text)
        if found is None:
            return None
        value: dict[str, Json] = {}
        filling = _Filling(self.guard, [])
        if not filling.fill(value, self._captures, found, ""):
            return None
        for path, one in self._fixed:
            _put(value, path, one)
        return Found(value, tuple(filling.leaves))


_NEEDS = {"x": re.compile(forms.LETTER), "9": re.compile("[0-9]")}
_WORD = re.compile(forms.LETTER + "+")


@dataclass(slots=True)
class _Filling:
    """Captured stretches on their way into a value."""

    guard: frozenset[str]
    leaves: list[Leaf]

    def fill(
        self, value: dict[str, Json], captures: Sequence[_Capture], found: re.Match[str], above: str
    ) -> bool:
        """Read captured stretches into a value; False where one is not what it should be."""
        text = found.string
        for capture in captures:
            start, end = found.span(capture.number)
            if start < 0:
                continue
            if capture.items is not None:
                if not self._fill_items(value, capture, found, above):
                    return False
                continue
            written = text[start:end]
            if (capture.wordy or capture.needs) and not self._is_plain(capture, written):
                return False
            if capture.read is None or (capture.absent and written.casefold() in capture.absent):
                continue
            one = capture.read(written)
            declared = capture.declared
            if isinstance(one, Miss) or (declared is not None and (start, end) not in declared.spans(text)):
                return False
            if len(capture.path) == 1:
                value[capture.path[0]] = one
            else:
                _put(value, capture.path, one)
            inferred = readers.is_inferred(one, written)
            self.leaves.append(Leaf(above + capture.pointer, one, start, end, inferred))
        return True

    def _is_plain(self, capture: _Capture, written: str) -> bool:
        """Tell whether a stretch has what it needs, and holds no word that is a label of another field."""
        if not all(_NEEDS[need].search(written) for need in capture.needs):
            return False
        if not capture.wordy:
            return True
        words = (word.casefold() for word in _WORD.findall(written))
        return written == written.strip() and self.guard.isdisjoint(words)

    def _fill_items(
        self, value: dict[str, Json], capture: _Capture, found: re.Match[str], above: str
    ) -> bool:
        """Read an array item by item; False where that does not give the whole stretch, and no more."""
        assert capture.items is not None  # noqa: S101 - the caller looks; for the type checker
        items, (at, end), text = capture.items, found.span(capture.number), found.string
        made: list[Json] = []
        while at < end:
            mark = items.between.match(text, at, end) if made and items.between else None
            if made and mark is None:
                return False
            item = items.body.match(text, mark.end() if mark else at, end)
            one: dict[str, Json] = {}
            prefix = f"{above}{capture.pointer}/{len(made)}"
            if item is None or not self.fill(one, items.captures, item, prefix):
                return False
            made.append(one.get("", one))
            at = item.end()
        _put(value, capture.path, made)
        return not _goes_on(items, text, end)


def _goes_on(items: _Items, text: str, end: int) -> bool:
    """Tell whether another item stands behind the last one: then the array was cut short."""
    mark = items.between.match(text, end) if items.between is not None else None
    return mark is not None and items.body.match(text, mark.end()) is not None


def _put(value: dict[str, Json], path: Sequence[str], one: Json) -> None:
    inner = value
    for key in path[:-1]:
        below = inner.setdefault(key, {})
        assert isinstance(below, dict)  # noqa: S101 - paths come from one schema; for the type checker
        inner = below
    inner[path[-1] if path else ""] = one


def compiled(template: Template, schema: Schema, guard: Sequence[str] = ()) -> Compiled:
    """Return a template ready to match.

    Raises:
        Unfit: two of its parts run into each other, or a field is not in the schema.
    """
    order = {pointer: number for number, pointer in enumerate(readers.order(schema))}
    writer = _Writer(schema, order)
    pattern = writer.sequence(template.parts, (), "", capture=True)
    # Groups are numbered as they stand in the text; fields are read in the order of the schema.
    captures = sorted(writer.captures, key=lambda one: one.order)
    fixed = tuple((tuple(path_of(pointer)), one) for pointer, one in template.fixed)
    return Compiled(template, re.compile(pattern + END), captures, frozenset(guard), fixed)


@dataclass(slots=True)
class _Writer:
    """Writes the pattern of a sequence of parts and notes what its groups capture."""

    schema: Schema
    order: dict[str, int]
    captures: list[_Capture] = field(default_factory=list)

    def sequence(self, parts: Sequence[Part], tail: Sequence[Part], above: str, *, capture: bool) -> str:
        """Return the pattern of parts that `tail` follows."""
        made = []
        for index, part in enumerate(parts):
            rest = (*parts[index + 1 :], *tail)
            before = _last_char(parts[index - 1]) if index else ""
            made.append(self._part(part, rest, before, above, capture=capture))
        return "".join(made)

    def _part(self, part: Part, rest: Sequence[Part], before: str, above: str, *, capture: bool) -> str:
        if isinstance(part, Literal | Blank):
            return re.escape(part.text) if isinstance(part, Literal) else r"[ \t]++"
        if isinstance(part, Maybe):
            inner = self.sequence(part.parts, rest, above, capture=capture)
            return f"(?:{inner})?"
        if isinstance(part, Group):
            return self._group(part, rest, above, capture=capture)
        pattern = self._varying(part.form, rest, before)
        if isinstance(part, Slot) and part.absent:
            pattern = f"(?:{'|'.join(map(re.escape, part.absent))}|{pattern})"
        return self._captured(part, pattern, rest, before, above) if capture else pattern

    def _captured(self, part: Slot | Gap, pattern: str, rest: Sequence[Part], before: str, above: str) -> str:
        """Return the pattern as a group, where something is to be read from it."""
        wordy = " " in part.form.classes + part.form.shape and not forms.is_quoted(before, _first_char(rest))
        if isinstance(part, Slot):
            self._note(self._slot(part, above, wordy=wordy))
        elif wordy or part.form.needs:
            self._note(_Capture(None, (), "", wordy=wordy, needs=part.form.needs, order=-1))
        else:
            return pattern
        return f"({pattern})"

    def _slot(self, slot: Slot, above: str, *, wordy: bool) -> _Capture:
        pointer = above + slot.pointer
        role = readers.role(pointer, slot.form, self.schema)
        if role is None:
            raise Unfit(f"the schema {self.schema.name!r} has no field {pointer} of that kind")
        return _Capture(
            role.read,
            tuple(path_of(slot.pointer)),
            slot.pointer,
            wordy=wordy,
            needs=slot.form.needs,
            absent=slot.absent,
            declared=role.declared,
            order=self.order.get(pointer, 0),
        )

    def _group(self, group: Group, rest: Sequence[Part], above: str, *, capture: bool) -> str:
        between = group.between or ()
        own = f"{above}{group.pointer}/0"
        inner = _Writer(self.schema, self.order)
        # Behind an item stands another one, or what follows the array.
        tail = (Maybe(between), *rest) if group.between is not None else tuple(rest)
        body = inner.sequence(group.body, tail, own, capture=True)
        plain = _Writer(self.schema, self.order)
        item = plain.sequence(group.body, tail, own, capture=False)
        mark = plain.sequence(between, group.body, own, capture=False)
        if group.between is not None and not any(isinstance(one, Literal | Blank) for one in between):
            raise Unfit(f"nothing sets the items of {above}{group.pointer} apart")
        pattern = f"(?:{item})(?:{mark}(?:{item}))*" if group.between is not None else f"(?:{item})"
        if not capture:
            return pattern
        items = _Items(
            re.compile(body),
            re.compile(mark) if group.between is not None else None,
            sorted(inner.captures, key=lambda one: one.order),
        )
        path = tuple(path_of(group.pointer))
        self._note(_Capture(None, path, group.pointer, items, order=self.order.get(above + group.pointer, 0)))
        return f"({pattern})"

    def _note(self, capture: _Capture) -> None:
        capture.number = len(self.captures) + 1
        self.captures.append(capture)

    def _varying(self, form: Form, rest: Sequence[Part], before: str) -> str:
        """Return the pattern of a varying part; what follows must not be able to belong to it."""
        behind = _first_char(rest)
        if forms.is_quoted(before, behind):
            return forms.expression(form, (), before, behind)
        own = forms.members(form)
        stops = []
        for literal, firsts in _following(rest):
            if literal and forms.touches(own, literal[0]):
                if form.kind != "text" or literal[0].isalnum() or firsts & own - {" "}:
                    raise Unfit(f"nothing sets a value apart from {literal!r} behind it")
                stops.append(re.escape(literal) + (forms.charset(sorted(firsts)) if firsts else ""))
            elif not literal and own & firsts:
                raise Unfit("two values run into each other")
        return forms.expression(form, stops, before, behind)


def _following(rest: Sequence[Part]) -> Iterator[tuple[str, set[str]]]:
    """Yield what may come next: characters, with classes behind them where they are blanks; or classes."""
    for index, part in enumerate(rest):
        if isinstance(part, Literal | Blank):
            text = part.text if isinstance(part, Literal) else " "
            firsts = _first_classes(rest[index + 1 :]) if not text.strip(" \t") else set()
            yield text, firsts
            return
        if isinstance(part, Slot | Gap):
            yield "", forms.first_of(part.form)
            return
        if isinstance(part, Group):
            yield from _following(part.body)
            return
        yield from _following(part.parts)


def _first_classes(rest: Sequence[Part]) -> set[str]:
    found: set[str] = set()
    for literal, firsts in _following(rest):
        found |= (
            {("x" if literal[0].isalpha() else "9" if literal[0].isdigit() else literal[0])}
            if literal
            else firsts
        )
    return found


def _last_char(part: Part) -> str:
    if isinstance(part, Literal):
        return part.text[-1]
    return " " if isinstance(part, Blank) else ""


def _first_char(rest: Sequence[Part]) -> str:
    if rest and isinstance(rest[0], Literal):
        return rest[0].text[0]
    return ""
