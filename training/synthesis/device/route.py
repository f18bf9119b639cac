"""How a line puts the two ends of a connection: with an arrow, with labels, or in words."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from training.synthesis.device.part import Part

Pieces = list[tuple[str, Part | None]]
"""Words, and the part that follows them."""


@dataclass(slots=True)
class Flow:
    """What a line tells of one connection."""

    ends: tuple[dict[str, Part], dict[str, Part]]
    """Address and port of either end."""
    parts: dict[str, Part]
    """Everything else by its kind."""
    nested: bool
    ported: bool
    """The line prints the ports."""


def _pair(found: Flow, mark: str) -> tuple[Pieces, Pieces]:
    """Write address and port of both ends, the port behind a mark."""
    made: list[Pieces] = []
    mark = ":" if mark == "." and found.ends[0]["address"].source.format == "ipv6" else mark
    for end in found.ends:
        wide = end["address"].source.format == "ipv6" and mark == ":" and found.ported
        piece: Pieces = [("[" if wide else "", end["address"]), ("]" if wide else "", None)]
        made.append([*piece, (mark, end["port"])] if found.ported else piece)
    return made[0], made[1]


def _before(names: tuple[str, ...], found: Flow, rng: Random, wraps: tuple[str, ...]) -> Pieces:
    pieces: Pieces = []
    for name in names:
        if name in found.parts and rng.random() < 0.85:
            before, after = rng.choice(wraps).split("{}")
            pieces += [(before, found.parts[name]), (after + " ", None)]
    return pieces


def _labels(names: tuple[str, ...], found: Flow, rng: Random, joint: str) -> Pieces:
    pieces: Pieces = []
    for name in names:
        if name in found.parts and rng.random() < 0.75:
            part = found.parts[name]
            pieces.append((f" {rng.choice(part.shorts or part.words)}{joint}", part))
    return pieces


_ENDS: Final = (
    ("src", "dst", "spt", "dpt"), ("s", "d", "sp", "dp"), ("saddr", "daddr", "sport", "dport"),
    ("from", "to", "sport", "dport"), ("srcip", "dstip", "srcport", "dstport"),
)  # fmt: skip
_LINKS: Final = (
    ("from ", " to "), ("from ", " to "), ("src ", " dst "), ("between ", " and "),
    ("connection from ", " to "), ("source ", ", destination "), ("flow from ", " towards "),
)  # fmt: skip
_AROUND: Final = (
    "interface", "rule", "size", "packets", "mac", "ttl", "session", "duration", "user", "reason",
)  # fmt: skip


def arrow(found: Flow, rng: Random) -> Pieces:
    """Compose ``tcp 10.0.0.1:443 -> 10.0.0.2:5000 denied``."""
    first, second = _pair(found, rng.choice((":", ":", ":", "/", ".", "#")))
    arrow = rng.choice((" -> ", " -> ", "->", " > ", " => ", " to ", " → ", " <-> "))
    middle = ["protocol", "action"]
    rng.shuffle(middle)
    cut = rng.randint(0, 2)
    head = _before(("time", "device", *middle[:cut]), found, rng, ("{}", "{}", "[{}]", "{}:", "({})"))
    pieces = [*head, *first, (arrow, None), *second]
    for name in middle[cut:]:
        if name in found.parts:
            pieces += [(rng.choice((" ", " ", " (", ", ")), found.parts[name])]
            pieces += [(")", None)] if pieces[-1][0] == " (" else []
    return [*pieces, *_labels(_AROUND, found, rng, rng.choice(("=", " ", ":", "=")))]


def tagged(found: Flow, rng: Random) -> Pieces:
    """Compose ``DROP IN=eth0 SRC=10.0.0.1 DST=10.0.0.2 PROTO=TCP SPT=22 DPT=443``."""
    joint = rng.choice(("=", "=", "=", ":"))
    case = rng.choice((str.upper, str.lower))
    names = rng.choice(_ENDS)
    head = _before(("time", "device", "action"), found, rng, ("{}", "{}", "[{}]", "{}:"))
    one, two = found.ends
    ends = [(names[0], one["address"]), (names[1], two["address"])]
    ends += [(names[2], one["port"]), (names[3], two["port"])] if found.ported else []
    listed: Pieces = [(f" {case(name)}{joint}", part) for name, part in ends]
    listed[2:2] = _labels(("protocol", *_AROUND), found, rng, joint)
    start, part = listed[0]
    return [*head, (start.strip(), part), *listed[1:]] if head else [(start.strip(), part), *listed[1:]]


def worded(found: Flow, rng: Random) -> Pieces:
    """Compose ``denied tcp from 10.0.0.1 port 22 to 10.0.0.2 port 443 on eth0``."""
    first, second = _pair(found, rng.choice((" port ", " port ", ":", "/", " (port ", ", port ")))
    close = ")" if any(before == " (port " for before, _ in first) else ""
    link = rng.choice(_LINKS)
    names = rng.choice((("action", "protocol"), ("protocol", "action")))
    head = _before(("time", "device", *names), found, rng, ("{}", "{}", "{}", "{}:"))
    tail = _labels(_AROUND, found, rng, " ")
    return [*head, (link[0], None), *first, (close + link[1], None), *second, (close, None), *tail]
