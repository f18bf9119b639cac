"""What the role decides, as tables: whether a node can take a wheelhouse, and how settings are written."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import maaza
import pytest

ROOT = Path(__file__).resolve().parents[3]
MB = 10**6
HOUSE = {
    "name": "0.1.0-0a",
    "machine": "aarch64",
    "python": "3.11",
    "libc": "2.36",
    "features": ["asimd", "asimddp"],
    "installed_bytes": 100 * MB,
}
NODE = {
    "root": True,
    "machine": "aarch64",
    "python": "3.11",
    "libc": "2.36",
    "features": ["asimd", "asimddp", "crc32"],
    "systemd": 252,
    "prefix": {"device": 1, "bytes": 1000 * MB},
    "state": {"device": 1, "bytes": 1000 * MB},
    "environments": [],
    "models": {},
}
MODEL = {"name": "mlm", "digest": "d1", "bytes": 300 * MB}


def unfit(*wanted: Any, spare: int = 200 * MB, **differing: Any) -> list[str]:
    """Ask about models for a node that differs from a good one."""
    return maaza.unfit({**NODE, **differing}, house=HOUSE, models=wanted, spare=spare)


def disk(megabytes: int, *, device: int = 1) -> dict[str, int]:
    """Return a file system with so much room."""
    return {"device": device, "bytes": megabytes * MB}


def test_fit_node_has_no_fault() -> None:
    """A newer system with more features is as good."""
    assert unfit(MODEL) == []
    assert unfit(libc="2.41", systemd=257) == []


@pytest.mark.parametrize(
    ("differing", "said"),
    [
        ({"root": False}, "become"),
        ({"systemd": 0}, "systemd does not run"),
        ({"systemd": 247}, "systemd 247: 252 or later"),
        ({"machine": "armv7l"}, "machine armv7l: the wheelhouse is for aarch64"),
        ({"python": "3.13"}, "python 3.13: the wheelhouse is for 3.11"),
        ({"libc": "2.31"}, "glibc 2.31: the wheelhouse needs 2.36"),
        ({"libc": "2.4"}, "glibc 2.4: the wheelhouse needs 2.36"),
        ({"features": ["asimd"]}, "the processor lacks asimddp"),
        (
            {"prefix": disk(339), "state": disk(339)},
            "339 MB are free for the prefix folder, 340 MB are needed",
        ),
    ],
)
def test_unfit_node_is_refused_with_its_reason(differing: dict[str, Any], said: str) -> None:
    """One fault, one sentence that names it."""
    (fault,) = unfit(**differing)
    assert said in fault


def test_all_faults_are_said_at_once() -> None:
    """Nobody mends one to hear of the next."""
    assert len(unfit(root=False, python="3.9", systemd=247)) == 3


@pytest.mark.parametrize(
    ("differing", "count"),
    [
        ({"prefix": disk(640), "state": disk(640)}, 0),
        ({"prefix": disk(639), "state": disk(639)}, 1),
        ({"prefix": disk(340), "state": disk(500, device=2)}, 0),
        ({"prefix": disk(340), "state": disk(499, device=2)}, 1),
        ({"environments": ["/opt/maaza/0.1.0-0a"], "prefix": disk(500), "state": disk(500)}, 0),
        (
            {
                "environments": ["/opt/maaza/0.1.0-0a"],
                "models": {"mlm": "d1"},
                "prefix": disk(1),
                "state": disk(1),
            },
            0,
        ),
    ],
)
def test_room_is_counted_where_it_is_needed(differing: dict[str, Any], count: int) -> None:
    """Environment and models on one disk add up; what is there already needs nothing."""
    assert len(unfit(MODEL, **differing)) == count


def test_changed_model_under_its_name_is_refused() -> None:
    """The running service may have it open, and an upgrade that goes back needs it."""
    (fault,) = unfit(MODEL, models={"mlm": "d2"})
    assert "another model 'mlm'" in fault
    assert unfit(MODEL, models={"mlm": "d1"}) == []


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Give a wheelhouse of one wheel."""
    (tmp_path / "a.whl").write_text("wheel")
    digest = hashlib.sha256(b"wheel").hexdigest()
    known = {"format": 1, "maaza": "0.1.0", "files": {"a.whl": digest}}
    (tmp_path / "manifest.json").write_text(json.dumps(known))
    return tmp_path


def test_environment_is_named_after_version_and_content(house: Path) -> None:
    """The same version with other bytes is another environment, so that there is a way back."""
    first = maaza.wheelhouse(str(house))
    assert (first["faults"], first["name"]) == ([], f"0.1.0-{first['digest'][:8]}")
    (house / "manifest.json").write_text((house / "manifest.json").read_text() + "\n")
    assert maaza.wheelhouse(str(house))["name"] != first["name"]


def test_environment_that_serves_prometheus_is_another(house: Path) -> None:
    """So that wanting it, or not any more, is an upgrade with its way back; a house without it is refused."""
    (fault,) = maaza.wheelhouse(str(house), metrics=True)["faults"]
    assert "has no metrics.txt" in fault
    (house / "metrics.txt").write_text("")
    manifest = json.loads((house / "manifest.json").read_text())
    manifest["files"]["metrics.txt"] = hashlib.sha256(b"").hexdigest()
    (house / "manifest.json").write_text(json.dumps(manifest))
    plain, serving = (maaza.wheelhouse(str(house), metrics=metrics) for metrics in (False, True))
    assert (plain["faults"], serving["faults"]) == ([], [])
    assert serving["name"] == plain["name"] + "-metrics"
    assert (plain["list"], serving["list"]) == ("requirements.txt", "metrics.txt")


