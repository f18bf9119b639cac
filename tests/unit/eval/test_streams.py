"""Streams: seeded, of ten shapes, with records that are right; mutants are none of them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict

import pytest
from click.testing import CliRunner

from agent.grounding import ungrounded
from agent.message import Candidate, Evidence
from agent.schemas import bundled_schemas
from agent.templates.places import locate
from agent.templates.spread import pointer_of
from agent.validate import validate
from eval.__main__ import main
from eval.devices import SHAPES
from eval.streams import Message, examples, mutated, stream

COUNT = 600


def _proven(message: Message) -> bool:
    """Tell whether a record validates and each of its values stands in the text."""
    schema = bundled_schemas()[message.schema]
    (located,) = locate([(message.text, message.expected)], schema, 0.0)
    evidence = tuple(
        Evidence(pointer_of(one.path), one.start, one.end, 1.0, inferred=isinstance(one.value, bool))
        for one in located.places
    )
    candidate = Candidate(message.expected, evidence, 1.0, "", "")
    placed = not located.lost and not located.fixed and not located.cued
    return (
        placed
        and not validate(message.expected, schema)
        and not ungrounded(candidate, message.text, schema.root)
    )


def test_stream_of_one_seed_is_the_same_every_time() -> None:
    """Figures of two runs are of the same messages; another seed gives others."""
    assert list(stream(50, drift_at=25)) == list(stream(50, drift_at=25))
    assert list(stream(50)) != list(stream(50, seed=1))


def test_stream_mixes_ten_shapes_of_ten_schemas() -> None:
    """No shape is rare."""
    counts = Counter(one.shape for one in stream(COUNT))
    assert len(counts) == len(SHAPES) == len({shape.schema for shape in SHAPES}) == 10
    assert min(counts.values()) > COUNT / 20


@pytest.mark.parametrize("drift_at", [None, 0], ids=["before", "after"])
def test_records_of_a_stream_are_valid_and_stand_in_their_texts(drift_at: int | None) -> None:
    """What is called right can be had by reading."""
    assert [one for one in stream(COUNT, drift_at=drift_at) if not _proven(one)] == []


def test_stream_drifts_from_a_message_on() -> None:
    """Before it the old format, behind it the new one, of the same devices."""
    before, after = list(stream(COUNT)), list(stream(COUNT, drift_at=300))
    assert before[:300] == after[:300]
    assert all(one.drifted for one in after[300:])
    assert {one.topic for one in after[300:]} == {one.topic for one in before}


def test_examples_are_not_messages_of_the_stream() -> None:
    """What is taught is not what is asked."""
    asked = {one.text for one in stream(2 * COUNT)}
    assert not asked.intersection(one.text for shape in SHAPES for one in examples(shape, 10))


def test_mutants_are_no_lines_of_a_shape() -> None:
    """Three kinds of them, none a text that a device prints; swapped labels have no right record."""
    made = list(mutated(COUNT))
    assert len(made) == COUNT
    assert {one.mutation for one in made} == {"labels swapped", "other order", "a field more"}
    assert all((one.expected is None) == (one.mutation == "labels swapped") for one in made)
    printed = {one.text for at in (None, 0) for one in stream(COUNT, drift_at=at)}
    assert not printed.intersection(one.text for one in made)


def test_command_prints_what_the_functions_give() -> None:
    """Another program can have the same messages."""
    told = CliRunner().invoke(main, ["stream", "--count", "20", "--drift-at", "10"])
    assert [json.loads(one) for one in told.output.splitlines()] == [
        asdict(one) for one in stream(20, drift_at=10)
    ]
    told = CliRunner().invoke(main, ["stream", "--count", "5", "--seed", "3", "--mutated"])
    assert [json.loads(one)["mutation"] for one in told.output.splitlines()] == [
        one.mutation for one in mutated(5, seed=3)
    ]
