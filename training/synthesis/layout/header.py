"""Log lines as daemons write them: time, host, program, process, level, and then the message."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

from training.synthesis import casing, outline, value, words
from training.synthesis.fill import fill
from training.synthesis.form import Field, Filled
from training.synthesis.layout import Written, bare, message, pairs, prose
from training.synthesis.layout.scribe import Records, Scribe, by_field
from training.synthesis.naming import Dialect, dialect
from training.synthesis.page import Page

Body = Callable[[Page, Records, Random], None]
"""Writes the values of a message."""

_PARTS: Final[dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]]] = {
    "time": (
        "time",
        ("timestamp", "time", "event time", "ts", "logged at", "date"),
        ("time stamp at the start of the line", "Time stamp", "time as printed", "Timestamp"),
    ),
    "host": (
        "host",
        ("host", "hostname", "machine", "node", "source host", "device"),
        ("Host name", "Host", "the sending host", "host after the time stamp"),
    ),
    "program": (
        "program",
        ("program", "process", "app name", "application", "daemon", "tag", "service", "ident"),
        ("Program name", "before the colon", "Process name", "App name"),
    ),
    "pid": (
        "int:1:99999",
        ("pid", "process id", "proc id"),
        ("Process id", "number in brackets after the program", "PID"),
    ),
    "level": (
        "level",
        ("level", "severity", "log level", "priority"),
        ("Log level", "Severity", "Level of the message"),
    ),
    "thread": (
        "token",
        ("thread", "context", "thread name", "worker"),
        ("Thread name", "inside the brackets", "Context in brackets"),
    ),
    "logger": (
        "dotted",
        ("logger", "component", "module", "class name", "source", "category"),
        ("Logger name", "Component", "Module"),
    ),
    "pri": (
        "int:0:191",
        ("pri", "priority", "syslog priority", "facility code"),
        ("PRI value", "number in angle brackets", "Priority value"),
    ),
    "file": ("path", ("file", "source file", "origin"), ("Source file", "File before the line number")),
    "line": (
        "int:1:4000",
        ("line", "line number", "lineno"),
        ("Line number", "after the file and the colon"),
    ),
    "request": ("uuid", ("request id", "trace id", "correlation id"), ("Request id", "Trace id")),
    "user": ("user", ("user", "login", "account"), ("User", "Account")),
    "client": ("ip4", ("client", "remote address", "source ip", "peer"), ("Client address", "Remote IP")),
    "port": ("port", ("port", "client port", "source port"), ("Client port", "port after the colon")),
    "code": (
        "errcode",
        ("code", "error code", "message id", "event id"),
        ("Error code", "Message id", "Code before the message"),
    ),
    "session": ("token", ("session", "session id"), ("Session id",)),
    "uptime": (
        "float:0:99999:6",
        ("uptime", "kernel time", "elapsed"),
        ("Seconds since boot, in brackets", "Kernel time"),
    ),
}
"""Name in a template → kind of value, what it is called, how a description puts it."""

_TEMPLATES: Final = (
    "{time} {host} {program}[{pid}]: ", "<{pri}>{time} {host} {program}: ", "{time} [{level}] {logger}: ",
    "[{time}] {level} {logger} - ", "{time} {level} [{thread}] {logger} - ",
    "{level} {time} {thread} {logger}] ", "{level}: {time}: ", "[{level}] {time} ",
    "{time} {program}/{pid} {level}: ", "{time},{level},{program},", "{time} | {level} | {logger} | ",
    "[{time}] [{logger}:{level}] [pid {pid}] ", "{host} {program}: {level}: ",
    "{program}[{pid}]: {level} {code}: ", "<{pri}>1 {time} {host} {program} {pid} {code} - ",
    "{time} {host} {program}: ",
    "[{uptime}] {program}: ", "{time} {level}/{logger}({pid}): ", "{level} [{request}] {time} {program}: ",
    "{time} ({thread}) {level} {logger}: ", "{program} {time} {level:}<{pid}> ",
    "{file}:{line}: {level}: ",
    "{time} {level} {file}:{line} ", "[{time} #{pid}] {level} -- {program}: ",
    "{time} {client}:{port} {user} ", "{time} {level} [{client}] ", "{time} [{pid}] {user}@{host} ",
    "{code} {time} ", "{level}\t{time}\t{logger}\t",
    "{program}({session}): ", "{time} {host} ", "{time} - {logger} - {level} - ", "({time}) {program}>",
    "{time};{host};{level};", "%{program}-{level}-{code}: ", "{time}: %{code}: ", "{host}|{time}|{level}|",
    "{time} {level} ",
)  # fmt: skip


def header(rng: Random, level: float) -> Written:
    """Write a log line of which the schema asks for parts of the header, the message, or values in it."""
    how = dialect(rng, level, casing.MOSTLY_JOINED)
    template = rng.choice(_TEMPLATES).replace("{level:}", "{level}")
    names = [part.split("}")[0] for part in template.split("{")[1:]]
    head = [_part(name, rng) for name in names]
    body = _body(rng, level, how)
    fields = [*head, *body[0]]
    share = rng.choice((1.0, 1.0, 0.8, 0.5)) if body[0] else 0.9
    for field in head:
        field.asked = rng.random() < share
    whole = None
    if rng.random() < (0.5 if body[0] else 0.9):
        whole = Field(
            rng.choice((("message",), ("msg",), ("text",), ("log", "message"), ("detail",), ("content",))),
            value.source("sentence", rng),
            hidden=rng.random() < 0.4,
            cues=(
                "the rest of the line",
                "message text",
                "everything after the header",
                "text after the last colon" if template.endswith(": ") else "rest of the line",
            ),
        )
        fields.append(whole)
    if not any(field.asked for field in fields):
        head[0].asked = True
    many = rng.random() < 0.15 * level
    root = outline.rows(fields, rng, how, most=3) if many else outline.asked_of(fields, rng, level)
    outline.ask(root, rng, how)
    filled = fill(root, rng)
    page, tail = Page(), _trace(rng) if rng.random() < 0.06 and whole is None else rng.choice(("", "", "\n"))
    for index, record in enumerate(filled.children[0].children if many else [filled]):
        page.write("\n" if index else "")
        _head(page, record, template, dict(zip(names, head, strict=True)))
        _message(page, record, body[1], whole, rng)
    page.write(tail)
    return Written(root, filled, page)


def _trace(rng: Random) -> str:
    """Draw the lines of a stack or of whatever else follows a log line without being asked for."""
    shape = rng.choice(
        (
            "\tat {}.{}({}:{})",
            '  File "{}/{}.py", line {}, in {}',
            "    {} {} {} {}",
            "  #{} {} {}+{}",
            "\t... {} {} {} {}",
        )
    )
    return "".join(
        "\n" + shape.format(words.word(rng), words.word(rng), words.word(rng), rng.randrange(999))
        for _ in range(rng.randint(1, 5))
    )


def _part(name: str, rng: Random) -> Field:
    kind, called, told = _PARTS[name]
    return Field(
        tuple(rng.choice(called).split()), _narrow(value.source(kind, rng), kind, rng), cues=told, alias=""
    )


def _narrow(source: value.Source, kind: str, rng: Random) -> value.Source:
    """Header parts hold a level as printed, seldom as an enum."""
    if kind == "level" and rng.random() < 0.6:
        return value.Source("string", lambda r: ((drawn := source.draw(r))[0], drawn[0]))
    return source


def _body(rng: Random, level: float, how: Dialect) -> tuple[list[Field], Body | None]:
    """Draw what the message says: words only, or values some way or other."""
    if rng.random() < 0.4 or level < 0.2:
        return [], None
    fields = outline.flat(rng, level, how, rng.randint(1, 5))
    draw = rng.choice(
        (pairs.pairs, message.message, message.message, prose.terse, prose.prose, bare.tally, bare.shapes)
    )
    scribe: Scribe = draw(rng, level, fields, how)
    if draw is pairs.pairs and rng.random() < 0.4:
        return fields, _bracketed(scribe, rng)
    return fields, scribe.write


def _bracketed(scribe: Scribe, rng: Random) -> Body:
    """Put the values in brackets, before or behind the words of the message."""
    name, ahead = (
        rng.choice(
            (f"{words.word(rng)}@{rng.randrange(99999)} ", "", f"{words.word(rng)} ", f"{words.word(rng)}: ")
        ),
        rng.random() < 0.6,
    )
    around = rng.choice(("[]", "()", "{}", "[]", "||"))

    def write(page: Page, records: Records, rng: Random) -> None:
        page.write("" if ahead else words.sentence(rng) + " ")
        page.write(around[0] + name)
        scribe.write(page, records, rng)
        page.write(around[1] + (" " + words.sentence(rng) if ahead else ""))

    return write


def _head(page: Page, record: Filled, template: str, head: dict[str, Field]) -> None:
    leaves = by_field(record)
    first, *rest = template.split("{")
    page.write(first)
    for piece in rest:
        name, after = piece.split("}", 1)
        if (leaf := leaves.get(id(head[name]))) is None:
            page.write("-")
        else:
            page.put(leaf)
        page.write(after)


def _message(page: Page, record: Filled, body: Body | None, whole: Field | None, rng: Random) -> None:
    """Write the message; asked for as a whole, its span holds those of the values in it."""
    leaves, start = by_field(record), page.length
    if body is not None:
        body(page, leaves, rng)
    else:
        page.write(f"{words.word(rng)}: " if rng.random() < 0.15 else "")
        page.write(words.sentence(rng))
    text = page.text[start:].rstrip()
    if whole is not None and (leaf := leaves.get(id(whole))) is not None and text:
        leaf.printed = leaf.value = text
        if leaf.pointer is not None:
            page.spans[leaf.pointer] = (start, start + len(text))
