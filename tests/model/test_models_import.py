"""`maaza models import` and `use`: a file becomes a model, a model becomes a tier's."""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from gguf_files import write_gguf, write_whole

from agent.cli import main
from agent.hub.shelf import exchange
from agent.models import EMBEDDED, load, verify

pytestmark = pytest.mark.model

SETTINGS = """\
node = "t"
models = "{models}"
[[route]]
filter = "a/+"
schemas = ["env_sensor"]
[[tier]]
name = "nano"
[[tier]]
name = "small"
threads = 2
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Give settings with two tiers and a folder of models."""
    path = tmp_path / "etc/maaza.toml"
    path.parent.mkdir()
    path.write_text(SETTINGS.format(models=tmp_path / "models"))
    return path


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Give a GGUF on a stick."""
    (tmp_path / "stick").mkdir()
    return write_whole(tmp_path / "stick/Tiny-Q8_0.gguf")


def maaza(verb: str, *arguments: str | Path, config: Path) -> Result:
    """Call a verb of models."""
    if verb == "import" and "--licence" not in arguments:
        arguments += ("--licence", "MIT")
    return CliRunner().invoke(main, ["models", verb, *map(str, arguments), "--config", str(config)])


def words(result: Result) -> str:
    """Return what was said, on one line."""
    return " ".join(result.output.split())


def test_file_becomes_a_model_with_a_manifest(tmp_path: Path, tiny: Path, config: Path) -> None:
    """In the folder of the setting, whole and described; the stick keeps its file."""
    prompt = tmp_path / "prompt.txt"
    prompt.write_text("Read {text} as {schema}:")
    result = maaza("import", tiny, "--tier", "small", "--prompt", f"@{prompt}", config=config)
    assert result.exit_code == 0, result.output
    model = load(tmp_path / "models/tiny-q8_0")
    verify(model)
    assert (model.manifest.prompt, model.manifest.tier) == ("Read {text} as {schema}:", "small")
    assert model.gguf.read_bytes() == tiny.read_bytes()
    assert stat.S_IMODE(model.gguf.stat().st_mode) == 0o640


def test_second_import_changes_nothing(tiny: Path, config: Path) -> None:
    """It says that it is there."""
    maaza("import", tiny, config=config)
    again = maaza("import", tiny, "--json", config=config)
    assert (again.exit_code, json.loads(again.output)["changed"]) == (0, False)


def test_folder_is_imported_with_its_heads(tmp_path: Path, config: Path) -> None:
    """The embedded model, under another name."""
    result = maaza("import", EMBEDDED, "--name", "pointer", config=config)
    assert result.exit_code == 0, result.output
    model = load(tmp_path / "models/pointer")
    verify(model)
    assert model.manifest == load(EMBEDDED).manifest
    assert model.heads.is_file()


def test_folder_with_one_file_is_imported_as_that_file(tmp_path: Path, tiny: Path, config: Path) -> None:
    """As a download of somebody else's leaves it; two files are a question back."""
    assert maaza("import", tiny.parent, config=config).exit_code == 0
    shutil.copy(tiny, tiny.with_name("other.gguf"))
    result = maaza("import", tiny.parent, config=config)
    assert result.exit_code == 1
    assert "2 files that end in .gguf" in words(result)


