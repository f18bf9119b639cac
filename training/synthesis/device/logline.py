"""Log lines: time, level, host, program and logger in any order, then a message up to the end of the line."""

from __future__ import annotations

from random import Random
from typing import Final

from training.synthesis import casing, pattern, value, words
from training.synthesis.device.cast import Cast, Theme, written
from training.synthesis.device.part import Part, Role
from training.synthesis.device.units import rows
from training.synthesis.layout import Written
from training.synthesis.layout.scribe import Records
from training.synthesis.naming import dialect
from training.synthesis.page import Page

_SAYINGS: Final = tuple(pattern.maker(row[0]) for row in rows("sayings.txt"))
_LEVELS: Final = (
    ("debug", "info", "warning", "error", "critical"), ("debug", "info", "warn", "error"),
    ("trace", "debug", "info", "warn", "error", "fatal"), ("info", "warning", "error"),
    ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"), ("ok", "warning", "failure"),
    ("verbose", "info", "warning", "severe"),
)  # fmt: skip
_SHORT: Final[dict[str, tuple[str, ...]]] = {
    "debug": ("DBG", "D", "DEBUG"), "info": ("INF", "I", "INFO", "information"), "warning": ("WARN", "W",
    "WRN"),
    "warn": ("WARNING", "W", "WRN"), "error": ("ERR", "E", "ERROR"), "critical": ("CRIT", "C", "CRITICAL"),
    "fatal": ("F", "FATAL"), "crit": ("CRITICAL",), "err": ("ERROR", "error"),
}  # fmt: skip
_PARTS: Final[dict[str, tuple[str, str, str]]] = {
    "time": ("time", "timestamp,timestamp,time,ts,logged at,date,event time", "ts,t,time,at"),
    "host": ("host", "host,hostname,machine,node,device,source,origin", "host,h,hst,node"),
    "program": ("program", "program,process,app,application,service,daemon,tag,unit", "app,prog,svc,proc"),
    "pid": ("int:1:99999", "pid,process id,proc id", "pid,p"),
    "logger": ("dotted", "logger,component,module,source,category,logger name", "logger,mod,comp,src"),
    "thread": ("devid", "thread,worker,thread name,context", "thread,thr,tid"),
    "request": ("token", "request id,trace id,correlation id,req id,request", "req,rid,trace,request_id"),
    "code": ("errcode", "code,event id,message id,error code", "code,id,ec"),
    "user": ("user", "user,account,login", "user,usr,u"),
    "facility": ("enum:kern/user/mail/daemon/auth/cron/local0", "facility,log facility", "fac"),
    "pri": ("int:0:191", "pri,priority,syslog priority", "pri"),
    "version": ("version", "version,app version,release", "ver,v"),
    "line": ("int:1:4000", "line,line number,lineno", "line,ln"),
}  # fmt: skip
"""Name → kind of value, what schemas call it, what a pair of the line calls it."""
_WRAPS: Final[dict[str, tuple[str, ...]]] = {
    "time": ("{}", "{}", "{}", "[{}]", "({})", "{},"), "level": ("{}", "[{}]", "<{}>", "({})", "{}:",
    "[{}]", "|{}|"),
    "host": ("{}", "{}", "@{}", "[{}]"), "program": ("{}", "{}:", "[{}]", "{}"), "pid": ("[{}]", "#{}",
    "pid={}", "({})"),
    "logger": ("{}", "{}", "[{}]", "{}:", "({})"), "thread": ("[{}]", "({})", "[{}]"),
    "request": ("[{}]", "req={}", "({})", "request {}", "[req:{}]", "id={}"), "code": ("{}:", "[{}]",
    "code {}", "{}"),
    "user": ("user={}", "({})", "{}@"), "facility": ("{}", "{}.", "[{}]"), "pri": ("<{}>",),
    "version": ("ver {}", "({})", "version={}"),
    "line": (":{}", "line {}", "L{}"),
}  # fmt: skip
_THEME: Final = Theme(("log line", "application log", "log entry", "daemon", "service log"), (), (), ())
_TEXTS: Final = (("message",), ("message",), ("msg",), ("text",), ("log", "message"), ("detail",), ("event",))


def logline(rng: Random, level: float) -> Written:
    """Write one log line, as a daemon or as an application writes it."""
    named = _drawn(rng, level)
    shapes = {name: rng.choice(_WRAPS[name]) for name in named if name != "message"}
    drawn = rng.choice((_syslog, _free, _free, _free, _pairs)) if level > 0.2 else _free
    pieces = drawn(named, shapes, rng)
    printed = {id(part) for _, part in pieces if part}
    for part in named.values():
        part.presence = 0.0 if id(part) not in printed else 1.0 if rng.random() < 0.6 else 0.9999
    parts = [part for part in named.values() if part.asked]
    cast = Cast(_THEME, dialect(rng, level, casing.MOSTLY_JOINED), parts)
    cast.decoys = [part for part in named.values() if not part.asked]

    def write(page: Page, records: Records, rng: Random) -> None:
        del rng
        for words_before, part in pieces:
            page.write(words_before)
            if part is not None and (leaf := records.get(id(part))) is not None:
                page.put(leaf)

    return written(cast, write, rng, level)


