"""The values that travel, frozen, in the order of a message's life."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from agent.wrapping import PLAIN, Wrapping

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


class Refusal(StrEnum):
    """Why an extractor made no value of a text."""

    NOT_THIS_SCHEMA = "not_this_schema"
    """The text is of another kind than the schema describes."""
    MISSING_REQUIRED = "missing_required"
    """A required field has no candidate in the text."""
    TEXT_TOO_LONG = "text_too_long"
    """The text does not fit the model's context; it is never cut silently."""
    SCHEMA_TOO_LARGE = "schema_too_large"
    """The schema has more fields than the model can be asked for at once."""
    EMPTY_TEXT = "empty_text"
    """The text has no visible character."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where one leaf of a value comes from."""

    pointer: str
    """JSON pointer (RFC 6901) of the leaf in the value."""
    start: int
    """Offset of the first character in the raw text; -1 where no span cues the leaf."""
    end: int
    """Offset behind the last character; -1 where no span cues the leaf."""
    confidence: float
    """Probability, 0 to 1, that the extractor gives to this leaf."""
    inferred: bool = False
    """True where the leaf is not a copy of the span (an enum or boolean cued by it, or by nothing)."""
    converted: str = ""
    """How the leaf was computed from the span, as its schema declares; empty: it is the span as it stands."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What one tier made of one text, before validation."""

    value: Json
    """The object; None where the tier refused."""
    evidence: tuple[Evidence, ...]
    """One entry per string, number, boolean or enum leaf, in document order."""
    confidence: float
    """Probability, 0 to 1, that the whole value is right; of a refusal, that refusing is right."""
    tier: str
    """Name of the tier that made it."""
    model: str
    """SHA-256 of the model file that made it, hex; empty for tiers without one."""
    refusal: Refusal | None = None
    """Why there is no value; None where there is one."""
    detail: str = ""
    """The refusal in a sentence, naming the field or the limit."""
    tokens: int = 0
    """Tokens that the model read and wrote for this text."""
    timings: dict[str, float] = field(default_factory=dict)
    """Seconds by step."""
    template: str = ""
    """Id of the learned template that made it; empty where none did."""


class State(StrEnum):
    """Where an inbox row stands. The last three are terminal: nothing moves a row out of them by itself."""

    RECEIVED = "received"
    """Stored and acknowledged; waits for its fate, or is in extraction."""
    CLAIMED = "claimed"
    """In extraction, written down by an older version: given back at a start. This one knows it by heart."""
    READY = "ready"
    """Extracted; record and outbox row are stored, the broker has not confirmed yet."""
    PUBLISHED = "published"
    """The output broker has confirmed the record."""
    REJECTED = "rejected"
    """No record: a dead letter says why. A person can put the message back."""
    DROPPED = "dropped"
    """Left out by a written policy, with its reason."""


TERMINAL = frozenset({State.PUBLISHED, State.REJECTED, State.DROPPED})


class Reason(StrEnum):
    """Why a message was rejected or dropped."""

    TOO_LARGE = "too_large"
    """The payload has more bytes than ``limits.payload_bytes``, or more behind gzip than
    ``limits.unpacked_bytes``; or lines are joined to more than ``join.max_bytes`` or ``join.max_lines``."""
    UNDECODABLE = "undecodable"
    """The payload is not text in the route's charset, or its gzip is damaged."""
    BAD_ENVELOPE = "bad_envelope"
    """The payload is not JSON with a text, and a device where one is declared, at the declared place."""
    TOO_MANY_RECORDS = "too_many_records"
    """The payload holds more records than ``limits.records``."""
    CONTINUES_NOTHING = "continues_nothing"
    """The line continues a record that is complete already, or that never began."""
    JOINED = "joined"
    """The text is a part of the record that an earlier message carries (a drop)."""
    EMPTY_TEXT = "empty_text"
    """The payload has no visible character."""
    NO_ROUTE = "no_route"
    """No route's filter matches the topic."""
    NOT_THIS_SCHEMA = "not_this_schema"
    """The text fits none of the route's schemas."""
    MISSING_REQUIRED = "missing_required"
    """A required field has no candidate in the text."""
    TEXT_TOO_LONG = "text_too_long"
    """The text does not fit the context of any tier."""
    SCHEMA_TOO_LARGE = "schema_too_large"
    """The schema has more fields than any tier can be asked for."""
    INVALID = "invalid"
    """The last tier's value breaks the schema."""
    UNGROUNDED = "ungrounded"
    """The last tier's value holds something that does not stand in the text."""
    UNCONVERTIBLE = "unconvertible"
    """The text of a value is not written as the schema declares, or its unit does not fit."""
    UNSURE = "unsure"
    """The last tier's confidence is under its threshold."""
    EXTRACTOR_CRASHED = "extractor_crashed"
    """The text crashed or hung the extractor repeatedly; it is in quarantine."""
    UNDELIVERABLE = "undeliverable"
    """The output broker refuses the message for good."""
    OWN_OUTPUT = "own_output"
    """The agent published it itself, and it came back (a drop): two ways lead to one broker."""
    GOES_ROUND = "goes_round"
    """It has gone through so many agents, one after the other, that it goes round among them (a drop)."""
    EXPIRED = "expired"
    """The Message Expiry that the publisher set has passed (a drop)."""


DROPS = frozenset({Reason.JOINED, Reason.OWN_OUTPUT, Reason.GOES_ROUND, Reason.EXPIRED})
"""Reasons of what is left out by policy; nobody gets a dead letter of it."""


