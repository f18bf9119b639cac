"""`maaza config`: checked, shown with origins, written once."""

from __future__ import annotations

import json
import resource
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agent.cli import main
from agent.cli.failure import FAILED, MISCONFIGURED
from agent.settings import Settings, files
from agent.settings.effective import values
from agent.settings.sources import MAX_FILE_BYTES

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


def test_init_on_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    """Neither half a file, nor the draft; a device is never written over."""
    path = tmp_path / "maaza.toml"
    path.write_text("mine")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        refused = [call("init", "--force", str(path)), call("init", str(tmp_path / "new.toml"))]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [one.exit_code for one in refused] == [FAILED, FAILED]
    assert "File too large" in refused[0].stderr
    assert [one.name for one in tmp_path.iterdir()] == ["maaza.toml"]
    assert path.read_text() == "mine"
    assert "no file" in call("init", "--force", "/dev/null").stderr


def test_init_keeps_the_mode_of_what_it_writes_over(tmp_path: Path) -> None:
    """Settings that only a group may read stay so."""
    path = tmp_path / "maaza.toml"
    path.touch(mode=0o640)
    assert call("init", "--force", str(path)).exit_code == 0
    assert path.stat().st_mode & 0o777 == 0o640


def test_endless_settings_are_refused_at_once(tmp_path: Path) -> None:
    """A device or a wrong file is not read to its end."""
    path = tmp_path / "maaza.toml"
    path.write_bytes(b"a" * (MAX_FILE_BYTES + 1))
    for place in (path, Path("/dev/zero")):
        refused = call("check", "--config", str(place))
        assert refused.exit_code == MISCONFIGURED
        assert f"more than {MAX_FILE_BYTES} bytes" in refused.stderr


def test_init_into_a_folder_that_is_missing_says_so(tmp_path: Path) -> None:
    """What, why, next; no traceback."""
    refused = call("init", str(tmp_path / "none/maaza.toml"))
    assert refused.exit_code == FAILED
    assert "folder" in refused.stderr


def propose(path: Path, text: str, *options: str, name: str = "50-site.toml") -> Result:
    """Check a drop-in that is not there yet."""
    words = ["config", "check", "--config", str(path), "--drop-in", name, *options]
    return CliRunner().invoke(main, words, input=text)


@pytest.mark.parametrize(
    ("text", "takes", "changed"),
    [
        ("", "nothing", []),
        ('base = "maaza"\n', "nothing", []),
        ('[log]\nlevel = "debug"\n', "reload", ["log.level"]),
        ('[[route]]\nfilter = "plant/+/raw"\ncharset = "latin-1"\n', "reload", ["route[0].charset"]),
        ('[input]\nusername = "anders"\n', "restart", ["input.username"]),
        (
            '[input]\nport = 1884\n[log]\nlevel = "debug"\n',
            "restart",
            ["input.port", "log.level"],
        ),
    ],
)
def test_proposed_drop_in_says_what_it_takes(path: Path, text: str, takes: str, changed: list[str]) -> None:
    """What differs from the files, whether a reload is enough, and nothing of it on the disk."""
    found = json.loads(propose(path, text, "--json").output)
    assert (found["takes"], found["changed"]) == (takes, changed)
    assert not (path.parent / "conf.d").exists()
    assert f"takes  {takes}" in propose(path, text).output


def test_proposed_drop_in_is_read_in_its_place(path: Path) -> None:
    """It covers its namesake and what comes before it, and is covered by what comes after."""
    folder = path.parent / "conf.d"
    folder.mkdir()
    (folder / "50-site.toml").write_text("nonsense = 1\n")
    (folder / "60-later.toml").write_text('base = "later"\n')
    found = json.loads(propose(path, 'base = "early"\nnode = "n"\n', "--json").output)
    assert [Path(file).name for file in found["files"]] == ["maaza.toml", "50-site.toml", "60-later.toml"]
    assert found["takes"] == "restart"


def test_wrong_proposed_drop_in_is_named_as_it_would_lie(path: Path) -> None:
    """File, line and column are those of the place where somebody would put it."""
    said = propose(path, "[input]\nprot = 1\n")
    assert said.exit_code == MISCONFIGURED
    assert f"{path.parent}/conf.d/50-site.toml:2:1" in said.stderr


@pytest.mark.parametrize("name", ["../site.toml", ".site.toml", "site.conf"])
def test_drop_in_that_would_not_be_read_is_refused(path: Path, name: str) -> None:
    """A check of something that a start would not see is none."""
    assert "read from conf.d" in propose(path, "", name=name).stderr


def test_secret_is_found_where_systemd_takes_it_from(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the service will be handed is no missing file for root, before the service runs."""
    monkeypatch.setattr(files, "STORE", tmp_path / "credstore")
    text = '[input]\npassword_file = "$CREDENTIALS_DIRECTORY/maaza.password"\n'
    assert "no credentials were handed over" in propose(path, text).stderr
    (tmp_path / "credstore").mkdir()
    (tmp_path / "credstore/maaza.password").write_text("geheim\n")
    assert propose(path, text).exit_code == 0
