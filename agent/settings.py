"""Settings: TOML to frozen values. Every fault is reported at once, before anything starts."""

from __future__ import annotations

import re
import socket
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent import topics
from agent.errors import ConfigError, Fault

Port = Annotated[int, Field(ge=1, le=65535)]
Level = Annotated[str, Field(min_length=1, pattern=r"^[^/+#\s]+$")]
Share = Annotated[float, Field(ge=0.0, le=1.0)]

SUGGESTION_DISTANCE = 3
"""Letters by which an unknown key may differ from the one that is suggested."""


class Part(BaseModel):
    """A table of the file: frozen, no unknown keys, no silent conversions."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class TlsSettings(Part):
    """``[input.tls]``: files that secure a connection."""

    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None


class BrokerSettings(Part):
    """``[input]``: how to reach a broker."""

    host: str = Field(default="127.0.0.1", min_length=1)
    port: Port = 1883
    client_id: str = ""
    """Empty: made of base, node and direction. It names the session, so it must stay the same."""
    username: str | None = None
    password_file: str | None = None
    """File whose first line is the password; never in the settings themselves."""
    keepalive_s: int = Field(default=30, ge=5, le=600)
    session_expiry_s: int = Field(default=7 * 86400, ge=3600)
    """Seconds for which the broker keeps what arrives while the agent is away."""
    receive_maximum: int = Field(default=500, ge=1, le=65535)
    protocol: Literal["auto", "5", "3.1.1"] = "auto"
    tls: TlsSettings | None = None


class RouteSettings(Part):
    """``[[route]]``: what to do with the messages of some topics."""

    filter: str
    schemas: tuple[str, ...] = Field(min_length=1, strict=False)
    tiers: tuple[str, ...] = Field(default=(), strict=False)
    """Empty: all tiers, in their order."""
    device_level: int | None = Field(default=None, ge=0)
    ordered: bool = True
    charset: Literal["utf-8", "latin-1"] = "utf-8"


class TierSettings(Part):
    """``[[tier]]``: something that extracts; the order of the tables is the order of climbing."""

    name: Level
    kind: Literal["model", "stub"] = "model"
    model: str = ""
    """Folder of the model; empty: the embedded one."""
    threshold: Share = 0.5
    """Confidence under which a value or refusal is not believed."""
    batch: int = Field(default=8, ge=1, le=1024)
    """Messages handed over at a time."""
    deadline_s: float = Field(default=60.0, gt=0, strict=False)
    """Seconds in which a batch must be answered; then the extractor is killed."""
    ready_s: float = Field(default=120.0, gt=0, strict=False)
    """Seconds in which the model must be loaded."""
    threads: int = Field(default=2, ge=1, le=256)


class BufferSettings(Part):
    """``[buffer]``: the database."""

    path: str = "/var/lib/maaza/maaza.db"
    max_bytes: int = Field(default=1 << 30, ge=1 << 20)
    """Cap of the file. When full, nothing more is acknowledged, and the broker keeps it."""
    min_free_bytes: int = Field(default=64 << 20, ge=0)
    """Bytes of the disk that are left to others."""
    synchronous: Literal["full", "normal"] = "full"
    """``normal`` may lose the last moments of acknowledged messages in a power cut."""


class LimitSettings(Part):
    """``[limits]``: bounds of memory and time."""

    payload_bytes: int = Field(default=64 << 10, ge=1)
    packet_bytes: int = Field(default=16 << 20, ge=1 << 16)
    """The broker sends no packets above it; between the two limits a message is rejected and kept."""
    unstored_messages: int = Field(default=5000, ge=1)
    unstored_bytes: int = Field(default=32 << 20, ge=1 << 16)
    claimed_messages: int = Field(default=512, ge=1, le=10_000)
    in_flight: int = Field(default=500, ge=1, le=65_000)
    deliver_per_s: float = Field(default=0.0, ge=0, strict=False)
    """Fastest drain of the outbox; 0: no limit."""
    stop_s: float = Field(default=8.0, gt=0, strict=False)
    """Deadline of an ordered stop."""


class LogSettings(Part):
    """``[log]``: what is said."""

    level: Literal["debug", "info", "warning", "error"] = "info"


class Settings(Part):
    """The whole file."""

    node: Level = Field(default_factory=lambda: re.sub(r"[/+#\s]", "-", socket.gethostname().lower()))
    base: str = Field(default="maaza", min_length=1, pattern=r"^[^+#\s]+$")
    schemas: str = ""
    """Folder of schemas; empty: the bundled ones."""
    input: BrokerSettings = BrokerSettings()
    output: BrokerSettings | None = None
    """Missing: the input broker."""
    route: tuple[RouteSettings, ...] = Field(min_length=1, strict=False)
    tier: tuple[TierSettings, ...] = Field(default=(TierSettings(name="nano"),), min_length=1, strict=False)
    buffer: BufferSettings = BufferSettings()
    limits: LimitSettings = LimitSettings()
    log: LogSettings = LogSettings()

    @property
    def sink(self) -> BrokerSettings:
        """Return the broker that gets the records."""
        return self.output or self.input.model_copy(update={"client_id": ""})

    def tiers_of(self, route: RouteSettings) -> tuple[str, ...]:
        """Return the tiers that a route climbs."""
        return route.tiers or tuple(tier.name for tier in self.tier)


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
    except tomllib.TOMLDecodeError as error:
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
    tables: dict[str, type[Part]] = {
        "input": BrokerSettings,
        "output": BrokerSettings,
        "route": RouteSettings,
        "tier": TierSettings,
        "buffer": BufferSettings,
        "limits": LimitSettings,
        "log": LogSettings,
        "tls": TlsSettings,
    }
    names = [part for part in location if isinstance(part, str)]
    part = tables[names[-1]] if names else Settings
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
    sink = settings.sink
    if (sink.host, sink.port) != (settings.input.host, settings.input.port):
        return
    root = f"{settings.base}/{settings.node}"
    outputs = (f"{root}/data/+", f"{root}/rejected/+", f"{root}/status", f"{root}/info")
    hit = next((output for output in outputs if topics.overlap(topic_filter, output)), None)
    if hit:
        remedy = "narrow the filter, or set another base: the agent would read what it writes"
        yield Fault(key, f"{topic_filter!r} matches the output topic {hit!r}", remedy)


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
