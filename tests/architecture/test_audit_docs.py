"""The document of the audit: its questions are answered, its views are those that there are."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from history import build

from agent.buffer.connection import open_database
from agent.cli import main
from agent.settings import check

TEXT = (Path(__file__).resolve().parents[2] / "docs/audit.md").read_text("utf-8")
QUESTIONS = re.findall(r"```sql\n(.*?)```", TEXT, re.DOTALL)
ROUTE = {"route": [{"filter": "a/b", "schemas": ["env_sensor"]}]}


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a database with some messages of the last hour."""
    import time  # noqa: PLC0415 - only here

    path = tmp_path_factory.mktemp("past") / "maaza.db"
    build(path, 300, until=time.time())
    return path


@pytest.mark.parametrize("question", QUESTIONS)
def test_questions_of_the_document_are_answered(question: str, past: Path) -> None:
    """Each can be pasted into `maaza audit query`."""
    sql = question.strip().removesuffix(";")
    result = CliRunner().invoke(main, ["audit", "query", sql, "--json", "--database", str(past)])
    assert result.exit_code == 0, result.output


def test_percentiles_of_the_document_are_numbers(past: Path) -> None:
    """The question that people ask first has an answer."""
    (sql,) = (one for one in QUESTIONS if "cume_dist" in one)
    result = CliRunner().invoke(main, ["audit", "query", sql.strip("; \n"), "--csv", "--database", str(past)])
    half, most, nearly_all = map(float, result.stdout.splitlines()[1].split(","))
    assert 0 < half < most < nearly_all


def test_views_of_the_document_are_those_of_the_file(tmp_path: Path) -> None:
    """None is missing, none is invented."""
    db = open_database(tmp_path / "m.db")
    views = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'view'")}
    db.close()
    assert set(re.findall(r"^\| `(v_\w+)` \|", TEXT, re.MULTILINE)) == views


def test_settings_of_the_document_are_valid() -> None:
    """Its example of what is not kept is accepted."""
    for block in re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL):
        check(tomllib.loads(block) | ROUTE)
