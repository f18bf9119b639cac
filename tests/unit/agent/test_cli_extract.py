"""`maaza extract` and `maaza schema test` with an extractor that says what the test wants."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.cli import main
from agent.extract import Job, factory
from agent.message import Candidate, Evidence, Refusal
from agent.models import EMBEDDED, load

THRESHOLD = load(EMBEDDED).manifest.threshold
TEXT = "tank=T1 level=62.5%"
RIGHT = Candidate(
    {"tank": "T1", "level_pct": 62.5},
    (Evidence("/tank", 5, 7, 0.98), Evidence("/level_pct", 14, 18, 0.61)),
    0.97,
    "nano",
    "ab" * 32,
)
REFUSED = Candidate(None, (), 0.9, "nano", "ab" * 32, Refusal.MISSING_REQUIRED, "nothing for level_pct")


class Scripted:
    """An extractor that always gives the same answer."""

    tier = "nano"

    def __init__(self, answer: Candidate) -> None:
        """Keep the answer."""
        self.answer = answer

    def extract(self, jobs: Sequence[Job], /) -> list[Candidate]:
        """Return it for each job."""
        return [self.answer for _ in jobs]


Say = Callable[[Candidate], None]


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch) -> Say:
    """Give a way to choose the extractor's answer."""
    return lambda answer: monkeypatch.setattr(factory, "build", lambda **_: Scripted(answer))


def test_json_has_value_evidence_confidence_tier_and_verdict(say: Say) -> None:
    """One object on one line holds all that was decided."""
    say(RIGHT)
    result = CliRunner().invoke(main, ["extract", TEXT, "--schema", "tank_level", "--json"])
    found = json.loads(result.output)
    assert result.exit_code == 0
    assert found["value"] == {"tank": "T1", "level_pct": 62.5}
    assert found["evidence"] == {"/tank": [5, 7], "/level_pct": [14, 18]}
    assert (found["confidence"], found["tier"], found["valid"]) == (0.97, "nano", True)


def test_text_on_standard_input_loses_only_the_line_end_of_echo(say: Say) -> None:
    """Offsets are those of the text that was piped in."""
    say(RIGHT)
    result = CliRunner().invoke(main, ["extract", "--schema", "tank_level", "--json"], input=f"{TEXT}\n")
    assert json.loads(result.output)["valid"]


def test_a_refusal_prints_its_reason_and_fails(say: Say) -> None:
    """A text that fits no schema is an outcome, with its reason and exit code 1."""
    say(REFUSED)
    result = CliRunner().invoke(main, ["extract", TEXT, "--schema", "tank_level"])
    assert result.exit_code == 1
    assert "missing_required" in result.output
    assert "nothing for level_pct" in result.output


def test_a_refusal_for_programs_has_no_value(say: Say) -> None:
    """Programs see null, the reason, and valid false."""
    say(REFUSED)
    result = CliRunner().invoke(main, ["extract", TEXT, "--schema", "tank_level", "--json"])
    found = json.loads(result.output)
    assert (result.exit_code, found["value"], found["valid"]) == (1, None, False)
    assert found["refusal"] == "missing_required"


def test_a_value_that_breaks_its_schema_is_not_valid(say: Say) -> None:
    """The validator has the last word, also here."""
    say(Candidate({"tank": "T1"}, (Evidence("/tank", 5, 7, 1.0),), 0.9, "nano", ""))
    result = CliRunner().invoke(main, ["extract", TEXT, "--schema", "tank_level"])
    assert result.exit_code == 1
    assert "level_pct" in result.output


def test_a_value_that_its_span_does_not_say_is_not_valid(say: Say) -> None:
    """What does not stand in the text would not be published."""
    wrong = Candidate({"tank": "T9", "level_pct": 62.5}, RIGHT.evidence, 0.9, "nano", "")
    say(wrong)
    result = CliRunner().invoke(main, ["extract", TEXT, "--schema", "tank_level", "--json"])
    assert result.exit_code == 1
    assert "not in the text" in json.loads(result.output)["violations"][0]


def test_explain_shows_each_field_under_its_characters(say: Say) -> None:
    """A person sees text, marks, values and confidences on one page."""
    say(RIGHT)
    page = CliRunner().invoke(main, ["extract", TEXT, "--schema", "tank_level", "--explain"]).output
    assert "  tank=T1 level=62.5%\n       a─       b───\n" in page
    assert "/level_pct" in page
    assert "14–18" in page
    assert "0.610 ?" in page


