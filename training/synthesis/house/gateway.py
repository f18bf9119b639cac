"""Reports of a gateway about the devices behind it: objects in arrays in an array."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any, Final

from agent.schemas.bundled import bundled_schemas
from training.synthesis import casing, pattern, value
from training.synthesis.device.part import named, plain_number
from training.synthesis.fill import fill
from training.synthesis.form import Field, Filled, Group, Shape
from training.synthesis.layout import Written, markup
from training.synthesis.layout.report import draw_style, put_members
from training.synthesis.page import Page

_THINGS: Final = ("gateway", "hub", "gw", "edge", "bridge", "concentrator", "lora-gw", "base")
_DEVICES: Final = (
    "probe", "pump", "climate", "contact", "light", "air", "power", "water", "valve", "lock", "tank", "soil", "meter",
    "freezer", "door", "leak", "camera", "fan", "boiler", "motor",
)  # fmt: skip
_READINGS: Final = (
    ("temperature,temp,t,T,temp_c", "C,°C,degC", -20, 60, 1), ("humidity,hum,rh,H", "%,%RH", 0, 100, 0),
    ("moisture,soil moisture,moist", "%", 0, 100, 1), ("level,lvl,fill", "cm,%,mm", 0, 300, 1),
    ("load,power,p", "W,kW", 0, 3000, 0), ("voltage,u,vbat,battery", "V,mV", 0, 240, 1),
    ("co2,CO2", "ppm", 400, 3000, 0), ("illuminance,lux,light", "lx,lux", 0, 9000, 0),
    ("wind,wind speed,ws", "m/s,km/h", 0, 40, 1), ("flow,q", "l/h,l/min", 0, 900, 0),
    ("pressure,press", "bar,hPa", 0, 12, 2), ("current,i", "A,mA", 0, 40, 2), ("count,pulses,n", "", 0, 9999, 0),
    ("distance,dist", "cm,mm", 5, 4000, 0), ("weight,mass", "kg,g", 0, 900, 1), ("ph,pH", "", 4, 10, 2),
)  # fmt: skip
"""Names, units, range and digits of what devices measure."""
_ALARMS: Final = tuple(
    pattern.maker(shape)
    for shape in (
        "{d} battery low", "{d} {low} open", "{d} dry run", "low battery {d}", "{d} no answer", "{d} offline since {n24} h",
        "{low} fault", "{d} {low} too high", "{d} tamper", "over temperature", "{d} {low} {low}", "leak at {d}",
    )
    for shape in [shape.replace("{d}", "{low}-{n9}")]
)  # fmt: skip


@cache
def GATEWAY() -> dict[str, Any]:  # noqa: N802 - a constant that is read on first use
    """Return the schema of the reports."""
    return bundled_schemas()["gateway_report"].document


def _text(words: str, draw: value.Source, key: str, label: str, presence: float = 1.0) -> Field:
    return Field(tuple(words.split()), draw, key=key, label=label, presence=presence)


def _group(key: str, shape: Shape, children: list[Field | Group], label: str, presence: float = 1.0) -> Group:
    made = Group((key,), shape, children, label=label, key=key, presence=presence)
    made.most, made.least = 3, 1
    return made


def _tree(rng: Random) -> Group:
    """Draw the fields of one report and what it calls them."""
    style = casing.STYLES[
        rng.choice(("snake", "title", "title", "sentence", "lower", "flat", "constant", "camel"))
    ]

    def call(*names: str) -> str:
        return style(rng.choice(names).split())

    number = plain_number
    name, unit, amount = (
        _text(
            "name", value.source("word", rng), "name", call("name", "quantity", "sensor", "what", "channel")
        ),
        _text(
            "unit",
            value.source("word", rng),
            "unit",
            call("unit", "uom", "unit"),
            rng.choice((1.0, 1.0, 0.999)),
        ),
        _text("value", number(0, 9, "float", rng), "value", call("value", "reading", "val", "v")),
    )
    readings = _group(
        "readings",
        Shape.RECORDS,
        [name, amount, unit],
        call("readings", "values", "measurements", "data", "sensors"),
        rng.choice((1.0, 1.0, 0.8, 0.0)),
    )
    device: list[Field | Group] = [
        _text(
            "id", named(rng.choice(_DEVICES), rng), "id", call("id", "device", "name", "device id", "address")
        ),
        _text(
            "kind", _kind(rng), "kind", call("kind", "type", "class", "model"), rng.choice((1.0, 0.8, 0.0))
        ),
        _text(
            "rssi",
            number(-120, -30, "int", rng),
            "rssi_dbm",
            call("rssi", "signal", "rssi dbm", "rx level"),
            rng.choice((1.0, 0.8, 0.0)),
        ),
        readings,
    ]
    head: list[Field | Group] = [
        _text(
            "id", named(rng.choice(_THINGS), rng), "id", call("gateway", "id", "name", "gateway id", "hub")
        ),
        _text(
            "firmware",
            value.source("version", rng),
            "firmware",
            call("firmware", "fw", "version", "fw version"),
            rng.choice((1.0, 0.5, 0.0)),
        ),
        _text(
            "uptime",
            number(0, 4_000_000, "int", rng),
            "uptime_s",
            call("uptime", "up", "uptime s", "seconds up"),
            rng.choice((1.0, 0.5, 0.0)),
        ),
    ]
    alarms = _group(
        "alarms",
        Shape.SCALARS,
        [_text("alarm", _alarm(), "", "")],
        call("alarms", "alerts", "active alarms", "warnings"),
        rng.choice((1.0, 0.0, 0.0)),
    )
    devices = _group(
        "devices", Shape.RECORDS, device, call("devices", "nodes", "sensors", "stations", "children")
    )
    devices.most = rng.choice((1, 2, 3, 4))
    time = _text(
        "time",
        value.source("time" if rng.random() < 0.8 else "clock", rng),
        "time",
        call("time", "timestamp", "date", "at", "reported at"),
        rng.choice((1.0, 0.5, 0.0)),
    )
    gateway = _group("gateway", Shape.OBJECT, head, call("gateway", "hub", "gateway info", "station"))
    return Group((), Shape.OBJECT, [gateway, time, devices, alarms])


def _kind(rng: Random) -> value.Source:
    case = rng.choice((str, str, str.upper, str.capitalize))
    return value.Source("string", lambda r: ((said := case(r.choice(_DEVICES))), said))


def _alarm() -> value.Source:
    return value.Source("string", lambda r: ((said := r.choice(_ALARMS)(r)), said), wide=True)


class Report:
    """A report filled in, by its parts."""

    def __init__(self, rng: Random) -> None:
        """Draw one; most quantities of a report are spelled in one way."""
        self.root = _tree(rng)
        self.filled = fill(self.root, rng)
        self.way = rng.randrange(9)
        parts = {child.of.key: child for child in self.filled.children}
        self.head = {leaf.of.key: leaf for leaf in parts["gateway"].children}
        self.time = parts.get("time")
        self.devices = parts["devices"].children
        self.lists = parts
        for device in self.devices:
            for reading in self.readings(device):
                self._measure(reading, rng)

    def readings(self, device: Filled) -> list[Filled]:
        """Return the readings of a device."""
        return next((child.children for child in device.children if child.of.key == "readings"), [])

    def _measure(self, reading: Filled, rng: Random) -> None:
        """Give a reading a name, a value and a unit that go together."""
        names, units, low, high, digits = rng.choice(_READINGS)
        leaves = {leaf.of.key: leaf for leaf in reading.children}
        listed, signs = names.split(","), units.split(",")
        _put(leaves["name"], listed[self.way % len(listed)])
        unit = signs[self.way % len(signs)]
        if "unit" in leaves and not unit:
            reading.children = [leaf for leaf in reading.children if leaf is not leaves["unit"]]
        elif "unit" in leaves:
            _put(leaves["unit"], unit)
        printed = f"{rng.uniform(low, high):.{digits}f}"
        leaves["value"].printed = printed
        leaves["value"].value = float(printed) if digits else int(printed)


def _put(leaf: Filled, text: str) -> None:
    leaf.printed = leaf.value = text


def _leaf(of: Filled, key: str) -> Filled | None:
    return next((child for child in of.children if child.of.key == key), None)


def _labelled(page: Page, leaf: Filled | None, before: str, after: str = "") -> None:
    """Write a value between words; nothing where there is none."""
    if leaf is not None:
        page.write(before)
        page.put(leaf)
        page.write(after)


def _reading(page: Page, reading: Filled, joint: str, glue: str) -> None:
    """Write ``temp=21.0C``."""
    leaves = {leaf.of.key: leaf for leaf in reading.children}
    page.put(leaves["name"])
    page.write(joint)
    page.put(leaves["value"])
    if "unit" in leaves:
        _labelled(page, leaves["unit"], glue)


def _alarm_line(page: Page, report: Report, rng: Random) -> None:
    """Write the alarms behind their label on one line, or each on its own."""
    alarms = report.lists.get("alarms")
    if alarms is None:
        return
    if len(alarms.children) > 1 and rng.random() < 0.2:
        word = rng.choice(("ALARM", "alarm:", "! ", "ALERT:"))
        for child in alarms.children:
            _labelled(page, child, word + " ", "\n")
        return
    page.heading(
        alarms.pointer, rng.choice(("alarms", "ALARMS", "Alarms", "alerts", "ALARM", "active alarms"))
    )
    page.write(rng.choice((": ", " ", " = ", ":")))
    joint = rng.choice((", ", "; ", " | ", " / "))
    for number, child in enumerate(alarms.children):
        _labelled(page, child, joint if number else "")
    page.write("\n")


def _typed(page: Page, report: Report, rng: Random) -> None:
    """Write a line for the gateway and one for each device, each with short labels."""
    joint, gap, glue = rng.choice("==:"), rng.choice((" ", " ", ", ", ";", " | ")), rng.choice(("", "", " "))
    names = {
        "id": rng.choice(("gw", "gateway", "hub", "id")),
        "firmware": rng.choice(("fw", "ver")),
        "uptime_s": rng.choice(("up", "uptime")),
    }
    _row(page, [(names[key], leaf) for key, leaf in report.head.items()], joint, gap)
    _labelled(page, report.time, gap + rng.choice(("t", "ts", "time", "at")) + joint)
    page.write("\n")
    short = {
        "id": rng.choice(("dev", "device", "node", "id", "d")),
        "kind": rng.choice(("kind", "type", "k")),
        "rssi_dbm": rng.choice(("rssi", "sig", "r")),
    }
    lead = rng.choice(("", "", "  ", "- "))
    for device in report.devices:
        page.write(lead)
        _row(
            page, [(short[leaf.of.key], leaf) for leaf in device.children if leaf.of.key in short], joint, gap
        )
        for reading in report.readings(device):
            page.write(gap)
            _reading(page, reading, joint, glue)
        page.write("\n")
    _alarm_line(page, report, rng)


def _row(page: Page, leaves: list[tuple[str, Filled]], joint: str, gap: str) -> None:
    for number, (label, leaf) in enumerate(leaves):
        _labelled(page, leaf, (gap if number else "") + label + joint)


def _head(page: Page, report: Report, rng: Random) -> None:
    """Write the first line: the gateway's name and what is known of it, in brackets or behind words."""
    opening, close = rng.choice(
        (
            ("[", "]"),
            ("REPORT ", ""),
            ("Gateway ", ""),
            ("== ", " =="),
            ("gateway ", ":"),
            ("# ", ""),
            ("", ":"),
            ("GW ", ""),
        )
    )
    wrap = rng.choice((("(", ")"), ("", ""), (", ", "")))
    _labelled(page, report.head["id"], opening)
    _labelled(
        page,
        report.head.get("firmware"),
        f" {wrap[0]}{rng.choice(('fw ', 'firmware ', 'v', 'version '))}",
        wrap[1],
    )
    _labelled(
        page,
        report.head.get("uptime_s"),
        rng.choice((" up ", " uptime ", ", up ")),
        rng.choice(("", " s", "s")),
    )
    _labelled(page, report.time, rng.choice((" at ", " ", " @ ", ", ")))
    page.write(close + "\n")


