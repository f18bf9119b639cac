"""What the settings may hold: tables, keys and what a value must be, read off the model. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from agent.settings.given import Location
from agent.settings.model import Settings

Node = Mapping[str, Any]
"""A part of the model's JSON Schema."""

KINDS: Final = {"string": "text in quotes", "boolean": "true or false", "array": 'a list, as in ["a", "b"]'}


@cache
def _schema() -> Node:
    return Settings.model_json_schema()


def at(location: Location) -> Node | None:
    """Return what stands at a place; None where nothing may stand there."""
    node: Node | None = _schema()
    for part in location:
        if node is None:
            return None
        node = _item(node) if isinstance(part, int) else _bare(node.get("properties", {}).get(part))
    return node


def _item(node: Node) -> Node | None:
    return _bare(node.get("items"))


def _bare(node: Node | None) -> Node | None:
    """Return a node without references and without the null that stands for "not set"."""
    if node is None:
        return None
    choices = [one for one in node.get("anyOf", ()) if one.get("type") != "null"]
    if choices:
        return {**node, **(_bare(choices[0]) or {})}
    name = node.get("$ref", "").rpartition("/")[2]
    return {**node, **_schema()["$defs"][name]} if name else node


def keys(location: Location) -> list[str]:
    """Return the keys of the table at a place."""
    return sorted((at(location) or {}).get("properties", ()))


def is_secret(location: Location) -> bool:
    """Tell whether a value must not be shown."""
    return bool((at(location) or {}).get("secret"))


def homes(key: str) -> list[str]:
    """Return the tables that have a key, as an operator writes them: ``[input]``, ``[[tier]]``."""
    return [header(location) for location, node in tables() if key in node.get("properties", ())]


def header(location: Location) -> str:
    """Write a table's place as its header."""
    names = ".".join(part for part in location if isinstance(part, str))
    if not names:
        return "the top level"
    return f"[[{names}]]" if isinstance(location[-1], int) else f"[{names}]"


def tables(location: Location = ()) -> Iterator[tuple[Location, Node]]:
    """Yield every table with its place; 0 stands for any number in a list."""
    node = at(location) or {}
    if "properties" in node:
        yield location, node
        for key in node["properties"]:
            yield from tables((*location, key))
    elif "properties" in (_item(node) or {}):
        yield from tables((*location, 0))


def wanted(location: Location) -> str:
    """Say what may stand at a place, as in "a whole number from 1 to 65535"."""
    node = at(location) or {}
    if "enum" in node or "const" in node:
        return f"one of {', '.join(repr(one) for one in choices(location))}"
    kind = str(node.get("type", ""))
    if kind in {"integer", "number"}:
        return ("a whole number" if kind == "integer" else "a number") + _bounds(node)
    if kind == "array" and "properties" in (_item(node) or {}):
        return f"tables headed [[{location[-1]}]]"
    if "properties" in node:
        return f"a table headed {header(location)}"
    if "description" in node:
        return f"{node['description']}, in quotes"
    filled = ", not empty" if node.get("minLength") or node.get("minItems") else ""
    longest = f", at most {node['maxLength']} characters" if "maxLength" in node else ""
    return KINDS.get(kind, "something else") + filled + longest


def choices(location: Location) -> list[str]:
    """Return the words among which a value must be chosen; none where it is free."""
    node = at(location) or {}
    return list(node.get("enum", [node["const"]] if "const" in node else []))


def _bounds(node: Node) -> str:
    low, above, high = node.get("minimum"), node.get("exclusiveMinimum"), node.get("maximum")
    least = f" from {low:g}" if low is not None else f" above {above:g}" if above is not None else ""
    if high is not None:
        return f"{least} to {high if high != int(high) else int(high)}"
    return f"{least} on" if low is not None else least
