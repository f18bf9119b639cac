"""The way to a broker: name, port, TLS."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from agent.doctor.facts import Reached, Resolved, Secured
from agent.doctor.verdict import Finding, Says

DAY_S: Final = 86_400
SOON_S: Final = 14 * DAY_S
"""A certificate that expires within this is a warning."""
TLS_PORT: Final = 8883
"""Port that is registered for MQTT over TLS."""
PORT_REMEDIES: Final = {
    "refused": "start the broker there, or correct {table}.port; stock Mosquitto 2 listens on loopback alone",
    "silent": "a firewall drops packets, or the machine is off: try from another machine, check {table}.host",
    "unreachable": "check cable, Wi-Fi and routes of this machine: `ip route get` with the address",
    "other": "check {table}.host and {table}.port",
}
TLS_REMEDIES: Final = {
    "untrusted": "set {table}.tls.ca_file to the certificate of the authority that signed the broker's",
    "name": "use a name that stands in the certificate as {table}.host, or have a certificate made for it",
    "expired": "renew the broker's certificate; if it is not expired, set this machine's clock",
    "early": "set this machine's clock: `timedatectl`",
    "no_tls": "remove {table}.tls, or set {table}.port to the broker's TLS port, mostly 8883",
    "ours": "set {table}.tls.cert_file and key_file to a certificate that the broker's authority has signed",
    "other": "see the broker's log; TLS 1.2 or later is needed",
}


def resolved(says: Says, facts: Resolved, *, table: str) -> list[Finding]:
    """Judge a name."""
    if facts.is_address:
        return [says.good(f"{facts.host} is an address")]
    if not facts.addresses:
        remedy = f"correct {table}.host, or see to the name: `getent hosts {facts.host}`"
        return [says.fault(f"the name {facts.host!r} has no address: {facts.fault}", remedy)]
    return [says.good(f"{facts.host} is {', '.join(facts.addresses[:3])}")]


def reached(says: Says, facts: Reached, *, table: str) -> list[Finding]:
    """Judge a TCP connection."""
    if facts.kind:
        remedy = PORT_REMEDIES[facts.kind].format(table=table)
        return [says.fault(f"no connection to {facts.address}: {facts.fault}", remedy)]
    return [says.good(f"{facts.address} answers in {facts.seconds * 1000:.1f} ms")]


def secured(says: Says, facts: Secured, *, table: str, now: float) -> list[Finding]:
    """Judge a handshake."""
    if facts.kind:
        remedy = TLS_REMEDIES[facts.kind].format(table=table)
        return [says.fault(f"no secure connection to {facts.host}: {facts.fault}", remedy)]
    if facts.expires_at is None:
        return [says.good(facts.version)]
    day = datetime.fromtimestamp(facts.expires_at, UTC).date()
    if facts.expires_at - now < SOON_S:
        return [says.warn(f"the broker's certificate expires on {day}", "renew it before that day")]
    return [says.good(f"{facts.version}, certificate good until {day}")]


def open_way(says: Says, *, table: str, port: int, has_password: bool, is_local: bool) -> list[Finding]:
    """Judge a connection without TLS."""
    if port == TLS_PORT:
        remedy = f"add [{table}.tls], or set {table}.port to 1883"
        return [says.warn("not asked for, and 8883 is the port for TLS", remedy)]
    if has_password and not is_local:
        remedy = f"add [{table}.tls] and use the broker's TLS port, mostly 8883"
        return [says.warn("not asked for: the password crosses the network in the clear", remedy)]
    return [says.skip("not asked for")]
