"""Local references: found, checked for cycles and blow-up once, then followed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from agent.message import Json
from agent.schemas.errors import SchemaError
from agent.schemas.limits import MAX_EXPANDED_DEPTH, MAX_EXPANDED_PLACES
from agent.schemas.positions import places

_BROKEN: Final = "reference refused"
_LOCAL: Final = "Point to a definition in the same file, as '#/$defs/name'"


@dataclass(frozen=True, slots=True)
class References:
    """The targets of a document's local references; every one exists and no chain of them is a cycle."""

    targets: dict[str, dict[str, Json]]
    """Subschema by pointer, as :func:`canonical` writes it."""

    def follow(self, ref: str) -> dict[str, Json]:
        """Return the subschema that ``ref`` names."""
        return self.targets[canonical(ref)]


def canonical(ref: str) -> str:
    """Return ``ref`` without percent-encoding and without a closing slash."""
    return unquote(ref) if ref != "#/" else "#"


def collect(document: dict[str, Json]) -> References:
    """Check every reference of ``document``, used or not: the validator may follow it too."""
    found = {place.pointer: place.fragment for place in places(document)}
    links = {pointer: _target(fragment, pointer, found) for pointer, fragment in found.items()}
    _measure(found, {pointer: target for pointer, target in links.items() if target})
    return References(found)


def _target(fragment: dict[str, Json], pointer: str, found: dict[str, dict[str, Json]]) -> str:
    """Return the pointer that this place refers to, the empty string where it refers to nothing."""
    ref = fragment.get("$ref")
    if not isinstance(ref, str):
        return ""
    target = canonical(ref)
    if not target.startswith("#"):
        raise SchemaError(_BROKEN, where=pointer, why=f"{ref!r} leads out of the document", remedy=_LOCAL)
    if target not in found:
        raise SchemaError(_BROKEN, where=pointer, why=f"{ref!r} names no schema of this file", remedy=_LOCAL)
    return target


def _measure(found: dict[str, dict[str, Json]], links: dict[str, str]) -> None:
    """Refuse cycles, and references that multiply: sizes add up from the leaves, each place seen once.

    ``found`` lists parents before children, so a place's own subtree is the run of pointers that begin
    with its own; a depth-first search over (place -> children and target) needs that tree only.
    """
    below: dict[str, list[str]] = {pointer: [] for pointer in found}
    for pointer in found:
        parent = _parent(pointer, found)
        if parent is not None:
            below[parent].append(pointer)
    for pointer, target in links.items():
        below[pointer].append(target)
    _sizes(below, links)


def _parent(pointer: str, found: dict[str, dict[str, Json]]) -> str | None:
    """Return the nearest enclosing place: one or two steps up (``/items``, ``/properties/a``)."""
    one = pointer.rpartition("/")[0]
    two = one.rpartition("/")[0]
    return next((up for up in (one, two) if up in found), None)


def _sizes(below: dict[str, list[str]], links: dict[str, str]) -> None:
    """Depth-first with an explicit stack: ``sizes`` holds what is finished, ``active`` what is open."""
    sizes: dict[str, int] = {}
    depths: dict[str, int] = {}
    active: set[str] = set()
    stack = ["#"]
    while stack:
        pointer = stack[-1]
        todo = [] if pointer in sizes else [child for child in below[pointer] if child not in sizes]
        if todo:
            active.add(pointer)
            _refuse_cycle(pointer, [child for child in todo if child in active], links)
            stack.extend(todo)
            continue
        stack.pop()
        active.discard(pointer)
        sizes[pointer] = 1 + sum(sizes[child] for child in below[pointer])
        depths[pointer] = 1 + max((depths[child] for child in below[pointer]), default=0)
        _refuse_size(pointer, sizes[pointer], depths[pointer])


def _refuse_cycle(pointer: str, again: list[str], links: dict[str, str]) -> None:
    if again:
        raise SchemaError(
            _BROKEN,
            where=pointer,
            why=f"{links.get(pointer, again[0])!r} leads back to itself, so the schema is recursive",
            remedy="Write the levels that occur in your texts out by hand",
        )


def _refuse_size(pointer: str, size: int, depth: int) -> None:
    if depth > MAX_EXPANDED_DEPTH:
        raise SchemaError(
            "schema too deep",
            where=pointer,
            why=f"subschemas and references lead more than {MAX_EXPANDED_DEPTH} levels down",
            remedy="Flatten it",
        )
    if size > MAX_EXPANDED_PLACES:
        raise SchemaError(
            "schema too large",
            where=pointer,
            why=f"its references multiply to more than {MAX_EXPANDED_PLACES} subschemas",
            remedy="Split it into several schemas",
        )