def _drawn(rng: Random, level: float) -> dict[str, Part]:
    """Draw which parts a schema has and a line may have."""
    usual = ["time", "level", "host", "program", "pid", "logger"]
    some = rng.sample(usual, rng.randint(2, 5)) if rng.random() < 0.8 else usual
    extra = [name for name in _PARTS if name not in usual]
    some += rng.sample(extra, rng.choice((0, 0, 1, 2, 3)) if level > 0.3 else 0)
    rng.shuffle(some)
    found = {name: _level(rng) if name == "level" else _part(name, rng) for name in some}
    found["message"] = Part(rng.choice(_TEXTS), said(rng), ("msg", "message", "text"))
    for part in found.values():
        part.asked = rng.random() < 0.9
    if not any(part.asked for part in found.values()):
        found["message"].asked = True
    _rename(found)
    return found


def _rename(found: dict[str, Part]) -> None:
    """Give parts of the same words others: a line must not have two sources."""
    seen: set[tuple[str, ...]] = set()
    for name, part in found.items():
        if part.words in seen:
            part.words = (name,) if (name,) not in seen else ("log", name)
        seen.add(part.words)


def _part(name: str, rng: Random) -> Part:
    kind, called, shorts = _PARTS[name]
    source = value.source(kind, rng)
    role = Role.TIME if name == "time" else Role.TEXT
    return Part(tuple(rng.choice(called.split(",")).split()), source, tuple(shorts.split(",")), role=role)


def _level(rng: Random) -> Part:
    choices, free = rng.choice(_LEVELS), rng.random() < 0.15
    listed = rng.choice((str, str, str.upper))
    printed_as, short = rng.choice((str, str.upper, str.upper, str.capitalize)), rng.random() < 0.25

    def draw(r: Random) -> value.Drawn:
        choice = r.choice(choices)
        printed = printed_as(choice)
        if short and choice in _SHORT:
            printed = _SHORT[choice][0]
        return printed, printed if free else listed(choice)

    source = value.Source("string", draw, () if free else tuple(map(listed, choices)))
    return Part(
        rng.choice((("level",), ("severity",), ("log", "level"), ("lvl",))), source, ("lvl", "level", "sev")
    )


def said(rng: Random) -> value.Source:
    """Draw messages as programs write them."""
    capital = rng.random() < 0.4

    def draw(r: Random) -> value.Drawn:
        text = r.choice(_SAYINGS)(r) if r.random() < 0.8 else words.sentence(r)
        if r.random() < 0.12:
            text += rng.choice((": ", "; ", ", ", " - ")) + r.choice(_SAYINGS)(r)
        text = text[:1].upper() + text[1:] if capital else text
        return text, text

    return value.Source("string", draw, wide=True)


Pieces = list[tuple[str, Part | None]]


def _syslog(named: dict[str, Part], shapes: dict[str, str], rng: Random) -> Pieces:
    """Compose a line as syslog has it, old or new."""
    del shapes
    new = rng.random() < 0.25
    pri = rng.random()
    layout = [("<", "pri", ">" + ("1 " if new else ""))] if pri < 0.4 or new else []
    layout += [("", "time", " "), ("", "host", " ")]
    layout += (
        [("", "program", " "), ("", "pid", " "), ("", "code", " - ")]
        if new
        else [("", "program", ""), ("[", "pid", "]"), ("", "", ": ")]
    )
    layout += [("", "level", ": ")] if rng.random() < 0.3 else []
    pieces: Pieces = []
    for before, name, after in layout:
        if name in named or not name:
            pieces += [(before, named.get(name)), (after, None)]
        elif new or name == "pri":
            pieces.append((before + ("34" if name == "pri" else "-") + after, None))
    return [*pieces, ("", named["message"])]


def _free(named: dict[str, Part], shapes: dict[str, str], rng: Random) -> Pieces:
    """Compose a line of some parts in any order."""
    some = [name for name in shapes if rng.random() < 0.75] or list(shapes)[:1]
    if "time" in some and rng.random() < 0.75:
        some = ["time", *(name for name in some if name != "time")]
    gap = rng.choice((" ", " ", " ", " ", " | ", "\t", " - ", ";", "  "))
    pieces: Pieces = []
    for index, name in enumerate(some):
        before, after = shapes[name].split("{}")
        pieces += [((gap if index else "") + before, named[name]), (after, None)]
    if rng.random() < 0.92:
        ended = pieces[-1][0].endswith(":")
        end = gap if gap.strip() else rng.choice((" ",) if ended else (" ", ": ", " - ", " "))
        pieces += [(end, named["message"])]
    return pieces


def _pairs(named: dict[str, Part], shapes: dict[str, str], rng: Random) -> Pieces:
    """Compose a line of short labels and values, the message in quotes or last."""
    joint = rng.choice(("=", "=", "=", ":"))
    some = [name for name in shapes if rng.random() < 0.75]
    pieces: Pieces = []
    for name in some:
        quote = '"' if named[name].source.wide else ""
        label = rng.choice(named[name].shorts or named[name].words)
        pieces += [((" " if pieces else "") + label + joint + quote, named[name]), (quote, None)]
    pieces += [((" " if pieces else "") + rng.choice(("msg", "message")) + joint, named["message"])]
    return pieces
