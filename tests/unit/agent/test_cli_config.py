"""`maaza config`: checked, shown with origins, written once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agent.cli import main
from agent.cli.failure import FAILED, MISCONFIGURED
from agent.settings import Settings
from agent.settings.effective import values

SOUND = '[input]\nusername = "geheim"\n[[route]]\nfilter = "plant/+/raw"\nschemas = ["env_sensor"]\n'


def call(*arguments: str, environment: dict[str, str] | None = None) -> Result:
    """Call the command."""
    return CliRunner().invoke(main, ["config", *arguments], env=environment)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a sound configuration."""
    made = tmp_path / "maaza.toml"
    made.write_text(SOUND)
    return made


def test_sound_configuration_ends_with_0(path: Path) -> None:
    """People get a line, programs an object."""
    said = call("check", "--config", str(path))
    assert (said.exit_code, said.output.split()[0]) == (0, "sound")
    found = json.loads(call("check", "--config", str(path), "--json").output)
    assert found["sound"]
    assert found["files"] == [str(path)]


def test_broken_configuration_ends_with_78(path: Path) -> None:
    """What, where with column, why, next."""
    path.write_text(SOUND + "prot = 1\n")
    said = call("check", "--config", str(path))
    assert said.exit_code == MISCONFIGURED
    assert f"{path}:6:1" in said.stderr
    assert "unknown key" in said.stderr


def test_show_names_the_origin_of_each_value(path: Path) -> None:
    """A file's line, a variable, or the default; the secret itself is nowhere."""
    variables = {"MAAZA__BASE": "site"}
    found = call("show", "--effective", "--json", "--config", str(path), environment=variables)
    settings = {one["key"]: one for one in json.loads(found.output)["settings"]}
    assert settings["base"] == {
        "key": "base",
        "value": "site",
        "from": "environment",
        "variable": "MAAZA__BASE",
    }
    assert settings["route[0].filter"] | {"file": ""} == {
        "key": "route[0].filter",
        "value": "plant/+/raw",
        "from": "file",
        "file": "",
        "line": 4,
    }
    assert settings["log.level"] == {"key": "log.level", "value": "info", "from": "default"}
    assert settings["input.username"]["value"] == "***"
    assert "geheim" not in found.output


def test_show_without_effective_leaves_defaults_out(path: Path) -> None:
    """What somebody has set, and nothing else."""
    said = call("show", "--config", str(path)).output
    assert "plant/+/raw" in said
    assert f"{path}:4" in said
    assert "***" in said
    assert "default" not in said


def test_effective_shows_every_setting(path: Path) -> None:
    """Each key of the model has a row."""
    found = json.loads(call("show", "--effective", "--json", "--config", str(path)).output)["settings"]
    document = {"route": [{"filter": "a", "schemas": ["b"]}]}
    assert len(found) == len(list(values(Settings.model_validate(document))))


def test_init_prints_a_configuration_that_passes(tmp_path: Path) -> None:
    """As it is, with every key and a comment beside it."""
    printed = call("init")
    path = tmp_path / "maaza.toml"
    path.write_text(printed.output)
    assert call("check", "--config", str(path)).exit_code == 0
    assert printed.output.count("# ") > 40


def test_init_never_overwrites_without_force(tmp_path: Path) -> None:
    """What an operator has written is not lost."""
    path = tmp_path / "maaza.toml"
    assert call("init", str(path)).exit_code == 0
    assert call("check", "--config", str(path)).exit_code == 0
    path.write_text("mine")
    refused = call("init", str(path), "--json")
    assert refused.exit_code == FAILED
    assert "--force" in json.loads(refused.output)["errors"][0]["next"]
    assert path.read_text() == "mine"
    assert json.loads(call("init", str(path), "--force", "--json").output) == {"written": str(path)}
    assert path.read_text() != "mine"


def test_init_into_a_folder_that_is_missing_says_so(tmp_path: Path) -> None:
    """What, why, next; no traceback."""
    refused = call("init", str(tmp_path / "none/maaza.toml"))
    assert refused.exit_code == FAILED
    assert "folder" in refused.stderr
