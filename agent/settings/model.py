"""The tables of the settings file, with their defaults."""

from __future__ import annotations

import re
import socket
import unicodedata
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=86_400, strict=False)]
Level = Annotated[
    str,
    Field(
        min_length=1,
        pattern=r"^[^/+#\s]+$",
        description="a name without '/', '+', '#' and spaces",
    ),
]
Base = Annotated[
    str,
    Field(
        pattern=r"^[^/+#\s$][^/+#\s]*(/[^/+#\s]+)*$",
        description="topic levels as in 'plant/maaza', without '/' at the ends, '+', '#', spaces",
    ),
]
"""Not below ``$``: brokers keep these topics for themselves."""
Host = Annotated[
    str,
    Field(
        pattern=r"^([^\s/@:]+|[0-9a-fA-F:.%]*:[0-9a-zA-Z:.%]*:[0-9a-zA-Z:.%]*)$",
        description="a host name or address alone; port, username and TLS have keys of their own",
    ),
]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Pointer = Annotated[
    str,
    Field(
        pattern=r"^(/([^~]|~[01])*)?$",
        max_length=1024,
        description="a JSON pointer (RFC 6901) as in '/data/message'",
    ),
]
Pattern = Annotated[str, Field(min_length=1, max_length=1024, json_schema_extra={"pattern_of_text": True})]
"""A regular expression."""
Secret = Annotated[str, Field(json_schema_extra={"secret": True})]
"""Never shown: ``config show`` and faults print ``***``."""
FileName = Annotated[str, Field(min_length=1, json_schema_extra={"file": True})]
"""A file that must be there, and be readable, before anything starts."""


def own_name() -> str:
    """Return the host's name as a topic level."""
    return re.sub(r"[/+#\s]", "-", socket.gethostname().lower()) or "maaza"


THRESHOLD: Final = 0.5
"""Threshold of a tier that names none and whose model has none."""
MQTT_PACKET_BYTES: Final = 268_435_455
"""Largest packet that MQTT has room for."""
DISK_BYTES: Final = 1 << 50
"""More than any disk holds, and less than SQLite can count."""


class Part(BaseModel):
    """A table of the file: frozen, no unknown keys, no silent conversions."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _is_printable(cls, value: object) -> object:
        """Refuse control characters: brokers end the connection on them, and paths cannot hold NUL."""
        for text in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(text, str) and any(unicodedata.category(one) == "Cc" for one in text):
                message = "a control character"
                raise ValueError(message)
        return value


class TlsSettings(Part):
    """``[input.tls]``: files that secure a connection."""

    ca_file: FileName | None = None
    cert_file: FileName | None = None
    key_file: FileName | None = None
    crl_file: FileName | None = None


class BrokerSettings(Part):
    """``[input]``: how to reach a broker."""

    host: Host = "127.0.0.1"
    port: Port = 1883
    client_id: str = Field(default="", max_length=1024)
    """Empty: made of base, node and direction. It names the session, so it must stay the same."""
    username: Secret | None = None
    """Hidden like a password: some brokers take an access token here."""
    username_file: FileName | None = None
    """File whose first line is the user name."""
    password_file: FileName | None = None
    """File whose first line is the password; never in the settings themselves."""
    keepalive_s: int = Field(default=30, ge=5, le=600)
    session_expiry_s: int = Field(default=7 * 86400, ge=3600, le=0xFFFF_FFFF)
    """Seconds for which the broker keeps what arrives while the agent is away."""
    receive_maximum: int = Field(default=500, ge=1, le=65535)
    protocol: Literal["auto", "5", "3.1.1"] = "auto"
    tls: TlsSettings | None = None


class JoinSettings(Part):
    """``[route.join]``: lines that come as messages of their own and make one record."""

    start: Pattern | None = None
    """Found in the first line of a record. Missing: what does not match ``more`` is one."""
    more: Pattern | None = None
    """Found in every later line. Missing: what does not match ``start`` is one."""
    end: Pattern | None = None
    """Found in the last line."""
    wait_s: Seconds = 2.0
    """Seconds without another line after which a record is complete."""
    max_bytes: int = Field(default=64 << 10, ge=1, le=16 << 20)
    max_lines: int = Field(default=500, ge=1, le=10_000)


class RouteSettings(Part):
    """``[[route]]``: what to do with the messages of some topics."""

    filter: str
    schemas: tuple[str, ...] = Field(min_length=1, strict=False)
    tiers: tuple[str, ...] = Field(default=(), strict=False)
    """Empty: all tiers, in their order."""
    device_level: int | None = Field(default=None, ge=0)
    ordered: bool = True
    charset: Literal["utf-8", "latin-1", "utf-8-or-latin-1"] = "utf-8"
    gzip: Literal["never", "auto", "always"] = "auto"
    """``auto``: where a payload begins as gzip does, which no text can."""
    text_at: Pointer | None = None
    """Where a payload that is JSON holds the text. Missing: the payload is the text."""
    device_at: Pointer | None = None
    """Where it holds the device's name. Missing: the topic names it."""
    records: Literal["one", "lines", "blocks", "json-lines"] = "one"
    join: JoinSettings | None = None
    """Missing: no record is made of several messages."""


