"""JSON as text on the hot path: encoders made once, where ``json.dumps`` makes one for each call.

Laid out as by ``json.dumps(…, ensure_ascii=False)``. What is written here is a tree: it came out of JSON, or
was put together from such values.
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring as quoted

from agent.message import Json

__all__ = ["quoted", "strictly_written", "written"]

_LENIENT = json.JSONEncoder(ensure_ascii=False, check_circular=False)
_STRICT = json.JSONEncoder(ensure_ascii=False, check_circular=False, allow_nan=False)


def written(value: Json) -> str:
    """Return a value as JSON text."""
    return _LENIENT.encode(value)


def strictly_written(value: Json) -> str:
    """Return a value as JSON text.

    Raises:
        ValueError: a number in it is not finite, which JSON has no word for.
    """
    return _STRICT.encode(value)