def test_manifest_that_is_given_is_kept(tmp_path: Path, tiny: Path, config: Path) -> None:
    """As somebody wrote it, the file's own name put in."""
    manifest = tmp_path / "m.json"
    text = {
        "name": "mine",
        "decoding": "generate",
        "gguf": "whatever.gguf",
        "gguf_sha256": hashlib.sha256(tiny.read_bytes()).hexdigest(),
        "context": 512,
        "licence": "MIT",
        "parameters": 7,
        "quantisation": "Q8_0",
    }
    manifest.write_text(json.dumps(text))
    assert maaza("import", tiny, "--manifest", manifest, config=config).exit_code == 0
    assert load(tmp_path / "models/mine").manifest.context == 512
    manifest.write_text(json.dumps(text | {"gguf_sha256": "0" * 64}))
    result = maaza("import", tiny, "--manifest", manifest, config=config)
    assert result.exit_code == 1
    assert "do not belong together" in words(result)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"architecture": "mamba"}, "architecture"),
        ({"tokenizer": ""}, "no tokenizer"),
        ({"licence": ""}, "--licence"),
    ],
)
def test_models_that_cannot_serve_are_refused(
    tmp_path: Path, config: Path, options: dict[str, str], said: str
) -> None:
    """In words, and nothing stays behind."""
    path = write_gguf(tmp_path / "x.gguf", **options)  # type: ignore[arg-type]
    result = maaza("import", path, "--licence", "", config=config)
    assert result.exit_code == 1
    assert said in words(result)
    assert not (tmp_path / "models/x").exists()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"blk.1.ffn_up.weight", b"blk.1.ffn_uq.weight", "tensor 'blk.1.ffn_up.weight' not found"),
        (b"llama.embedding_length", b"llama.embedding_lengtx", "llama.embedding_length"),
    ],
)
def test_damage_that_the_head_does_not_show_is_found_by_loading(
    tmp_path: Path, tiny: Path, config: Path, old: bytes, new: bytes, said: str
) -> None:
    """In llama.cpp's words, and nothing takes its place."""
    tiny.write_bytes(tiny.read_bytes().replace(old, new, 1))
    result = maaza("import", tiny, config=config)
    assert result.exit_code == 1
    assert said in words(result)
    assert not (tmp_path / "models/tiny-q8_0").exists()


def test_weights_that_are_no_numbers_are_found_by_loading(tiny: Path, config: Path) -> None:
    """A stretch of ones, as a bad card leaves it."""
    tiny.write_bytes(tiny.read_bytes()[:-2] + b"\xff\x7f")
    result = maaza("import", tiny, config=config)
    assert result.exit_code == 1
    assert "invalid data" in words(result)


@pytest.mark.parametrize("share", [0.2, 0.95])
def test_cut_off_file_is_refused(tmp_path: Path, tiny: Path, config: Path, share: float) -> None:
    """Wherever it ends."""
    tiny.write_bytes(tiny.read_bytes()[: int(tiny.stat().st_size * share)])
    result = maaza("import", tiny, config=config)
    assert result.exit_code == 1
    assert "again" in words(result)


def test_name_that_leads_elsewhere_is_refused(tmp_path: Path, tiny: Path, config: Path) -> None:
    """Nothing is written outside the folder of models."""
    result = maaza("import", tiny, "--name", "../other", config=config)
    assert result.exit_code == 1
    assert not (tmp_path / "other").exists()


def test_prompt_without_a_place_for_the_text_is_wrong_usage(tiny: Path, config: Path) -> None:
    """Such a model would never see a message."""
    assert maaza("import", tiny, "--prompt", "Extract", config=config).exit_code == 2


def test_list_and_verify_look_into_the_folder_of_the_setting(tiny: Path, config: Path) -> None:
    """Nobody need name it again."""
    maaza("import", tiny, config=config)
    listed = json.loads(maaza("list", "--json", config=config).output)["models"]
    assert [one["name"] for one in listed] == ["maaza-nano", "tiny-q8_0"]
    assert maaza("verify", config=config).exit_code == 0


def test_use_writes_a_drop_in_that_changes_the_tier_alone(tmp_path: Path, tiny: Path, config: Path) -> None:
    """Its other keys stay; the place is the one that the agent will read."""
    maaza("import", tiny, config=config)
    result = maaza("use", "tiny-q8_0", "--tier", "small", config=config)
    assert result.exit_code == 0, result.output
    shown = CliRunner().invoke(main, ["config", "show", "--config", str(config), "--effective", "--json"])
    settings = {one["key"]: one["value"] for one in json.loads(shown.output)["settings"]}
    assert settings["tier[1].model"] == str(tmp_path / "models/tiny-q8_0")
    assert (settings["tier[1].threads"], settings["tier[0].model"]) == (2, "")
    assert "systemctl restart maaza" in result.output


