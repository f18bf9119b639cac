"""A quick yes: values that keep a schema for certain, at a hundredth of what a validator costs.

No means nothing: the value may keep the schema all the same, and the validator says whether. So what is not
understood here (`pattern`, `$ref`, `oneOf`, a number that is not finite …) costs time and never truth.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from agent.message import Json
from agent.schemas.keywords import ANNOTATIONS, is_extension

Check: TypeAlias = Callable[[Json], bool]
"""True where a value keeps a schema for certain."""

TYPES: Final[dict[str, tuple[type, ...]]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int, float),
    "null": (type(None),),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}
"""The exact Python types of each JSON type; a float with a fraction is looked at once more."""
SCALARS: Final = frozenset({bool, float, int, str, type(None)})
BOUNDS: Final[dict[str, Callable[[float, float], bool]]] = {
    "minimum": lambda value, bound: value >= bound,
    "maximum": lambda value, bound: value <= bound,
    "exclusiveMinimum": lambda value, bound: value > bound,
    "exclusiveMaximum": lambda value, bound: value < bound,
}
SIZES: Final[dict[type, tuple[str, str]]] = {
    dict: ("minProperties", "maxProperties"),
    list: ("minItems", "maxItems"),
    str: ("minLength", "maxLength"),
}
STRUCTURE: Final = frozenset({"additionalProperties", "items", "properties", "required", "type"})
CHOICE: Final = frozenset({"allOf", "anyOf", "const", "enum"})
UNDERSTOOD: Final = STRUCTURE | CHOICE | BOUNDS.keys() | {word for pair in SIZES.values() for word in pair}


def sure(schema: Json) -> Check:
    """Return the check of a schema that has passed `agent.schemas.checks`, whatever its dialect."""
    if schema is True:
        return _always
    if not isinstance(schema, dict) or not all(map(_is_understood, schema)):
        return _never
    checks = _by_type(schema)
    every = [check for check in (_alternatives(schema), _all(schema), _choice(schema)) if check is not None]

    def check(value: Json) -> bool:
        own = checks.get(type(value))
        return own is not None and own(value) and all(one(value) for one in every)

    def plain(value: Json) -> bool:
        own = checks.get(type(value))
        return own is not None and own(value)

    return check if every else plain


def _is_understood(keyword: str) -> bool:
    return keyword in UNDERSTOOD or keyword in ANNOTATIONS or is_extension(keyword)


def _always(_value: Json) -> bool:
    return True


def _never(_value: Json) -> bool:
    return False


def _by_type(schema: dict[str, Json]) -> dict[type, Check]:
    """Return what a value of each type has to keep; a type that is missing is not allowed."""
    said = schema.get("type", list(TYPES))
    names = [said] if isinstance(said, str) else said if isinstance(said, list) else []
    allowed = {one for name in names for one in TYPES.get(str(name), ())}
    made: dict[type, Check] = dict.fromkeys(allowed, _always)
    numeric = _number(schema)
    for one in allowed & {int, float}:
        made[one] = numeric
    if float in allowed and "number" not in names:
        made[float] = lambda value: isinstance(value, float) and value.is_integer() and numeric(value)
    if str in allowed:
        made[str] = _sized(schema, str)
    if list in allowed:
        made[list] = _array(schema)
    if dict in allowed:
        made[dict] = _object(schema)
    return made


def _number(schema: dict[str, Json]) -> Check:
    bounds: list[tuple[Callable[[float, float], bool], float]] = []
    for keyword, holds in BOUNDS.items():
        bound = schema.get(keyword)
        if isinstance(bound, bool):
            return _never
        if isinstance(bound, int | float):
            bounds.append((holds, bound))
    if not bounds:
        return _always
    return lambda value: all(holds(value, bound) for holds, bound in bounds)  # type: ignore[arg-type] # numbers


def _sized(schema: dict[str, Json], kind: type) -> Check:
    low, high = (schema.get(keyword) for keyword in SIZES[kind])
    if low is None and high is None:
        return _always
    least, most = low or 0, high
    if type(least) is not int or type(most) not in {int, type(None)}:
        # A length may be written 2.0.
        return _never
    return lambda value: least <= len(value) and (most is None or len(value) <= most)  # type: ignore[arg-type,operator] # sized, whole


def _array(schema: dict[str, Json]) -> Check:
    of_size, item = _sized(schema, list), sure(schema.get("items", True))
    return lambda value: of_size(value) and all(map(item, value))  # type: ignore[arg-type] # a list


def _object(schema: dict[str, Json]) -> Check:
    properties, required = schema.get("properties", {}), schema.get("required", [])
    if not isinstance(properties, dict) or not isinstance(required, list):
        return _never
    of_size, other = _sized(schema, dict), sure(schema.get("additionalProperties", True))
    fields = {name: sure(one) for name, one in properties.items()}
    needed = frozenset(map(str, required))

    def check(value: Json) -> bool:
        assert isinstance(value, dict)  # noqa: S101 - it is asked for these only; for the type checker
        for name, one in value.items():
            if not fields.get(name, other)(one):
                return False
        return needed <= value.keys() and of_size(value)

    return check


def _alternatives(schema: dict[str, Json]) -> Check | None:
    options = schema.get("anyOf")
    if options is None:
        return None
    checks = [sure(one) for one in options] if isinstance(options, list) else []
    return lambda value: any(check(value) for check in checks)


def _all(schema: dict[str, Json]) -> Check | None:
    parts = schema.get("allOf")
    if parts is None:
        return None
    checks = [sure(one) for one in parts] if isinstance(parts, list) else [_never]
    return lambda value: all(check(value) for check in checks)


def _choice(schema: dict[str, Json]) -> Check | None:
    """Return the check of ``enum`` and ``const``, among scalars: 1, 1.0 and true are three values here."""
    lists = [schema[key] if key == "enum" else [schema[key]] for key in ("enum", "const") if key in schema]
    if not lists:
        return None
    if not all(isinstance(some, list) for some in lists):
        return _never
    sets = [
        frozenset((type(one), one) for one in some if type(one) in SCALARS)
        for some in lists
        if isinstance(some, list)
    ]
    return lambda value: type(value) in SCALARS and all((type(value), value) in some for some in sets)
