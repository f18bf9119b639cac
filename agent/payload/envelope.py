"""Text and device out of a JSON document, by JSON pointer (RFC 6901)."""

from __future__ import annotations

import json
from typing import NoReturn

from agent.json_pointer import resolve
from agent.message import Json, Reason
from agent.payload.decoding import sound
from agent.payload.unfit import Content, Unfit
from agent.wrapping import Wrapping

MAX_DEVICE_CHARS = 128
"""Characters of a device's name: it becomes a topic level, and a line in which order is kept."""
KINDS = {bool: "true or false", int: "a number", float: "a number", list: "an array", dict: "an object"}


def opened(text: str, wrapping: Wrapping) -> Content:
    """Return the text and the device that a JSON document holds.

    Raises:
        Unfit: it is no JSON, or has no text or no device at its place.
    """
    document = parsed(text)
    inner = sound(_string(document, wrapping.text_at or ""))
    if wrapping.device_at is None:
        return Content(inner)
    return Content(inner, device=_device(document, wrapping.device_at))


def parsed(text: str) -> Json:
    """Return a JSON document.

    Raises:
        Unfit: it is none, or nests deeper than Python follows.
    """
    try:
        document: Json = json.loads(text, parse_constant=_no_constant)
    except RecursionError as error:
        raise Unfit(Reason.BAD_ENVELOPE, "not JSON that can be read: it nests too deep") from error
    except ValueError as error:
        raise Unfit(Reason.BAD_ENVELOPE, f"not JSON: {error}") from error
    return document


def _no_constant(literal: str) -> NoReturn:
    message = f"{literal} is no JSON number"
    raise ValueError(message)


def _string(document: Json, pointer: str) -> str:
    value = _at(document, pointer)
    if not isinstance(value, str):
        raise Unfit(Reason.BAD_ENVELOPE, f"{pointer or '/'} is {kind_of(value)}, not text")
    return value


def _device(document: Json, pointer: str) -> str:
    value = _at(document, pointer)
    # A whole number is a common name of a device; true and 1.5 are none.
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise Unfit(Reason.BAD_ENVELOPE, f"{pointer} is {kind_of(value)}, no name of a device")
    name = str(value)
    if not name.strip() or len(name) > MAX_DEVICE_CHARS:
        cause = f"{pointer} has {len(name)} characters; a device's name has 1 to {MAX_DEVICE_CHARS}"
        raise Unfit(Reason.BAD_ENVELOPE, cause)
    return sound(name)


def _at(document: Json, pointer: str) -> Json:
    try:
        return resolve(document, pointer)
    except LookupError as error:
        raise Unfit(Reason.BAD_ENVELOPE, f"nothing stands at {pointer}") from error


def kind_of(value: Json) -> str:
    """Say what kind of JSON a value is."""
    return "null" if value is None else KINDS.get(type(value), "text")
