"""What the characters of a span say: whether a schema's bounds allow it, and the value that it is."""

from __future__ import annotations

import re

from agent.message import Json
from agent.numerals import read
from agent.schemas.node import NUMERIC, Kind, Node

TRUE_WORDS = frozenset({"true"})
FALSE_WORDS = frozenset({"false"})


def allows(node: Node, written: str) -> bool:
    """Tell whether a schema's own bounds on a string or number allow what a span says."""
    limits = node.fragment
    if node.kind is Kind.STRING:
        length = len(written)
        pattern = limits.get("pattern")
        return (
            length >= _limit(limits.get("minLength"), 0)
            and length <= _limit(limits.get("maxLength"), length)
            and (not isinstance(pattern, str) or re.search(pattern, written) is not None)
        )
    return node.kind not in NUMERIC or within(node, read(written))


def within(node: Node, value: Json) -> bool:
    """Tell whether a schema's own bounds on a number allow a value."""
    if not isinstance(value, (int, float)):
        return True
    low, high = node.fragment.get("minimum"), node.fragment.get("maximum")
    return _limit(low, value) <= value <= _limit(high, value)


def _limit(given: Json, otherwise: float) -> float:
    """Return a numeric keyword's value, or what stands for no limit."""
    return given if isinstance(given, (int, float)) and not isinstance(given, bool) else otherwise


def union_value(node: Node, written: str) -> Json:
    """Return what a span says where several kinds are allowed: a number if it is one, else the words."""
    kinds = {option.kind for option in node.options}
    try:
        value = read(written)
    except ValueError:
        value = None
    if value is not None and (Kind.NUMBER in kinds or (Kind.INTEGER in kinds and isinstance(value, int))):
        return value
    if Kind.BOOLEAN in kinds and written.casefold() in TRUE_WORDS | FALSE_WORDS:
        return written.casefold() in TRUE_WORDS
    return written


def scalar(value: object) -> Json:
    """Narrow a choice, which a JSON document gave, to a JSON scalar."""
    return value if isinstance(value, (str, int, float, bool)) else None
