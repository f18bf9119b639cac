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