class TierSettings(Part):
    """``[[tier]]``: something that extracts; the order of the tables is the order of climbing."""

    name: Level
    kind: Literal["model", "stub"] = "model"
    model: str = ""
    """Folder of the model; empty: the embedded one."""
    threshold: Share | None = None
    """Confidence under which a value or refusal is not believed. Missing: the model's own; where it has none,
    ``THRESHOLD``."""
    batch: int = Field(default=8, ge=1, le=1024)
    """Messages handed over at a time."""
    prefer: Literal["throughput", "latency"] = "throughput"
    """``latency``: one message at a time, which has the machine for itself. Neither waits for company."""
    deadline_s: Seconds = 60.0
    """Seconds in which a batch must be answered; then the extractor is killed."""
    ready_s: Seconds = 120.0
    """Seconds in which the model must be loaded."""
    threads: int = Field(default=1, ge=0, le=256)
    """0: as many as a measurement at the first start finds to be faster; the embedded model takes one."""

    @property
    def handed_over(self) -> int:
        """Return the most messages that are handed over at a time."""
        return 1 if self.prefer == "latency" else self.batch


class BufferSettings(Part):
    """``[buffer]``: the database."""

    path: str = Field(
        default="/var/lib/maaza/maaza.db",
        pattern=r"[^/]$",
        description="the path of a file, without '/' at its end",
    )
    max_bytes: int = Field(default=1 << 30, ge=1 << 20, le=DISK_BYTES)
    """Cap of the file. When full, nothing more is acknowledged, and the broker keeps it."""
    min_free_bytes: int = Field(default=64 << 20, ge=0, le=DISK_BYTES)
    """Bytes of the disk that are left to others."""
    synchronous: Literal["full", "normal"] = "full"
    """``normal`` may lose the last moments of acknowledged messages in a power cut."""


class AuditSettings(Part):
    """``[audit]``: what is kept of finished messages, and how it is found."""

    search: bool = True
    """Index the words of raw texts."""
    keep_days: float = Field(default=0.0, ge=0.0, le=36_500.0, strict=False)
    """Days for which a finished message is kept; 0: for as long as there is room."""
    redact: tuple[Pattern, ...] = Field(default=(), max_length=100, strict=False)
    """What is hidden in stored texts and values."""
    redact_fields: tuple[Pointer, ...] = Field(default=(), max_length=100, strict=False)
    """Fields that are hidden in stored records, with the places that they come from."""