def test_text_that_is_not_utf8_is_refused_in_words(say: Say) -> None:
    """A wrong charset names the byte and a remedy."""
    say(RIGHT)
    result = CliRunner().invoke(main, ["extract", "--schema", "tank_level"], input=b"temp 21\xb0C")
    assert result.exit_code == 1
    assert "byte 7" in result.output


def test_an_unknown_schema_names_the_known_ones() -> None:
    """A typing error in a name is answered with the names there are."""
    result = CliRunner().invoke(main, ["extract", TEXT, "--schema", "tank_levl"])
    assert result.exit_code == 2
    assert "tank_level" in result.output


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    """Give a schema with two examples, one of them to be refused."""
    path = tmp_path / "tank.schema.json"
    fields = {"tank": {"type": "string"}, "level_pct": {"type": "number"}}
    path.write_text(json.dumps({"type": "object", "properties": fields, "required": ["tank"]}))
    rows = [{"text": TEXT, "expected": RIGHT.value}, {"text": f"{TEXT} (draft)", "expected": None}]
    (tmp_path / "tank.examples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_schema_test_counts_what_is_right(say: Say, schema: Path) -> None:
    """The examples are the test; one of two right is a half, and fails where all are asked for."""
    say(RIGHT)
    result = CliRunner().invoke(main, ["schema", "test", str(schema), "--json"])
    found = json.loads(result.output)
    assert result.exit_code == 1
    assert found["right"] == 0.5
    assert [one["right"] for one in found["examples"]] == [True, False]


def test_schema_test_passes_from_the_share_asked_for(say: Say, schema: Path) -> None:
    """--at-least sets the bar."""
    say(RIGHT)
    result = CliRunner().invoke(main, ["schema", "test", str(schema), "--at-least", "0.5"])
    assert result.exit_code == 0
    assert "right  published   tank:1  tank=T1" in result.output
    assert "wrong  published   tank:2  tank=T1" in result.output


def test_schema_test_takes_what_the_agent_would_reject_as_refused(say: Say, schema: Path) -> None:
    """An unsure value is right where it is the expected one, and where the text must be refused."""
    say(replace(RIGHT, confidence=THRESHOLD - 0.01))
    result = CliRunner().invoke(main, ["schema", "test", str(schema), "--json"])
    found = json.loads(result.output)
    assert result.exit_code == 0
    assert [(one["right"], one["published"], one["reason"]) for one in found["examples"]] == [
        (True, False, "unsure"),
        (True, False, "unsure"),
    ]
    assert (found["right"], found["threshold"]) == (1.0, THRESHOLD)


@pytest.mark.parametrize(
    ("answer", "counts"),
    [
        (RIGHT, [2, 1, 2, 1, 1, 0]),
        (replace(RIGHT, confidence=0.1), [2, 2, 0, 0, 1, 1]),
        (replace(RIGHT, value={"tank": "T1", "level_pct": 99}), [2, 1, 0, 0, 1, 1]),
        (REFUSED, [2, 1, 0, 0, 1, 1]),
    ],
)
def test_schema_test_counts_what_would_be_published(
    say: Say, schema: Path, answer: Candidate, counts: list[int]
) -> None:
    """In all and by schema, for people and for programs: sure, unsure, not in the text, refused."""
    say(answer)
    found = json.loads(CliRunner().invoke(main, ["schema", "test", str(schema), "--json"]).output)
    names = ["examples", "right", "published", "published_right", "to_refuse", "rightly_refused"]
    assert found["totals"] == dict(zip(names, counts, strict=True))
    assert found["schemas"] == [{"schema": "tank", **found["totals"]}]
    page = CliRunner().invoke(main, ["schema", "test", str(schema)]).output
    assert ["all", *map(str, counts)] in [line.split() for line in page.splitlines()]
    assert f"at least {THRESHOLD:g} sure" in page


def test_help_of_schema_test_says_what_counts_as_refused() -> None:
    """Whoever reads the counts can know what they are of."""
    said = " ".join(CliRunner().invoke(main, ["schema", "test", "--help"]).output.split())
    assert "a value that the agent would not publish counts as refused" in said
