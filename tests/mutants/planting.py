"""How a fault is planted."""

from __future__ import annotations

from typing import Any


def put(owner: Any, name: str, value: Any) -> None:
    """Replace a function of the product; a name that is not there is a fault of this table."""
    if not hasattr(owner, name):
        raise AttributeError(f"{owner} has no {name}: the product has changed, the fault must follow")
    setattr(owner, name, value)