def _numbered(page: Page, report: Report, rng: Random) -> None:
    """Write devices as a list, what they measured behind a colon."""
    _head(page, report, rng)
    bullet, joint = (
        rng.choice(("  {}) ", "{}. ", "- ", " * ", "#{} ", "  ", "[{}] ")),
        rng.choice((" ", " ", "=", ": ")),
    )
    rssi, parts = (
        rng.choice((" rssi ", " @", " signal ", ", rssi ", " (rssi ")),
        rng.choice((": ", " - ", " | ", ", ")),
    )
    for number, device in enumerate(report.devices, 1):
        page.write(bullet.format(number))
        _labelled(page, _leaf(device, "id"), "")
        _labelled(page, _leaf(device, "kind"), " (", ")")
        _labelled(page, _leaf(device, "rssi_dbm"), rssi, ")" if "(" in rssi else "")
        for index, reading in enumerate(report.readings(device)):
            page.write(", " if index else parts)
            _reading(page, reading, joint, " ")
        page.write("\n")
    _alarm_line(page, report, rng)


def _cells(page: Page, report: Report, rng: Random) -> None:
    """Write records of cells, the first of which tells what the others are."""
    mark = rng.choice((";", ";", ",", "|", "\t"))
    words = rng.choice(
        (
            ("gateway", "device", "reading", "alarm"),
            ("GW", "DEV", "VAL", "ALM"),
            ("H", "D", "R", "A"),
            ("gw", "dev", "rd", "al"),
        )
    )
    page.write(words[0])
    for leaf in (report.head["id"], report.head.get("firmware"), report.head.get("uptime_s"), report.time):
        _labelled(page, leaf, mark)
    page.write("\n")
    for device in report.devices:
        page.write(words[1])
        for key in ("id", "kind", "rssi_dbm"):
            _labelled(page, _leaf(device, key), mark)
        page.write("\n")
        for reading in report.readings(device):
            page.write(words[2])
            for leaf in reading.children:
                _labelled(page, leaf, mark)
            page.write("\n")
    for child in report.lists["alarms"].children if "alarms" in report.lists else ():
        _labelled(page, child, words[3] + mark, "\n")


