"""Checks settings whole: names, types, contradictions, loops. Every fault at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agent import topics
from agent.errors import ConfigError, Fault
from agent.settings import sources, words
from agent.settings.given import given, plain
from agent.settings.loops import loops, same_broker, unreached
from agent.settings.model import BrokerSettings, RouteSettings, Settings
from agent.settings.payloads import payload_faults, redaction_faults


def load(
    path: Path, *, known_schemas: Collection[str] | None = None, environment: Mapping[str, str] | None = None
) -> Settings:
    """Read and check a settings file with its drop-ins and, where given, the environment.

    Raises:
        ConfigError: with every fault, each with file, line, key, cause and remedy.
    """
    return _accepted(sources.read(path, environment or {}), known_schemas)


def check(document: Mapping[str, Any], *, known_schemas: Collection[str] | None = None) -> Settings:
    """Check a parsed document; see `load`. Routes may use `known_schemas`; None: not checked."""
    return _accepted(sources.Sources(given(dict(document), {}, ""), ()), known_schemas)


def _accepted(read: sources.Sources, known_schemas: Collection[str] | None) -> Settings:
    settings, faults = examined(read, known_schemas=known_schemas)
    if faults or settings is None:
        raise ConfigError(ranked(faults, read.files))
    return settings


def examined(
    read: sources.Sources, *, known_schemas: Collection[str] | None = None
) -> tuple[Settings | None, list[Fault]]:
    """Return the settings, as far as they have a shape, and every fault, in the order of the files."""
    document = plain(read.tree)
    settings: Settings | None = None
    try:
        settings = Settings.model_validate(document)
        # What an unreadable file would change is unknown: contradictions may be none.
        found = list(contradictions(settings)) if read.whole else []
    except ValidationError as error:
        found = shape_faults(error, document, whole=read.whole)
    found.extend(unknown_schemas(document, known_schemas))
    return settings, [*read.faults, *(words.placed(one, read.tree) for one in found)]


def ranked(faults: Iterable[Fault], files: Sequence[Path]) -> tuple[Fault, ...]:
    """Order faults by file, line and column; those of no file come last."""
    order = [str(file) for file in files]

    def rank(fault: Fault) -> tuple[int, int, int]:
        file = order.index(fault.file) if fault.file in order else len(order)
        return file, fault.line, fault.column

    return tuple(sorted(faults, key=rank))


def shape_faults(error: ValidationError, document: object, *, whole: bool) -> list[Fault]:
    """Return what has no place or the wrong type; `whole`: also what is missing."""
    # Of a list with a wrong item pydantic also says that it is too short; the item says it better.
    inner = {one["loc"][0] for one in error.errors() if len(one["loc"]) > 1}
    telling = [one for one in error.errors() if len(one["loc"]) > 1 or one["loc"][0] not in inner]
    return [words.of_finding(dict(one), document) for one in telling if whole or one["type"] != "missing"]


def contradictions(settings: Settings) -> Iterator[Fault]:
    """Yield what no single key shows: doubled names, unknown tiers, wrong filters, loops, orders of size."""
    names = [tier.name for tier in settings.tier]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Fault(f"tier[{index}].name", f"{name!r} is used twice", "give each tier a name of its own")
    for index, route in enumerate(settings.route):
        yield from _route_faults(f"route[{index}]", route, names)
    yield from redaction_faults(settings.audit.redact)
    yield from loops(settings)
    yield from unreached(settings)
    if settings.limits.packet_bytes < settings.limits.payload_bytes:
        cause = f"smaller than limits.payload_bytes, {settings.limits.payload_bytes}"
        remedy = "raise it: the broker would keep back what the agent accepts"
        yield Fault("limits.packet_bytes", cause, remedy)
    yield from _connection_faults(settings)


def _route_faults(key: str, route: RouteSettings, tiers: Sequence[str]) -> Iterator[Fault]:
    wrong = topics.fault_of(route.filter)
    if wrong:
        yield Fault(
            f"{key}.filter", f"{route.filter!r}: {wrong}", "write a topic filter, as in 'plant/+/raw'"
        )
    for index, name in enumerate(route.tiers):
        if name not in tiers:
            remedy = words.suggestion(name, tiers, "tiers")
            yield Fault(f"{key}.tiers[{index}]", f"no tier is called {name!r}", remedy)
    yield from _repeats(f"{key}.tiers", route.tiers)
    yield from _repeats(f"{key}.schemas", route.schemas)
    if not wrong:
        yield from _level_faults(f"{key}.device_level", route)
    yield from payload_faults(key, route)


def _repeats(key: str, names: Sequence[str]) -> Iterator[Fault]:
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Fault(
                f"{key}[{index}]", f"{name!r} is named twice", "name each once, in the order of trying"
            )


def _level_faults(key: str, route: RouteSettings) -> Iterator[Fault]:
    levels = topics.bare(route.filter).split("/")
    if route.device_level is not None and route.device_level >= len(levels) and levels[-1] != "#":
        cause = f"{route.filter!r} has no level {route.device_level}"
        yield Fault(key, cause, f"write a number from 0 to {len(levels) - 1}")


def _connection_faults(settings: Settings) -> Iterator[Fault]:
    yield from _login_faults("input", settings.input)
    if settings.output is None:
        return
    yield from _login_faults("output", settings.output)
    ids = (settings.input.client_id, settings.output.client_id)
    if ids[0] and ids[0] == ids[1] and same_broker(settings.input, settings.output):
        remedy = "set another one, or none: brokers allow one connection per client id"
        yield Fault("output.client_id", "the same as input.client_id", remedy)


def _login_faults(key: str, broker: BrokerSettings) -> Iterator[Fault]:
    if broker.username and broker.username_file:
        yield Fault(f"{key}.username_file", f"given beside {key}.username", "keep one of the two")
    if broker.password_file and not broker.username and not broker.username_file:
        yield Fault(f"{key}.password_file", "a password without a username", f"add {key}.username")
    if broker.tls is None:
        return
    for one, other in (("cert_file", "key_file"), ("key_file", "cert_file")):
        if getattr(broker.tls, one) and not getattr(broker.tls, other):
            yield Fault(
                f"{key}.tls.{one}", f"given without {other}", f"add {key}.tls.{other}: they are a pair"
            )
    if broker.tls.crl_file and not broker.tls.ca_file:
        remedy = f"add {key}.tls.ca_file: the authority that signed the list"
        yield Fault(f"{key}.tls.crl_file", "given without ca_file", remedy)


def unknown_schemas(document: Any, known: Collection[str] | None) -> Iterator[Fault]:  # noqa: ANN401 - any TOML value
    """Yield schemas that routes name and that are not there, also in a document that has other faults."""
    routes = document.get("route") if known is not None else None
    for route, table in enumerate(routes if isinstance(routes, list) else []):
        names = table.get("schemas") if isinstance(table, dict) else None
        for index, name in enumerate(names if isinstance(names, list) else []):
            if isinstance(name, str) and name not in (known or ()):
                remedy = words.suggestion(name, sorted(known or ()), "schemas")
                yield Fault(f"route[{route}].schemas[{index}]", f"no schema is called {name!r}", remedy)
