"""Log messages: words, and among them values that the words around them explain."""

from __future__ import annotations

from random import Random
from typing import Final

from training.synthesis import words
from training.synthesis.concept import BANK
from training.synthesis.form import Field
from training.synthesis.layout.access import WRAPS, recast
from training.synthesis.layout.report import put_value
from training.synthesis.layout.scribe import Records, Scribe
from training.synthesis.naming import Dialect, put_label
from training.synthesis.page import Page

_KNOWN: Final = frozenset(c.words for c in BANK)
_LINKS: Final = (
    "from",
    "to",
    "by",
    "for",
    "on",
    "at",
    "in",
    "with",
    "via",
    "port",
    "user",
    "after",
    "code",
    "status",
    "took",
    "host",
    "id",
    "device",
    "of",
    "is",
    "reason",
    "value",
    "limit",
    "got",
    "expected",
    "session",
    "using",
    "until",
    "over",
    "under",
    "near",
    "level",
    "size",
    "count",
    "attempt",
    "since",
    "as",
    "was",
    "now",
    "rule",
    "zone",
)


_FITTING: Final[dict[str, tuple[str, ...]]] = {
    "source address": ("from", "client", "source"), "destination address": ("to", "server", "for"),
    "ip address": ("from", "to", "at", "address"), "source port": ("port", "from port"),
    "destination port": ("port", "to port"), "user name": ("user", "for", "by", "for user"),
    "interface": ("on", "dev", "interface", "via"), "gateway": ("via", "through"),
    "hostname": ("on", "host", "at"),
    "process name": ("by", "process", "from"), "process id": ("pid", "process"),
    "url": ("GET", "for", "url"), "request path": ("for", "request", "GET"),
    "duration": ("in", "took", "after", "within"),
    "email": ("to", "from", "for", "by"), "error code": ("with", "code", "error"),
    "status code": ("status", "with", "code"), "retries": ("after", "attempt", "retry"),
    "mac address": ("for", "via", "device"),
    "session id": ("session", "id", "in session"), "domain": ("for", "zone", "domain"),
    "protocol": ("proto", "over", "using"), "version": ("version", "with", "using"),
    "rule": ("rule", "by rule", "policy"),
    "zone": ("in", "zone", "area"), "driver": ("by", "driver"),
    "command": ("command", "running", "executed"), "mount point": ("on", "at"),
    "filesystem": ("device", "on"), "timeout": ("after", "timeout"),
    "packets": ("sent", "got", "of"), "channel": ("on channel", "channel"),
    "signal strength": ("at", "with", "signal"), "latency": ("in", "time"), "job id": ("job", "for job"),
    "unit name": ("unit", "of"),
}  # fmt: skip
"""Words that often stand before a quantity."""


def message(rng: Random, level: float, fields: list[Field], how: Dialect) -> Scribe:
    """Draw a message: words, and among them values that the words before or behind them explain."""
    del level
    recast(rng, fields, 0.5)
    before: list[str] = []
    used: set[str] = set()
    wraps: list[str] = []
    for index, field in enumerate(fields):
        style = rng.random()
        if style < 0.45:
            fitting = (
                _FITTING.get(" ".join(field.words)) or _FITTING.get(field.source.type, ())
                if rng.random() < 0.6
                else ()
            )
            link = rng.choice(
                [link for link in (fitting or _LINKS) if link not in used]
                or [link for link in _LINKS if link not in used]
            )
            used.add(link)
            field.label = ""
            before.append(link)
            field.hidden = field.words not in _KNOWN or rng.random() < 0.5
            field.cues = (
                f'after "{link}"',
                f'the word after "{link}"' if not field.source.wide else f'text after "{link}"',
                f"value that follows {link}",
                f"after {link}",
            )
        elif style < 0.85:
            put_label(field, rng, how)
            before.append(field.label + rng.choice(("", "", ":", "=", " is", " was", " =", "")))
        else:
            words_before = " ".join(words.word(rng) for _ in range(rng.randint(1, 3)))
            before.append(words_before)
            field.label = ""
            field.hidden = True
            field.cues = (f'after "{words_before}"', f"after {words_before}", f"what follows {words_before}")
            if rng.random() < 0.5:
                field.label, field.words, field.hidden = words_before, tuple(words_before.split()), False
        last = index == len(fields) - 1
        wraps.append(
            rng.choice(("", '""', "()", "[]", "''"))
            if field.source.wide and not last
            else rng.choice(("", "", "", "", "", "''", "()", "[]", '""'))
        )
        if wraps[-1]:
            field.cues = (*field.cues, *WRAPS[wraps[-1]][:2])
    opening = rng.choice(
        (
            "",
            "",
            words.phrase(rng, 1, 3),
            words.word(rng) + " " + words.word(rng),
            f"%{words.pseudo(rng).upper()}-{rng.randrange(7)}-{words.word(rng).upper()}:",
            f"{words.word(rng)}:",
        )
    )
    gaps = [rng.choice((" ", " ", ", ", " ", "; ", " and ", " - ", f" {words.word(rng)} ")) for _ in fields]
    closing = rng.choice(("", "", ".", "", f" ({words.word(rng)})", " " + words.sentence(rng, 4).lower()))
    units = rng.choice((None, "", " "))

    def write(page: Page, records: Records, rng: Random) -> None:
        del rng
        page.write(opening)
        first = not opening
        for index, field in enumerate(fields):
            leaf = records.get(id(field))
            if leaf is None:
                continue
            page.write("" if first else (" " if index == 0 else gaps[index]))
            first = False
            glue = "" if before[index].endswith("=") else " "
            page.write(before[index] + glue + wraps[index][:1])
            put_value(page, leaf, units)
            page.write(wraps[index][1:])
        page.write(closing)

    return Scribe(write)
