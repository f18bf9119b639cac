"""Unrelated texts: seeded, varied, and truly unrelated."""

from __future__ import annotations

import json
import re
from random import Random

import pytest
from click.testing import CliRunner

from agent.schemas import bundled_folder, bundled_schemas
from eval.__main__ import main
from eval.chatter import MAKERS
from eval.dataset import Case, load_examples
from eval.floor import FloorExtractor
from eval.metrics import figures
from eval.runner import run
from eval.unrelated import KIN, OPEN, related, unrelated

COUNT = 400


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    """Return a set of cases."""
    return unrelated(bundled_schemas(), load_examples(bundled_folder()), count=COUNT)


def test_set_is_the_same_every_time(cases: list[Case]) -> None:
    """Rates of two models are of the same cases."""
    again = unrelated(bundled_schemas(), load_examples(bundled_folder()), count=COUNT)
    assert [(case.text, case.schema_name) for case in cases] == [
        (case.text, case.schema_name) for case in again
    ]


def test_set_covers_every_schema_and_kind(cases: list[Case]) -> None:
    """Each schema meets texts, and each kind of text is there."""
    assert {case.schema_name for case in cases} == set(bundled_schemas())
    assert {case.format for case in cases} == {*MAKERS, "other schema", "same topic"}
    assert all(case.expected is None for case in cases)


def test_open_schemas_and_kin_meet_no_text_that_may_fit(cases: list[Case]) -> None:
    """A pair in which a reader could defend an answer would make the rate worthless."""
    own = {case.text: case.schema_name for case in load_examples(bundled_folder())}
    for case in cases:
        if case.format == "other schema":
            assert case.schema_name not in OPEN
            assert not related(case.schema_name, own[case.text])


def test_kin_are_symmetric() -> None:
    """If one text may fit the other schema, so may the other way round."""
    assert related("env_sensor", "weather_station")
    assert related("weather_station", "env_sensor")
    assert not related("env_sensor", "energy_meter")
    assert all(len(kin) > 1 for kin in KIN)


@pytest.mark.parametrize("kind", MAKERS)
def test_maker_varies_with_the_seed_only(kind: str) -> None:
    """The same seed gives the same text; a hundred seeds give many."""
    made, again = ([MAKERS[kind](Random(seed)) for seed in range(100)] for _ in range(2))  # noqa: S311 - no secret
    assert made == again
    assert len(set(made)) > 5
    assert all(text.strip() for text in made)


def test_extractor_that_publishes_labels_only_publishes_none_falsely(cases: list[Case]) -> None:
    """The floor's rate: a matcher of labels finds none here."""
    done = run(cases, FloorExtractor())
    found = figures([answer.score for answer in done.answers])
    assert (found["false_published"], found["false_at_threshold"]) == (0.0, 0.0)


def test_command_prints_the_rate_at_the_threshold_beside_that_without() -> None:
    """Both in the table and in the JSON."""
    arguments = ["unrelated", "--extractor", "floor", "--count", "20"]
    table = CliRunner().invoke(main, arguments).output
    figures = json.loads(CliRunner().invoke(main, [*arguments, "--json"]).output)
    assert re.search(r"false_published +false_at_threshold", table)
    assert (figures["false_published"], figures["false_at_threshold"]) == (0.0, 0.0)
