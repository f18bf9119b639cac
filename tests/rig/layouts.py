"""Makes layouts: a schema, lines of one format with the values that are wanted, and tampered lines.

Two families that share nothing but this code: `DEVELOPED`, by which the induction was built, and `RESERVED`,
by which it is judged. They have seeds, words and styles of their own.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agent.schemas import Schema, compile_schema


@dataclass(frozen=True)
class Family:
    """What layouts are made of."""

    name: str
    seeds: range
    quantities: tuple[tuple[str, str], ...]
    """Names of numbers, with units."""
    devices: tuple[str, ...]
    words: tuple[str, ...]
    states: tuple[str, ...]
    flags: tuple[tuple[str, str], ...]
    """Words for yes and no."""
    styles: tuple[str, ...]


DEVELOPED = Family(
    "developed",
    range(1000),
    (("temp", "C"), ("hum", "%"), ("press", "hPa"), ("volt", "V"), ("flow", "l/h"), ("speed", "rpm")),
    ("pump-{:02}", "S{}", "node_{}", "tank-{}a", "{:08}"),
    ("door", "open", "pressure", "low", "filter", "blocked", "restart", "done", "link", "lost"),
    ("idle", "running", "fault", "stopped"),
    (("yes", "no"), ("on", "off")),
    ("pairs", "commas", "report", "sentence"),
)
RESERVED = Family(
    "reserved",
    range(50_000, 50_040),
    (
        ("torque", "Nm"),
        ("lux", "lx"),
        ("co2", "ppm"),
        ("current", "A"),
        ("depth", "m"),
        ("angle", "deg"),
        ("mass", "kg"),
    ),
    ("press{}", "VLV-{:03}", "gw/{}", "sensor.{}", "{:04}-x", "unit {}"),
    ("belt", "slipped", "oil", "warm", "axis", "homed", "valve", "stuck", "battery", "weak", "again"),
    ("READY", "BUSY", "ERROR", "SLEEP", "MANUAL"),
    (("true", "false"), ("enabled", "disabled"), ("1", "0")),
    ("colons", "pipes", "tags", "braces", "columns", "log", "blocks"),
)


@dataclass(frozen=True)
class Piece:
    """One field of a line, with what stands around it."""

    pointer: str
    before: str
    text: str
    after: str
    value: Any
    optional: bool = False


@dataclass(frozen=True)
class Line:
    """One line of a layout."""

    head: str
    pieces: tuple[Piece, ...]
    joint: str
    tail: str

    @property
    def text(self) -> str:
        """Return the raw text."""
        return self.head + self.joint.join(p.before + p.text + p.after for p in self.pieces) + self.tail

    @property
    def expected(self) -> dict[str, Any]:
        """Return the value that is wanted."""
        return {piece.pointer: piece.value for piece in self.pieces}


@dataclass(frozen=True)
class Field:
    """A field of a layout."""

    name: str
    kind: str
    unit: str
    optional: bool
    make: Callable[[random.Random], tuple[str, Any]]


@dataclass(frozen=True)
class Layout:
    """A format with its schema."""

    family: Family
    seed: int
    style: str
    fields: tuple[Field, ...]
    schema: Schema

    def lines(self, count: int) -> list[Line]:
        """Return varied lines; the first three show each optional field once there and once not."""
        return [self._line(_random(f"{self.seed}/{number}"), number) for number in range(count)]

    def _line(self, rng: random.Random, number: int) -> Line:
        pieces = []
        for at, field in enumerate(self.fields):
            if field.optional and (number == 1 if number < 3 else rng.random() < 0.4):
                continue
            text, value = field.make(rng)
            before, after = AROUND[self.style](field, at)
            pieces.append(Piece(field.name, before, text, after, value, field.optional))
        head, joint, tail = FRAMES[self.style]
        return Line(_moments(head, rng), tuple(pieces), joint, tail)


def _moments(head: str, rng: random.Random) -> str:
    clock = f"{rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}"
    return head.replace("@", f"2024-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02} {clock}")


FRAMES = {
    "pairs": ("", " ", ""),
    "commas": ("", ",", ""),
    "report": ("Report @\n", "\n", "\n"),
    "sentence": ("Reading: ", ", ", "."),
    "colons": ("", "; ", ";"),
    "pipes": ("@ | ", " | ", ""),
    "tags": ("<m ", " ", "/>"),
    "braces": ("{", ", ", "}"),
    "columns": ("NAME     VALUES\n", "   ", ""),
    "log": ("@ app[17]: ", " ", ""),
    "blocks": ("== @ ==\n", "\n", "\n== end\n"),
}
AROUND: dict[str, Callable[[Field, int], tuple[str, str]]] = {
    "pairs": lambda field, _at: (f"{field.name}=", field.unit),
    "commas": lambda _field, _at: ("", ""),
    "report": lambda field, _at: (f"  {field.name.title()}: ", f" {field.unit}".rstrip()),
    "sentence": lambda field, _at: (f"{field.name} is ", f" {field.unit}".rstrip()),
    "colons": lambda field, _at: (f"{field.name}: ", field.unit),
    "pipes": lambda field, at: (f"{field.name} " if at else "", f" {field.unit}".rstrip()),
    "tags": lambda field, _at: (f'{field.name}="', '"'),
    "braces": lambda field, _at: (f'"{field.name}": "', '"'),
    "columns": lambda _field, _at: ("", ""),
    "log": lambda field, _at: (f"{field.name}(", f"){field.unit}"),
    "blocks": lambda field, _at: (f"{field.name:<10}: ", f" {field.unit}".rstrip()),
}
UNLABELLED = frozenset({"commas", "columns"})


def _random(seed: str) -> random.Random:
    return random.Random(seed)  # noqa: S311 - seeded layouts are no secrets


def layout(family: Family, seed: int) -> Layout:
    """Return the layout of a seed."""
    rng = _random(f"{family.name}/{seed}")
    style = family.styles[seed % len(family.styles)]
    fields = tuple(_fields(family, style, rng))
    return Layout(family, seed, style, fields, _schema(family, seed, fields))


def _fields(family: Family, style: str, rng: random.Random) -> Iterator[Field]:
    device = rng.choice(family.devices)
    yield Field(
        "device", "string", "", optional=False, make=lambda r: _twice(device.format(r.randrange(1, 100)))
    )
    whole = rng.random() < 0.3
    names = rng.sample(family.quantities, rng.randrange(2, 5))
    for number, (name, unit) in enumerate(names):
        may_miss = number > 1 and style not in UNLABELLED and rng.random() < 0.5
        yield Field(name, "integer" if whole else "number", unit, may_miss, _number(rng, whole=whole))
    if rng.random() < 0.5:
        yield Field("state", "enum", "", optional=False, make=lambda r: _twice(r.choice(family.states)))
    if rng.random() < 0.4:
        yes, no = rng.choice(family.flags)
        yield Field(
            "alarm", "boolean", "", optional=False, make=lambda r: r.choice([(yes, True), (no, False)])
        )
    if rng.random() < 0.3 and style not in UNLABELLED | {"pipes"}:
        mark = "/" if style in {"colons", "log", "pairs"} else ","
        yield Field("codes", "list", "", optional=False, make=lambda r: _codes(r, mark))
    if rng.random() < 0.3 and style in {"report", "pipes", "tags", "braces", "colons", "blocks"}:
        yield Field("note", "string", "", optional=False, make=lambda r: _twice(_phrase(family.words, r)))


def _twice(text: str) -> tuple[str, Any]:
    return text, text


def _phrase(words: Sequence[str], rng: random.Random) -> str:
    return " ".join(rng.choice(words) for _ in range(rng.randrange(1, 4)))


def _codes(rng: random.Random, mark: str) -> tuple[str, Any]:
    codes = [f"E{rng.randrange(100, 1000)}" for _ in range(rng.randrange(1, 5))]
    return mark.join(codes), codes


def _number(rng: random.Random, *, whole: bool) -> Callable[[random.Random], tuple[str, Any]]:
    low, high = rng.choice([(-20, 60), (0, 100), (900, 1100), (1, 5000)])

    def make(r: random.Random) -> tuple[str, Any]:
        if whole:
            value = r.randrange(low, high)
            return str(value), value
        written = f"{r.uniform(low, high):.{1 + low % 2}f}"
        return written, float(written)

    return make


def _schema(family: Family, seed: int, fields: Sequence[Field]) -> Schema:
    kinds: dict[str, Any] = {
        "enum": {"enum": list(family.states)},
        "list": {"type": "array", "items": {"type": "string"}},
    }
    return compile_schema(
        {
            "type": "object",
            "properties": {one.name: kinds.get(one.kind, {"type": one.kind}) for one in fields},
            "required": [one.name for one in fields if not one.optional],
            "additionalProperties": False,
        },
        name=f"{family.name}_{seed}",
    )


@dataclass(frozen=True)
class Mutant:
    """A line that was tampered with, and what it may be read as."""

    how: str
    text: str
    right: dict[str, Any] | None
    """The value that a careful reader would give; None: no template may read it."""


def mutants(line: Line, style: str, rng: random.Random) -> Iterator[Mutant]:
    """Yield a line with labels swapped, a field more, fields in another order, a required field less."""
    pieces = list(line.pieces)
    firm = [at for at, piece in enumerate(pieces) if not piece.optional]
    if style not in UNLABELLED:
        one, two = rng.sample(range(len(pieces)), 2)
        swapped = list(pieces)
        swapped[one] = replace(pieces[one], before=pieces[two].before)
        swapped[two] = replace(pieces[two], before=pieces[one].before)
        yield Mutant("labels swapped", replace(line, pieces=tuple(swapped)).text, None)
        turned = list(pieces)
        turned[one], turned[two] = pieces[two], pieces[one]
        text = replace(line, pieces=tuple(turned)).text
        if text != line.text:
            yield Mutant("other order", text, line.expected)
    at = rng.randrange(len(pieces) + 1)
    model = pieces[min(at, len(pieces) - 1)]
    before = model.before.replace(model.pointer, "extra").replace(model.pointer.title(), "Extra")
    more = Piece("extra", before, "42", "", 42)
    yield Mutant("a field more", replace(line, pieces=(*pieces[:at], more, *pieces[at:])).text, None)
    gone = rng.choice(firm)
    yield Mutant("a field less", replace(line, pieces=(*pieces[:gone], *pieces[gone + 1 :])).text, None)
    # Up to the last field that must be there: what is cut off behind it may have been missing.
    before = replace(line, pieces=tuple(pieces[: firm[-1]]), tail="").text
    yield Mutant("cut off", line.text[: rng.randrange(1, len(before) + 1)], None)
