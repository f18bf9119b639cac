"""Reads and checks a settings file whole: types, names, contradictions, loops."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agent import topics
from agent.errors import ConfigError, Fault
from agent.settings.model import BrokerSettings, RouteSettings, Settings
from agent.settings.places import fault_of, nearest, placed


def load(path: Path, *, known_schemas: Sequence[str] | None = None) -> Settings:
    """Read and check a settings file.

    Raises:
        ConfigError: with every fault, each with file, line, key, cause and remedy.
    """
    try:
        text = path.read_text("utf-8")
        document = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        remedy = "name a file that exists and that this user may read"
        raise ConfigError((Fault("", str(error), remedy, str(path)),)) from error
    except (ValueError, RecursionError) as error:
        # Besides bad grammar: numbers and nesting without end.
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else 0
        raise ConfigError((Fault("", str(error), "correct the TOML", str(path), line),)) from error
    return check(document, known_schemas=known_schemas, file=str(path), text=text)


def check(
    document: Mapping[str, Any], *, known_schemas: Sequence[str] | None = None, file: str = "", text: str = ""
) -> Settings:
    """Check a parsed document; see `load`. Routes may use `known_schemas`; None: not checked."""
    try:
        settings = Settings.model_validate(dict(document))
    except ValidationError as error:
        # Of a list with a wrong item pydantic also says that it is too short; the item says it better.
        inner = {one["loc"][0] for one in error.errors() if len(one["loc"]) > 1}
        telling = [one for one in error.errors() if len(one["loc"]) > 1 or one["loc"][0] not in inner]
        faults = [fault_of(dict(one), document) for one in telling]
        raise ConfigError(tuple(placed(fault, file, text) for fault in faults)) from error
    faults = [*contradictions(settings), *unknown_schemas(settings, known_schemas)]
    if faults:
        raise ConfigError(tuple(placed(fault, file, text) for fault in faults))
    return settings


def contradictions(settings: Settings) -> Iterator[Fault]:
    """Yield what no single key shows: doubled names, unknown tiers, wrong filters, loops, orders of size."""
    names = [tier.name for tier in settings.tier]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Fault(f"tier[{index}].name", f"{name!r} is used twice", "give each tier a name of its own")
    for index, route in enumerate(settings.route):
        yield from _route_faults(settings, index, route, names)
    if settings.limits.packet_bytes < settings.limits.payload_bytes:
        cause = "smaller than limits.payload_bytes"
        yield Fault(
            "limits.packet_bytes", cause, "the broker would keep back what the agent accepts: raise it"
        )
    ids = (settings.input.client_id, settings.output.client_id if settings.output else "")
    if ids[0] and ids[0] == ids[1]:
        yield Fault(
            "output.client_id", "the same as input.client_id", "brokers allow one connection per client id"
        )


def _route_faults(
    settings: Settings, index: int, route: RouteSettings, tiers: Sequence[str]
) -> Iterator[Fault]:
    key = f"route[{index}]"
    wrong = topics.fault_of(route.filter)
    if wrong:
        yield Fault(f"{key}.filter", wrong, "write an MQTT topic filter, as in 'plant/+/raw'")
        return
    for name in route.tiers:
        if name not in tiers:
            yield Fault(f"{key}.tiers", f"no tier is called {name!r}", f"known tiers: {', '.join(tiers)}")
    yield from loops(settings, f"{key}.filter", route.filter)


def loops(settings: Settings, key: str, topic_filter: str) -> Iterator[Fault]:
    """Yield where a subscription would receive the agent's own output."""
    if _place(settings.sink) != _place(settings.input):
        return
    root = f"{settings.base}/{settings.node}"
    outputs = (f"{root}/data/+", f"{root}/rejected/+", f"{root}/status", f"{root}/info")
    hit = next((output for output in outputs if topics.overlap(topic_filter, output)), None)
    if hit:
        remedy = "narrow the filter, or set another base: the agent would read what it writes"
        yield Fault(key, f"{topic_filter!r} matches the output topic {hit!r}", remedy)


def _place(broker: BrokerSettings) -> tuple[str, int]:
    """Return where a broker is; all names of this machine's own loopback are one."""
    host = broker.host.casefold().rstrip(".")
    with contextlib.suppress(ValueError):
        host = "localhost" if ipaddress.ip_address(host).is_loopback else host
    return host, broker.port


def unknown_schemas(settings: Settings, known: Sequence[str] | None) -> Iterator[Fault]:
    """Yield schemas that routes name and that are not there."""
    if known is None:
        return
    for index, route in enumerate(settings.route):
        for name in route.schemas:
            if name not in known:
                close = nearest(name, known)
                remedy = f"did you mean {close!r}?" if close else f"known schemas: {', '.join(sorted(known))}"
                yield Fault(f"route[{index}].schemas", f"no schema is called {name!r}", remedy)
