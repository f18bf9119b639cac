"""Parts of a device text: measured quantities and the words, marks and names around them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import Final

from training.synthesis import pattern, value, words
from training.synthesis.concept import BANK
from training.synthesis.device.units import Unit, any_unit, listed, of_sign, rows
from training.synthesis.form import Field


class Role(Enum):
    """What a part is to its text."""

    IDENT = "ident"
    TIME = "time"
    GAUGE = "gauge"
    STATE = "state"
    FLAG = "flag"
    TEXT = "text"


@dataclass(slots=True, eq=False)
class Part(Field):
    """One value of a device text."""

    role: Role = Role.TEXT
    measure: Unit | None = None
    lead: str = ""
    """Printed before a value that has no label, such as ``fw``."""

    def sign(self, glue: str) -> str:
        """Give the unit as it follows a number."""
        return (glue if not self.unit[:1].isdigit() else " ") + self.unit if self.unit else ""


_EXTRA: Final = {
    name: (listed(shorts), listed(units), kind) for name, shorts, units, kind in rows("quantities.tsv")
}
_KNOWN: Final = {" ".join(c.words): (c.shorts, c.units, c.kind) for c in BANK} | _EXTRA
MEASURED: Final = tuple(
    name
    for name, (_, units, kind) in _KNOWN.items()
    if kind.startswith(("float", "int")) and any(of_sign(sign) for sign in units)
)
"""Quantities whose unit is known."""


_SCALES: Final = {
    ("V", "mV"): 1000.0, ("A", "mA"): 1000.0, ("hPa", "kPa"): 0.1, ("W", "kW"): 0.001, ("km", "m"): 1000.0,
    ("Cel", "[degF]"): 2.0, ("m", "ft"): 3.0, ("bar", "[psi]"): 14.0, ("V.A", "kV.A"): 0.001,
}  # fmt: skip
"""Unit a range is given in, unit printed → how much larger the numbers are."""


def gauge(rng: Random, name: str = "") -> Part:
    """Make a measured quantity; without a name one of any words, told by its unit alone."""
    if not name:
        return _invented(rng)
    shorts, signs, kind = _KNOWN[name]
    units = [unit for sign in signs if (unit := of_sign(sign))]
    unit = rng.choice(units) if units else None
    bounds = kind.partition(":")[2].split(":")
    scale = _SCALES.get((units[0].code, unit.code), 1.0) if unit else 1.0
    low, high = float(bounds[0]) * scale, float(bounds[1]) * scale
    made = Part(tuple(name.split()), plain_number(low, high, kind, rng), shorts, role=Role.GAUGE)
    return measured(made, unit, rng)


def _invented(rng: Random) -> Part:
    name = tuple(words.word(rng) for _ in range(rng.choice((1, 1, 2))))
    high = rng.choice((1.0, 10.0, 100.0, 100.0, 1000.0, 9999.0))
    kind = rng.choice(("int", "float", "float"))
    made = Part(name, plain_number(0.0, high, kind, rng), role=Role.GAUGE)
    return measured(made, any_unit(rng), rng)


def measured(part: Part, unit: Unit | None, rng: Random) -> Part:
    """Give a quantity its unit, the schema's word for it included."""
    if unit is None:
        return part
    part.measure, part.unit = unit, rng.choice(unit.signs)
    if part.words == ("humidity",) and rng.random() < 0.4:
        part.unit = rng.choice(("%RH", "%rH", "% RH", "%rh"))
    code = unit.code if rng.random() < 0.5 else ""
    part.source = value.Source(part.source.type, part.source.draw, ucum=code)
    return part


def plain_number(low: float, high: float, kind: str, rng: Random) -> value.Source:
    """Draw plain numbers, the way a device prints one quantity."""
    if kind.startswith("int"):
        return value.Source("integer", lambda r: _whole(r.randint(int(low), _top(low, high, r))))
    asked = kind.rpartition(":")[2]
    usual = int(asked) if asked.isdigit() else 1
    digits = usual if rng.random() < 0.6 else rng.choice((0, 1, 1, 2, 3))
    sign = "+" if low < 0 and rng.random() < 0.15 else ""

    def draw(r: Random) -> value.Drawn:
        printed = f"{r.uniform(low, _top(low, high, r)):{sign}.{digits}f}"
        return printed, float(printed) if digits else int(printed)

    return value.Source("number", draw)


def _top(low: float, high: float, rng: Random) -> int:
    """Draw small values of wide ranges as often as large ones."""
    if high - low < 500 or rng.random() < 0.4:
        return max(int(high), int(low) + 1)
    return int(low + (high - low) / rng.choice((10, 50, 100))) + 1


def _whole(number: int) -> value.Drawn:
    return str(number), number


