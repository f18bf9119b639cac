"""Log lines: values in brackets and quotes, and messages whose words tell what each value is."""

from __future__ import annotations

from random import Random
from typing import Final

from training.synthesis import value, words
from training.synthesis.concept import BANK, Concept
from training.synthesis.form import Field
from training.synthesis.layout.line import explain, position
from training.synthesis.layout.report import put_value
from training.synthesis.layout.scribe import Records, Scribe
from training.synthesis.naming import Dialect, put_label
from training.synthesis.page import Page

_WRAPS: Final = {
    "": (), "[]": ("in square brackets", "inside the brackets", "between [ and ]", "without brackets"), '""': ("in quotes", "without quotes", "inside the quotes", "quoted text"),
    "()": ("in parentheses", "inside the parentheses"), "<>": ("in angle brackets", "between < and >"), "{}": ("in braces",), "''": ("in single quotes", "without quotes"),
    "||": ("between bars",), "**": ("between asterisks",),
}  # fmt: skip
_LOGGED: Final = tuple(
    c
    for c in BANK
    if c.kind.split(":")[0]
    in {
        "time",
        "ip4",
        "host",
        "level",
        "int",
        "url",
        "path",
        "uuid",
        "user",
        "program",
        "agent",
        "version",
        "mac",
        "code",
        "token",
        "iface",
        "port",
        "sentence",
        "email",
        "dur",
        "errcode",
        "enum",
        "domain",
        "float",
    }
)

_KNOWN: Final = frozenset(c.words for c in BANK)


def _recast(rng: Random, fields: list[Field], share: float) -> None:
    """Replace some fields by quantities that logs are made of, whose values can be told by their shape."""
    seen = {field.words for field in fields}
    for field in fields:
        concept: Concept = rng.choice(_LOGGED)
        if concept.words not in seen and rng.random() < share:
            seen.add(concept.words)
            field.words, field.source = concept.words, value.source(concept.kind, rng)
            field.shorts, field.synonyms = concept.shorts, concept.synonyms
            field.unit = rng.choice(concept.units) if concept.units else ""


def access(rng: Random, level: float, fields: list[Field], how: Dialect) -> Scribe:
    """Draw a line of values, each bare or in its own brackets, such as servers write for each request."""
    _recast(rng, fields, 0.7)
    wraps = []
    for field in fields:
        allowed = (
            ("[]", '""', "()", '""', "[]", "''", "<>")
            if field.source.wide
            else ("", "", "", "", "[]", '""', "()", "<>", "{}", "||", "**")
        )
        wraps.append(rng.choice(allowed))
    description, ordered = explain(rng, fields, how, " ", first=0)
    for index, (field, wrap) in enumerate(zip(fields, wraps, strict=True)):
        if wrap and wraps.count(wrap) == 1:
            field.cues = (*field.cues[:3], *_WRAPS[wrap] * 2)
        elif wrap:
            nth = position(wraps[:index].count(wrap), 99, " ")[6].split()[0]
            field.cues = (
                *field.cues,
                *(
                    f"inside the {nth} pair of {wrap}",
                    f"{cue}, {nth} one" if (cue := _WRAPS[wrap][0]) else "",
                ),
            )
        if field.presence < 1 and rng.random() < 0.6:
            field.source = _noted(
                field.source,
                rng.choice(("absent for a dash", 'absent when "-"', "left out when printed as -")),
            )
    spans = _spanning(rng, fields, wraps)
    # Values that no field stands for would make every ordinal wrong.
    counted = any(field.hidden or field.alias for field in fields)
    gaps = [
        "",
        *(
            rng.choice((" ", " ", " ", " ", ": ", "  ", ", ", " - ", *(() if counted else (" - - ",))))
            for _ in fields[1:]
        ),
    ]
    junk = [
        ""
        if counted or level < 0.4
        else rng.choice(
            ("", "", "", "", f"{words.word(rng)} ", "- ", *(() if ordered else (f"{rng.randrange(99)} ",)))
        )
        for _ in fields
    ]

    def write(page: Page, records: Records, rng: Random) -> None:
        for index, field in enumerate(fields):
            wrap = wraps[index]
            opened, gap, closed = spans.get(index, ("", gaps[index], ""))
            page.write(gap + junk[index] + opened + wrap[:1])
            leaf = records.get(id(field))
            if leaf is None:
                page.write("-")
            else:
                put_value(page, leaf, None)
            page.write(wrap[1:] + closed)

    return Scribe(write, description=description, ordered=ordered)


def _spanning(rng: Random, fields: list[Field], wraps: list[str]) -> dict[int, tuple[str, str, str]]:
    """Put two or three neighbours into one pair of brackets or quotes: place → opened, gap ahead, closed."""
    if len(fields) < 3 or rng.random() < 0.6:
        return {}
    start = rng.randrange(len(fields) - 1)
    end = min(len(fields) - 1, start + rng.choice((1, 1, 2)))
    if any(field.source.wide for field in fields[start : end + 1]):
        return {}
    around = rng.choice(('""', "[]", "()", "[]", '""', "{}"))
    found = {}
    for place in range(start, end + 1):
        wraps[place] = ""
        if any(cue in fields[place].cues for told in _WRAPS.values() for cue in told):
            fields[place].cues = position(place, len(fields), " ")
        gap = rng.choice((" ", " ", ":", "/", ", ")) if place > start else ("" if place == 0 else " ")
        found[place] = (around[0] if place == start else "", gap, around[1] if place == end else "")
    return found


def _noted(source: value.Source, note: str) -> value.Source:
    return value.Source(
        source.type, source.draw, source.choices, source.wide, source.note or note, source.format
    )


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
    "source address": ("from", "client", "source"), "destination address": ("to", "server", "for"), "ip address": ("from", "to", "at", "address"), "source port": ("port", "from port"),
    "destination port": ("port", "to port"), "user name": ("user", "for", "by", "for user"), "interface": ("on", "dev", "interface", "via"), "gateway": ("via", "through"), "hostname": ("on", "host", "at"),
    "process name": ("by", "process", "from"), "process id": ("pid", "process"), "url": ("GET", "for", "url"), "request path": ("for", "request", "GET"), "duration": ("in", "took", "after", "within"),
    "email": ("to", "from", "for", "by"), "error code": ("with", "code", "error"), "status code": ("status", "with", "code"), "retries": ("after", "attempt", "retry"), "mac address": ("for", "via", "device"),
    "session id": ("session", "id", "in session"), "domain": ("for", "zone", "domain"), "protocol": ("proto", "over", "using"), "version": ("version", "with", "using"), "rule": ("rule", "by rule", "policy"),
    "zone": ("in", "zone", "area"), "driver": ("by", "driver"), "command": ("command", "running", "executed"), "mount point": ("on", "at"), "filesystem": ("device", "on"), "timeout": ("after", "timeout"),
    "packets": ("sent", "got", "of"), "channel": ("on channel", "channel"), "signal strength": ("at", "with", "signal"), "latency": ("in", "time"), "job id": ("job", "for job"), "unit name": ("unit", "of"),
}  # fmt: skip
"""Words that often stand before a quantity."""


def message(rng: Random, level: float, fields: list[Field], how: Dialect) -> Scribe:
    """Draw a message: words, and among them values that the words before or behind them explain."""
    del level
    _recast(rng, fields, 0.5)
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
            field.cues = (*field.cues, *_WRAPS[wraps[-1]][:2])
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
