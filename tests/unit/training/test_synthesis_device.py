"""Lines of devices, daemons and firewalls: what tells the values apart, and what is not there."""

from __future__ import annotations

from itertools import islice
from random import Random

import pytest

from agent.grounding import leaves
from agent.numerals import numerals
from training.synthesis import Example, generate
from training.synthesis.device.brief import claims
from training.synthesis.device.note import note
from training.synthesis.device.part import MEASURED, gauge
from training.synthesis.device.units import UNITS, of_sign

DEVICE = ("plain", "brief", "cells", "apart", "spoken", "logline", "flow")
SHARES = 3000


def _positives(family: str, count: int = 300) -> list[Example]:
    return [one for one in islice(generate(7, family=family), count) if one.value is not None]


def test_mix_holds_a_quarter_of_device_lines() -> None:
    """Short lines of devices and logs are a good quarter of all texts."""
    share = sum(one.format in DEVICE for one in islice(generate(11), SHARES)) / SHARES
    assert 0.23 < share < 0.35


@pytest.mark.parametrize("family", DEVICE)
def test_family_asks_for_more_than_a_line_gives(family: str) -> None:
    """In a good part of the texts a field is asked for that stands nowhere."""
    found = _positives(family)
    wanting = [one for one in found if set(one.schema["properties"]) - set(one.value or {})]
    assert len(wanting) > len(found) / 3


@pytest.mark.parametrize("family", DEVICE)
def test_family_numbers_can_be_read(family: str) -> None:
    """Every number stands where the agent finds a numeral, glued to its label and unit or not."""
    for one in _positives(family):
        found = {(numeral.start, numeral.end) for numeral in numerals(one.text)}
        numbers = [pointer for pointer, value in leaves(one.value) if type(value) in (int, float)]
        assert {one.spans[pointer] for pointer in numbers} <= found, one.text


@pytest.mark.parametrize("family", ["plain", "apart"])
def test_lines_without_labels_have_no_unit_twice(family: str) -> None:
    """Two fields of one unit could not be told apart."""
    for one in _positives(family):
        codes = [place["ucumUnit"] for place in one.schema["properties"].values() if "ucumUnit" in place]
        assert len(codes) == len(set(codes))


def test_cells_stand_in_the_order_of_the_schema() -> None:
    """Nothing but their order tells unlabelled cells apart."""
    for one in _positives("cells"):
        if not any("properties" in place for place in one.schema["properties"].values()):
            starts = [one.spans[f"/{key}"] for key in one.schema["properties"] if f"/{key}" in one.spans]
            assert starts == sorted(starts)


def test_logline_message_reaches_the_end_of_its_line() -> None:
    """Colons and numbers of a message belong to it."""
    ends = 0
    for one in _positives("logline"):
        for start, end in one.spans.values():
            ends += " " in one.text[start:end] and one.text[end : end + 1] in ("", "\n", "\r")
    assert ends > 150


def test_gauge_has_a_known_unit() -> None:
    """A measured quantity brings the sign of its unit, and the schema has words for it."""
    rng = Random(1)  # noqa: S311 - no secret
    for name in (*MEASURED, "", ""):
        part = gauge(rng, name)
        assert part.measure in UNITS
        assert part.unit.startswith("%") or of_sign(part.unit) == part.measure


def test_claims_knows_initials_and_skeletons() -> None:
    """A label is not given to one field when it would do for another."""
    part = gauge(Random(1), "battery voltage")  # noqa: S311 - no secret
    assert claims(part, "bv")
    assert claims(part, "btt")
    assert not claims(part, "rssi")


def test_note_names_what_it_does_not_give() -> None:
    """A near miss speaks of the same things."""
    schema = {"properties": {"oil_pressure_bar": {"type": "number"}}}
    texts = [note(schema, Random(seed)) for seed in range(60)]  # noqa: S311 - no secret
    assert any("il pressure" in text for text in texts)
    assert all(texts)
    assert not any("{" in text for text in texts)