class LimitSettings(Part):
    """``[limits]``: bounds of memory and time."""

    payload_bytes: int = Field(default=64 << 10, ge=1)
    unpacked_bytes: int = Field(default=1 << 20, ge=1, le=64 << 20)
    """Bytes of a payload behind gzip."""
    records: int = Field(default=1000, ge=1, le=10_000)
    """Records in one payload."""
    packet_bytes: int = Field(default=16 << 20, ge=1 << 16, le=MQTT_PACKET_BYTES)
    """The broker sends no packets above it; between the two limits a message is rejected and kept."""
    unstored_messages: int = Field(default=5000, ge=1)
    unstored_bytes: int = Field(default=32 << 20, ge=1 << 16)
    claimed_messages: int = Field(default=512, ge=1, le=10_000)
    in_flight: int = Field(default=500, ge=1, le=65_000)
    deliver_per_s: float = Field(default=0.0, ge=0, le=1e6, strict=False)
    """Fastest drain of the outbox; 0: no limit."""
    stop_s: Seconds = 8.0
    """Deadline of an ordered stop."""


class LogSettings(Part):
    """``[log]``: what is said."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    payloads: bool = False
    """Also what may hold raw text: the beginning of rejected texts, the words of unforeseen exceptions."""


class MetricsSettings(Part):
    """``[metrics]``: what is counted, and who gets to see it."""

    interval_s: float = Field(default=30.0, ge=0, le=86_400, strict=False)
    """Seconds between publications on ``<base>/<node>/metrics``; 0: none."""
    prometheus: bool = False
    """Whether a page for Prometheus is served at `host` and `port`. Needs the extra ``metrics``."""
    host: Host = "127.0.0.1"
    """Address at which it is served; it has no login."""
    port: Port = 9464
    textfile: str = Field(
        default="",
        pattern=r"^(/.*\.prom)?$",
        description="the absolute path of a file that ends in '.prom', or nothing",
    )
    """File that is written at each interval for node_exporter's textfile collector; empty: none. Needs the
    extra ``metrics``."""


class TemplateSettings(Part):
    """``[templates]``: formats that were learned."""

    enabled: bool = True
    """Whether texts of a learned format are read without a model."""
    max_count: int = Field(default=2000, ge=1, le=5000)
    """Templates that are kept ready, those with most examples."""
    learn: bool = True
    """Whether formats are learned from the model's own answers."""
    agreeing: int = Field(default=5, ge=3, le=100)
    """Answers that make a template; as many again that it has not seen bring it into force."""
    max_learned: int = Field(default=1000, ge=1, le=5000)
    """Templates that are learned from the model."""
    audit_share: float = Field(default=0.02, ge=0.001, le=1.0, strict=False)
    """Share of one core for audits and learning: templates in force are put to the model for ever."""


class Settings(Part):
    """The whole file."""

    node: Level = Field(default_factory=own_name)
    base: Base = "maaza"
    schemas: str = ""
    """Folder of schemas; empty: the bundled ones."""
    models: str = Field(
        default="/var/lib/maaza/models",
        pattern=r"[^/]$",
        description="the path of a folder, without '/' at its end",
    )
    """Folder that ``maaza models`` pulls to, imports to and lists."""
    input: BrokerSettings = BrokerSettings()
    output: BrokerSettings | None = None
    """Missing: the input broker."""
    route: tuple[RouteSettings, ...] = Field(min_length=1, strict=False)
    tier: tuple[TierSettings, ...] = Field(default=(TierSettings(name="nano"),), min_length=1, strict=False)
    buffer: BufferSettings = BufferSettings()
    audit: AuditSettings = AuditSettings()
    limits: LimitSettings = LimitSettings()
    log: LogSettings = LogSettings()
    metrics: MetricsSettings = MetricsSettings()
    templates: TemplateSettings = TemplateSettings()

    @property
    def sink(self) -> BrokerSettings:
        """Return the broker that gets the records."""
        return self.output or self.input.model_copy(update={"client_id": ""})

    def tiers_of(self, route: RouteSettings) -> tuple[str, ...]:
        """Return the tiers that a route climbs."""
        return route.tiers or tuple(tier.name for tier in self.tier)
