"""Identifiers, addresses and other texts as patterns: ``{word}-{d2}`` is a word, a dash and two digits."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import Final

from training.synthesis import words

Draw = Callable[[Random], str]

KINDS: Final[dict[str, tuple[str, ...]]] = {
    "word": ("{low}", "{cap}"),
    "token": (
        "{c12}", "{c8}", "{c16}", "{low}-{n999}", "{low}-{n99}", "{low}_{low}", "{x8}", "{x12}", "{c20}",
    ),
    "ip4": (
        "192.168.{n255}.{n254}", "10.0.{n255}.{n254}", "172.16.{n255}.{n254}",
        "{n223}.{n255}.{n255}.{n254}",
    ),
    "ip6": ("fe80::{x4}:{x4}:{x4}:{x4}", "2001:db8::{x4}", "2001:db8:{x4}::{x4}:{x4}", "::1"),
    "port": ("{n65535}", "{n9999}", "443", "80"),
    "iface": (
        "eth{n9}", "wlan{n3}", "ens{n99}", "br{n9}", "tun{n9}", "ge-0/0/{n40}", "ppp{n9}", "can{n3}",
        "{syl}{n9}", "vlan{n999}", "lo", "{syl}{n9}-{n99}", "wlp{n9}s{n9}",
    ),
    "netmask": ("255.255.255.0", "255.255.0.0", "255.255.255.128", "255.0.0.0", "255.255.{n255}.0"),
    "ssid": ("{Made}-{n99}", "{MADE}", "{Made} {cap}", "{cap} {cap}", "{Made}_{d4}"),
    "host": (
        "{low}{n99}", "{low}-{d2}", "{made}.{low}.{tld}", "{low}.{made}.{tld}", "{made}-{low}", "{made}",
        "{low}",
    ),
    "domain": ("{low}.{tld}", "{made}.{tld}", "{low}.{made}.{tld}"),
    "url": (
        "https://{domain}{path}", "http://www.{domain}{path}", "https://api.{domain}/",
        "http://{ip4}:{n9999}{path}",
    ),
    "agent": (
        "{Made}/{n90}.{n9} ({low}; {low} {n9}_{n9})", "{low}/{n9}.{n99}.{n9}",
        "{Made}/{n9}.0 (compatible; {low}bot/{n9}.{n9}; +{url})",
        "{Made}/5.0 ({cap} {n9}; {low} x{n99}) {Made}/{n99}.{n9} (like {Made}) {Made}/{n99}.0",
    ),
    "path": (
        "/{top}", "/{top}/{low}", "/{top}/{low}/{low}.{ext}", "/{top}/{token}/{low}", "/{low}/{low}.{ext}",
        "/{top}/{token}", "/{low}/{low}?id={n999}", "/{top}/{made}/{low}_{low}", "/", "/{low}/{low}/",
        "/{top}/{low}.{ext}?{low}={low}&n={n99}", "C:\\{cap}\\{low}.{ext}", "./{low}/{low}",
    ),
    "file": ("{low}.{ext}", "{low}_{low}.{ext}", "{made}-{n99}.{ext}"),
    "uuid": ("{x8}-{x4}-{x4}-{x4}-{x12}",),
    "user": ("{low}", "{name}", "{low}{n99}", "root", "admin", "{made}", "{low}_{low}"),
    "program": ("{low}", "{low}d", "{made}-{low}", "{made}", "{low}_{low}"),
    "command": (
        "{low} -{a} {low}", "/usr/bin/{low} --{low} {path}", "./{made} --{low}={n99}", "{low} {path}",
        "{made} {low}",
    ),
    "code": (
        "{A}{A}-{d3}", "{A}-{d4}", "{A}{A}{A}-{d2}", "{A}{A}{d5}", "{A}{d3}", "{A}{A}_{d4}",
        "{A}{A}.{d4}/{n99}", "{A}{A}-{year}-{d4}", "{d4}-{A}{A}", "{A}{A} {d4}", "{d6}-{A}",
        "{A}{A}{A}{A}-{d1}",
    ),
    "serial": ("{A}{A}{d6}", "{d9}", "{d12}", "{X8}", "{A}{d4}{A}{d2}", "{A}{A}-{d6}", "{d4}"),
    "model": (
        "{Made} {n9000}", "{Made}-{n900}X", "{Made}{n9000}", "{Made} {n99} Pro", "{A}{A}-{d4}", "{Made}",
    ),
    "version": (
        "{n9}.{n20}.{n30}", "v{n9}.{n20}", "{n9}.{n20}", "{n9}.{n9}.{n9}-rc{n9}", "R{n9}{A}",
        "{n9}.{n9}.{n9}-{d2}",
    ),
    "devid": (
        "{low}-{d2}", "{LOW}-{d2}", "{LOW}-{d3}", "{A}{A}-{d3}", "{x8}", "{low}_{low}", "{A}{A}{d4}",
        "{low}{n9}",
    ),
    "address": ("{street}\n{Name}, {A}{A} {d5}", "{street}\n{city}, {A}{A} {d5}"),
    "street": (
        "{n9999} {Name} {way}", "{n9999} {Name} {way} Suite {n999}", "{Name} {way} {n200}",
        "{n999} {Name} {way} Apt. {n999}",
    ),
    "city": (
        "{Name}", "{Name}", "{Name}ville", "North {Name}", "Port {Name}", "New {Name}", "{Name}stad",
        "Bad {Name}",
    ),
    "zip": ("{d5}",),
    "country": (
        "Germany", "France", "USA", "Italy", "Canada", "Japan", "Kenya", "DE", "FR", "US", "CH", "{Name}ia",
    ),
    "email": (
        "{name}@example.com", "{name}{n99}@example.org", "{name}.{low}@{domain}", "{name}@{domain}",
        "{low}@{domain}",
    ),
    "phone": (
        "+1-{d3}-{d3}-{d4}", "({d3}) {d3}-{d4}", "{d10}", "+49 {d3} {d7}", "{d3}.{d3}.{d4}x{d3}",
        "{d3}-{d3}-{d4}", "001-{d3}-{d3}-{d4}x{d4}", "0{d2}/{d6}",
    ),
    "bp": ("{n190}/{n99}", "1{d2}/{d2}"),
    "ratio": ("{n99}/{n100}", "{n9}/{n9}", "{n255}/255", "{n9}:{n9}"),
    "errcode": ("E{d3}", "0x{x4}", "ERR_{LOW}", "{LOW}-{d2}", "{d4}", "{A}{A}{d5}"),
    "digits": ("{d1}", "{d2}", "{d3}", "{d4}", "0{d3}", "00{d1}", "{d6}", "{d8}"),
    "pairword": ("{low}({low})", "{made}({n99})"),
    "list": ("{low}, {low}", "{low},{low},{low}", "{low} {low} {low}", "{n99},{n99}", "{low}, {low}, {low}"),
    "dotted": ("{low}.{low}.{low}", "{low}.{made}", "{low}.{Made}{Low}"),
    "size": ("{n99}.{d1}G", "{n999}K", "{n9}.{d2}T", "{n999}M", "{n99} MiB", "{n9}.{d1} GB"),
    "bracket": ("{low}[{n9999}]", "{low}({n99})", "{low}<{n9}>"),
    "geo": ("{n59}.{d6}, {n99}.{d6}", "{d4}.{d4}", "{d2}°{d2}'{d2}\"N", "{d2}.{d5}N"),
    "plain": ("{cap}",),
    "endpoint": ("{ip4}:{n65535}", "{host}:{n9999}", "{ip4}#{n65535}", "{low}:{ip4}/{n65535}"),
    "padded": ("{LOW}  {LOW}", "{LOW} {LOW}     {LOW}", "{LOW}   {d2}", "{LOW}.."),
    "octets": (
        "{x8}:{x8}:{x8}:{x8}", "{x4}:{x4}:{x4}:{x4}:{x4}", "{X2} {X2} {X2} {X2}", "{x4}.{x4}.{x4}",
        "{x2}-{x2}-{x2}-{x2}-{x2}-{x2}-{x2}-{x2}", "{X4}:{X4}",
    ),
    "devpath": (
        "/{top}/{low}/{MADE}:{d2}/{low}:{d2}/{low}", "/{top}/{low}.{n9}:{n9}/{low}", "{MADE}:/{low}/{low}",
        "/{low}/{low}@{x8}/{low}", "{low}:{low}/{low}", "//{host}/{low}$", "{low}/{low}:{low}-{n9}.{n9}",
    ),
    "standard": ("{A}{A} {n99}.{n9}", "{MADE} {n999}.{n99}", "{A}{A}{A} {d4}-{n9}", "{A}{A} {d4}:{year}"),
    "qualified": (
        "{d8} {low} {year}-0{n9}-{d2}", "{n9999} {low} {low} {low}", "{low} ({n99})", "{low} {low} (0x{x4})",
        "{cap} {low} {low} {ip4}", "{n99} {low}/{low}", "{Name}, {cap}. {cap} {Made} {low}", "{n99} % {low}",
    ),
    "numlist": (
        "{n99},{n99}", "{n99}, {n99}", "{n9}-{n99}", "{n9},{n9},{n9}", "{n9}:{d2}.{d2}",
        "{n9}.{n9}.{n9}.{n9}",
    ),
    "dots": ("{A}{A}..", "{A}{d1}...", "{low}...", "{LOW}-", "{low}?"),
}  # fmt: skip
"""Kind → patterns, each as likely as the others; tokens are below, or kinds themselves."""

_UPPER: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_MIXED: Final = _LETTERS + _LETTERS.upper() + "0123456789"
_TOPS: Final = ("var", "usr", "etc", "dev", "api", "opt", "home", "sys", "srv", "v1")
_EXTENSIONS: Final = ("log", "conf", "html", "json", "png", "txt", "csv", "dat", "js", "gz")
_DOMAINS: Final = ("com", "net", "org", "local", "lan", "de", "io", "example.com", "se")
_WAYS: Final = (
    "Street",
    "Road",
    "Lane",
    "Avenue",
    "Ridge",
    "Mills",
    "Plains",
    "Squares",
    "Trail",
    "Gasse",
    "Allee",
    "Walks",
)
_TOKENS: Final[dict[str, Draw]] = {
    "low": words.word,
    "cap": lambda rng: words.word(rng).capitalize(),
    "Low": lambda rng: words.word(rng).capitalize(),
    "LOW": lambda rng: words.word(rng).upper(),
    "made": words.pseudo,
    "Made": lambda rng: words.pseudo(rng).capitalize(),
    "MADE": lambda rng: words.pseudo(rng).upper(),
    "syl": lambda rng: words.pseudo(rng, 1),
    "Name": lambda rng: rng.choice(words.NAMES),
    "name": lambda rng: rng.choice(words.NAMES).lower(),
    "a": lambda rng: rng.choice(_LETTERS),
    "A": lambda rng: rng.choice(_UPPER),
    "top": lambda rng: rng.choice(_TOPS),
    "ext": lambda rng: rng.choice(_EXTENSIONS),
    "tld": lambda rng: rng.choice(_DOMAINS),
    "way": lambda rng: rng.choice(_WAYS),
    "year": lambda rng: str(rng.randrange(1990, 2036)),
}
_SIZED: Final = re.compile(r"([dnxXc])(\d+)")
_PARTS: Final = re.compile(r"\{(\w+)\}")


def hexits(rng: Random, count: int) -> str:
    """Draw hexadecimal digits."""
    return f"{rng.getrandbits(4 * count):0{count}x}"


def _sized(kind: str, size: int) -> Draw:
    match kind:
        case "d":
            return lambda rng: f"{rng.randrange(10**size):0{size}}"
        case "n":
            return lambda rng: str(rng.randrange(size + 1))
        case "x":
            return lambda rng: hexits(rng, size)
        case "X":
            return lambda rng: hexits(rng, size).upper()
        case _:
            return lambda rng: "".join(rng.choices(_MIXED, k=size))


def _token(name: str) -> Draw:
    if name in _TOKENS:
        return _TOKENS[name]
    if sized := _SIZED.fullmatch(name):
        return _sized(sized[1], int(sized[2]))
    return lambda rng: draw(name, rng)


def _constant(text: str) -> Draw:
    return lambda _: text


def _compiled(pattern: str) -> tuple[Draw, ...]:
    pieces = _PARTS.split(pattern)
    return tuple(
        _token(piece) if odd % 2 else _constant(piece) for odd, piece in enumerate(pieces) if odd % 2 or piece
    )


_COMPILED: Final = {
    kind: tuple(_compiled(pattern) for pattern in patterns) for kind, patterns in KINDS.items()
}
SPACED: Final = frozenset(
    kind
    for kind, patterns in KINDS.items()
    if any(" " in pattern or "\n" in pattern for pattern in patterns) or kind == "address"
)
"""Kinds whose values may hold spaces."""


def maker(pattern: str) -> Draw:
    """Fix a pattern that is of no kind."""
    parts = _compiled(pattern)
    return lambda rng: "".join([part(rng) for part in parts])


def draw(kind: str, rng: Random) -> str:
    """Draw a text of a kind."""
    return "".join([part(rng) for part in rng.choice(_COMPILED[kind])])