_TEXTS: Final[tuple[tuple[str, tuple[str, ...], str, tuple[str, ...]], ...]] = (
    ("firmware version", ("fw", "fwver", "ver", "sw"), "version", ("fw", "fw ", "v", "FW ", "")),
    ("ip address", ("ip", "addr"), "ip4", ("", "ip ", "@")),
    ("mac address", ("mac", "hw"), "mac", ("", "", "mac ")),
    ("sequence number", ("seq", "sn", "cnt", "n"), "int:0:99999", ("#", "seq ", "no. ", "#")),
    ("error code", ("err", "ec", "e", "code"), "errcode", ("err ", "E:", "error ")),
    ("serial number", ("sn", "ser", "serial"), "serial", ("sn ", "S/N ", "SN", "serial ")),
    ("uptime", ("up", "upt"), "dur", ("up ", "uptime ")),
    ("interface", ("if", "iface"), "iface", ("if ", "on ", "")),
    ("operator", ("op", "usr"), "user", ("op ", "by ", "operator ")),
    ("order number", ("ord", "po", "job"), "code", ("order ", "job ", "PO ")),
    ("line number", ("ln", "line"), "int:1:40", ("line ", "L", "ln ")),
    ("alarm code", ("alm", "ac"), "errcode", ("alarm ", "alm ")),
)  # fmt: skip
TEXTS: Final = tuple(row[0] for row in _TEXTS)


def text(rng: Random) -> Part:
    """Make a part that is no measurement: a version, an address, a number of something."""
    name, shorts, kind, leads = rng.choice(_TEXTS)
    source = value.source(kind, rng)
    if source.wide:
        source = value.source("token", rng)
    return Part(tuple(name.split()), source, shorts, lead=rng.choice(leads))


def moment(rng: Random) -> Part:
    """Make a time stamp."""
    name = rng.choice(
        (("timestamp",), ("time",), ("measured", "at"), ("ts",), ("time", "stamp"), ("read", "at"))
    )
    kind = rng.choices(("time", "clock", "date"), (8, 1, 1))[0]
    return Part(name, value.source(kind, rng), ("ts", "t", "time", "at"), role=Role.TIME)


def ident(things: tuple[str, ...], rng: Random) -> Part:
    """Make the name or number by which a device is known."""
    thing = tuple(rng.choice(things).split())
    name = rng.choice(
        (thing, thing, (*thing, "id"), (*thing, "name"), ("device",), ("device", "id"), ("id",), ("name",),
         ("unit",), ("node",), ("source",), ("asset",), ("location",), ("site",))
    )  # fmt: skip
    shorts = ("id", "dev", "d", "".join(word[0] for word in thing), "nm", "node", "src")
    return Part(name, named(thing[0], rng), shorts, role=Role.IDENT)


_PLACES: Final = (
    "{Name}", "{Name}", "{cap}", "{Name} {Side}", "{Side} {Name}", "{cap} {Side}", "{low} {low} {A}",
    "{low} {A}",
    "{cap} {n9}", "{low} {n99}", "{Made}", "{Name} {cap}", "{thing} {A}", "{thing} {n9}", "{Thing} {n99}",
    "{cap}top", "{cap}field", "{cap}-{cap}", "{low} {thing} {n9}",
)  # fmt: skip
_CODES: Final = (
    "{THING}-{d2}", "{THING}{d2}", "{thing}-{d2}", "{thing}{n9}", "{thing}-{low}", "{Thing}_{d2}",
    "{A}{A}-{d3}",
    "{A}{d3}", "{A}{A}{d4}", "{LOW}-{d2}", "{low}-{d2}", "{made}-{n99}", "{thing}-{A}{n9}", "{thing}/{low}",
    "{THI}-{d3}", "{THI}{n99}", "{x8}", "{d12}", "{d8}", "{X4}", "{A}-{n99}", "{n99}-{A}", "{LOW}_{LOW}",
    "{thing}-{low}-{n9}", "{A}{n9}.{n9}", "{MADE}{n9}",
)  # fmt: skip
_SIDES: Final = ("East", "West", "North", "South", "Upper", "Lower", "Old", "New", "Main", "Inner", "Quay")


def named(thing: str, rng: Random) -> value.Source:
    """Fix how one fleet names its devices."""
    spaced = rng.random() < 0.3
    shape = rng.choice(_PLACES if spaced else _CODES)
    for mark, put in (("thing", thing), ("Thing", thing.capitalize()), ("THING", thing.upper()),
                      ("THI", thing[:3].upper())):  # fmt: skip
        shape = shape.replace("{" + mark + "}", put)
    draw = pattern.maker(shape.replace("{Side}", rng.choice(_SIDES)))
    return value.Source("string", lambda r: ((drawn := draw(r)), drawn), wide=" " in shape)
