"""Findings of the check in an operator's words: what is wrong, and what was probably meant. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from agent.errors import Fault
from agent.settings import shape
from agent.settings.given import DEFAULT, Given, Location, Origin

ALIKE: Final = 0.6
"""Share of letters in common from which a known word is taken for what was meant."""
SHOWN_CHARS: Final = 60
"""Characters of a wrong value that are quoted."""
HIDDEN: Final = "***"
SECRETIVE: Final = ("password", "secret", "token", "passphrase", "credential")
"""Parts of unknown keys whose values are not quoted: somebody thought them secret."""

LOGIN: Final = re.compile(r"//[^/@]*@")
"""Name and password inside an address."""


def dotted(location: Sequence[str | int]) -> str:
    """Write a place as ``route[0].filter``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")


def nearest(word: str, known: Sequence[str]) -> str:
    """Return the known word that is most alike, if one is; else the empty string."""
    folded = {one.lower(): one for one in known}
    found = difflib.get_close_matches(word.lower(), folded, n=1, cutoff=ALIKE)
    return folded[found[0]] if found else ""


def suggestion(word: str, known: Sequence[str], what: str) -> str:
    """Return "did you mean", or what there is to choose from."""
    close = nearest(word, known)
    if close:
        return f"did you mean {close!r}?"
    return f"known {what}: {', '.join(known)}" if known else f"there are no {what}"


def unknown_key(location: Location) -> Fault:
    """Say what an unknown key may have been meant to be, or where it belongs."""
    key, table = str(location[-1]), location[:-1]
    known = shape.keys(table)
    homes = shape.homes(key)
    remedy = suggestion(key, known, "keys")
    if homes:
        remedy = f"move it: {key!r} belongs in {' or '.join(homes)}"
    elif "password" in key.lower():
        remedy = "did you mean 'password_file'? Secrets stay out of the settings: name a file that holds it"
    return Fault(dotted(location), f"unknown key in {shape.header(table)}", remedy)


def of_finding(error: Mapping[str, Any], document: object) -> Fault:
    """Turn pydantic's finding into a fault."""
    location: Location = tuple(error["loc"])
    if error["type"] == "extra_forbidden":
        return unknown_key(location)
    if error["type"] == "missing":
        return Fault(dotted(location), "missing", f"add it: {shape.wanted(location)}")
    value = dig(document, location)
    if isinstance(value, (dict, list)) and not value:
        return Fault(dotted(location), "is empty", f"write {shape.wanted(location)}")
    if error["type"] == "value_error":
        cause = f"{quoted(value, location)} has {error['ctx']['error']}"
        return Fault(dotted(location), cause, "remove it: brokers and files take none")
    return Fault(dotted(location), f"{quoted(value, location)} is not allowed", remedy_of(value, location))


def remedy_of(value: object, location: Location) -> str:
    """Say what to write in place of a value."""
    known = shape.choices(location)
    wanted = shape.wanted(location)
    if isinstance(value, str) and known and (close := nearest(value, known)):
        return f"did you mean {close!r}? It is {wanted}"
    if isinstance(value, str) and wanted.startswith(("a number", "a whole number", "true")):
        return f"write {wanted}, without quotes"
    return f"write {wanted}"


def quoted(value: object, location: Location) -> str:
    """Quote a value, unless it is a secret."""
    if shape.is_secret(location) or any(word in str(location[-1]).lower() for word in SECRETIVE):
        return HIDDEN
    said = str(value).lower() if isinstance(value, bool) else LOGIN.sub(f"//{HIDDEN}@", repr(value))
    return said if len(said) <= SHOWN_CHARS else f"{said[:SHOWN_CHARS]}…"


def dig(document: Any, location: Location) -> object:  # noqa: ANN401 - any TOML value
    """Return the value at a place; None where the way ends."""
    for part in location:
        try:
            document = document[part]
        except (KeyError, IndexError, TypeError):
            return None
    return document


def origin_of(tree: Given, location: Location) -> Origin:
    """Return where a value stands; for one that is missing, where its table stands."""
    origin = tree.origin
    for part in location:
        try:
            tree = tree.value[part]
        except (KeyError, IndexError, TypeError):
            break
        origin = tree.origin if tree.origin != DEFAULT else origin
    return origin


def placed(fault: Fault, tree: Given) -> Fault:
    """Add to a fault where it is."""
    origin = origin_of(tree, parsed(fault.key))
    if origin.variable:
        return Fault(fault.key, fault.cause, fault.remedy, f"environment {origin.variable}")
    return Fault(fault.key, fault.cause, fault.remedy, origin.file, origin.line, origin.column)


def parsed(key: str) -> Location:
    """Read ``route[0].filter`` back."""
    parts = key.replace("[", ".[").split(".")
    return tuple(int(part[1:-1]) if part.startswith("[") else part for part in parts if part)
