"""Words that everybody who reads logs knows: protocols, directions, verdicts, levels, states.

A small model has not read the world. That ``tcp`` is a protocol and ``inbound`` a direction is told to it: a
place whose word is of a kind that a question's name asks for is linked to the question. What that is worth is
learned.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

_VALUES: Final = {
    "protocol": "tcp udp icmp icmpv6 igmp sctp esp ah gre arp ip ipv4 ipv6 http https ftp ssh dns dhcp ntp "
    "snmp smtp imap mqtt coap amqp modbus bacnet opcua lorawan zigbee zwave ble wifi lte can "
    "tls",
    "direction": "in out inbound outbound incoming outgoing ingress egress rx tx up down upstream downstream "
    "left right forward forwarded reverse north south east west import export",
    "verdict": "allow allowed permit permitted accept accepted pass passed grant granted deny denied drop "
    "dropped reject rejected block blocked refuse refused discard discarded close closed open "
    "opened create created built teardown start stop success succeeded failure failed fail ok "
    "error timeout",
    "method": "get put post head delete options patch connect trace propfind mkcol copy move purge "
    "subscribe publish",
    "level": "debug info information informational notice warning warn error err critical crit alert "
    "emergency emerg fatal severe trace panic verbose low medium high minor major d i w e",
    "state": "on off ok good bad fail failed failure fault faulty error alarm alert normal warning "
    "running run stopped stop idle active inactive standby sleeping ready busy up down open "
    "closed opened enabled disabled online offline connected disconnected charging discharging "
    "charged full empty unknown pending degraded clean healthy unhealthy present absent locked "
    "unlocked armed disarmed maintenance auto manual starting stopping started resumed paused "
    "waiting complete completed done yes no true false established listen listening",
    "unit": "c f k v mv kv a ma w mw kw kwh wh hz khz mhz ghz pa hpa kpa bar mbar psi s ms us min h m "
    "mm cm km g kg t l ml ppm ppb rpm db dbm lux lx deg degc degf kn kt kts mph kph b kb mb gb "
    "tb kib mib gib percent pct n u",
}  # fmt: skip
_NAMES: Final = {
    "protocol": "protocol proto transport",
    "direction": "direction dir bound way",
    "verdict": "action outcome verdict decision disposition result event operation op",
    "method": "method verb request",
    "level": "level severity loglevel lvl sev priority",
    "state": "state status mode condition health presence",
    "unit": "unit units uom",
}


def _turned(table: dict[str, str]) -> dict[str, frozenset[str]]:
    """Return the kinds of each word of a table."""
    found: dict[str, set[str]] = defaultdict(set)
    for kind, words in table.items():
        for word in words.split():
            found[word].add(kind)
    return {word: frozenset(kinds) for word, kinds in found.items()}


NONE: Final = frozenset[str]()
KINDS_OF: Final = _turned(_VALUES)
"""Kinds of values by the word that says one."""
_ASKED: Final = _turned(_NAMES)


def asked(name: Iterable[str], about: Iterable[str]) -> frozenset[str]:
    """Return the kinds of values that a name asks for; those of its description if it asks for none."""
    for words in (name, about):
        kinds = [_ASKED[word] for word in words if word in _ASKED]
        if kinds:
            return NONE.union(*kinds)
    return NONE