@dataclass(frozen=True, slots=True)
class Packet:
    """A PUBLISH as the input broker handed it over."""

    generation: int
    """Number of the connection it came on; acknowledgements of older connections are void."""
    topic: str
    payload: bytes
    qos: int
    retained: bool
    packet_id: int
    """MQTT packet identifier; 0 at QoS 0."""
    expiry_s: int | None
    """Seconds of Message Expiry left on arrival; None where the publisher set none."""
    arrived_at: float
    """Unix time, seconds."""
    claimed_id: str | None = None
    """The MQTT 5 user property ``id``: what agents publish carries the id of the message it comes from."""
    claimed_hops: str | None = None
    """The MQTT 5 user property ``hops``: agents that it has gone through, where that is more than one."""


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A message as the inbox keeps it."""

    id: str
    """UUIDv7, given once, at the first durable commit."""
    received_at: float
    """Unix time, seconds."""
    topic: str
    device: str
    """Name of the source, as one topic level; the line in which order is kept."""
    ordered: bool
    """False where the route gives up order."""
    qos: int
    retained: bool
    packet_id: int
    size: int
    """Bytes of the payload as received."""
    sha256: bytes
    """Digest of the whole payload as received."""
    text: str | None
    """The payload decoded; None where it is too large or not text."""
    raw: bytes | None
    """First bytes of a payload that has no text."""
    expires_at: float | None
    """Unix time after which nobody wants it; None: never."""
    reason: Reason | None = None
    """Why it is rejected on arrival; None: it is to be processed."""
    detail: str = ""
    """The reason in a sentence, with the limit."""
    configuration: int = 0
    """Number of the configuration whose route took it."""
    record: int = 0
    """Place of the record among those of its payload, from 0."""
    pending: bool = False
    """True where it may be a part of a record, and waits to be joined to it."""
    redacted: int = 0
    """Characters of the text that are hidden."""
    hops: int = 0
    """Agents that it has gone through before."""


@dataclass(frozen=True, slots=True)
class Route:
    """What to do with the messages of some topics."""

    filter: str
    """MQTT topic filter; ``$share/<group>/`` in front is allowed."""
    schemas: tuple[str, ...]
    """Names of the schemas to try, in order."""
    tiers: tuple[str, ...]
    """Names of the tiers to climb, in order."""
    device_level: int | None = None
    """Topic level, from 0, that names the device; None: the whole topic does."""
    ordered: bool = True
    """Keep order per device."""
    wrapping: Wrapping = PLAIN
    """How payloads hold text."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """An inbox row that the process step has taken."""

    seq: int
    """Order of arrival."""
    id: str
    topic: str
    device: str
    ordered: bool
    text: str
    received_at: float
    expires_at: float | None
    attempts: int
    """Claims so far, this one included."""
    configuration: int = 0
    """Number of the configuration whose route took it; 0: whichever is in force."""
    qos: int = 1
    hops: int = 0
    retained: bool = False


@dataclass(frozen=True, slots=True)
class Fragment:
    """An inbox row that may be a part of a record."""

    seq: int
    id: str
    topic: str
    device: str
    text: str
    received_at: float
    configuration: int
    qos: int
    hops: int
    retained: bool

    @property
    def size(self) -> int:
        """Bytes of the text, UTF-8."""
        return len(self.text.encode())


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of one tier at one message: a line of the audit trail."""

    schema: str
    tier: str
    outcome: str
    """``ok`` or a Reason."""
    confidence: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """What was extracted, validated and grounded; stored as it will be published."""

    schema: str
    schema_version: str
    fingerprint: str
    """SHA-256 of the schema, hex."""
    candidate: Candidate
    schema_id: str = ""
    """The schema's ``$id``; empty where it has none."""


class Kind(StrEnum):
    """What an outgoing message is."""

    DATA = "data"
    """A record."""
    REJECTED = "rejected"
    """A dead letter."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way to the output broker."""

    id: str
    """Id of the inbox message it comes from."""
    kind: Kind
    device: str
    topic: str
    payload: str
    """JSON text."""
    properties: tuple[tuple[str, str], ...] = ()
    """MQTT 5 user properties."""
    expires_at: float | None = None
    """Unix time, seconds, after which nobody wants it; None: never."""
    number: int = 0
    """Place in the outbox; 0 until it is stored."""
    attempts: int = 0
    """Refusals by the broker so far."""
    received_at: float = 0.0
    """Unix time, seconds, at which its message arrived; 0 until it is read from the outbox."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """The fate of one message: all of it is committed, or none."""

    seq: int
    state: State
    """READY, REJECTED or DROPPED."""
    trail: tuple[Attempt, ...] = ()
    reason: Reason | None = None
    detail: str = ""
    record: Record | None = None
    outgoing: Outgoing | None = None
    configuration: int = 0
    """Number of the configuration that decided; 0: the row's own."""
    id: str = ""
    """Id of the message, for the log."""
    route: str = ""
    """Filter of its route, for the counters; empty where none takes it."""
    text: str | None = None
    """The text as it is kept; None: as it came in."""
    redacted: int = 0
    """Characters of it that are hidden."""


@dataclass(frozen=True, slots=True)
class Joined:
    """What became of fragments: one record, whole or rejected. All of it is committed, or none."""

    seq: int
    """Row of the first fragment, which carries the record."""
    text: str
    """The text of all, line by line."""
    parts: tuple[int, ...] = ()
    """Rows of the others."""
    reason: Reason | None = None
    """Why it is rejected; None: it is to be processed."""
    detail: str = ""
    outgoing: Outgoing | None = None
    """The dead letter of a rejected one."""
    redacted: int = 0
    """Characters of the text that are hidden."""
    keeps_parts: bool = True
    """False: the texts of the others are not kept."""


@dataclass(frozen=True, slots=True)
class Crashed:
    """A text took the extractor down each time it was tried."""

    detail: str
