"""The commands that put ways to answer side by side; models are scripted, the page is what a person reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from agent.extract import Job
from agent.message import Candidate, Evidence
from eval import ablation, comparing
from eval.__main__ import main
from eval.ablation import Arm

SCHEMA = {"type": "object", "properties": {"n": {"type": "number"}}, "required": ["n"]}


class Says:
    """An extractor that says one of the two numbers of each text."""

    def __init__(self, word: int, confidence: float) -> None:
        self.word, self.confidence, self.tier = word, confidence, "t"

    def extract(self, jobs: Sequence[Job], /) -> list[Candidate]:
        """Return the number at its place."""
        return [self._one(job.text) for job in jobs]

    def _one(self, text: str) -> Candidate:
        word = text.split()[self.word]
        start = text.index(word)
        span = Evidence("/n", start, start + len(word), self.confidence)
        return Candidate({"n": int(word)}, (span,), self.confidence, "t", "", tokens=4)


MODELS: dict[str, Callable[[], Says]] = {
    "right": lambda: Says(0, 0.9),
    "unsure": lambda: Says(1, 0.6),
    "wrong": lambda: Says(1, 0.95),
}


@pytest.fixture
def cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Write ten cases, of which the first number is right; models go by name."""
    monkeypatch.setattr(comparing, "load_extractor", lambda name: MODELS[Path(name).name]())
    path = tmp_path / "ten.jsonl"
    rows = [
        {"text": f"1{number} 2{number}", "schema": SCHEMA, "expected": {"n": 10 + number}}
        for number in range(10)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return str(path)


def asked(*words: str, code: int = 0) -> str:
    """Run a command; return what it prints."""
    ran = CliRunner().invoke(main, list(words))
    assert ran.exit_code == code, ran.output
    return ran.output


def test_cascade_beside_its_tiers_and_a_peer(cases: str, tmp_path: Path) -> None:
    """What is believed at one threshold climbs at the next."""
    tiers = ("--tier", "unsure", "--tier", "right", "--peer", "wrong")
    page = tmp_path / "page.html"
    levels = ("--threshold", "0.5", "--threshold", "0.7")
    printed = asked("cascade", "--cases", cases, *tiers, *levels, "--out", str(page))
    rows = json.loads(asked("cascade", "--cases", cases, *tiers, *levels, "--json"))["ten"]
    assert [(one["name"], one["threshold"], one["right"]) for one in rows] == [
        ("unsure", 0.5, 0.0),
        ("right", 0.5, 1.0),
        ("wrong", 0.5, 0.0),
        ("unsure → right", 0.5, 0.0),
        ("unsure", 0.7, 0.0),
        ("right", 0.7, 1.0),
        ("wrong", 0.7, 0.0),
        ("unsure → right", 0.7, 1.0),
    ]
    assert [one["escalated"] for one in rows if "ended_by" in one] == [0.0, 1.0]
    assert "climbed 100.0 %" in printed
    assert "Cascade: ten" in page.read_text("utf-8")


def test_cascade_takes_the_tiers_of_settings(
    cases: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the agent would climb; a tier without a model is refused in words."""
    monkeypatch.setitem(MODELS, "nano", lambda: Says(0, 0.9))
    settings = tmp_path / "maaza.toml"
    head = (
        'node = "n"\n[input]\nhost = "127.0.0.1"\n[[route]]\nfilter = "a/+/raw"\nschemas = ["env_sensor"]\n'
    )
    settings.write_text(head + '[[tier]]\nname = "nano"\n[[tier]]\nname = "big"\nmodel = "/m/right"\n')
    found = json.loads(asked("cascade", "--cases", cases, "--config", str(settings), "--json"))
    assert found["ten"][2]["name"] == "nano → right"
    settings.write_text(head + '[[tier]]\nname = "stub"\nkind = "stub"\n')
    assert "no model" in asked("cascade", "--cases", cases, "--config", str(settings), code=1)
    assert "no tiers" in asked("cascade", "--cases", cases, code=1)


def test_quantised_weights_that_lose_over_a_point_end_with_one(cases: str) -> None:
    """So a script can ask."""
    same = asked("quantised", "--whole", "right", "--model", "right", "--cases", cases)
    assert "0 cases changed" in same
    worse = asked("quantised", "--whole", "right", "--model", "wrong", "--cases", cases, "--json", code=1)
    assert json.loads(worse)["wrong"]["lost"] == 1.0


def test_ablation_prints_and_draws_its_arms(
    cases: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each with its difference from the first, on the same cases."""

    def made(_folders: Sequence[str]) -> list[Arm]:
        return [Arm("whole", "w", MODELS["right"]), Arm("less", "w", MODELS["wrong"])]

    monkeypatch.setattr(ablation, "arms", made)
    page = tmp_path / "page.html"
    printed = asked("ablation", "--cases", cases, "--out", str(page))
    assert "-100.0 points" in printed
    drawn = page.read_text("utf-8")
    assert "Ablation: ten" in drawn
    assert drawn.count("<tr>") >= 3
    rows: list[dict[str, Any]] = json.loads(
        asked("ablation", "--cases", cases, "--json").partition("\n")[2].partition("\n")[2] or "{}"
    ).get("ten", [])
    assert [one["json_exact"] for one in rows] == [1.0, 0.0]


def test_models_of_two_kinds_are_refused_in_words(cases: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be taken apart together."""

    def made(_folders: Sequence[str]) -> list[Arm]:
        message = "name models of one kind"
        raise ValueError(message)

    monkeypatch.setattr(ablation, "arms", made)
    assert "of one kind" in asked("ablation", "--cases", cases, code=1)


@pytest.mark.parametrize("command", ["ablation", "cascade"])
def test_without_cases_nothing_is_loaded(command: str) -> None:
    """The remedy is said."""
    assert "name some with --cases or --edgejson" in asked(command, code=1)


def test_report_carries_an_ablation_and_a_cascade(
    cases: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One page for all."""
    monkeypatch.setattr(ablation, "arms", lambda _folders: [Arm("whole", "w", MODELS["right"])])
    monkeypatch.setitem(MODELS, "floor", lambda: Says(1, 1.0))
    found = comparing.sections([Path(cases)], None, ["nano"], ["unsure", "right"])
    assert ["Ablation: ten" in found[0], "Cascade: ten" in found[1]] == [True, True]
    assert comparing.sections([Path(cases)], None, [], []) == []
