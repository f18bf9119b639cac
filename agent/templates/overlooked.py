"""What a format leaves out although its schema has a field for it: the model may have overlooked it. Pure.

Who teaches a format knows what belongs to no field. The model does not say so: a name that varies, and a
field for a name that stays empty, are a reason not to trust its answers as a lesson.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Final

from agent.json_pointer import below
from agent.schemas import NUMERIC, Kind, Node, Schema
from agent.templates.parts import Form, Gap, Group, Maybe, Part, Slot, Template

_MOMENT: Final = re.compile(r"(?=(?:.*9){3})(?=.*[-:/])[9\-/:., +AaxT]+")
"""Shape of a date or time: three numbers at least, and the marks between them."""
_TIME: Final = re.compile(r"time|date|stamp|moment|clock", re.IGNORECASE)
"""Words of a field that holds a time."""


class Sort(Enum):
    """What stands in a part that varies."""

    NUMBER = "a number"
    MOMENT = "a time"
    WORDS = "words"


def overlooked(template: Template, schema: Schema) -> str:
    """Say what varies and is left out although a field of that sort is empty; nothing where all is well."""
    filled = set(_filled(template.parts, ""))
    empty = [(pointer, node) for pointer, node in _leaves(schema.root, "") if pointer not in filled]
    for gap in _gaps(template.parts):
        sort = sort_of(gap.form)
        for pointer, node in empty:
            if _may_be(sort, pointer, node):
                return f"what varies is left out ({sort.value}), and {pointer} is empty"
    return "words that come and go belong to no field" if _has_remark(template.parts) else ""


def empty_words(template: Template, schema: Schema) -> tuple[str, ...]:
    """Return the fields of words that a format leaves empty: a word of it may belong to one."""
    filled = set(_filled(template.parts, ""))
    return tuple(
        pointer
        for pointer, node in _leaves(schema.root, "")
        if pointer not in filled and _may_be(Sort.WORDS, pointer, node)
    )


def _has_remark(parts: Sequence[Part]) -> bool:
    """Tell whether something may be missing that no field comes from: it may be a part of its neighbour."""
    inner = [one for part in parts if isinstance(part, Group) for one in (*part.body, *(part.between or ()))]
    maybes = [part for part in (*parts, *inner) if isinstance(part, Maybe)]
    return any(not list(_filled(one.parts, "")) for one in maybes)


def sort_of(form: Form) -> Sort:
    """Return what a part looks like."""
    if form.kind in {"number", "quantity"} or form.shape == "9":
        return Sort.NUMBER
    return Sort.MOMENT if form.kind == "shape" and _MOMENT.fullmatch(form.shape) else Sort.WORDS


def _may_be(sort: Sort, pointer: str, node: Node) -> bool:
    """Tell whether a field could be meant by what is left out."""
    if sort is Sort.NUMBER:
        return node.kind in NUMERIC
    if sort is Sort.MOMENT:
        words = f"{pointer} {node.title}"
        return node.kind is Kind.STRING and _TIME.search(words) is not None
    return node.kind in {Kind.STRING, Kind.ENUM, Kind.BOOLEAN}


def _filled(parts: Sequence[Part], above: str) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Slot):
            yield above + part.pointer
        elif isinstance(part, Group):
            yield from _filled(part.body, f"{above}{part.pointer}/0")
        elif isinstance(part, Maybe):
            yield from _filled(part.parts, above)


def _gaps(parts: Sequence[Part]) -> Iterator[Gap]:
    for part in parts:
        if isinstance(part, Gap):
            yield part
        elif isinstance(part, Group):
            yield from _gaps((*part.body, *(part.between or ())))
        elif isinstance(part, Maybe):
            yield from _gaps(part.parts)


def _leaves(node: Node, pointer: str) -> Iterator[tuple[str, Node]]:
    for child in node.properties:
        yield from _leaves(child, below(pointer, child.name))
    if node.item is not None and node.kind is Kind.ARRAY:
        yield from _leaves(node.item, below(pointer, 0))
    for option in node.options:
        yield from _leaves(option, pointer)
    if not node.properties and node.item is None and not node.options:
        yield pointer, node
