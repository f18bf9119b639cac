"""Lines of firewalls and routers: two ends with addresses and ports, a protocol, and what was done."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

from training.synthesis import casing, value
from training.synthesis.device.keys import name_all
from training.synthesis.device.part import Part, Role, gauge, ident, moment
from training.synthesis.device.route import Flow, Pieces, arrow, tagged, worded
from training.synthesis.device.words_of import chosen
from training.synthesis.fill import fill
from training.synthesis.form import Field, Group, Shape
from training.synthesis.layout import Written
from training.synthesis.layout.scribe import Records, by_field
from training.synthesis.naming import Dialect, dialect
from training.synthesis.page import Page

_ACTIONS: Final = (
    ("allowed", "denied"), ("allowed", "denied", "dropped", "rejected"), ("accepted", "dropped", "rejected"),
    ("allow", "deny"), ("permit", "deny", "drop", "reset"), ("ACCEPT", "DROP", "REJECT"), ("pass", "block"),
    ("passed", "blocked"), ("opened", "closed", "timeout"), ("established", "refused", "reset"),
)  # fmt: skip
_PROTOCOLS: Final = ("tcp", "udp", "icmp", "esp", "gre", "sctp", "igmp")
_NAMES: Final = (
    (("source",), ("destination",)), (("src",), ("dst",)), (("source",), ("target",)),
    (("client",), ("server",)), (("from",), ("to",)), (("local",), ("remote",)),
    (("origin",), ("destination",)),
)  # fmt: skip


def flow(rng: Random, level: float) -> Written:
    """Write one connection as a firewall or a router logs it."""
    how = dialect(rng, level, casing.MOSTLY_JOINED)
    found = _drawn(rng, level)
    root = _tree(found, how, rng)
    pieces = rng.choice((arrow, arrow, tagged, worded, worded))(found, rng)
    printed = {id(part) for _, part in pieces if part}
    for part in _all(found):
        part.presence = 0.0 if id(part) not in printed else 1.0 if rng.random() < 0.7 else 0.9999
    filled = fill(root, rng)
    page, records = Page(), by_field(filled)
    _write(page, records, pieces)
    title = rng.choice(("", "", "Firewall event", "Connection", "Network event", "Packet filter line"))
    return Written(root, filled, page, title=title)


Maker = Callable[[Random], Part]


def _write(page: Page, records: Records, pieces: Pieces) -> None:
    for before, part in pieces:
        page.write(before)
        if part is not None and (leaf := records.get(id(part))) is not None:
            page.put(leaf)
            page.write(part.sign(""))


def _all(found: Flow) -> list[Part]:
    return [*found.parts.values(), *found.ends[0].values(), *found.ends[1].values()]


def _drawn(rng: Random, level: float) -> Flow:
    wide = rng.random() < 0.15 * level
    names = rng.choice(_NAMES)
    nested = rng.random() < 0.55 * level
    called = rng.choice(("ip", "ip", "ip", "address", "addr"))
    one, two = (_end(name, () if nested else name, called, rng, wide=wide) for name in names)
    some = rng.sample(tuple(_MAKERS), round(1 + level * rng.randint(1, 6)))
    return Flow((one, two), {name: _MAKERS[name](rng) for name in some}, nested, rng.random() < 0.75)


def _end(
    name: tuple[str, ...], ahead: tuple[str, ...], called: str, rng: Random, *, wide: bool
) -> dict[str, Part]:
    address = Part((*ahead, called), _address(rng, wide=wide))
    address.alias = name[0]
    return {"address": address, "port": Part((*ahead, "port"), port(rng))}


def _address(rng: Random, *, wide: bool) -> value.Source:
    kind = "ip6" if wide else "ip4"
    source = value.source(kind, rng)
    return value.Source("string", source.draw, format="ipv6" if wide else "ipv4")


def port(rng: Random) -> value.Source:
    """Draw the ports of one end, in some texts mostly those of well-known services."""
    usual = (22, 53, 80, 123, 443, 445, 502, 1883, 3389, 5060, 8080, 8883)
    known = rng.random() < 0.4

    def draw(r: Random) -> value.Drawn:
        number = r.choice(usual) if known and r.random() < 0.7 else r.randint(1, 65535)
        return str(number), number

    return value.Source("integer", draw)


def _action(rng: Random) -> Part:
    name = rng.choice((("action",), ("action",), ("verdict",), ("decision",), ("result",), ("event",)))
    return Part(name, chosen(rng.choice(_ACTIONS), rng), ("act", "action"), role=Role.STATE)


def _protocol(rng: Random) -> Part:
    source = chosen(_PROTOCOLS[: rng.randint(3, 7)], rng, otherwise=0.0)
    return Part(rng.choice((("protocol",), ("proto",), ("transport",))), source, ("proto", "PROTO", "prot"))


def _plain(names: str, kind: str, shorts: str) -> Maker:
    options, shown = names.split(","), tuple(shorts.split(","))
    return lambda rng: Part(tuple(rng.choice(options).split()), value.source(kind, rng), shown)


_MAKERS: Final[dict[str, Maker]] = {
    "time": moment, "action": _action, "protocol": _protocol,
    "device": lambda rng: ident(("firewall", "router", "gateway", "switch", "sensor"), rng),
    "interface": _plain("interface,in interface,iface", "iface", "IN,in,if,dev"),
    "rule": _plain("rule,policy,rule id,chain", "token", "rule,policy,rid"),
    "size": _plain("bytes,length,packet size,bytes sent", "int:20:999999", "LEN,len,bytes,size"),
    "packets": _plain("packets,packet count", "int:1:9999", "pkts,packets,n"),
    "mac": _plain("mac address,mac,hardware address", "mac", "MAC,mac,hw"),
    "ttl": _plain("ttl,time to live", "int:1:255", "TTL,ttl"),
    "session": _plain("session id,connection id,flow id", "int:1:9999999", "session,conn,id,sid"),
    "duration": lambda rng: gauge(rng, "duration"),
    "user": _plain("user,account,user name", "user", "user,usr"),
    "reason": _plain("reason,cause", "word", "reason,why"),
}  # fmt: skip
"""Kind of part → how it is made."""


def _tree(found: Flow, how: Dialect, rng: Random) -> Group:
    """Make the schema: either end an object of its own, or all in one."""
    flat = list(found.parts.values())
    root = Group((), Shape.OBJECT, [*flat])
    inner: list[Field | Group] = []
    if not found.nested:
        flat += [*found.ends[0].values(), *found.ends[1].values()]
        inner += [*found.ends[0].values(), *found.ends[1].values()]
    name_all(flat, rng, how, telling=False)
    taken = {part.key for part in flat}
    for end in found.ends if found.nested else ():
        _name_end(end, how, rng)
        key = end["address"].alias
        inner.append(
            Group((key,), Shape.OBJECT, [*end.values()], key=key if key not in taken else f"{key}_end")
        )
    at = rng.randint(0, len(root.children))
    root.children[at:at] = inner
    return root


def _name_end(end: dict[str, Part], how: Dialect, rng: Random) -> None:
    for name, part in end.items():
        part.key = how.key(part.words)
        if rng.random() < how.described:
            part.description = f"{name.capitalize()} of the {end['address'].alias}"
