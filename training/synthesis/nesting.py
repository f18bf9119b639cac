"""Trees of fields: objects, lists of objects, lists of plain values and maps, one within the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from training.synthesis import concept, value, words
from training.synthesis.form import Field, Group, Shape
from training.synthesis.naming import Dialect, put_label
from training.synthesis.outline import LISTS, PARTS, distinct, with_tails


@dataclass(frozen=True, slots=True)
class _Shares:
    """How often something is so, all the way down a tree."""

    rare: float
    """A text may lack the child."""
    decoys: float
    """The schema does not ask for the child."""
    dressed: float
    """Something is glued to the value."""
    empty: float
    """A group of one is an object without any member."""


def nested(
    rng: Random,
    level: float,
    how: Dialect,
    *,
    leaves: int,
    depth: int = 3,
    rare: float | None = None,
    plain: bool = False,
) -> Group:
    """Draw a tree of fields, objects, lists and maps; in a plain one values stand by themselves."""
    shares = _Shares(
        rare=rng.choice((0.0, 0.2, 0.45)) * level if rare is None else rare,
        decoys=rng.choice((0.0, 0.0, 0.15, 0.4)) * level,
        dressed=0.0 if plain else 0.06 * level,
        empty=0.2 if plain else 0.08,
    )
    root = Group((), Shape.OBJECT)
    _grow(root, rng, how, leaves=leaves, depth=depth, shares=shares)
    if not any(child.asked and child.presence >= 1 for child in root.children):
        sure = root.children[0]
        sure.asked, sure.presence = True, 1.0
        for field in sure.fields() if isinstance(sure, Group) else ():
            field.asked = True
    return root


def _grow(group: Group, rng: Random, how: Dialect, *, leaves: int, depth: int, shares: _Shares) -> None:
    """Add children to a group until it has about ``leaves`` fields."""
    own = leaves if depth <= 0 else max(1, round(leaves * rng.uniform(0.35, 1.0)))
    own = min(own, 10)
    fields = concept.fields(rng, own, dressed=shares.dressed)
    _share_names(rng, fields)
    left = leaves - own
    parts: list[Group] = []
    while depth > 0 and left > 0:
        size = rng.randint(1, min(left, 9))
        parts.append(_part(rng, how, size, depth=depth - 1, shares=shares))
        left -= size
    seen = {field.words for field in fields}
    for part in parts:
        while part.words in seen:
            part.words = (*part.words, words.word(rng))
        seen.add(part.words)
        put_label(part, rng, how)
    for field in fields:
        put_label(field, rng, how)
    distinct(fields)
    group.children = [*with_tails(fields)]
    for part in parts:
        group.children.insert(rng.randint(min(1, len(group.children)), len(group.children)), part)
    _choose(group, rng, shares)


def _choose(group: Group, rng: Random, shares: _Shares) -> None:
    """Choose which children the schema asks for and which a text may lack."""
    records = group.shape is Shape.RECORDS
    for index, child in enumerate(group.children):
        below = [*child.fields()] if isinstance(child, Group) else []
        child.asked = rng.random() >= shares.decoys and (not below or any(field.asked for field in below))
        if rng.random() < shares.rare and not (index == 0 and records and rng.random() < 0.6):
            child.presence = rng.choice((0.3, 0.5, 0.7))
    if records:
        group.children[0].asked = True


_COMMON = (
    "name", "id", "type", "status", "value", "timestamp", "date", "code", "count", "address",
    "description", "unit", "city", "state", "start date", "end date",
    "email", "phone", "notes", "role", "priority", "level", "category", "amount", "version", "message",
    "key", "label", "total", "mode", "time", "size", "number",
)  # fmt: skip


def _share_names(rng: Random, fields: list[Field]) -> None:
    """Give some fields of a group a name that other groups of the text are likely to use as well."""
    share = rng.choice((0.0, 0.0, 0.3, 0.6))
    taken = {field.words for field in fields}
    for field in fields:
        name = tuple(rng.choice(_COMMON).split())
        if field.tail is None and not field.shorts and name not in taken and rng.random() < share:
            taken.add(name)
            field.words = name


_ITEMS = (
    "plain",
    "plain",
    "word",
    "phrase",
    "email",
    "int:0:100",
    "float:0:100:1",
    "token",
    "host",
    "iface",
    "devid",
    "ip4",
)


def scalars(rng: Random) -> Group:
    """Draw a list of plain values."""
    name = _name(rng, LISTS)
    item = Field((name[-1].rstrip("s") or name[-1],), value.source(rng.choice(_ITEMS), rng))
    return Group(name, Shape.SCALARS, [item], most=rng.choice((2, 4, 6)))


def _part(rng: Random, how: Dialect, size: int, *, depth: int, shares: _Shares) -> Group:
    chance = rng.random()
    if size == 1 and chance < 0.75:
        if rng.random() < shares.empty:
            return Group(_name(rng, PARTS), Shape.OBJECT)
        plain = scalars(rng)
        if chance < 0.06:
            return Group(plain.words, Shape.MAP, plain.children, most=4)
        return plain
    many = chance < 0.4
    name = _name(rng, LISTS if many else PARTS)
    part = Group(name, Shape.RECORDS if many else Shape.OBJECT, most=rng.choice((2, 3, 5, 6)))
    _grow(part, rng, how, leaves=size, depth=depth if size > 2 else 0, shares=shares)
    return part


def _name(rng: Random, usual: Sequence[str]) -> tuple[str, ...]:
    """Draw the words of a heading."""
    if rng.random() < 0.4:
        return tuple(rng.choice(usual).split())
    return concept.compound(rng, rng.choice((1, 2))).words
