"""Shapes and units: what a value looks like, and what follows it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import units
from agent.schemas.node import Kind, Node
from agent.shapes import SHAPE_VALUES, expected, shape_layout, shapes
from agent.vocabulary import GLUED, SPECIAL, Vocabulary

VOCABULARY = Vocabulary([*SPECIAL, *"abcxyz0123456789.:-", *(GLUED + mark for mark in "abc0123456789")])


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("2024-05-17T07:58:12.001+02:00", "moment"),
        ("2024-06-01 09:00:00,123", "moment"),
        ("Jun 11 09:40:31", "moment"),
        ("2024-05-17", "date"),
        ("07:58", "clock"),
        ("10.0.0.5", "ip"),
        ("fe80::1c2a", "ip"),
        ("00:1A:2b:3c:4d:5e", "mac"),
        ("0b8ffea6-97e0-4c0e-9e0a-97e04c0e9e0a", "uuid"),
        ("ana@example.org", "email"),
        ("https://example.org/a?b=1", "uri"),
        ("/var/log/syslog", "path"),
        ("3.2.0-rc1", "version"),
        ("0x9F31", "hex"),
        ("1718000042", "epoch"),
        ("PUMP-07", "name"),
        ("-21.50", "decimal"),
        ("1,204", "integer"),
        ("cold-room", "compound"),
        ("ALARM", "capitals"),
    ],
)
def test_shape_of_a_whole_value(text: str, kind: str) -> None:
    """A value alone is one shape."""
    assert [(found.kind, found.start, found.end) for found in shapes(text)] == [(kind, 0, len(text))]


def test_number_and_its_unit_are_apart() -> None:
    """A unit glued to a number does not belong to it."""
    assert [text[found.start : found.end] for text in ["81.4C"] for found in shapes(text)] == ["81.4"]


@given(st.text(max_size=200))
def test_shapes_do_not_overlap(text: str) -> None:
    """Whatever the text, shapes are in order and apart, and give numbers inside the learned table."""
    found = shapes(text)
    assert all(one.end <= other.start for one, other in pairwise(found))
    values = shape_layout(found, VOCABULARY.encode(text))
    assert (values >= 0).all()
    assert (values < SHAPE_VALUES).all()


def field(name: str, kind: Kind = Kind.STRING, **fragment: str) -> Node:
    """Return a field."""
    return Node(kind, name, required=False, fragment=dict(fragment))


@pytest.mark.parametrize(
    ("node", "kind"),
    [
        (field("x", format="ipv4"), "ip"),
        (field("last_seen_time"), "clock"),
        (field("x", Kind.NUMBER), "decimal"),
    ],
)
def test_expected_shape(node: Node, kind: str) -> None:
    """Formats, kinds and names tell what a value looks like."""
    assert kind in expected(node, node.name.split("_"))


def test_nothing_is_expected_of_a_plain_string() -> None:
    """Most strings may look like anything."""
    assert not expected(field("product"), ["product"])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("5C", "Cel"), ("5 °C,", "Cel"), ("5 degrees C", "Cel"), ("5%", "%"), ("5 percent", "%"),
        ("5 mm/s", "mm/s"), ("5kWh.", "kW.h"), ("5 m3", "m3"), ("5 rpm", "{rev}/min"), ("5 dBm;", "dB[mW]"),
    ],
)  # fmt: skip
def test_unit_behind_a_number(text: str, code: str) -> None:
    """Units are read glued or spaced, and before punctuation."""
    assert code in units.behind(text, 1)


@pytest.mark.parametrize("text", ["5", "5 hum=4", "5 of 7", "5;V"])
def test_no_unit_behind_a_number(text: str) -> None:
    """A label of the next field, a word, another cell: none is a unit."""
    assert not units.behind(text, 1)


@pytest.mark.parametrize(
    ("node", "about", "code"),
    [
        (Node(Kind.NUMBER, "x", required=False, unit="[ppm]"), [], "[ppm]"),
        (field("supply_mv"), [], "mV"),
        (field("speed_km_h"), [], "km/h"),
        (field("heat"), ["heat", "celsius"], "Cel"),
    ],
)
def test_units_of_a_field(node: Node, about: list[str], code: str) -> None:
    """A unit is declared, ends the name, or is spoken of."""
    assert code in units.units_of(node, node.name.split("_"), about)
