"""Cases through an extractor, and the command line around it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from agent.extract import Job
from agent.extract.stub import Stub
from agent.message import Candidate
from agent.settings import THRESHOLD
from eval.__main__ import main
from eval.dataset import DatasetError, load_cases, load_edgejson
from eval.floor import FloorExtractor
from eval.report import summary
from eval.runner import run

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
ROWS: list[dict[str, Any]] = [
    {"id": "1", "text": "a: x", "schema": SCHEMA, "expected": {"a": "x"}, "format": "report"},
    {"id": "2", "text": "a=y", "schema": SCHEMA, "expected": {"a": "y"}, "format": "pairs"},
    {"id": "3", "text": "hello", "schema": SCHEMA, "expected": None},
    {"id": "4", "text": "a: z", "schema": {"type": "array"}, "expected": ["z"], "complexity": "complex"},
    {"id": "5", "text": "a: x", "schema": SCHEMA, "expected": {"a": "X"}},
]


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """Return a file of five cases."""
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in ROWS) + "\n\n", encoding="utf-8")
    return path


class Counting(FloorExtractor):
    """A floor that notes the sizes of the batches it is given."""

    def __init__(self) -> None:
        """Begin with none."""
        self.batches: list[int] = []

    def extract(self, jobs: Sequence[Job], /) -> list[Candidate]:
        """Note and pass on."""
        self.batches.append(len(jobs))
        return super().extract(jobs)


def test_run_scores_each_case_in_order(cases: Path) -> None:
    """Right, refused, rightly refused, schema that does not compile, wrong."""
    done = run(load_cases(cases), FloorExtractor())
    assert [answer.case.id for answer in done.answers] == ["1", "2", "3", "4", "5"]
    assert [answer.score.exact for answer in done.answers] == [True, False, True, False, False]
    assert [answer.score.refused for answer in done.answers] == [False, True, True, True, False]


def test_run_asks_in_batches_and_never_for_a_schema_that_does_not_compile(cases: Path) -> None:
    """Batches of two; the fourth case is not asked."""
    extractor = Counting()
    done: list[int] = []
    run(load_cases(cases), extractor, batch=2, progress=done.append)
    assert extractor.batches == [2, 1, 1]
    assert done == [2, 4, 5]


def test_order_of_cases_does_not_matter(cases: Path) -> None:
    """The figures are of the set."""
    forward = summary(run(load_cases(cases), FloorExtractor()))
    backward = summary(run(load_cases(cases)[::-1], FloorExtractor()))
    for key in ("json_exact", "field_f1", "by_complexity", "by_format"):
        assert forward[key] == backward[key]


def test_command_prints_one_json_object_with_the_agreed_keys(cases: Path, tmp_path: Path) -> None:
    """The keys are a contract with whoever reads the scores."""
    wrong = tmp_path / "wrong.jsonl"
    arguments = ["run", "--cases", str(cases), "--json", "--extractor", "floor", "--failures", str(wrong)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    report = json.loads(result.output)
    assert set(report) >= {
        *("cases", "json_exact", "field_f1", "leaf_f1", "schema_compliance", "refused", "false_published"),
        *("published", "published_right", "false_at_threshold", "threshold"),
        *("grounded", "by_complexity", "by_format", "cases_per_s", "tokens_per_s", "model"),
    }
    assert (report["cases"], report["model"]) == (5, "floor")
    assert (report["published"], report["published_right"], report["threshold"]) == (2, 0.5, THRESHOLD)
    assert [json.loads(line)["id"] for line in wrong.read_text().splitlines()] == ["2", "4", "5"]


def test_command_prints_a_table_for_people(cases: Path) -> None:
    """Percentages by group."""
    result = CliRunner().invoke(main, ["run", "--cases", str(cases), "--extractor", "floor"])
    assert result.exit_code == 0
    assert "json_exact" in result.output
    assert "40.0 %" in result.output
    head, whole, *_ = result.output.splitlines()
    figures = dict(zip(head.split(), whole.removeprefix("all").replace(" %", "").split(), strict=True))
    assert (figures["json_exact"], figures["published"], figures["published_right"]) == ("40.0", "2", "50.0")
    assert f"confidence {THRESHOLD}" in result.output


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{}\n", "'text' is missing"),
        ("nonsense\n", "not JSON"),
        ("[1]\n", "not an object"),
        ('{"text": 1, "schema": {}, "expected": {}}\n', "'text' is a string"),
        ("", "no cases"),
    ],
)
def test_faulty_file_is_reported_with_its_line(tmp_path: Path, content: str, reason: str) -> None:
    """Where, why, and what a line must be; exit code 1."""
    path = tmp_path / "cases.jsonl"
    path.write_text(content)
    result = CliRunner().invoke(main, ["run", "--cases", str(path), "--extractor", "floor"])
    assert result.exit_code == 1
    assert reason in result.output


def test_model_that_is_not_there_is_reported_without_a_traceback(cases: Path, tmp_path: Path) -> None:
    """A wrong name gets a sentence and exit code 1."""
    result = CliRunner().invoke(main, ["run", "--cases", str(cases), "--extractor", str(tmp_path / "none")])
    assert result.exit_code == 1
    assert "neither nano, nor floor" in result.output


def test_edgejson_of_another_version_is_refused(tmp_path: Path) -> None:
    """Figures of another file are not comparable."""
    (tmp_path / "edgejson_test_v3.jsonl").write_text("{}\n")
    with pytest.raises(DatasetError, match="not EdgeJSON v3 as published"):
        load_edgejson(tmp_path, "test")


def test_edgejson_takes_text_schema_and_complexity_from_their_places(tmp_path: Path) -> None:
    """The whole prompt, the schema by id, the level by folder: rows may lack the label."""
    folder = tmp_path / "schemas" / "complex"
    folder.mkdir(parents=True)
    (folder / "tiny.json").write_text(json.dumps(SCHEMA))
    row = {
        "id": "e1",
        "schema_id": "tiny",
        "prompt": "A: x\n\nPlease extract.",
        "expected_output": {"a": "x"},
    }
    (tmp_path / "edgejson_test_v3.jsonl").write_text(json.dumps(row) + "\n")
    (case,) = load_edgejson(tmp_path, "test", pinned=False)
    assert (case.text, case.complexity, case.schema_name) == (row["prompt"], "complex", "tiny")


def test_values_are_scored_as_their_schema_converts_them(tmp_path: Path) -> None:
    """What counts is what would be published; a unit that does not fit is wrong and not grounded."""
    field = {"type": "number", "ucumUnit": "Cel", "x-maaza": {"decimal": ",", "unit": "behind"}}
    schema = {"type": "object", "properties": {"t": field}, "required": ["t"]}
    rows = [
        {"id": "1", "text": "98,6 °F", "schema": schema, "expected": {"t": 37}},
        {"id": "2", "text": "98,6 bar", "schema": schema, "expected": {"t": 98.6}},
    ]
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    scores = [answer.score for answer in run(load_cases(path), Stub("stub")).answers]
    assert [(one.exact, one.grounded, one.published) for one in scores] == [
        (True, True, True),
        (True, False, False),
    ]
