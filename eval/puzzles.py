"""Texts with fields whose places are known, made so that looking a value up afterwards would fail.

Values come twice, and stand inside job numbers, notes, limits and earlier readings. The generator is eval's
own: what trains a model must not score it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final

from agent.message import Json
from agent.schemas import Schema, compile_schema

SEED: Final = 90_210
"""Seed of the texts, so that figures of two models are of the same texts."""

_QUANTITIES: Final = (
    ("inlet_temperature", "Inlet temperature", "Cel", "C"),
    ("outlet_temperature", "Outlet temperature", "Cel", "C"),
    ("supply_voltage", "Supply voltage", "V", "V"),
    ("motor_current", "Motor current", "A", "A"),
    ("line_pressure", "Line pressure", "bar", "bar"),
    ("fill_level", "Fill level", "%", "%"),
    ("humidity", "Humidity", "%", "%"),
    ("shaft_speed", "Shaft speed", "{rev}/min", "rpm"),
)
_WORDS: Final = (
    ("device", "Device", ("pump-4", "fan-12", "mixer-7", "valve-21")),
    ("zone", "Zone", ("north", "cellar", "hall-2", "roof")),
    ("operator", "Operator", ("Ines Maro", "T. Lind", "Okafor")),
)

Fields = list[tuple[str, str, Json, str]]
"""Name, label, value and unit of each field of a text."""


@dataclass(slots=True)
class Draft:
    """A text being written, which remembers where each field's value came to stand."""

    text: str = ""
    spans: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, written: str) -> None:
        """Write something that is no field's value."""
        self.text += written

    def put(self, name: str, value: Json) -> None:
        """Write a field's value and remember its place."""
        start = len(self.text)
        self.text += str(value)
        self.spans[f"/{name}"] = (start, len(self.text))


@dataclass(frozen=True, slots=True)
class Puzzle:
    """One text with its right value and the place of every leaf."""

    text: str
    schema: Schema
    expected: dict[str, Json]
    spans: dict[str, tuple[int, int]]
    layout: str


def _report(draft: Draft, fields: Fields, random: Random) -> None:
    draft.add(f"Report {random.randint(100, 999)}\n")
    for name, label, value, unit in fields:
        draft.add(f"{label}: ")
        draft.put(name, value)
        draft.add(f" {unit}\n" if unit else "\n")


def _pairs(draft: Draft, fields: Fields, _random: Random) -> None:
    for name, _label, value, _unit in fields:
        draft.add(f"{name}=")
        draft.put(name, value)
        draft.add(" ")


def _limits(draft: Draft, fields: Fields, random: Random) -> None:
    """Write each value with a limit or earlier reading beside it, often the same number."""
    for name, label, value, unit in fields:
        if isinstance(value, str):
            draft.add(f"{label}: ")
            draft.put(name, value)
            draft.add("\n")
            continue
        draft.add(f"{label} (limit {_other(value, random)} {unit}): ")
        draft.put(name, value)
        draft.add(f" {unit}, before {_other(value, random)} {unit}\n")


def _sentence(draft: Draft, fields: Fields, _random: Random) -> None:
    draft.add("Status at shift change:")
    for name, label, value, unit in fields:
        draft.add(f" {label.lower()} is ")
        draft.put(name, value)
        draft.add(f" {unit}," if unit else ",")
    draft.add(" all well.")


def _markup(draft: Draft, fields: Fields, _random: Random) -> None:
    draft.add("<row")
    for name, _label, value, _unit in fields:
        draft.add(f' {name}="')
        draft.put(name, value)
        draft.add('"')
    draft.add("/>")


def _columns(draft: Draft, fields: Fields, _random: Random) -> None:
    widths = [max(len(name), len(str(value))) + 2 for name, _, value, _ in fields]
    draft.add("".join(f"{name:<{width}}" for (name, *_), width in zip(fields, widths, strict=True)) + "\n")
    for (name, _, value, _), width in zip(fields, widths, strict=True):
        draft.put(name, value)
        draft.add(" " * (width - len(str(value))))


LAYOUTS: Final[dict[str, Callable[[Draft, Fields, Random], None]]] = {
    "columns": _columns,
    "limits": _limits,
    "markup": _markup,
    "pairs": _pairs,
    "report": _report,
    "sentence": _sentence,
}


_WHOLE_LINES: Final = frozenset({"columns", "limits", "report"})
"""Layouts whose lines mean something, so that nothing else may share them."""


def _other(value: Json, random: Random) -> Json:
    """Return the same number half of the time, else another."""
    return value if random.random() < 0.5 else random.randint(1, 99)  # noqa: PLR2004 - half


def puzzles(count: int, *, seed: int = SEED) -> list[Puzzle]:
    """Return ``count`` texts with known spans."""
    random = Random(seed)
    return [_puzzle(random) for _ in range(count)]


def _puzzle(random: Random) -> Puzzle:
    fields = _fields(random)
    layout = random.choice(sorted(LAYOUTS))
    draft = Draft()
    _decoys(draft, fields, random)
    if draft.text and layout in _WHOLE_LINES:
        draft.add("\n")
    LAYOUTS[layout](draft, fields, random)
    draft.add("\n" if layout in _WHOLE_LINES else " ")
    _decoys(draft, fields, random)
    expected = {name: value for name, _, value, _ in fields}
    return Puzzle(draft.text, _schema(fields), expected, draft.spans, layout)


def _fields(random: Random) -> Fields:
    """Draw two to four quantities, two of them often with the same value, and perhaps a word."""
    number: Json = round(random.uniform(1, 99), 1) if random.random() < 0.7 else random.randint(1, 99)  # noqa: PLR2004
    fields: Fields = []
    for name, label, _ucum, unit in random.sample(_QUANTITIES, random.randint(2, 4)):
        value = _other(number, random)
        fields.append((name, label, value, unit))
    for name, label, words in random.sample(_WORDS, random.randint(0, 2)):
        fields.insert(random.randint(0, len(fields)), (name, label, random.choice(words), ""))
    return fields


def _decoys(draft: Draft, fields: Fields, random: Random) -> None:
    """Write what holds the same characters and is none of the fields."""
    value = random.choice(fields)[2]
    decoys = (
        "",
        f"2024-05-{random.randint(10, 28)} 10:{random.randint(10, 59)}:00 ",
        f"[job {value}] ",
        f"(calibrated with {value}, ticket {random.randint(1000, 9999)}) ",
        f"# see note {value} of the manual\n",
    )
    draft.add(random.choice(decoys))


def _schema(fields: Fields) -> Schema:
    units = {name: ucum for name, _, ucum, _ in _QUANTITIES}
    properties: dict[str, Json] = {}
    for name, label, value, _unit in fields:
        fragment: dict[str, Json] = {
            "type": "string" if isinstance(value, str) else "number",
            "description": label,
        }
        properties[name] = {**fragment, **({"ucumUnit": units[name]} if name in units else {})}
    return compile_schema(
        {
            "type": "object",
            "title": "Machine reading",
            "additionalProperties": False,
            "properties": properties,
            "required": list(properties),
        }
    )