@pytest.mark.parametrize(("text", "said"), [("whell", "a.whl is damaged"), (None, "a.whl is missing")])
def test_broken_wheelhouse_is_refused(house: Path, text: str | None, said: str) -> None:
    """Before anything goes to a node."""
    (house / "a.whl").unlink()
    if text:
        (house / "a.whl").write_text(text)
    (fault,) = maaza.wheelhouse(str(house))["faults"]
    assert said in fault


@pytest.mark.parametrize("folder", ["", "nowhere"])
def test_missing_wheelhouse_names_the_remedy(folder: str) -> None:
    """Whoever begins learns how to make one."""
    assert "make wheelhouse" in maaza.wheelhouse(folder)["faults"][0]


def test_model_folder_is_compared_with_its_manifest() -> None:
    """The embedded model is whole; a folder without manifest is none."""
    found = maaza.model(str(ROOT / "agent/models/nano"))
    assert (found["faults"], found["name"], len(found["files"])) == ([], "nano", 2)
    assert "manifest.json" in maaza.model(str(ROOT / "docs"))["faults"][0]


def test_schemas_are_named_after_their_content(tmp_path: Path) -> None:
    """A changed schema is another folder; no schema at all is a fault."""
    assert maaza.schemas("")["name"] == ""
    assert maaza.schemas(str(tmp_path))["faults"]
    file = tmp_path / "a.schema.json"
    file.write_text("{}")
    before = maaza.schemas(str(tmp_path))
    file.write_text("{ }")
    assert before["files"] == [str(file)]
    assert maaza.schemas(str(tmp_path))["name"] != before["name"]


def test_wrong_secrets_are_named_without_their_text(tmp_path: Path) -> None:
    """A name that the unit does not ask for, a file that is not there."""
    file = tmp_path / "secret"
    file.write_text("geheim")
    assert maaza.missing_secrets({"password": str(file)}) == []
    unknown, missing = maaza.missing_secrets({"pasword": str(file), "key": "nowhere"})
    assert "'pasword'" in unknown
    assert "nowhere" in missing
    assert "geheim" not in unknown + missing


SETTINGS: list[dict[str, Any]] = [
    {},
    {"node": "pi", "limits": {"deliver_per_s": 0.5, "in_flight": 3}, "base": "maaza"},
    {
        "route": [
            {"filter": "a/+/raw", "schemas": ["x", "y"], "ordered": False},
            {"filter": 'say "a"\\\n\t', "tiers": []},
        ]
    },
    {"input": {"host": "h", "tls": {"ca_file": "/etc/ca.pem"}}, "output": {"tls": {}}},
    {"deep": [{"a": {"b": [{"c": 1}]}}], "odd key": {"é.è": "°C ✓\x7f\x00"}, "big": 2**53},
]


@pytest.mark.parametrize("settings", SETTINGS)
def test_settings_are_read_back_as_they_were_written(settings: dict[str, Any]) -> None:
    """TOML's own parser gives the same tree."""
    assert tomllib.loads(maaza.toml(settings)) == settings


def test_value_without_a_form_is_refused() -> None:
    """A YAML null is no setting: nobody guesses what it should be."""
    with pytest.raises(ValueError, match="None"):
        maaza.toml({"node": None})


@pytest.mark.parametrize(
    ("settings", "hidden"),
    [({"input": {"username": "token"}}, True), ({"input": {"host": "h"}}, False), ({}, False)],
)
def test_settings_with_a_user_name_are_hidden(settings: dict[str, Any], *, hidden: bool) -> None:
    """Some brokers take a token there."""
    assert maaza.has_secret(settings) is hidden


def test_reason_is_what_the_command_said() -> None:
    """Errors for programs become words; anything else is passed on."""
    said = json.dumps(
        {"errors": [{"what": "log.level", "where": "a.toml:1:1", "why": "wrong", "next": "mend"}]}
    )
    assert maaza.reason({"stdout": said, "rc": 78}) == "log.level in a.toml:1:1: wrong\n  next: mend"
    assert maaza.reason({"msg": "no such service"}) == "no such service"
    assert maaza.reason({"stdout": "", "stderr": "boom", "msg": "non-zero return code"}) == "boom"


def test_node_says_what_the_role_asks(tmp_path: Path) -> None:
    """The script that looks gives every fact that the judgement needs, and changes nothing."""
    (tmp_path / "opt/1/.complete").parent.mkdir(parents=True)
    (tmp_path / "opt/1/.complete").touch()
    script = (ROOT / "ansible/roles/agent/files/look.py").read_text("utf-8")
    words = [sys.executable, "-", str(tmp_path / "opt"), str(tmp_path / "state/deep")]
    ran = subprocess.run(words, input=script, capture_output=True, text=True, check=True)
    seen = json.loads(ran.stdout)
    assert seen.keys() == NODE.keys()
    assert seen["environments"] == [str(tmp_path / "opt/1")]
    assert seen["features"]
    assert not (tmp_path / "state").exists()
