"""Outlines: which fields and groups a text is about, before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from training.synthesis import concept, words
from training.synthesis.form import Field, Group, Shape
from training.synthesis.naming import Dialect, put_key, put_label

_LISTS = (
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
_PARTS = (
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
    """Let the first fields be asked and only last ones be decoys, where nothing but their order tells them apart."""
    asked = len(fields) if rng.random() < 0.8 else rng.randint(1, len(fields))
    for index, field in enumerate(fields):
        field.asked = index < asked


def asked_of(fields: list[Field], rng: Random, level: float, *, fixed: bool = False) -> Group:
    """Put fields of a flat text under a root, some of them regrouped into objects, sometimes in another order."""
    root = Group((), Shape.OBJECT, [*fields])
    if len(fields) > 3 and rng.random() < 0.14 * level:
        _regroup(root, rng)
    if rng.random() < 0.15 * level and not fixed:
        rng.shuffle(root.children)
    for group in (root, *(child for child in root.children if isinstance(child, Group))):
        group.children = [
            one
            for child in group.children
            for one in (with_tails([child]) if isinstance(child, Field) else [child])
        ]
    return root


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
            tuple(rng.choice((*_PARTS, words.word(rng))).split()),
            Shape.OBJECT,
            root.children[start : start + rng.randint(2, 4)],
        )
    at = root.children.index(part.children[0])
    part.asked = any(child.asked for child in part.children)
    members = {id(child) for child in part.children}
    root.children = [child for child in root.children if id(child) not in members]
    root.children.insert(at, part)


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
    dressed = 0.0 if plain else 0.06 * level
    rare = rng.choice((0.0, 0.2, 0.45)) * level if rare is None else rare
    decoys = rng.choice((0.0, 0.0, 0.15, 0.4)) * level
    root = Group((), Shape.OBJECT)
    _grow(root, rng, how, leaves=leaves, depth=depth, rare=rare, decoys=decoys, dressed=dressed)
    if not any(child.asked and child.presence >= 1 for child in root.children):
        sure = root.children[0]
        sure.asked, sure.presence = True, 1.0
        for field in sure.fields() if isinstance(sure, Group) else ():
            field.asked = True
    return root


def _grow(
    group: Group,
    rng: Random,
    how: Dialect,
    *,
    leaves: int,
    depth: int,
    rare: float,
    decoys: float,
    dressed: float,
) -> None:
    """Add children to a group until it has about ``leaves`` fields."""
    own = leaves if depth <= 0 else max(1, round(leaves * rng.uniform(0.35, 1.0)))
    own = min(own, 10)
    fields = concept.fields(rng, own, dressed=dressed)
    _share_names(rng, fields)
    left = leaves - own
    parts: list[Group] = []
    while depth > 0 and left > 0:
        size = rng.randint(1, min(left, 9))
        parts.append(_part(rng, how, size, depth=depth - 1, rare=rare, decoys=decoys, dressed=dressed))
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
    children: list[Field | Group] = [*with_tails(fields)]
    for part in parts:
        children.insert(rng.randint(min(1, len(children)), len(children)), part)
    for index, child in enumerate(children):
        child.asked = rng.random() >= decoys
        if rng.random() < rare and not (index == 0 and group.shape is Shape.RECORDS and rng.random() < 0.6):
            child.presence = rng.choice((0.3, 0.5, 0.7))
    for child in children:
        if isinstance(child, Group) and child.children and not any(below.asked for below in child.fields()):
            child.asked = False
    if group.shape is Shape.RECORDS:
        children[0].asked = True
    group.children = children


_COMMON = (
    "name", "id", "type", "status", "value", "timestamp", "date", "code", "count", "address", "description", "unit", "city", "state", "start date", "end date",
    "email", "phone", "notes", "role", "priority", "level", "category", "amount", "version", "message", "key", "label", "total", "mode", "time", "size", "number",
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


def scalars(
    rng: Random,
    kinds: Sequence[str] = ("word", "word", "int:0:100", "float:0:100:1", "token", "host", "iface", "code"),
) -> Group:
    """Draw a list of plain values."""
    name = (rng.choice(_LISTS),) if rng.random() < 0.4 else concept.compound(rng, rng.choice((1, 2))).words
    kind = rng.choice(kinds)
    item = Field((name[-1].rstrip("s"),), concept.value.source(kind.replace("code", "devid"), rng))
    return Group(name, Shape.SCALARS, [item], most=rng.choice((2, 4, 8)))


def _part(
    rng: Random, how: Dialect, size: int, *, depth: int, rare: float, decoys: float, dressed: float
) -> Group:
    chance = rng.random()
    if size == 1 and chance < 0.75:
        name = (
            (rng.choice(_LISTS),) if rng.random() < 0.4 else concept.compound(rng, rng.choice((1, 2))).words
        )
        item = concept.compound(rng)
        item.source = concept.value.source(
            rng.choice(
                (
                    "word",
                    "word",
                    "word",
                    "phrase",
                    "code",
                    "email",
                    "int:0:100",
                    "float:0:100:1",
                    "token",
                    "host",
                )
            ),
            rng,
        )
        item.words = (name[-1].rstrip("s"),)
        if chance < 0.08:
            return Group(name, Shape.OBJECT)
        if chance < 0.14:
            return Group(name, Shape.MAP, [item], most=4)
        return Group(name, Shape.SCALARS, [item], most=rng.choice((2, 4, 6)))
    many = chance < 0.4
    pool = _LISTS if many else _PARTS
    name = (
        tuple(rng.choice(pool).split())
        if rng.random() < 0.4
        else concept.compound(rng, rng.choice((1, 2))).words
    )
    part = Group(name, Shape.RECORDS if many else Shape.OBJECT, most=rng.choice((2, 3, 5)))
    _grow(
        part, rng, how, leaves=size, depth=depth if size > 2 else 0, rare=rare, decoys=decoys, dressed=dressed
    )
    return part


def rows(fields: list[Field], rng: Random, how: Dialect, *, most: int = 0) -> Group:
    """Put the fields of one row into records under a root with that one array."""
    name = (
        (rng.choice((*_LISTS, "rows", "records", "lines")),)
        if rng.random() < 0.7
        else (words.word(rng) + "s",)
    )
    table = Group(
        name,
        Shape.RECORDS,
        [*with_tails(fields)],
        most=most or rng.choice((2, 3, 4, 6)),
        least=rng.choice((1, 2, 2)),
    )
    table.key = how.key(name)
    if how.described:
        table.description = rng.choice(
            ("One entry per row", "One entry per line", "", f"All {name[0]}", "Rows in order")
        )
    if fields[0].presence < 1:
        fields[0].presence = 1.0
    return Group((), Shape.OBJECT, [table])
