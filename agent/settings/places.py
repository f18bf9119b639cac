"""Says where in the file a fault is, and what may have been meant."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from agent.errors import Fault
from agent.settings import model

SUGGESTION_DISTANCE = 3
"""Letters by which an unknown key may differ from the one that is suggested."""


def fault_of(error: Mapping[str, Any], document: Mapping[str, Any]) -> Fault:
    """Turn pydantic's finding into words for an operator."""
    key = dotted(error["loc"])
    if error["type"] == "extra_forbidden":
        known = known_keys(error["loc"][:-1])
        close = nearest(str(error["loc"][-1]), known)
        return Fault(
            key, "unknown key", f"did you mean {close!r}?" if close else f"known keys: {', '.join(known)}"
        )
    if error["type"] == "missing":
        return Fault(key, "missing", "add it; see maaza.example.toml")
    given = dig(document, error["loc"])
    return Fault(key, f"{error['msg']}; got {given!r}", "see maaza.example.toml for what is allowed")


def dotted(location: Sequence[str | int]) -> str:
    """Write a place in the document as ``route[0].filter``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")


def dig(document: Any, location: Sequence[str | int]) -> Any:  # noqa: ANN401 - any TOML value
    """Return the value at a place; None where the way ends."""
    for part in location:
        try:
            document = document[part]
        except (KeyError, IndexError, TypeError):
            return None
    return document


def known_keys(location: Sequence[str | int]) -> list[str]:
    """Return the keys of the table at a place."""
    tables: dict[str, type[model.Part]] = {
        "input": model.BrokerSettings,
        "output": model.BrokerSettings,
        "route": model.RouteSettings,
        "tier": model.TierSettings,
        "buffer": model.BufferSettings,
        "limits": model.LimitSettings,
        "log": model.LogSettings,
        "tls": model.TlsSettings,
    }
    names = [part for part in location if isinstance(part, str)]
    part = tables[names[-1]] if names else model.Settings
    return sorted(part.model_fields)


def nearest(word: str, known: Sequence[str]) -> str:
    """Return the known word that differs least, if it is near."""
    return min(
        (name for name in known if _distance(word, name) <= SUGGESTION_DISTANCE), key=str, default=""
    ) and min(known, key=lambda name: _distance(word, name))


def _distance(one: str, other: str) -> int:
    """Return the number of letters to insert, delete or change."""
    row = list(range(len(other) + 1))
    for index, left in enumerate(one, start=1):
        before, row[0] = row[0], index
        for place, right in enumerate(other, start=1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (left != right))
    return row[-1]


def placed(fault: Fault, file: str, text: str) -> Fault:
    """Add file and line to a fault."""
    return Fault(fault.key, fault.cause, fault.remedy, file, line_of(fault.key, text))


def line_of(key: str, text: str) -> int:
    """Return the line of a key, from 1, or of the table that should hold it; 0 where neither stands there."""
    table, counts, best = "", dict[str, int](), 0
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[\[?\s*([\w.-]+)\s*\]", line)
        if header:
            name, many = header[1], line.lstrip().startswith("[[")
            counts[name] = counts.get(name, -1) + 1
            table = f"{name}[{counts[name]}]" if many else name
            best = number if key.startswith(table) else best
        entry = re.match(r"\s*([\w-]+)\s*=", line)
        if entry and f"{table}.{entry[1]}".lstrip(".") == key:
            return number
    return best
