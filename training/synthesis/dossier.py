"""Dossiers: trees of many optional sections, most of which a given text has, some of which it lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from training.synthesis import concept, ledger, words
from training.synthesis.form import Field, Group, Shape
from training.synthesis.naming import Dialect, put_label
from training.synthesis.outline import LISTS, PARTS, distinct

SECTIONS: Final = (
    *PARTS, "buyer", "seller", "contact", "profile", "preferences", "payment", "shipping address", "billing",
    "schedule", "attributes", "extras", "options", "owner", "audit", "permissions", "references",
    "properties", "parameters", "result", "budget", "timeline", "custom fields", "labels", "flags",
    "insurance", "support",
)  # fmt: skip
_ROWS: Final = (
    *LISTS, "lines", "line items", "attachments", "comments", "payments", "tasks", "participants", "history",
    "changes", "products", "contacts", "addresses", "milestones", "documents", "visits", "categories",
    "related records", "keywords", "roles", "assignees", "parts", "versions", "rooms", "measurements",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Draw:
    """What is so all the way down one tree."""

    rng: Random
    how: Dialect
    shared: float
    """Share of fields with names that other sections use as well."""
    lacking: float
    """Share of fields that a text may lack."""
    absent: float
    """Share of sections that a text may lack."""
    hollow: bool
    """Headings with nothing below them are printed."""
    fields_first: bool
    """Fields stand ahead of sections, as files with sections need it."""


def dossier(rng: Random, how: Dialect, questions: int, *, hollow: bool, fields_first: bool) -> Group:
    """Draw a tree of about so many fields and groups."""
    draw = _Draw(
        rng,
        how,
        shared=rng.choice((0.0, 0.3, 0.6, 0.8)),
        lacking=rng.choice((0.0, 0.3, 0.5, 0.8)),
        absent=rng.choice((0.2, 0.6, 0.8, 1.0)),
        hollow=hollow,
        fields_first=fields_first,
    )
    own = rng.randint(2, min(10, max(2, questions // 2)))
    root = Group((), Shape.OBJECT, [*_fields(draw, own)])
    left = questions - own
    while left > 0:
        part = _part(draw, min(left, rng.choice((1, 2, 4, 7, 10, 14))), depth=rng.choice((0, 1, 1, 2)))
        _add(draw, root, part, sure=False)
        left -= weight(part)
    _settle(draw, root)
    root.children[0].presence = 1.0
    return root


def weight(group: Group) -> int:
    """Count the questions that a group asks; a free-form one asks for its keys and values too."""
    if not group.children:
        return 3
    inside = sum(weight(child) if isinstance(child, Group) else 1 for child in group.children)
    return 1 + (0 if group.shape is Shape.SCALARS else inside) + (group.shape is Shape.MAP)


def _fields(draw: _Draw, count: int) -> list[Field]:
    rng = draw.rng
    fields = ledger.fields(rng, count, draw.shared)
    for field in fields:
        if rng.random() < draw.lacking:
            field.presence = rng.choice((0.2, 0.5, 0.8, 0.9))
    return fields


def _add(draw: _Draw, group: Group, part: Group, *, sure: bool) -> None:
    """Put a part somewhere below a group; a sure one has something to print where it is present."""
    rng, taken = draw.rng, {child.words for child in group.children}
    while part.words in taken:
        part.words = (*part.words, words.word(rng))
    part.presence = rng.choice((0.1, 0.3, 0.5, 0.7, 0.85)) if rng.random() < draw.absent else 1.0
    if sure or not draw.hollow:
        part.least = 1
        if part.children and part.shape is Shape.OBJECT:
            part.children[0].presence = 1.0
    last = len(group.children)
    group.children.insert(last if draw.fields_first else rng.randint(1, last), part)


def _settle(draw: _Draw, group: Group) -> None:
    """Give everything in an object its label."""
    if draw.fields_first:
        group.children.sort(key=lambda child: isinstance(child, Group))
    for child in group.children:
        put_label(child, draw.rng, draw.how)
    distinct([child for child in group.children if isinstance(child, Field)])


def _part(draw: _Draw, size: int, depth: int) -> Group:
    """Draw a section of about so many questions."""
    chance = draw.rng.random()
    if size <= 2 or chance < 0.12:
        return _flat(draw)
    return _object(draw, size, depth) if chance < 0.62 else _records(draw, size, depth)


def _flat(draw: _Draw) -> Group:
    """Draw a list, a map, or an object of which nothing is known."""
    rng, chance = draw.rng, draw.rng.random()
    if chance < 0.62:
        return _listed(rng)
    name = _name(rng, SECTIONS)
    if chance < 0.72:
        return Group(name, Shape.OBJECT)
    free = chance < 0.86
    entry = Field(("value",), ledger.source("cap" if free else rng.choice(("cap", "int", "cents")), rng))
    return Group(name, Shape.MAP, [entry], most=rng.choice((2, 3, 5)), least=_least(rng), free=free)


def _listed(rng: Random) -> Group:
    name = _name(rng, _ROWS)
    item = ledger.item(rng, name[-1].rstrip("s") or name[-1])
    return Group(name, Shape.SCALARS, [item], most=rng.choice((1, 2, 4, 6)), least=_least(rng))


def _least(rng: Random) -> int:
    return rng.choice((0, 0, 1))


def _object(draw: _Draw, size: int, depth: int) -> Group:
    rng = draw.rng
    inside = size - 1 if depth == 0 else max(1, round((size - 1) * rng.uniform(0.4, 1.0)))
    found = Group(_name(rng, SECTIONS), Shape.OBJECT, [*_fields(draw, min(inside, 9))])
    left = size - 1 - inside
    while left > 0 and depth > 0:
        part = _part(draw, rng.randint(1, left), depth - 1)
        _add(draw, found, part, sure=False)
        left -= weight(part)
    _settle(draw, found)
    return found


def _records(draw: _Draw, size: int, depth: int) -> Group:
    """Draw a list of objects, some of which hold an object or a list."""
    rng = draw.rng
    draw = replace(draw, lacking=max(draw.lacking, rng.choice((0.0, 0.4, 0.7))))
    many = rng.choice((2, 3, 3, 4, 6)) if size < 9 else rng.choice((1, 2, 3))
    found = Group(_name(rng, _ROWS), Shape.RECORDS, [*_fields(draw, min(size - 1, 7))], most=many)
    if depth > 0 and size > 3 and rng.random() < 0.6:
        inner = _listed(rng) if rng.random() < 0.4 else _object(draw, rng.randint(2, 4), 0)
        _add(draw, found, inner, sure=inner.shape is Shape.OBJECT or rng.random() < 0.8)
    found.least = rng.choice((0, 1, 1, 1))
    _settle(draw, found)
    return found


def _name(rng: Random, usual: Sequence[str]) -> tuple[str, ...]:
    if rng.random() < 0.45:
        return tuple(rng.choice(usual).split())
    name = concept.compound(rng, rng.choice((1, 2, 2))).words
    return name if rng.random() < 0.6 or usual is SECTIONS else (*name[:-1], name[-1] + "s")
