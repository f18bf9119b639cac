"""Fragments put together: a reference with its siblings, and ``allOf`` where the result is plain."""

from __future__ import annotations

from typing import Final

from agent.message import Json
from agent.schemas.errors import SchemaError
from agent.schemas.keywords import ANNOTATIONS
from agent.schemas.limits import MAX_BRANCHES
from agent.schemas.positions import step
from agent.schemas.refs import References

Fragment = dict[str, Json]

_TIGHTER: Final = {
    "exclusiveMaximum": min,
    "exclusiveMinimum": max,
    "maxItems": min,
    "maxLength": min,
    "maxProperties": min,
    "maximum": min,
    "minItems": max,
    "minLength": max,
    "minProperties": max,
    "minimum": max,
}
"""Bounds: of two, the tighter holds."""


def flatten(fragment: Fragment, references: References, pointer: str) -> Fragment:
    """Return ``fragment`` with its reference followed and its ``allOf`` merged in, as a new dict."""
    merged = _without_ref(fragment, references, pointer)
    branches = merged.pop("allOf", None)
    branches = branches if isinstance(branches, list) else []
    if len(branches) > MAX_BRANCHES:
        why = f"it has more than {MAX_BRANCHES} branches"
        raise SchemaError(
            "allOf refused", where=pointer, why=why, remedy="Write the merged schema out by hand"
        )
    for index, branch in enumerate(branches):
        at = step(pointer, "allOf", index)
        if isinstance(branch, dict):
            merged = join(merged, flatten(branch, references, at), at)
        elif branch is False:
            raise SchemaError("contradiction", where=at, why="false allows nothing", remedy="Remove it")
    return merged


def _without_ref(fragment: Fragment, references: References, pointer: str) -> Fragment:
    """Follow references to the end. Annotations beside a reference win over the target's."""
    ref = fragment.get("$ref")
    if not isinstance(ref, str):
        return dict(fragment)
    siblings = {key: value for key, value in fragment.items() if key != "$ref"}
    target = _without_ref(references.follow(ref), references, pointer)
    return join(target, siblings, pointer)


def join(base: Fragment, extra: Fragment, pointer: str) -> Fragment:
    """Return what allows exactly what both allow, or refuse where that has no plain form."""
    _refuse_closed(base, extra, pointer)
    merged = dict(base)
    for keyword, value in extra.items():
        merged[keyword] = _both(keyword, merged[keyword], value, pointer) if keyword in merged else value
    return merged


def _both(keyword: str, one: Json, two: Json, pointer: str) -> Json:
    if one == two or keyword in ANNOTATIONS:
        return two
    if keyword in _TIGHTER and isinstance(one, int | float) and isinstance(two, int | float):
        return _TIGHTER[keyword](one, two)
    if keyword == "required" and isinstance(one, list) and isinstance(two, list):
        return [*one, *(name for name in two if name not in one)]
    if keyword in {"properties", "$defs", "definitions"} and isinstance(one, dict) and isinstance(two, dict):
        return _both_named(one, two, step(pointer, keyword))
    if keyword == "type" and (common := _common_types(one, two)):
        return common
    if keyword == "additionalProperties" and isinstance(one, bool) and isinstance(two, bool):
        return False
    raise SchemaError(
        "allOf refused",
        where=step(pointer, keyword),
        why=f"it cannot be merged with the {keyword!r} that it meets",
        remedy="Write the merged schema out by hand",
    )


def _common_types(one: Json, two: Json) -> Json:
    """Return the types that both allow; an integer is a number too."""
    left, right = (value if isinstance(value, list) else [value] for value in (one, two))
    kept = [name for name in left if name in right or (name == "integer" and "number" in right)]
    kept += ["integer" for name in right if name == "integer" and "number" in left and "integer" not in kept]
    return kept[0] if len(kept) == 1 else kept


def _both_named(one: Fragment, two: Fragment, pointer: str) -> Fragment:
    merged = dict(one)
    for name, value in two.items():
        held = merged.get(name, True)
        if isinstance(held, dict) and isinstance(value, dict) and held != value:
            merged[name] = join(held, value, step(pointer, name))
        elif held is not False and value is not True:
            merged[name] = value
    return merged


def _refuse_closed(base: Fragment, extra: Fragment, pointer: str) -> None:
    """Refuse the classic trap: a closed branch forbids the properties of every other branch."""
    for closed, other in ((base, extra), (extra, base)):
        alien = _names(other) - _names(closed)
        if closed.get("additionalProperties") is False and alien:
            raise SchemaError(
                "contradiction",
                where=pointer,
                why=f"'additionalProperties': false forbids {min(alien)!r} of the other branch",
                remedy="Close the merged object instead: write it out by hand",
            )


def _names(fragment: Fragment) -> set[str]:
    properties = fragment.get("properties")
    return set(properties) if isinstance(properties, dict) else set()
