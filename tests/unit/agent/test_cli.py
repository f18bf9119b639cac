"""The command line as a whole: a quick menu, errors in words, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from agent.cli import VERBS, main
from agent.cli.extract import given_text
from agent.cli.failure import FAILED, MISCONFIGURED, report
from agent.errors import BufferFull, ConfigError, EngineBroken, Fault
from agent.schemas.errors import SchemaError


def test_menu_lists_every_verb_and_imports_none() -> None:
    """`maaza --help` on a Pi must not wait for libraries that it does not use."""
    script = (
        "import sys; from agent.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'paho', 'pydantic', 'jsonschema', 'llama_cpp', 'structlog'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"
    assert all(verb in ran.stdout for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb: str) -> None:
    """Each verb of the menu exists and has a help page."""
    result = CliRunner().invoke(main, [verb, "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.output


def test_unknown_verb_is_wrong_usage() -> None:
    """A typing error ends with 2, as every command's does."""
    assert CliRunner().invoke(main, ["extrct"]).exit_code == 2


def test_missing_configuration_says_where_and_what_to_do(tmp_path: Path) -> None:
    """A wrong setting ends with 78 before anything was touched, and names the file."""
    result = CliRunner().invoke(main, ["run", "--config", str(tmp_path / "none.toml")])
    assert result.exit_code == MISCONFIGURED
    assert str(tmp_path / "none.toml") in result.stderr
    assert "next" in result.stderr


def test_every_fault_is_reported_with_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Two faults are two blocks, each with file and line."""
    faults = (Fault("input.port", "too large", "use 1883", "a.toml", 3), Fault("route", "missing", "add it"))
    assert report(ConfigError(faults)) == MISCONFIGURED
    said = capsys.readouterr().err
    assert "a.toml:3" in said
    assert "use 1883" in said
    assert "add it" in said


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (EngineBroken("open model", cause="no such file", remedy="copy it"), MISCONFIGURED),
        (SchemaError("schema malformed", where="#/a", why="no type", remedy="add it"), MISCONFIGURED),
        (BufferFull("store", cause="full", remedy="free space"), FAILED),
    ],
)
def test_errors_for_programs_are_json(
    error: EngineBroken | SchemaError | BufferFull, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --json a program finds the same four facts on standard output."""
    assert report(error, as_json=True) == code
    found = json.loads(capsys.readouterr().out)
    assert {"what", "why", "next"} <= found["errors"][0].keys()


def test_version_names_the_embedded_model() -> None:
    """Which model a device runs can be read off one command."""
    result = CliRunner().invoke(main, ["--version"])
    assert result.exit_code == 0
    assert result.output.startswith("maaza ")
    assert "embedded model" in result.output


@pytest.mark.parametrize(
    "arguments",
    [
        ["extract", "--json", "x"],
        ["extract", "--json", "--bogus", "x"],
        ["extract", "--json", "--schema", "nope", "x"],
        ["extract", "--threads", "0", "--schema", "env_sensor", "--json", "x"],
        ["audit", "query", "", "--json"],
        ["models", "verify", "--json", "--folder", "/nowhere"],
        ["nope", "--json"],
    ],
)
def test_wrong_usage_is_json_for_programs(arguments: list[str]) -> None:
    """Whatever is wrong with the call, a program that asked for JSON gets JSON, and exit code 2."""
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert {"what", "why", "next"} <= json.loads(result.stdout)["errors"][0].keys()


def test_json_as_a_text_is_no_wish() -> None:
    """Behind `--` stands the text."""
    result = CliRunner().invoke(main, ["extract", "--", "--json"])
    assert result.stdout == ""
    assert "Missing option" in result.stderr


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_fault_of_our_own_shows_no_traceback(flags: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody foresaw is said in the same four facts, with its place in the code."""

    def fails(_folders: object) -> None:
        raise ZeroDivisionError("seven")

    monkeypatch.setattr("agent.cli.models.find", fails)
    result = CliRunner().invoke(main, ["models", "list", *flags])
    assert result.exit_code == FAILED
    assert "Traceback" not in result.output
    assert "ZeroDivisionError: seven" in result.output
    assert "test_cli.py:" in result.output


def test_name_too_long_for_a_file_says_so(tmp_path: Path) -> None:
    """The system's refusal is an error in words too."""
    result = CliRunner().invoke(
        main, ["audit", "verify", "--json", "--database", str(tmp_path / ("x" * 5000))]
    )
    assert result.exit_code == FAILED
    assert "too long" in json.loads(result.stdout)["errors"][0]["why"]


def test_closed_standard_input_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon may have closed it."""
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(click.UsageError):
        given_text(None)


@pytest.mark.parametrize("target", [">/dev/full", ">&-"], ids=["full", "closed"])
@pytest.mark.parametrize("flags", ["", "--json"])
def test_output_that_nobody_can_take_shows_no_traceback(target: str, flags: str) -> None:
    """A full disk or a closed standard output is no reason to show our insides."""
    script = f"{sys.executable} -m agent models list {flags} {target}"
    ran = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)
    assert "Traceback" not in ran.stderr
    assert "fault of maaza" not in ran.stderr
