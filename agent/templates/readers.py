"""What a slot's characters say, held against type and bounds of the schema. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from agent.conversion import Conversion
from agent.json_pointer import below
from agent.message import Json
from agent.schemas import NUMERIC, Kind, Node, Schema, nodes_at
from agent.templates.parts import Form


class Miss:
    """The type of MISS."""


MISS: Final = Miss()
"""The characters say nothing that the schema allows."""
Reader: TypeAlias = "Callable[[str], Json | Miss]"
Check: TypeAlias = "Callable[[Json], bool]"


@dataclass(frozen=True, slots=True)
class Role:
    """What a field is to a slot."""

    kind: Kind
    read: Reader
    declared: Conversion | None


def order(schema: Schema) -> list[str]:
    """Return the pointers of all fields in the order of the schema, items of arrays under ``0``."""
    found: list[str] = []
    _walk(schema.root, "", found)
    return found


def _walk(node: Node, pointer: str, found: list[str]) -> None:
    found.append(pointer)
    for child in node.properties:
        _walk(child, below(pointer, child.name), found)
    if node.item is not None and node.kind is Kind.ARRAY:
        _walk(node.item, below(pointer, 0), found)
    for option in node.options:
        _walk(option, pointer, found)


def is_inferred(value: Json, written: str) -> bool:
    """Tell whether a choice is something else than a copy of its words."""
    if isinstance(value, bool):
        return written.casefold() != str(value).casefold()
    return isinstance(value, str) and value != written


def nodes_for(pointer: str, value: Json, schema: Schema) -> list[Node]:
    """Return what a schema asks for at a place, as far as a value is of its kind."""
    return [node for node in nodes_at(pointer, schema.root) if is_of(node, value)]


def is_of(node: Node, value: Json) -> bool:
    """Tell whether a leaf is of the kind that a node asks for."""
    if node.kind in {Kind.ENUM, Kind.CONST}:
        return any(type(choice) is type(value) and choice == value for choice in node.choices)
    if isinstance(value, bool):
        return node.kind is Kind.BOOLEAN
    if isinstance(value, str):
        return node.kind is Kind.STRING
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return isinstance(value, int | float) and (
        node.kind is Kind.NUMBER or (node.kind is Kind.INTEGER and whole)
    )


def role(pointer: str, form: Form, schema: Schema) -> Role | None:
    """Return how the field at a place is read; None where the schema has none that goes with the form."""
    for node in nodes_at(pointer, schema.root):
        read = _reader(node, form)
        if read is not None:
            return Role(node.kind, read, node.conversion)
    return None


def _reader(node: Node, form: Form) -> Reader | None:
    if node.conversion is not None:
        return _declared(node.conversion) if form.kind != "words" else None
    if form.kind == "words":
        return _words(form) if node.kind in {Kind.ENUM, Kind.BOOLEAN, Kind.CONST} else None
    if node.kind in NUMERIC and form.kind == "number":
        return _number(node)
    return _string(node) if node.kind is Kind.STRING and form.kind != "number" else None


def _declared(conversion: Conversion) -> Reader:
    def read(written: str) -> Json | Miss:
        try:
            return conversion.raw(written)
        except Exception:  # noqa: BLE001 - whatever cannot be read is no match
            return MISS

    return read


def _words(form: Form) -> Reader:
    said = {(word.casefold() if form.folds else word): value for word, value in form.words}

    def read(written: str) -> Json | Miss:
        return said.get(written.casefold() if form.folds else written, MISS)

    return read


def _number(node: Node) -> Reader:
    checks = _numeric_checks(node.fragment)
    whole = node.kind is Kind.INTEGER

    def read(written: str) -> Json | Miss:
        plain = written if written.isascii() and "," not in written else _plain(written)
        said: int | float
        if "." in plain or "e" in plain or "E" in plain:
            said = float(plain)
            if whole:
                if not said.is_integer():
                    return MISS
                said = int(said)
            elif said in {float("inf"), float("-inf")}:
                return MISS
        else:
            said = int(plain)
        for holds in checks:
            if not holds(said):
                return MISS
        return said

    return read


def _plain(written: str) -> str:
    """Return a numeral without marks between groups, with the minus of ASCII."""
    return written.replace(",", "").replace("\u2212", "-")


_BOUNDS: dict[str, Callable[[float, float], bool]] = {
    "minimum": lambda value, bound: value >= bound,
    "maximum": lambda value, bound: value <= bound,
    "exclusiveMinimum": lambda value, bound: value > bound,
    "exclusiveMaximum": lambda value, bound: value < bound,
}


def _numeric_checks(fragment: dict[str, Json]) -> Sequence[Callable[[float], bool]]:
    made = []
    for keyword, holds in _BOUNDS.items():
        bound = fragment.get(keyword)
        if isinstance(bound, int | float) and not isinstance(bound, bool):
            made.append(_bounded(holds, bound))
    return made


def _bounded(holds: Callable[[float, float], bool], bound: float) -> Callable[[float], bool]:
    return lambda value: holds(value, bound)


def _string(node: Node) -> Reader:
    least, most, pattern = (node.fragment.get(key) for key in ("minLength", "maxLength", "pattern"))
    low = least if isinstance(least, int) else 1
    high = most if isinstance(most, int) else None
    wanted = re.compile(pattern) if isinstance(pattern, str) else None

    def read(written: str) -> Json | Miss:
        if len(written) < low or (high is not None and len(written) > high):
            return MISS
        return MISS if wanted is not None and wanted.search(written) is None else written

    return read
