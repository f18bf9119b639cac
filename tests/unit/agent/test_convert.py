"""From spans to values and back: what is converted, what is proved, what is not believed."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import pytest

from agent.conversion.ucum import Unit
from agent.convert import converted
from agent.extract import Job
from agent.extract.evidence import decode
from agent.extract.grammar import build
from agent.extract.source import prepare
from agent.extract.stub import Stub
from agent.grounding import ungrounded
from agent.journey import weigh
from agent.message import Candidate, Evidence, Json, Reason
from agent.schemas import Schema, compile_schema

NOW = 1_767_225_900.0
"""2026-01-01T00:05:00Z."""
SCHEMA = compile_schema(
    {
        "type": "object",
        "properties": {
            "at": {
                "type": "string",
                "x-maaza": {"time": "%b %d %H:%M:%S", "zone": "UTC", "year": "received"},
            },
            "temp": {
                "type": "number",
                "ucumUnit": "Cel",
                "maximum": 100,
                "x-maaza": {"decimal": ",", "unit": "behind"},
            },
            "parts": {
                "type": "array",
                "items": {"type": "number", "x-maaza": {"decimal": ",", "thousands": "."}},
            },
        },
        "required": ["temp"],
        "additionalProperties": False,
    },
    name="s",
)
TEXT = "Dec 31 23:59:58 oven 98,6 °F parts 1.234,5 and 2,5"


def candidate(value: Json, *evidence: Evidence) -> Candidate:
    """Return what an extractor gives."""
    return Candidate(value, evidence, 0.9, "t1", "")


def at(pointer: str, written: str, text: str = TEXT) -> Evidence:
    """Return evidence at the first place of some characters."""
    start = text.index(written)
    return Evidence(pointer, start, start + len(written), 0.9)


FOUND = candidate(
    {"at": "", "temp": 0, "parts": [0, 0]},
    at("/at", "Dec 31 23:59:58"),
    at("/temp", "98,6"),
    at("/parts/0", "1.234,5"),
    at("/parts/1", "2,5"),
)
VALUE: Json = {"at": "2025-12-31T23:59:58Z", "temp": 37.0, "parts": [1234.5, 2.5]}


def test_values_come_from_spans_whatever_the_extractor_made_of_them() -> None:
    """Everywhere in the value; the spans stay, and each says what was done."""
    made = converted(FOUND, TEXT, SCHEMA, NOW)
    assert (made.candidate.value, made.faults) == (VALUE, ())
    assert [(one.start, one.end) for one in made.candidate.evidence] == [
        (one.start, one.end) for one in FOUND.evidence
    ]
    assert [one.converted for one in made.candidate.evidence] == [
        "time '%b %d %H:%M:%S' in UTC",
        "decimal ','; unit '°F' ([degF]) to Cel",
        "decimal ',', thousands '.'",
        "decimal ',', thousands '.'",
    ]


def test_schema_without_declarations_changes_nothing() -> None:
    """The very same candidate goes on."""
    plain = compile_schema({"type": "object", "properties": {"temp": {"type": "number"}}}, name="p")
    assert converted(FOUND, TEXT, plain, NOW).candidate is FOUND


def test_verdict_carries_the_converted_candidate() -> None:
    """What is validated and published is converted: 98,6 °F are below the maximum of 100 °C."""
    verdict = weigh(FOUND, TEXT, SCHEMA, threshold=0.5, received_at=NOW)
    assert verdict.candidate is not None
    assert verdict.candidate.value == VALUE


@pytest.mark.parametrize(
    ("text", "reason", "detail"),
    [
        ("oven 98,6 bar", Reason.UNCONVERTIBLE, "/temp: 'bar' behind '98,6' is no unit that fits Cel"),
        ("oven 98,6", Reason.UNCONVERTIBLE, "/temp: no unit stands behind '98,6'"),
        ("oven 398,6 K", Reason.INVALID, "125.45 is greater than the maximum of 100"),
        ("oven 398,6 °C", Reason.INVALID, "398.6 is greater than the maximum of 100"),
    ],
)
def test_text_that_does_not_fit_its_declaration_is_rejected(
    text: str, reason: Reason | None, detail: str
) -> None:
    """With the reason, and another tier is asked; bounds are those of the value, not of the text."""
    found = Stub("t1").extract([Job(text, SCHEMA)])[0]
    verdict = weigh(found, text, SCHEMA, threshold=0.5, received_at=NOW)
    assert (verdict.reason, verdict.climbs) == (reason, True)
    assert detail in verdict.detail


def proof_of(value: Json, *evidence: Evidence) -> tuple[str, ...]:
    """Return what grounding does not believe."""
    return ungrounded(candidate(value, *evidence), TEXT, SCHEMA.root, NOW)


@pytest.mark.parametrize(
    ("value", "unproved"),
    [
        (VALUE, ()),
        ({"temp": 98.6}, ("/temp",)),
        ({"temp": 37.1}, ("/temp",)),
        ({"temp": True}, ("/temp",)),
        ({"temp": "37"}, ("/temp",)),
        ({"parts": [1.2345]}, ("/parts/0",)),
        ({"parts": [1234, 2.5]}, ("/parts/0",)),
        ({"at": "2026-12-31T23:59:58Z"}, ("/at",)),
        ({"at": "2025-12-31T22:59:58Z"}, ("/at",)),
        ({"at": "2025-12-31T23:59:58.0Z"}, ("/at",)),
        ({"at": "Dec 31 23:59:58"}, ("/at",)),
    ],
)
def test_grounding_works_conversions_out_again(value: Json, unproved: tuple[str, ...]) -> None:
    """Whatever the evidence claims was done, a value that its span does not give is not believed."""
    claimed = [replace(one, converted="honestly converted") for one in FOUND.evidence]
    assert proof_of(value, *claimed) == unproved


def test_fault_of_the_converter_is_seen_by_the_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """Arithmetic that goes wrong on the way there does not go wrong in the same way on the way back."""

    def without_offset(self: Unit, number: Fraction, target: Unit) -> Fraction:
        return number * self.factor / target.factor

    monkeypatch.setattr(Unit, "convert", without_offset)
    verdict = weigh(FOUND, TEXT, SCHEMA, threshold=0.5, received_at=NOW)
    assert (verdict.reason, verdict.detail) == (Reason.UNGROUNDED, "not in the text: /temp")


def test_converted_value_cannot_be_inferred_or_come_from_nowhere() -> None:
    """A choice may be cued by nothing; a quantity may not."""
    assert proof_of({"temp": 37.0}, replace(FOUND.evidence[1], inferred=True)) == ("/temp",)
    assert proof_of({"temp": 37.0}, Evidence("/temp", -1, -1, 0.9, inferred=True)) == ("/temp",)
    assert proof_of({"temp": 37.0}) == ("/temp",)


def generated(schema: Schema, text: str, answer: str) -> tuple[str, list[str]]:
    """Return the grammar of a text, and the pieces of it that an answer's leaves stand for."""
    source = prepare(text)
    decoded = decode(answer.encode(), (), schema.root, source)
    return build(schema.root, source), [text[one.start : one.end] for one in decoded.evidence]


def test_grammar_offers_declared_forms_as_one_numeral() -> None:
    """Of `1.234,5` a causal model may write 1234.5 and no piece; of times what is written as declared."""
    grammar, pieces = generated(
        SCHEMA, TEXT, json.dumps({"at": "Dec 31 23:59:58", "temp": 98.6, "parts": [1234.5]})
    )
    assert "1234.5" in grammar
    assert "1.234" not in grammar
    assert "Dec 31 23:59:58" in grammar
    assert pieces == ["Dec 31 23:59:58", "98,6", "1.234,5"]
