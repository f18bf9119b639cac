"""The ways to write a gateway's report: lines, lists, cells, tables, sentences, markup."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

from training.synthesis.form import Field, Filled
from training.synthesis.house.gateway import Report, document, leaf_of, readings_of
from training.synthesis.layout import Written, markup
from training.synthesis.layout.report import draw_style, put_members
from training.synthesis.page import Page

_OPENINGS: Final = (
    ("[", "]"), ("REPORT ", ""), ("Gateway ", ""), ("== ", " =="), ("gateway ", ":"), ("# ", ""), ("", ":"),
    ("GW ", ""),
)  # fmt: skip
_WRAPS: Final = (("(", ")"), ("", ""), (", ", ""))
_KINDS: Final = (
    ("gateway", "device", "reading", "alarm"), ("GW", "DEV", "VAL", "ALM"), ("H", "D", "R", "A"),
    ("gw", "dev", "rd", "al"),
)  # fmt: skip
"""What the first cell says of a record."""
_ALARMS: Final = ("alarms", "ALARMS", "Alarms", "alerts", "ALARM", "active alarms")


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
    alarms = report.alarms
    if alarms is None:
        return
    if len(alarms.children) > 1 and rng.random() < 0.2:
        word = rng.choice(("ALARM", "alarm:", "! ", "ALERT:"))
        for child in alarms.children:
            _labelled(page, child, word + " ", "\n")
        return
    page.heading(alarms.pointer, rng.choice(_ALARMS))
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
        told = [(short[leaf.of.key], leaf) for leaf in device.children if leaf.of.key in short]
        _row(page, told, joint, gap)
        for reading in readings_of(device):
            page.write(gap)
            _reading(page, reading, joint, glue)
        page.write("\n")
    _alarm_line(page, report, rng)


def _row(page: Page, leaves: list[tuple[str, Filled]], joint: str, gap: str) -> None:
    for number, (label, leaf) in enumerate(leaves):
        _labelled(page, leaf, (gap if number else "") + label + joint)


def _head(page: Page, report: Report, rng: Random) -> None:
    """Write the first line: the gateway's name and what is known of it, in brackets or behind words."""
    (opening, close), (before, after) = rng.choice(_OPENINGS), rng.choice(_WRAPS)
    version = rng.choice(("fw ", "firmware ", "v", "version "))
    up, seconds = rng.choice((" up ", " uptime ", ", up ")), rng.choice(("", " s", "s"))
    _labelled(page, report.head["id"], opening)
    _labelled(page, report.head.get("firmware"), f" {before}{version}", after)
    _labelled(page, report.head.get("uptime_s"), up, seconds)
    _labelled(page, report.time, rng.choice((" at ", " ", " @ ", ", ")))
    page.write(close + "\n")


def _numbered(page: Page, report: Report, rng: Random) -> None:
    """Write devices as a list, what they measured behind a colon."""
    _head(page, report, rng)
    bullet = rng.choice(("  {}) ", "{}. ", "- ", " * ", "#{} ", "  ", "[{}] "))
    joint, parts = rng.choice((" ", " ", "=", ": ")), rng.choice((": ", " - ", " | ", ", "))
    rssi = rng.choice((" rssi ", " @", " signal ", ", rssi ", " (rssi "))
    for number, device in enumerate(report.devices, 1):
        page.write(bullet.format(number))
        _labelled(page, leaf_of(device, "id"), "")
        _labelled(page, leaf_of(device, "kind"), " (", ")")
        _labelled(page, leaf_of(device, "rssi_dbm"), rssi, ")" if "(" in rssi else "")
        for index, reading in enumerate(readings_of(device)):
            page.write(", " if index else parts)
            _reading(page, reading, joint, " ")
        page.write("\n")
    _alarm_line(page, report, rng)


def _cells(page: Page, report: Report, rng: Random) -> None:
    """Write records of cells, the first of which tells what the others are."""
    mark = rng.choice((";", ";", ",", "|", "\t"))
    words = rng.choice(_KINDS)
    page.write(words[0])
    for leaf in (report.head["id"], report.head.get("firmware"), report.head.get("uptime_s"), report.time):
        _labelled(page, leaf, mark)
    page.write("\n")
    for device in report.devices:
        page.write(words[1])
        for key in ("id", "kind", "rssi_dbm"):
            _labelled(page, leaf_of(device, key), mark)
        page.write("\n")
        for reading in readings_of(device):
            page.write(words[2])
            for leaf in reading.children:
                _labelled(page, leaf, mark)
            page.write("\n")
    for child in report.alarms.children if report.alarms else ():
        _labelled(page, child, words[3] + mark, "\n")


def _table(page: Page, report: Report, rng: Random) -> None:
    """Write a table of the devices below the gateway's line."""
    _head(page, report, rng)
    every = ("id", "kind", "rssi_dbm")
    keys = [key for key in every if any(leaf_of(device, key) for device in report.devices)]
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
        _labelled(page, leaf_of(device, "id"), "")
        _labelled(page, leaf_of(device, "kind"), " (", ")")
        _labelled(page, leaf_of(device, "rssi_dbm"), " at ", " dBm")
        for index, reading in enumerate(readings_of(device)):
            page.write(" and " if index else " with ")
            _reading(page, reading, rng.choice((" ", " of ", " at ")), " ")
    alarms = report.alarms
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
        readings = readings_of(device)
        page.write(">" if readings else "/>")
        for reading in readings:
            page.write("<reading")
            for leaf in reading.children:
                _labelled(page, leaf, f' {leaf.of.key}="', '"')
            page.write("/>")
        page.write(f"</{tag}>" if readings else "")
    for child in report.alarms.children if report.alarms else ():
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
    return Written(report.root, report.filled, page, document=document())
