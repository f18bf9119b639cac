"""Outlines: which fields and groups a text is about, before anything is written."""

from __future__ import annotations

from random import Random

from training.synthesis import concept, words
from training.synthesis.form import Field, Group, Shape
from training.synthesis.naming import Dialect, put_key, put_label

LISTS = (
    "tags",
    "items",
    "entries",
    "members",
    "results",
    "devices",
    "readings",
    "events",
    "sensors",
    "notes",
    "alerts",
    "channels",
    "users",
    "steps",
    "ports",
    "services",
    "samples",
    "orders",
)
PARTS = (
    "location",
    "metadata",
    "configuration",
    "status",
    "address",
    "network",
    "battery",
    "details",
    "summary",
    "contact",
    "limits",
    "current state",
    "settings",
    "position",
    "customer",
    "system",
    "health",
    "counters",
    "metrics",
    "totals",
)


def count(rng: Random, level: float, most: int, least: int = 2) -> int:
    """Draw how many fields a text has; small numbers are the usual ones."""
    top = max(least, round(3 + level * (most - 3)))
    return least + int((top - least + 1) * rng.random() ** 1.5)


def flat(rng: Random, level: float, how: Dialect, number: int, *, labelled: bool = True) -> list[Field]:
    """Draw fields of one text in their order, some of them decoys, some optional."""
    fields = concept.fields(rng, number, dressed=0.09 * level)
    decoys = rng.choice((0.0, 0.0, 0.15, 0.4, 0.7)) * level
    rare = rng.choice((0.0, 0.0, 0.15, 0.35)) * level
    for field in fields:
        if labelled:
            put_label(field, rng, how)
        field.asked = rng.random() >= decoys
        if field.tail is not None and rng.random() < decoys:
            field.tail.asked = False
        if rng.random() < rare:
            field.presence = rng.choice((0.25, 0.5, 0.8))
    distinct(fields)
    if not any(field.asked and field.presence >= 1 for field in fields):
        sure = rng.choice(fields)
        sure.asked, sure.presence = True, 1.0
    return fields


def distinct(fields: list[Field]) -> None:
    """Take back labels that two fields of one text would share."""
    seen: set[str] = set()
    for field in fields:
        if field.label.lower() in seen and field.label:
            field.label = " ".join(field.words)
        seen.add(field.label.lower())


def ask(group: Group, rng: Random, how: Dialect) -> None:
    """Give everything below a group its property name and description."""
    taken: set[str] = set()
    for child in group.children:
        if child.asked and not child.key:
            put_key(child, rng, how, taken)
        if isinstance(child, Group):
            ask(child, rng, how)


def with_tails(fields: list[Field]) -> list[Field]:
    """List fields, each followed by the one glued to it."""
    found = []
    for field in fields:
        found.append(field)
        tail = field.tail
        while tail is not None:
            tail.label, tail.alias = field.label, ""
            if not field.label and field.cues and field.hidden:
                tail.cues = tuple(f"{cue} of {field.cues[0]}" for cue in tail.cues)
            found.append(tail)
            tail = tail.tail
    return found


def in_order(fields: list[Field], rng: Random) -> None:
    """Ask for the first fields only, where nothing but their order tells them apart."""
    asked = len(fields) if rng.random() < 0.8 else rng.randint(1, len(fields))
    for index, field in enumerate(fields):
        field.asked = index < asked


def asked_of(fields: list[Field], rng: Random, level: float, *, fixed: bool = False) -> Group:
    """Put fields of a flat text under a root, some regrouped into objects, sometimes in another order."""
    root = Group((), Shape.OBJECT, [*fields])
    if len(fields) > 3 and rng.random() < 0.2 * level:
        _regroup(root, rng)
    if rng.random() < 0.15 * level and not fixed:
        rng.shuffle(root.children)
    _glue(root)
    return root


def _glue(root: Group) -> None:
    """List fields that are glued to others behind these, in a group and the objects in it."""
    for group in (root, *(child for child in root.children if isinstance(child, Group))):
        group.children = [
            one
            for child in group.children
            for one in (with_tails([child]) if isinstance(child, Field) else [child])
        ]


def _regroup(root: Group, rng: Random) -> None:
    shared: dict[str, list[Field]] = {}
    for child in root.children:
        if isinstance(child, Field) and len(child.words) > 1:
            shared.setdefault(child.words[0], []).append(child)
    together = max(shared.values(), key=len, default=[])
    if len(together) > 1:
        part = Group(together[0].words[:1], Shape.OBJECT, [*together])
    else:
        start = rng.randrange(len(root.children) - 2)
        part = Group(
            tuple(rng.choice((*PARTS, words.word(rng))).split()),
            Shape.OBJECT,
            root.children[start : start + rng.randint(2, 4)],
        )
    at = root.children.index(part.children[0])
    part.asked = any(child.asked for child in part.children)
    members = {id(child) for child in part.children}
    root.children = [child for child in root.children if id(child) not in members]
    root.children.insert(at, part)


def rows(fields: list[Field], rng: Random, how: Dialect, *, most: int = 0) -> Group:
    """Put the fields of one row into records under a root with that one array."""
    name = (
        (rng.choice((*LISTS, "rows", "records", "lines")),)
        if rng.random() < 0.7
        else (words.word(rng) + "s",)
    )
    table = Group(
        name,
        Shape.RECORDS,
        [*fields],
        most=most or rng.choice((2, 3, 4, 6)),
        least=rng.choice((1, 2, 2)),
    )
    if len(fields) > 3 and rng.random() < 0.08:
        _regroup(table, rng)
    _glue(table)
    table.key = how.key(name)
    if how.described:
        table.description = rng.choice(
            ("One entry per row", "One entry per line", "", f"All {name[0]}", "Rows in order")
        )
    if fields[0].presence < 1:
        fields[0].presence = 1.0
    return Group((), Shape.OBJECT, [table])
