"""`maaza models`: what is there, and whether it is what it says."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent import models
from agent.cli import main


@pytest.fixture(autouse=True)
def no_embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the test's models alone."""
    monkeypatch.setattr(models, "EMBEDDED", tmp_path / "none")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with one model."""
    home = tmp_path / "models" / "tiny"
    home.mkdir(parents=True)
    (home / "tiny.gguf").write_bytes(b"weights")
    manifest = {
        "name": "tiny",
        "decoding": "generate",
        "gguf": "tiny.gguf",
        "gguf_sha256": hashlib.sha256(b"weights").hexdigest(),
        "context": 2048,
        "licence": "Apache-2.0",
        "parameters": 7,
        "quantisation": "Q8_0",
    }
    (home / "manifest.json").write_text(json.dumps(manifest))
    return home.parent


def test_list_names_models_with_their_size(folder: Path) -> None:
    """What a folder holds is listed with what matters about it."""
    result = CliRunner().invoke(main, ["models", "list", "--folder", str(folder), "--json"])
    found = json.loads(result.output)["models"]
    assert [(one["name"], one["bytes"], one["licence"]) for one in found] == [("tiny", 7, "Apache-2.0")]


def test_verify_passes_what_is_as_its_manifest_says(folder: Path) -> None:
    """Equal hashes are exit code 0."""
    assert CliRunner().invoke(main, ["models", "verify", "--folder", str(folder)]).exit_code == 0


def test_verify_fails_on_changed_weights(folder: Path) -> None:
    """One changed byte is found and named."""
    (folder / "tiny" / "tiny.gguf").write_bytes(b"weightz")
    result = CliRunner().invoke(main, ["models", "verify", "--folder", str(folder)])
    assert result.exit_code == 1
    assert "SHA-256" in result.output


def test_verify_fails_where_there_is_no_model(tmp_path: Path) -> None:
    """Nothing to verify is no success."""
    assert CliRunner().invoke(main, ["models", "verify", "--folder", str(tmp_path)]).exit_code == 1


@pytest.fixture
def beside(folder: Path) -> Path:
    """Put a model with a broken manifest beside the good one."""
    (folder / "bad").mkdir()
    (folder / "bad" / "manifest.json").write_text('{"name": "bad"')
    return folder


def test_list_names_the_broken_one_with_its_reason_and_the_others(beside: Path) -> None:
    """One bad manifest hides no other model; it is exit code 1."""
    result = CliRunner().invoke(main, ["models", "list", "--folder", str(beside)])
    rows = {line.split()[0]: line.split()[1:] for line in result.output.splitlines() if line.strip()}
    assert result.exit_code == 1
    assert rows["tiny"][0] == "generate"
    assert rows["bad"] == ["broken", str(beside / "bad")]
    assert "bad/manifest.json: Expecting ',' delimiter" in result.output


def test_list_for_programs_keeps_broken_ones_apart(beside: Path) -> None:
    """Whoever reads `models` finds whole ones only."""
    result = CliRunner().invoke(main, ["models", "list", "--folder", str(beside), "--json"])
    found = json.loads(result.output)
    assert result.exit_code == 1
    assert [one["name"] for one in found["models"]] == ["tiny"]
    assert [one["folder"] for one in found["broken"]] == [str(beside / "bad")]
    assert "Expecting ',' delimiter" in found["broken"][0]["fault"]


def test_list_of_whole_models_is_exit_code_0(folder: Path) -> None:
    """Nothing is broken, and the list of broken ones is there and empty."""
    result = CliRunner().invoke(main, ["models", "list", "--folder", str(folder), "--json"])
    assert (result.exit_code, json.loads(result.output)["broken"]) == (0, [])


def test_verify_compares_the_others_and_names_the_broken_one(beside: Path) -> None:
    """The rest is compared all the same."""
    result = CliRunner().invoke(main, ["models", "verify", "--folder", str(beside), "--json"])
    found = {one["name"]: one["fault"] for one in json.loads(result.output)["models"]}
    assert result.exit_code == 1
    assert found["tiny"] is None
    assert "manifest.json" in found["bad"]