def test_use_keeps_the_drop_in_before(tiny: Path, config: Path) -> None:
    """Beside it, under a name that is not read."""
    maaza("import", tiny, config=config)
    maaza("use", "tiny-q8_0", "--tier", "small", config=config)
    before = (config.parent / "conf.d/90-model-small.toml").read_text()
    result = maaza("use", "embedded", "--tier", "small", config=config)
    assert result.exit_code == 0
    assert (config.parent / "conf.d/90-model-small.toml.previous").read_text() == before
    assert tomllib.loads((config.parent / "conf.d/90-model-small.toml").read_text())["tier"][0]["model"] == ""


def test_use_writes_nothing_in_a_rehearsal(config: Path) -> None:
    """The lines are shown."""
    result = maaza("use", "embedded", "--tier", "small", "--dry-run", config=config)
    assert "[[tier]]" in result.output
    assert not (config.parent / "conf.d").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("none", "--tier", "small"), "holds no model"),
        (("embedded", "--tier", "smal"), "did you mean 'small'?"),
    ],
)
def test_use_refuses_what_is_not_there(config: Path, arguments: tuple[str, ...], said: str) -> None:
    """A slip of the pen adds no tier."""
    result = maaza("use", *arguments, config=config)
    assert result.exit_code == 1
    assert said in words(result)


def test_use_adds_a_tier_where_that_is_asked_for(config: Path) -> None:
    """Behind the others."""
    assert maaza("use", "embedded", "--tier", "third", "--new-tier", config=config).exit_code == 0


def test_use_refuses_damaged_files(tmp_path: Path, tiny: Path, config: Path) -> None:
    """A changed byte is found before the agent finds it."""
    maaza("import", tiny, config=config)
    weights = tmp_path / "models/tiny-q8_0/Tiny-Q8_0.gguf"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\0")
    result = maaza("use", "tiny-q8_0", "--tier", "small", config=config)
    assert result.exit_code == 78
    assert "SHA-256" in result.output
    assert not (config.parent / "conf.d").exists()


def test_use_checks_the_whole_configuration_first(config: Path) -> None:
    """A fault elsewhere is named with its real place, and nothing is written."""
    config.write_text(config.read_text().replace("threads = 2", 'threads = "two"'))
    result = maaza("use", "embedded", "--tier", "small", config=config)
    assert result.exit_code == 78
    assert f"{config}:10" in words(result)
    assert not (config.parent / "conf.d").exists()


def test_use_says_when_something_covers_it(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later drop-in wins; the command must not say that all is done."""
    (config.parent / "conf.d").mkdir()
    (config.parent / "conf.d/95-mine.toml").write_text(f'[[tier]]\nname = "small"\nmodel = "{EMBEDDED}"\n')
    result = maaza("use", "embedded", "--tier", "small", config=config)
    assert "Without effect" in result.output


def test_use_gives_the_lines_where_it_cannot_write(config: Path) -> None:
    """So that somebody else can."""
    (config.parent / "conf.d").write_text("no folder")
    result = maaza("use", "embedded", "--tier", "small", config=config)
    assert result.exit_code == 1
    lines = tomllib.loads(words(result).split("90-model-small.toml: ")[1])
    assert lines == {"tier": [{"name": "small", "model": ""}]}


def test_folders_change_places_in_one_step(tmp_path: Path) -> None:
    """Neither is ever missing."""
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "who").write_text(name)
    exchange(tmp_path / "one", tmp_path / "other")
    assert (tmp_path / "one/who").read_text() == "other"
    assert (tmp_path / "other/who").read_text() == "one"
