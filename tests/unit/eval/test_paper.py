"""The report as a page: its points, its markup, and the record of runs on test sets."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from eval import history
from eval.__main__ import main
from eval.calibration import Sample
from eval.dataset import load_cases
from eval.floor import FloorExtractor
from eval.paper.curves import expected_error, reliable, risk
from eval.paper.markup import interval, percent, table, tag, text
from eval.paper.page import Part, figures, page
from eval.paper.plots import Bar, bars
from eval.paper.published import EDGEJSON
from eval.runner import run

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
HOSTILE = "<script>alert(1)</script>"
ROWS = [
    {"id": "right", "text": "a: x", "schema": SCHEMA, "expected": {"a": "x"}, "format": "report"},
    {"id": HOSTILE, "text": f"a: {HOSTILE}", "schema": SCHEMA, "expected": {"a": "y"}, "format": "pairs"},
]


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """Return a file of two cases, one of them hostile."""
    path = tmp_path / "cases.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    return path


def test_reliable_groups_by_tenths() -> None:
    """Twenty answers make ten dots of two, from unsure to sure, each with its share that is right."""
    seen = [Sample(number / 20, right=number >= 10) for number in range(20)]
    found = reliable(seen)
    assert [count for _, count in found] == [2] * 10
    ends = [(round(said, 3), right) for (said, right), _ in found[:: len(found) - 1]]
    assert ends == [(0.025, 0.0), (0.925, 1.0)]
    assert expected_error(seen) == pytest.approx(0.25)
    assert expected_error([]) is None


def test_risk_is_the_share_of_wrong_answers_among_the_surest() -> None:
    """The surest answer is right, the second wrong: the curve says so at each share kept."""
    seen = [Sample(0.2, right=True), Sample(0.9, right=True), Sample(0.5, right=False)]
    assert risk(seen) == [(1 / 3, 0.0), (2 / 3, 0.5), (1.0, pytest.approx(1 / 3))]


def test_markup_escapes_what_it_is_given() -> None:
    """Text, attributes and cells cannot leave their place."""
    assert text(HOSTILE) == "&lt;script&gt;alert(1)&lt;/script&gt;"
    assert tag("p", x='">', class_="a") == '<p x="&quot;&gt;" class="a"></p>'
    assert HOSTILE not in table((HOSTILE,), [(HOSTILE, HOSTILE)], HOSTILE)
    assert (percent(None), percent(0.5), interval([0.1, 0.25]), interval(None)) == (
        "–",
        "50.0 %",
        "10.0 – 25.0",
        "",
    )


def test_bars_draw_shares_to_scale() -> None:
    """Twice the share is twice the width; an interval is a line from end to end."""
    drawn = ET.fromstring(bars([Bar("one", 0.4, (0.3, 0.5)), Bar("two", 0.8)], "Shares"))  # noqa: S314 - our own
    first, second = (float(rect.attrib["width"]) for rect in drawn.iter("rect"))
    (line,) = drawn.iter("line")
    assert second == pytest.approx(2 * first, abs=0.2)
    assert float(line.attrib["x2"]) - float(line.attrib["x1"]) == pytest.approx(first / 2, abs=0.2)


def test_page_holds_every_extractor_and_no_script(cases: Path) -> None:
    """Figures, published baselines, comparison and wrong cases stand there; nothing of a case is markup."""
    done = run(load_cases(cases), FloorExtractor())
    part = Part("Two cases", (done, done), EDGEJSON)
    made = page([part], {"commit": "abc"})
    assert "<script" not in made
    assert made.count("&lt;script&gt;") >= 3
    for expected in ("50.0 %", "Maaza-SLM-360M, published", "paired bootstrap", "1 wrong of 2", "abc"):
        assert expected in made
    assert figures([part])["Two cases"][done.model]["json_exact"] == 0.5


def test_report_writes_the_page_and_prints_figures(cases: Path, tmp_path: Path) -> None:
    """One command makes both; with nothing to score or nowhere to write it says what to give."""
    out = tmp_path / "report.html"
    command = ["report", "--extractor", "floor", "--out", str(out), "--json", "--cases", str(cases)]
    told = CliRunner().invoke(main, command, catch_exceptions=False)
    assert json.loads(told.output)["cases"]["floor"]["cases"] == 2
    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")
    refused = CliRunner().invoke(main, ["report", "--extractor", "floor"])
    assert refused.exit_code == 1
    assert "--edgejson or --cases" in refused.output


def test_history_notes_a_run_with_its_commit(cases: Path, tmp_path: Path) -> None:
    """A line a run, with time, commit, set and model; without a folder for it nothing is written."""
    path, when = tmp_path / "runs.jsonl", datetime(2026, 1, 2, tzinfo=UTC)
    told = figures([Part("cases", (run(load_cases(cases), FloorExtractor()),))])["cases"]["floor"]
    history.note(path, "EdgeJSON v3 test", "floor", told, when=when)
    history.note(path, "EdgeJSON v3 test", "floor", told, when=when)
    first, second = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    assert first == second
    assert (first["at"], first["set"], first["json_exact"]) == (
        "2026-01-02T00:00:00+00:00",
        "EdgeJSON v3 test",
        0.5,
    )
    assert first["commit"] == history.commit()
    history.note(tmp_path / "nowhere" / "runs.jsonl", "x", "y", told, when=when)
    assert not (tmp_path / "nowhere").exists()
