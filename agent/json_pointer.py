"""JSON pointers (RFC 6901): the names of places in a value."""

from __future__ import annotations


def escape(token: str) -> str:
    """Return one reference token, escaped (section 3 of the RFC)."""
    return token.replace("~", "~0").replace("/", "~1")


def below(pointer: str, token: str | int) -> str:
    """Return the pointer of a member or item of the value at ``pointer``."""
    return f"{pointer}/{escape(str(token))}"


def tokens(pointer: str) -> list[str]:
    """Return the reference tokens of a pointer, unescaped; none for the whole document."""
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]
