"""The embedded model and declared conversions: one numeral, one timestamp, converted and proved."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agent.extract import Extractor, Job
from agent.extract.engine import PointerExtractor
from agent.extract.factory import build
from agent.journey import weigh
from agent.message import Json, Reason
from agent.schemas import compile_schema

pytestmark = pytest.mark.model

TIMES: Json = {"time": ["%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M"], "zone": "Europe/Berlin"}
BOILER = compile_schema(
    {
        "$id": "https://maaza.example/schemas/boiler/1",
        "title": "Boiler report",
        "type": "object",
        "properties": {
            "measured_at": {
                "type": "string",
                "format": "date-time",
                "description": "When it was measured",
                "x-maaza": TIMES,
            },
            "flow_temperature_c": {
                "type": "number",
                "description": "Flow temperature in degrees Celsius",
                "ucumUnit": "Cel",
                "x-maaza": {"decimal": ",", "unit": "behind", "assume": "Cel", "round": 2},
            },
            "energy_kwh": {
                "type": "number",
                "description": "Energy in kilowatt hours",
                "ucumUnit": "kW.h",
                "x-maaza": {"decimal": ",", "thousands": ".", "unit": "behind"},
            },
        },
        "required": ["flow_temperature_c"],
        "additionalProperties": False,
    },
    name="boiler",
)


@pytest.fixture(scope="module")
def nano() -> Iterator[Extractor]:
    """Load the embedded model once."""
    extractor = build()
    assert isinstance(extractor, PointerExtractor)
    yield extractor
    extractor.close()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (
            "25.11.2026 13:00:05 flow temperature 61,5 °C energy 12.345,6 kWh",
            {"measured_at": "2026-11-25T13:00:05+01:00", "flow_temperature_c": 61.5, "energy_kwh": 12345.6},
        ),
        ("flow temperature: 142,7 °F, energy: 1,2 MWh", {"flow_temperature_c": 61.5, "energy_kwh": 1200.0}),
    ],
)
def test_declared_forms_are_pointed_at_whole(nano: Extractor, text: str, value: Json) -> None:
    """The model chooses among what is written as declared; code converts it, grounding proves it."""
    verdict = weigh(nano.extract([Job(text, BOILER)])[0], text, BOILER, threshold=0.5, received_at=0.0)
    assert verdict.candidate is not None, verdict
    assert verdict.candidate.value == value


def test_another_form_is_no_candidate(nano: Extractor) -> None:
    """A decimal point where a comma is declared is refused: half of the numeral would be a wrong number."""
    text = "flow temperature 61.5 C"
    verdict = weigh(nano.extract([Job(text, BOILER)])[0], text, BOILER, threshold=0.5)
    assert verdict.reason is Reason.MISSING_REQUIRED
