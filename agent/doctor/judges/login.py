"""What the broker says to us: login, and what it has room for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from agent.doctor.facts import Answer
from agent.doctor.verdict import Finding, Says

NOT_AUTHORISED, BAD_LOGIN, BAD_CLIENT_ID, BANNED, UNSUPPORTED = 0x87, 0x86, 0x85, 0x8A, 0x84
"""Reason codes of CONNACK (MQTT 5, 3.2.2.2)."""
UNKNOWN: Final = "set {table}.username and {table}.password_file: the broker admits no one without a name"
KNOWN: Final = (
    "compare {table}.username and the first line of {table}.password_file with the broker's users; "
    "in Mosquitto `mosquitto_passwd FILE USER` sets a password, then reload it"
)
REMEDIES: Final = {
    BAD_CLIENT_ID: "allow client ids that end in -doctor, or set another {table}.client_id",
    BANNED: "the broker has banned this user or client id: see its log",
    UNSUPPORTED: 'set {table}.protocol to "auto"',
}
BUSY: Final = frozenset({0x88, 0x89, 0x97, 0x9F})
"""Unavailable, busy, quota exceeded, connection rate exceeded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the settings ask of a broker."""

    table: str
    username: str | None
    has_tls: bool
    shared: bool
    """A route subscribes as a member of a group."""
    wildcards: bool
    packet_bytes: int
    """Largest message that may go out."""


def login(says: Says, answer: Answer, wishes: Wishes) -> list[Finding]:
    """Judge the answer to CONNECT."""
    if not answer.accepted:
        return [says.fault(*_refusal(answer, wishes))]
    found = list(_lacks(says, answer, wishes))
    who = f"as {wishes.username!r}" if wishes.username else "without a name"
    version = "MQTT 5" if answer.v5 else "MQTT 3.1.1"
    return found or [says.good(f"accepted {who}, {version}")]


def _refusal(answer: Answer, wishes: Wishes) -> tuple[str, str]:
    if answer.code is None:
        return _silence(answer, wishes)
    user = f" (user {wishes.username!r})" if wishes.username else ""
    return f"refused: {answer.reason}{user}", _remedy(answer.code, wishes)


def _remedy(code: int, wishes: Wishes) -> str:
    table = wishes.table
    if code in {NOT_AUTHORISED, BAD_LOGIN}:
        return (KNOWN if wishes.username else UNKNOWN).format(table=table)
    if code in BUSY:
        return "the broker has no room now: see its log and its limit of connections"
    return REMEDIES.get(code, "see the broker's log").format(table=table)


def _silence(answer: Answer, wishes: Wishes) -> tuple[str, str]:
    said = f"the broker closed the connection or said nothing: {answer.reason}"
    if not wishes.has_tls:
        return said, f"see whether this port speaks TLS (then add [{wishes.table}.tls]) or is no MQTT port"
    return said, f"see the broker's log; it may want a certificate of ours: {wishes.table}.tls.cert_file"


def _lacks(says: Says, answer: Answer, wishes: Wishes) -> Iterator[Finding]:
    if answer.maximum_qos < 1:
        yield says.fault(
            "the broker has no QoS 1: it loses messages", "allow QoS 1 there (Mosquitto: max_qos)"
        )
    if not answer.retain:
        yield says.warn("the broker keeps no retained messages: nobody sees our status", "allow them there")
    if wishes.shared and not answer.shared:
        yield says.fault("the broker has no shared subscriptions", "remove $share/<group>/ from the filters")
    if wishes.wildcards and not answer.wildcards:
        yield says.fault("the broker has no wildcards", "name each topic in a route of its own")
    if answer.packet_bytes is not None and answer.packet_bytes < wishes.packet_bytes:
        remedy = f"raise it there, or lower limits.payload_bytes below {answer.packet_bytes}"
        yield says.warn(f"the broker takes at most {answer.packet_bytes:,} bytes at a time", remedy)