def _table(page: Page, report: Report, rng: Random) -> None:
    """Write a table of the devices below the gateway's line."""
    _head(page, report, rng)
    keys = [key for key in ("id", "kind", "rssi_dbm") if any(_leaf(device, key) for device in report.devices)]
    for device in report.devices:
        device.children = [child for child in device.children if child.of.key in keys]
    title = {
        "id": rng.choice(("DEVICE", "Device", "id", "NAME", "node")),
        "kind": rng.choice(("KIND", "Type", "kind")),
        "rssi_dbm": rng.choice(("RSSI", "Signal", "rssi")),
    }
    cells = [{leaf.of.key: leaf for leaf in device.children} for device in report.devices]
    widths = {
        key: max(len(title[key]), *(len(row[key].printed) for row in cells if key in row))
        + rng.choice((1, 2, 4))
        for key in keys
    }
    page.write("".join(title[key].ljust(widths[key]) for key in keys).rstrip() + "\n")
    for row in cells:
        for key in keys:
            _labelled(page, row.get(key), "")
            width = len(row[key].printed) if key in row else 0
            page.write(" " * (widths[key] - width) if width else "-".ljust(widths[key]))
        page.write("\n")
    _alarm_line(page, report, rng)


def _sentence(page: Page, report: Report, rng: Random) -> None:
    """Say it in words."""
    _labelled(page, report.head["id"], rng.choice(("Gateway ", "gateway ", "Hub ", "")))
    _labelled(page, report.head.get("firmware"), rng.choice((" on firmware ", " (fw ")), "")
    page.write(")" if page.text.rfind("(fw ") > 0 else "")
    _labelled(page, report.head.get("uptime_s"), " up for ", " s")
    _labelled(page, report.time, " at ")
    page.write(rng.choice((" sees ", " hears ", " reports: ", " has ", ": ")))
    page.write(rng.choice(("", f"{len(report.devices)} devices, ", "device ")))
    for number, device in enumerate(report.devices):
        page.write(rng.choice(("; ", " and ", ", then ")) if number else "")
        _labelled(page, _leaf(device, "id"), "")
        _labelled(page, _leaf(device, "kind"), " (", ")")
        _labelled(page, _leaf(device, "rssi_dbm"), " at ", " dBm")
        for index, reading in enumerate(report.readings(device)):
            page.write(" and " if index else " with ")
            _reading(page, reading, rng.choice((" ", " of ", " at ")), " ")
    alarms = report.lists.get("alarms")
    for number, child in enumerate(alarms.children if alarms else ()):
        _labelled(page, child, ", " if number else rng.choice((". Alarm: ", "; alarms: ")))


