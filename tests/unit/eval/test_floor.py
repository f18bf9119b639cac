"""The label matcher: what labels and indentation alone can do."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.extract import Job
from agent.message import Refusal
from agent.schemas import compile_schema
from eval.dataset import load_cases, load_edgejson
from eval.floor import FloorExtractor, words
from eval.grounding import is_grounded
from eval.metrics import figures
from eval.runner import run

DATA = Path(__file__).parents[4] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"no data sets at {DATA}")

SCHEMA = compile_schema(
    {
        "type": "object",
        "properties": {
            "orderId": {"type": "string"},
            "total_amount": {"type": "number"},
            "paid": {"type": "boolean"},
            "status": {"enum": ["open", "done"]},
            "items": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"name": {"type": "string"}, "count": {"type": "integer"}},
                },
            },
            "tags": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["orderId"],
    }
)
TEXT = """Order Id: A-1
Total Amount: 12.50 EUR
Paid: yes
Status: DONE
Items:
  Name: bolt
  Count: 4
  Name: nut
Tags:
  - small
  - metal
"""


def test_report_is_read_whole_and_every_value_points_at_its_place() -> None:
    """Labels match by words, arrays of objects split where a label comes again."""
    (candidate,) = FloorExtractor().extract([Job(TEXT, SCHEMA)])
    assert candidate.value == {
        "orderId": "A-1",
        "total_amount": 12.5,
        "paid": True,
        "status": "done",
        "items": [{"name": "bolt", "count": 4}, {"name": "nut"}],
        "tags": ["small", "metal"],
    }
    assert is_grounded(TEXT, candidate.value, candidate.evidence, SCHEMA.root)


def test_text_without_a_required_label_is_refused() -> None:
    """No label, no value: never a forced one."""
    (candidate,) = FloorExtractor().extract([Job("Total Amount: 3", SCHEMA)])
    assert (candidate.value, candidate.refusal) == (None, Refusal.MISSING_REQUIRED)


@pytest.mark.parametrize("name", ["sensorId", "Sensor Id", "sensor_id", "SENSOR ID", "sensor-id"])
def test_spellings_of_a_name_are_one(name: str) -> None:
    """Case, underscores and humps do not tell names apart."""
    assert words(name) == "sensor id"


@needs_data
def test_floor_on_edgejson_test() -> None:
    """The figure that every score is shown beside: about 77 %."""
    done = run(load_edgejson(DATA / "edgejson", "test"), FloorExtractor())
    assert figures([answer.score for answer in done.answers])["json_exact"] == pytest.approx(
        0.7785, abs=0.001
    )


@needs_data
def test_floor_on_field_text() -> None:
    """About 9 %: labels alone do not read real text."""
    done = run(load_cases(DATA / "fieldtext_dev.jsonl"), FloorExtractor())
    assert figures([answer.score for answer in done.answers])["json_exact"] == pytest.approx(
        0.0909, abs=0.001
    )
