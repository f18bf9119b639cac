"""Rows to learn from: EdgeJSON's train split, examples beside schemas, corrected records of the audit.

What is left out is counted, with its reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from agent.message import Json
from agent.models import sha256
from agent.redaction import COVER
from agent.schemas import Schema, bundled_schemas, load_folder
from agent.schemas.examples import EXAMPLES_SUFFIX
from agent.validate import validate
from eval.dataset import EDGEJSON_SHA256, Case, load_cases, load_edgejson, rows, texts
from eval.leak import leaks
from training.faults import Unusable

EDGEJSON_TRAIN, EDGEJSON_TEST = "edgejson_train_v3.jsonl", "edgejson_test_v3.jsonl"
CORRECTED = "corrected"
"""Key that a person adds to an exported row: the right value, or null for a text that must be refused."""


class Why(StrEnum):
    """Why a row is not learned from."""

    LEAK = "near a text that is held out for scoring"
    UNREVIEWED = f"nobody has added {CORRECTED!r}"
    REDACTED = "its text is covered"
    NO_SCHEMA = "its schema is not known or does not compile"
    INVALID = "its value does not keep its schema"
    UNREACHABLE = "its value does not stand in its text"
    TOO_LONG = "longer than max_length"


@dataclass(frozen=True, slots=True)
class Row:
    """A text with its right answer."""

    text: str
    schema: Schema
    expected: Json
    """None: the text must be refused."""
    source: str
    """edgejson, examples or audit."""
    received_at: float | None = None
    """When the text came in; timestamps without a year are read by it."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """All rows, and what was left out."""

    rows: tuple[Row, ...]
    left_out: Counter[Why] = field(default_factory=Counter)


def gather(paths: Sequence[Path], *, schemas: Sequence[Path] = (), held_out: Sequence[Path] = ()) -> Gathered:
    """Read files and folders, leave out what cannot be learned from.

    Args:
        paths: folders of EdgeJSON, folders and files of ``.examples.jsonl``, exports of audit databases.
        schemas: folders of schemas that exported rows name; the bundled ones are known.
        held_out: JSON Lines whose texts are for scoring; EdgeJSON's test split is, where its train split is.

    Raises:
        DatasetError: a file cannot be read.
        Unusable: a file is a test split, or there is nothing to learn from.
    """
    known = _known(schemas)
    left_out: Counter[Why] = Counter()
    found = [row for path in paths for row in _read(path, known, left_out)]
    scored = [text for path in (*held_out, *_tests(paths)) for text in texts(path)]
    leaking = {leak.train for leak in leaks([row.text for row in found], scored)}
    left_out[Why.LEAK] += len(leaking)
    rows = []
    for number, row in enumerate(found):
        broken = row.expected is not None and validate(row.expected, row.schema)
        left_out[Why.INVALID] += bool(broken and number not in leaking)
        if number not in leaking and not broken:
            rows.append(row)
    if not rows:
        said = "; ".join(f"{count} {why}" for why, count in (+left_out).items()) or "there is none"
        raise Unusable("gather rows", cause=said, remedy="name files with rows to learn from")
    return Gathered(tuple(rows), +left_out)


def _known(folders: Sequence[Path]) -> dict[str, Schema]:
    known = dict(bundled_schemas())
    for folder in folders:
        known |= load_folder(folder)
    return known


def _tests(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield EdgeJSON's test split where its folder is read."""
    yield from (path / EDGEJSON_TEST for path in paths if (path / EDGEJSON_TRAIN).is_file())


def _read(path: Path, known: Mapping[str, Schema], left_out: Counter[Why]) -> Iterator[Row]:
    if (path / EDGEJSON_TRAIN).is_file():
        yield from _of_cases(load_edgejson(path, "train"), "edgejson", left_out)
        return
    files = sorted(path.glob(f"*{EXAMPLES_SUFFIX}")) if path.is_dir() else [path]
    if not files:
        raise Unusable(
            f"read {path}",
            cause=f"it holds neither {EDGEJSON_TRAIN} nor files named *{EXAMPLES_SUFFIX}",
            remedy="name EdgeJSON's folder, a folder of examples, or a file",
        )
    for file in files:
        _refuse_test(file)
        if file.name.endswith(EXAMPLES_SUFFIX):
            yield from _of_cases(load_cases(file), "examples", left_out)
        else:
            yield from _of_audit(file, known, left_out)


def _refuse_test(path: Path) -> None:
    """Refuse EdgeJSON's test split under any name.

    Raises:
        Unusable: it is that.
    """
    if path.is_file() and sha256(path) == EDGEJSON_SHA256[EDGEJSON_TEST]:
        raise Unusable(
            f"learn from {path}", cause="it is EdgeJSON's test split", remedy="leave it for scoring"
        )


def _of_cases(cases: Sequence[Case], source: str, left_out: Counter[Why]) -> Iterator[Row]:
    for case in cases:
        if case.schema is None:
            left_out[Why.NO_SCHEMA] += 1
        else:
            yield Row(case.text, case.schema, case.expected, source)


def _of_audit(path: Path, known: Mapping[str, Schema], left_out: Counter[Why]) -> Iterator[Row]:
    """Yield the rows of ``maaza audit export`` to which a person has added the right value."""
    for _, row in rows(path):
        why = _unfit(row, known)
        if why:
            left_out[why] += 1
        else:
            schema = known[row["schema"]]
            yield Row(row["text"], schema, row[CORRECTED], "audit", row.get("received_at"))


def _unfit(row: Mapping[str, Any], known: Mapping[str, Schema]) -> Why | None:
    if CORRECTED not in row:
        return Why.UNREVIEWED
    if not isinstance(row.get("text"), str) or COVER in row["text"]:
        return Why.REDACTED
    return None if row.get("schema") in known else Why.NO_SCHEMA
