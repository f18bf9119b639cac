"""Unrelated texts crossed with schemas: every answer but a refusal is falsely published.

Texts are chatter of many kinds, the examples of other bundled schemas, and those that a schema's own
examples say must be refused. Pairs in which a reader could
defend an answer are left out: a syslog line fits any text that a host prints, a weather report is a kind
of climate reading.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

from agent.schemas import Schema
from eval.chatter import MAKERS
from eval.dataset import Case

SEED: Final = 4_711
"""Seed of texts and pairs, so that rates of two models are of the same cases."""

COUNT: Final = 1_000
"""Cases made when no other number is asked for."""

CHATTER_SHARE: Final = 0.5
"""Share of cases whose text is chatter; the others are texts of another schema."""

_CLIMATE: Final = frozenset({"env_sensor", "sensor_reading", "weather_station"})
_LOGS: Final = frozenset({"app_log", "log_entry", "syslog_line"})
_PLACE: Final = frozenset({"gps_fix", "location"})
_SITE: Final = frozenset({"gateway_report", "iot_device_network"})
KIN: Final = (_CLIMATE, _LOGS, _PLACE, _SITE)
"""Schemas that may fit each other's texts."""

OPEN: Final = frozenset({*_LOGS, "device_health", "notification"})
"""Schemas so open that another schema's text may fit them; they meet chatter only."""

AVOID: Final = {
    "notification": frozenset({"chat", "menu", "departure", "match", "prose", "banner", "markup"})
}
"""Schema -> kinds of chatter that may fit it."""


def unrelated(
    schemas: Mapping[str, Schema], examples: Sequence[Case], *, count: int = COUNT, seed: int = SEED
) -> list[Case]:
    """Return ``count`` cases that must be refused; ``examples`` are texts of known schemas."""
    random = Random(seed)
    names = sorted(schemas)
    cases: list[Case] = []
    while len(cases) < count:
        name = random.choice(names)
        kind, text = _text(name, examples, random)
        if text:
            cases.append(_case(len(cases), kind, text, schemas[name]))
    return cases


def _text(name: str, examples: Sequence[Case], random: Random) -> tuple[str, str]:
    """Return kind and text of what does not fit schema ``name``; an empty text where the draw does."""
    if name in OPEN or random.random() < CHATTER_SHARE:
        kind = random.choice(sorted(set(MAKERS) - AVOID.get(name, frozenset())))
        return kind, MAKERS[kind](random)
    example = random.choice(examples)
    if example.schema_name == name and example.expected is None:
        return "same topic", example.text
    return "other schema", "" if related(name, example.schema_name) else example.text


def related(one: str, two: str) -> bool:
    """Tell whether a text of one schema may fit the other."""
    return one == two or any(one in kin and two in kin for kin in KIN)


def _case(number: int, kind: str, text: str, schema: Schema) -> Case:
    return Case(
        id=f"unrelated-{number}",
        text=text,
        schema=schema,
        expected=None,
        complexity=schema.complexity.value,
        format=kind,
        schema_name=schema.name,
    )