def _markup(page: Page, report: Report, rng: Random) -> None:
    """Write the tree as JSON, XML or YAML."""
    rng.choice((markup.put_braces, markup.put_tags, markup.put_yaml))(page, report.filled, rng)


def _attributes(page: Page, report: Report, rng: Random) -> None:
    """Write XML in which values are attributes."""
    label = {leaf.of.key: leaf.of.label.replace(" ", "") for leaf in report.filled.leaves()}
    page.write(f"<{rng.choice(('report', 'gw', 'gateway', 'status'))}")
    for leaf in (*report.head.values(), *([report.time] if report.time else [])):
        name = "gateway" if leaf.of.key == "id" else label[leaf.of.key]
        _labelled(page, leaf, f' {name}="', '"')
    page.write(">")
    tag = rng.choice(("device", "dev", "node"))
    for device in report.devices:
        page.write(f"<{tag}")
        for leaf in device.children:
            if isinstance(leaf.of, Field):
                _labelled(page, leaf, f' {label[leaf.of.key] if leaf.of.key != "id" else "id"}="', '"')
        readings = report.readings(device)
        page.write(">" if readings else "/>")
        for reading in readings:
            page.write("<reading")
            for leaf in reading.children:
                _labelled(page, leaf, f' {leaf.of.key}="', '"')
            page.write("/>")
        page.write(f"</{tag}>" if readings else "")
    for child in report.lists["alarms"].children if "alarms" in report.lists else ():
        _labelled(page, child, "<alarm>", "</alarm>")
    page.write("</report>")


def _indented(page: Page, report: Report, rng: Random) -> None:
    """Write an indented report."""
    put_members(page, report.filled, draw_style(rng), rng, "")


_WRITERS: Final[tuple[Callable[[Page, Report, Random], None], ...]] = (
    _typed, _numbered, _cells, _table, _sentence, _markup, _attributes, _indented, _indented,
)  # fmt: skip


def gateway(rng: Random) -> Written:
    """Write one report."""
    report, page = Report(rng), Page()
    rng.choice(_WRITERS)(page, report, rng)
    return Written(report.root, report.filled, page, document=GATEWAY())
