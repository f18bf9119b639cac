"""Ablations: what is taken away, and the figures of what is left."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from agent.extract import Job
from agent.message import Candidate, Evidence
from agent.models import EMBEDDED, Model, load
from agent.schemas import compile_schema
from eval.ablation import Arm, arms, outcomes, stripped, table_of, without_words
from eval.dataset import Case

DOCUMENT: dict[str, Any] = {
    "type": "object",
    "description": "what it is",
    "properties": {
        "description": {"type": "string", "description": "a field of that name", "title": "Words"},
        "rows": {"type": "array", "items": {"type": "number", "minimum": 1, "examples": [2]}},
        "state": {"enum": ["title", "unit"], "x-maaza": {"unit": "C"}},
    },
    "required": ["description"],
}


class Knows:
    """An extractor that says a number of the text; the tier is its name."""

    def __init__(self, number: int) -> None:
        self.number, self.tier = number, f"says {number}"

    def extract(self, jobs: Sequence[Job], /) -> list[Candidate]:
        """Return the number at its place."""
        found = []
        for job in jobs:
            start = job.text.index(str(self.number))
            found.append(
                Candidate(
                    {"n": self.number}, (Evidence("/n", start, start + 1, 1.0),), 1.0, "t", "", tokens=10
                )
            )
        return found


@pytest.fixture
def cases() -> list[Case]:
    """Return two cases: one asks for 5, one for 7."""
    schema = compile_schema({"type": "object", "properties": {"n": {"type": "number"}}}, name="s")
    return [Case(f"c{number}", "5 or 7", schema, {"n": number}, "simple") for number in (5, 7)]


def test_stripping_leaves_names_types_bounds_choices_and_conversions() -> None:
    """A field called description stays; what describes it goes."""
    assert stripped(DOCUMENT) == {
        "type": "object",
        "properties": {
            "description": {"type": "string"},
            "rows": {"type": "array", "items": {"type": "number", "minimum": 1}},
            "state": {"enum": ["title", "unit"], "x-maaza": {"unit": "C"}},
        },
        "required": ["description"],
    }


def test_cases_without_words_keep_text_and_answer(cases: list[Case]) -> None:
    """Only the schema is another, and the same one for the same schema."""
    bare = without_words(cases)
    assert [(one.text, one.expected) for one in bare] == [(one.text, one.expected) for one in cases]
    assert bare[0].schema is bare[1].schema


def test_differences_are_paired_with_the_first_arm(cases: list[Case]) -> None:
    """Each arm is right once: no difference in the mean, and both cases changed."""
    made = [Arm("first", "w", lambda: Knows(5)), Arm("second", "w", lambda: Knows(7), lambda given: given)]
    told: list[str] = []
    first, second = table_of(outcomes(cases, made, told=told.append))
    assert told == ["first, w", "second, w"]
    assert (first["json_exact"], first["difference"]["json_exact"]) == (0.5, 0.0)
    assert first["difference_intervals"]["json_exact"] == [0.0, 0.0]
    assert second["difference"]["json_exact"] == 0.0
    assert second["difference_intervals"]["json_exact"] == [-1.0, 1.0]
    assert (second["grounded"], second["schema_compliance"], second["tokens_per_case"]) == (1.0, 1.0, 10.0)


def test_a_pointing_model_has_no_free_arm() -> None:
    """What it writes is grounded by its kind; its arms are what it knows of a text."""
    names = [arm.name for arm in arms(["nano", "nano"])]
    assert names[:2] == ["whole", "whole"]
    assert "without links" in names
    assert not any("free" in name for name in names)


def test_a_causal_model_is_asked_under_three_grammars_with_and_without_the_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole way of the first model, then of the others; then what is taken away."""
    monkeypatch.setattr("eval.ablation.load", causal)
    names = [(arm.name, arm.weights) for arm in arms([str(tmp_path / "f16"), str(tmp_path / "q8")])]
    assert names[:2] == [
        ("grounded grammar, schema in the prompt", "f16 Q8_0"),
        ("grounded grammar, schema in the prompt", "q8 Q8_0"),
    ]
    assert {name for name, _ in names} == {
        f"{grammar}, {said}"
        for grammar in ("grounded grammar", "grammar of the schema", "free")
        for said in ("schema in the prompt", "no schema in the prompt")
    }


def test_models_of_two_kinds_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their arms have nothing in common."""
    monkeypatch.setattr(
        "eval.ablation.load", lambda folder: load(folder) if folder == EMBEDDED else causal(folder)
    )
    with pytest.raises(ValueError, match="of one kind"):
        arms(["nano", str(tmp_path)])


def causal(folder: Path) -> Model:
    """Return a model folder whose manifest says that it is causal."""
    manifest = load(EMBEDDED).manifest.model_copy(update={"decoding": "generate", "name": folder.name})
    return Model(folder, manifest)
