"""JSON pointers (RFC 6901): the names of places in a value."""

from __future__ import annotations

import re

from agent.message import Json

INDEX = re.compile(r"0|[1-9][0-9]*", re.ASCII)
"""An array index (section 4 of the RFC)."""


def escape(token: str) -> str:
    """Return one reference token, escaped (section 3 of the RFC)."""
    if "~" in token or "/" in token:
        return token.replace("~", "~0").replace("/", "~1")
    return token


def below(pointer: str, token: str | int) -> str:
    """Return the pointer of a member or item of the value at ``pointer``."""
    return f"{pointer}/{escape(token) if isinstance(token, str) else token}"


def tokens(pointer: str) -> list[str]:
    """Return the reference tokens of a pointer, unescaped; none for the whole document."""
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def fault_of(pointer: str) -> str:
    """Say what is wrong with a pointer (section 3); the empty string where nothing is."""
    if pointer and not pointer.startswith("/"):
        return "a JSON pointer begins with '/'"
    if re.search("~(?![01])", pointer):
        return "'~' stands only before 0 (for '~') and 1 (for '/')"
    return ""


def resolve(document: Json, pointer: str) -> Json:
    """Return the value at a pointer (section 4).

    Raises:
        LookupError: nothing stands there.
    """
    value = document
    for token in tokens(pointer):
        if isinstance(value, dict):
            value = value[token]
        elif isinstance(value, list) and INDEX.fullmatch(token):
            # An index of a thousand digits is no place either, and Python would refuse to read it.
            value = value[int(token[:20])]
        else:
            raise LookupError(pointer)
    return value
