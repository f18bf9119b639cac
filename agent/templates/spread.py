"""From an example with the places of its fields to tokens, arrays folded into groups. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from agent.json_pointer import escape
from agent.message import Json
from agent.templates.tokens import Kind, Token, tokens

Key = str | int


@dataclass(frozen=True, slots=True)
class Place:
    """A leaf of the wanted value, and where it stands."""

    path: tuple[Key, ...]
    """Names and indices from the root, or from the item around."""
    start: int
    end: int
    value: Json


def pointer_of(path: Sequence[Key]) -> str:
    """Return the JSON pointer of a path."""
    return "".join(f"/{escape(str(key))}" for key in path)


def spread(text: str, places: Sequence[Place], start: int = 0, end: int | None = None) -> tuple[Token, ...]:
    """Return the tokens of a stretch of a text, a field or array each as one."""
    behind = len(text) if end is None else end
    found: list[Token] = []
    at = start
    for first, last, token in _fields(text, places):
        found += tokens(text, at, first)
        found.append(token)
        at = last
    return (*found, *tokens(text, at, behind))


def _fields(text: str, places: Sequence[Place]) -> list[tuple[int, int, Token]]:
    """Return the fields and arrays of a level by place. What cannot be folded stays field by field."""
    arrays: dict[tuple[Key, ...], list[Place]] = {}
    found: list[tuple[int, int, Token]] = []
    for place in places:
        depth = next((depth for depth, key in enumerate(place.path) if isinstance(key, int)), None)
        if depth is None:
            found.append((place.start, place.end, _slot(text, place)))
        else:
            arrays.setdefault(place.path[:depth], []).append(place)
    for path, inside in arrays.items():
        first, last = min(one.start for one in inside), max(one.end for one in inside)
        group = _group(text, path, inside)
        stranger = any(first < one.end and one.start < last for one in places if one not in inside)
        if group is None or stranger:
            found += [(one.start, one.end, _slot(text, one)) for one in inside]
        else:
            found.append((first, last, group))
    return sorted(found, key=lambda one: one[:2])


def _slot(text: str, place: Place) -> Token:
    return Token(
        Kind.SLOT, text[place.start : place.end], pointer_of(place.path), place.value, start=place.start
    )


def _group(text: str, path: tuple[Key, ...], inside: Sequence[Place]) -> Token | None:
    """Return an array as one token; None where its items do not stand one behind the other."""
    depth = len(path)
    items: dict[int, list[Place]] = {}
    for one in inside:
        items.setdefault(int(one.path[depth]), []).append(
            Place(one.path[depth + 1 :], one.start, one.end, one.value)
        )
    hulls = [(min(one.start for one in items[n]), max(one.end for one in items[n])) for n in sorted(items)]
    if sorted(items) != list(range(len(items))):
        return None
    if any(left[1] > right[0] for left, right in pairwise(hulls)):
        return None
    bodies = tuple(spread(text, items[index], *hull) for index, hull in enumerate(hulls))
    betweens = tuple(tuple(tokens(text, left[1], right[0])) for left, right in pairwise(hulls))
    whole = text[hulls[0][0] : hulls[-1][1]]
    return Token(Kind.GROUP, whole, pointer_of(path), None, bodies, betweens, hulls[0][0])
