"""Every setting with its value and where it came from; what differs between two configurations. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from agent.message import Json
from agent.settings import shape
from agent.settings.given import DEFAULT, Given, Location, Origin, origins
from agent.settings.model import Settings
from agent.settings.words import HIDDEN, dotted

RELOADED: Final = frozenset({"route", "schemas", "log"})
"""Tables and keys that a reload takes over; everything else needs a restart."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One value in effect."""

    key: str
    """Dotted path, as in ``route[0].filter``."""
    value: Json
    """As in the file; None where nothing is set; ``***`` for a secret."""
    origin: Origin


def rows(settings: Settings, tree: Given) -> list[Setting]:
    """Return every setting in the order of the model."""
    known = dict(origins(tree))
    return [Setting(dotted(at), shown(value, at), _origin(at, known)) for at, value in values(settings)]


def values(part: BaseModel, at: Location = ()) -> Iterator[tuple[Location, Any]]:
    """Yield the place and value of every setting that is no table."""
    for key in type(part).model_fields:
        value, here = getattr(part, key), (*at, key)
        if isinstance(value, BaseModel):
            yield from values(value, here)
        elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
            for index, one in enumerate(value):
                yield from values(one, (*here, index))
        else:
            yield here, value


def shown(value: Any, at: Location) -> Json:  # noqa: ANN401 - any value of a setting
    """Return a value as it may be shown."""
    if value is not None and shape.is_secret(at):
        return HIDDEN
    return list(value) if isinstance(value, tuple) else value


def _origin(at: Location, known: dict[Location, Origin]) -> Origin:
    return known.get(at, DEFAULT)


def document(settings: Settings) -> dict[str, Json]:
    """Return all values by key, secrets hidden: what an auditor finds beside the messages."""
    return {dotted(at): shown(value, at) for at, value in values(settings)}


def changes(old: Settings, new: Settings) -> list[str]:
    """Return the keys whose values differ."""
    before, after = dict(values(old)), dict(values(new))
    differing = [at for at in {**before, **after} if before.get(at) != after.get(at)]
    return sorted(dotted(at) for at in differing)


def needs_restart(keys: list[str]) -> list[str]:
    """Return those keys that a reload does not take over."""
    return [key for key in keys if key.partition(".")[0].partition("[")[0] not in RELOADED]


def reloaded(running: Settings, new: Settings) -> Settings:
    """Return what runs after a reload: the new routes, schemas and log level, the rest as it was."""
    return running.model_copy(update={name: getattr(new, name) for name in RELOADED})
