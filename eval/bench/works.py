"""Messages with the record that is right, and how a model writes it: the same for every peer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from agent.extract import Job
from agent.extract.answer import write
from agent.extract.source import prepare
from agent.message import Json
from eval.dataset import Case, load_edgejson
from eval.streams import stream

LEVELS = ("simple", "medium")


@dataclass(frozen=True, slots=True)
class Work:
    """A message, its record, and the answer that says so."""

    job: Job
    expected: Json
    answer: bytes


def edgejson(folder: Path) -> list[Work]:
    """Return the simple and medium messages of EdgeJSON's test split, in its order."""
    return [
        made for case in load_edgejson(folder, "test") if case.complexity in LEVELS for made in _work(case)
    ]


def _work(case: Case) -> Iterable[Work]:
    if case.schema is not None:
        yield work(Job(case.text, case.schema), case.expected)


def reports(count: int) -> list[Work]:
    """Return messages of the ten shapes as reports of one label a line, where EdgeJSON is not at hand."""
    from agent.schemas import bundled_schemas  # noqa: PLC0415 - reads files

    schemas, made = bundled_schemas(), []
    for message in stream(count):
        record = message.expected or {}
        flat: dict[str, Json] = {
            key: value for key, value in record.items() if not isinstance(value, (dict, list))
        }
        schema = schemas[message.schema]
        if all(child.name in flat for child in schema.root.properties if child.required):
            made.append(work(Job(_report(message.shape, flat), schema), flat))
    return made


def _report(title: str, record: dict[str, Json]) -> str:
    lines = (f"{key.replace('_', ' ').title()}: {_said(value)}" for key, value in record.items())
    return f"{title}\n\n" + "\n".join(lines) + "\n"


def _said(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def work(job: Job, expected: Json) -> Work:
    """Return a message with its answer as the grammar writes it."""
    return Work(job, expected, write(expected, job.schema.root, prepare(job.text)).encode())
