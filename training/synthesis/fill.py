"""Filling a form in: which fields a text has, and their values."""

from __future__ import annotations

from random import Random

from training.synthesis import words
from training.synthesis.form import ITEM, Field, Filled, Group, Shape

REPEATED = 0.1
"""Share of records in which two fields may have the same value."""


def fill(group: Group, rng: Random, pointer: str | None = "") -> Filled:
    """Fill a group in; ``pointer`` is where it stands in the value."""
    filled = Filled(group, pointer)
    match group.shape:
        case Shape.OBJECT:
            filled.children = _members(group, filled, rng)
        case Shape.RECORDS:
            filled.children = _records(group, filled, rng)
        case Shape.SCALARS:
            count = rng.randint(group.least, group.most)
            filled.children = [_leaf(_one(group), filled.at(i), rng) for i in range(count)]
        case Shape.MAP:
            filled.children = _entries(group, filled, rng)
    return filled


def _one(group: Group) -> Field:
    only = group.children[0]
    if not isinstance(only, Field):
        raise TypeError(group.name)
    return only


def _leaf(field: Field, pointer: str | None, rng: Random) -> Filled:
    printed, value = field.source.draw(rng)
    before, after = field.affix(rng) if field.affix else ("", "")
    if field.item is not None:
        filled = Filled(field, pointer, before=before, after=after)
        items = range(rng.choice((1, 2, 2, 3, 3, 4, 5, 8)))
        filled.children = [_leaf(field.item, filled.at(index), rng) for index in items]
        return filled
    return Filled(field, pointer, printed, value, before=before, after=after)


def _members(group: Group, filled: Filled, rng: Random) -> list[Filled]:
    present = [child for child in group.children if child.presence >= 1 or rng.random() < child.presence]
    members = [_member(child, filled, rng) for child in present]
    if len(members) > 1 and rng.random() < REPEATED:
        _repeat(members, rng)
    glued = {
        id(member.of.tail): member for member in members if isinstance(member.of, Field) and member.of.tail
    }
    for member in members:
        if (host := glued.get(id(member.of))) is not None:
            host.tail = member
    # Tails are written by their hosts, and missing where these are.
    tails = {id(child.tail) for child in group.children if isinstance(child, Field) and child.tail}
    return [member for member in members if id(member.of) not in tails]


def _look(printed: str) -> tuple[frozenset[str], bool]:
    """Tell signs and digits of a value: values that differ in them are of different kinds."""
    return frozenset(char for char in printed if not char.isalnum()), any(map(str.isdigit, printed))


def _repeat(members: list[Filled], rng: Random) -> None:
    """Let one field have the value of another, so that a value alone does not tell where it stands."""
    one, other = rng.sample(members, 2)
    if isinstance(one.of, Field) and isinstance(other.of, Field):
        mine, its = one.of.source, other.of.source
        plain = not (
            one.of.item
            or other.of.item
            or mine.choices
            or its.choices
            or mine.note
            or its.note
            or its.format
            or mine.wide
        )
        if (
            plain
            and mine.type == its.type
            and (mine.type != "string" or _look(one.printed) == _look(other.printed))
        ):
            other.printed, other.value = one.printed, one.value


def _member(child: Field | Group, filled: Filled, rng: Random) -> Filled:
    pointer = filled.at(child.key) if child.asked else None
    return _leaf(child, pointer, rng) if isinstance(child, Field) else fill(child, rng, pointer)


def _records(group: Group, filled: Filled, rng: Random) -> list[Filled]:
    items: list[Filled] = []
    last = len(group.children)
    for index in range(rng.randint(group.least, group.most)):
        item = Filled(group, filled.at(index), label=ITEM)
        item.children = _members(group, item, rng)
        places = [group.children.index(child.of) for child in item.children]
        if not places or places[0] > last:
            # A reader splits items where a label comes again or out of turn: without the first label this
            # item could not be told from the one before.
            item.children = [child for child in item.children if child.of is not group.children[0]]
            item.children.insert(0, _member(group.children[0], item, rng))
            places = [group.children.index(child.of) for child in item.children]
        last = places[-1]
        items.append(item)
    return items


def _entries(group: Group, filled: Filled, rng: Random) -> list[Filled]:
    entries: dict[str, Filled] = {}
    for _ in range(rng.randint(group.least, group.most)):
        label = "_".join(words.word(rng) for _ in range(rng.randint(1, 2)))
        entry = _leaf(_one(group), filled.at(label), rng)
        entry.label = label
        entries[label] = entry
    return list(entries.values())
