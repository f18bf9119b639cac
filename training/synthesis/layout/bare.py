"""Values that no label names: told by their unit, by their shape, or by a word that comes after them."""

from __future__ import annotations

from random import Random
from typing import Final

from training.synthesis import value, words
from training.synthesis.form import Field
from training.synthesis.layout.report import put_value
from training.synthesis.layout.scribe import Records, Scribe
from training.synthesis.naming import Dialect, put_label
from training.synthesis.page import Page

_MEASURED: Final = (
    ("temperature", "°C", "float:-20:90:1"), ("voltage", "V", "float:0:400:1"),
    ("current", "A", "float:0:50:2"), ("power", "W", "float:0:5000:1"),
    ("frequency", "Hz", "float:49:51:2"), ("humidity", "%", "float:0:100:1"),
    ("pressure", "hPa", "float:950:1050:1"), ("speed", "km/h", "int:0:200"),
    ("duration", "ms", "int:0:9000"), ("energy", "kWh", "float:0:9999:2"),
    ("weight", "kg", "float:0:900:2"), ("distance", "m", "float:0:900:1"),
    ("signal", "dBm", "int:-110:-30"), ("rotation", "rpm", "int:0:6000"),
    ("flow", "l/min", "float:0:90:1"), ("memory", "MB", "int:1:64000"),
    ("rate", "Mb/s", "float:0:1000:1"), ("concentration", "ppm", "int:300:5000"),
    ("illuminance", "lx", "int:0:90000"), ("angle", "°", "int:0:359"),
    ("vibration", "mm/s", "float:0:30:2"), ("volume", "l", "float:0:900:1"), ("level", "mm", "int:0:3000"),
    ("price", "EUR", "float:0:900:2"),
)  # fmt: skip
_SHAPED: Final = (
    (("ip address", "ip", "address", "client ip", "remote address"), "ip4", "IP address"),
    (("mac", "mac address", "hardware address"), "mac", "MAC address"),
    (("timestamp", "time", "event time"), "time", "time stamp"),
    (("email", "sender", "contact"), "email", "e-mail address"), (("url", "link"), "url", "URL"),
    (("uuid", "request id", "event id"), "uuid", "UUID"), (("version", "release"), "version", "version"),
    (("path", "file", "filename"), "path", "path"),
    (("host", "hostname", "server"), "domain", "host name"), (("level", "severity"), "level", "log level"),
    (("phone", "number"), "phone", "telephone number"),
    (("code", "order code", "tag"), "code", "code"),
    (("endpoint", "peer", "remote"), "endpoint", "address with port"),
    (("count", "number"), "int:2:900", "number"),
    (("interface", "port name"), "iface", "interface"),
)  # fmt: skip
"""Names in use, kind of value, what a description calls it."""


def measured(rng: Random, level: float, fields: list[Field], how: Dialect) -> Scribe:
    """Draw numbers with units, each unit once, so that the unit tells which is which."""
    del how
    fields[:] = []
    for name, unit, kind in rng.sample(_MEASURED, min(len(_MEASURED), rng.randint(2, 3 + round(3 * level)))):
        extra = (words.word(rng),) if rng.random() < 0.4 else ()
        cues = (f"value in {unit}", f"number with {unit}", f"followed by {unit}", f"in {unit}")
        fields.append(
            Field((*extra, name), value.source(kind, rng), unit=unit, cues=cues, hidden=rng.random() < 0.4)
        )
        fields[-1].asked = rng.random() < 0.8
    fields[0].asked = True
    glue, gap = rng.choice(("", " ", "")), rng.choice((" ", ", ", " / ", "; ", " | ", "  ", " - "))
    head, tail = (
        rng.choice(("", "", words.phrase(rng, 1, 2) + ": ", words.word(rng) + " ")),
        rng.choice(("", "", " " + words.word(rng), ".")),
    )

    def write(page: Page, records: Records, rng: Random) -> None:
        del rng
        page.write(head)
        shown = [field for field in fields if id(field) in records]
        for index, field in enumerate(shown):
            page.write(gap if index else "")
            page.put(records[id(field)])
            page.write(glue + field.unit)
        page.write(tail)

    return Scribe(write)


def shapes(rng: Random, level: float, fields: list[Field], how: Dialect) -> Scribe:
    """Draw words with values among them whose shape tells what they are."""
    del how
    fields[:] = []
    for names, kind, told in rng.sample(_SHAPED, rng.randint(1, 2 + round(3 * level))):
        cues = (f"the only {told}", told, f"the {told} in the line", f"{told} as printed")
        fields.append(
            Field(
                tuple(rng.choice(names).split()),
                value.source(kind, rng),
                cues=cues,
                hidden=rng.random() < 0.3,
            )
        )
    order = list({field.words: field for field in fields}.values())
    fields[:] = order
    chunks = [" ".join(words.word(rng) for _ in range(rng.randint(0, 3))) for _ in range(len(order) + 1)]
    wraps = [rng.choice(("", "", "", "()", "[]", '""', "<>", "''")) for _ in order]

    def write(page: Page, records: Records, rng: Random) -> None:
        del rng
        page.write(chunks[0])
        for index, field in enumerate(order):
            leaf = records.get(id(field))
            page.write(" " if chunks[index] or index else "")
            if leaf is not None:
                page.write(wraps[index][:1])
                page.put(leaf)
                page.write(wraps[index][1:])
            page.write((" " if leaf is not None and chunks[index + 1] else "") + chunks[index + 1])

    return Scribe(write)


def tally(rng: Random, level: float, fields: list[Field], how: Dialect) -> Scribe:
    """Draw values with their label behind them: ``12 packets sent, 3 errors``."""
    for field in fields:
        if field.source.type == "string" or field.source.note:
            field.item, field.cues, field.hidden = None, (), False
            field.source = value.source(rng.choice(("int:0:100", "int:0:99999", "float:0:100:1", "dur")), rng)
            field.unit = ""
        put_label(field, rng, how)
        if rng.random() < 0.7:
            field.label = field.label.lower()
    gap = rng.choice((", ", ", ", "\n", "; ", " and ", "  ", ", "))
    glue, pad, head = (
        rng.choice((" ", " ", " ", ": ", "\t")),
        10 if gap == "\n" and rng.random() < 0.5 else 0,
        rng.choice(("", "", words.phrase(rng, 1, 2) + ": ")),
    )
    joined = rng.random() < 0.2 * level
    units = rng.choice(("", " ", None))

    def write(page: Page, records: Records, rng: Random) -> None:
        del rng
        page.write(head)
        shown = [field for field in fields if id(field) in records]
        for index, field in enumerate(shown):
            page.write(gap if index else "")
            page.write(" " * (pad - len(records[id(field)].shown)))
            put_value(page, records[id(field)], units)
            page.write((" total" if joined and index == 0 else "") + glue + field.label)

    return Scribe(write)
