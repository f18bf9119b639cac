"""What was given, and where: a tree of values with their origins; one layer laid over another. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

Location: TypeAlias = tuple[str | int, ...]
"""A place in the settings, as in ``("route", 0, "filter")``."""

NAMED_BY: Final[Mapping[Location, str]] = {("route",): "filter", ("tier",): "name"}
"""Lists of tables, and the key by which a later file changes one of them instead of adding another."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from: a place in a file, a variable, or (all empty) the default."""

    file: str = ""
    line: int = 0
    """Line in the file, from 1."""
    column: int = 0
    """Character in the line, from 1."""
    variable: str = ""
    """Name of an environment variable."""

    def __str__(self) -> str:
        """Return ``file:line``, ``environment NAME`` or ``default``."""
        if self.variable:
            return f"environment {self.variable}"
        return f"{self.file}:{self.line}" if self.line else self.file or "default"


DEFAULT: Final = Origin()


@dataclass(frozen=True, slots=True)
class Given:
    """A table, a list, or a value, and where it stands."""

    value: Any
    """Mapping of Given, tuple of Given, or a plain TOML value."""
    origin: Origin = DEFAULT


EMPTY: Final = Given({})


def given(document: Any, places: Mapping[Location, tuple[int, int]], file: str, at: Location = ()) -> Given:  # noqa: ANN401 - any TOML value
    """Return a parsed document as a tree, with the line and column of each place."""
    origin = Origin(file, *places.get(at, (0, 0)))
    if isinstance(document, Mapping):
        return Given({key: given(value, places, file, (*at, key)) for key, value in document.items()}, origin)
    if isinstance(document, list):
        return Given(
            tuple(given(value, places, file, (*at, index)) for index, value in enumerate(document)), origin
        )
    return Given(document, origin)


def plain(tree: Given) -> Any:  # noqa: ANN401 - any TOML value
    """Return the values alone, as the TOML parser gives them."""
    if isinstance(tree.value, Mapping):
        return {key: plain(value) for key, value in tree.value.items()}
    if isinstance(tree.value, tuple):
        return [plain(value) for value in tree.value]
    return tree.value


def origins(tree: Given, at: Location = ()) -> Iterator[tuple[Location, Origin]]:
    """Yield where each table, list and value stands."""
    yield at, tree.origin
    if isinstance(tree.value, Mapping):
        for key, value in tree.value.items():
            yield from origins(value, (*at, key))
    if isinstance(tree.value, tuple):
        for index, value in enumerate(tree.value):
            yield from origins(value, (*at, index))


def merged(layers: Iterable[Given]) -> Given:
    """Lay the layers over each other, the last on top."""
    tree = EMPTY
    for layer in layers:
        tree = cover(tree, layer)
    return tree


def cover(lower: Given, upper: Given, at: Location = ()) -> Given:
    """Lay one tree over another: tables key by key, named lists item by item, everything else whole."""
    if isinstance(lower.value, Mapping) and isinstance(upper.value, Mapping):
        both = {**lower.value, **upper.value}
        covered = {
            key: cover(lower.value[key], value, (*at, key))
            if key in lower.value and key in upper.value
            else value
            for key, value in both.items()
        }
        return Given(covered, upper.origin if lower.origin == DEFAULT else lower.origin)
    if at in NAMED_BY and isinstance(lower.value, tuple) and isinstance(upper.value, tuple):
        return replace(lower, value=_cover_named(lower.value, upper.value, at))
    return upper


def _cover_named(lower: tuple[Given, ...], upper: tuple[Given, ...], at: Location) -> tuple[Given, ...]:
    """Change the tables that have their name in both; add the others behind.

    Two tables of one name in one file stay two: a fault, which the check reports.
    """
    names = [_name(one, at) for one in lower]
    items = list(lower)
    for one in upper:
        if (name := _name(one, at)) is not None and name in names:
            place = names.index(name)
            items[place] = cover(items[place], one, (*at, place))
        else:
            items.append(one)
    return tuple(items)


def _name(table: Given, at: Location) -> object:
    value = table.value.get(NAMED_BY[at]) if isinstance(table.value, Mapping) else None
    return value.value if value is not None else None


def put(tree: Given, location: Location, leaf: Given) -> Given:
    """Return the tree with one value set; tables and the next item of a list are made where they miss.

    Raises:
        LookupError: the way leads through a value, or past the next item of a list.
    """
    if not location:
        return leaf
    key, rest = location[0], location[1:]
    if isinstance(key, int):
        return replace(tree, value=_put_item(tree.value if tree.value != {} else (), key, rest, leaf))
    if isinstance(tree.value, Mapping):
        below = tree.value.get(key, Given({}, leaf.origin))
        return replace(tree, value={**tree.value, key: put(below, rest, leaf)})
    raise LookupError(f"{key!r} is looked for in a value that is no table")


def _put_item(items: object, index: int, rest: Location, leaf: Given) -> tuple[Given, ...]:
    if not isinstance(items, tuple) or index > len(items):
        count = len(items) if isinstance(items, tuple) else 0
        raise LookupError(f"there is no number {index}: {count} are configured, counted from 0")
    old = items[index] if index < len(items) else Given({}, leaf.origin)
    return (*items[:index], put(old, rest, leaf), *items[index + 1 :])
