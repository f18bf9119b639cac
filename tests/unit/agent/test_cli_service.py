"""`maaza service` as people call it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agent.cli import main, service
from agent.service import PREFIX

Call = Callable[..., Result]


@pytest.fixture
def call(tmp_path: Path) -> Call:
    """Give a way to call the verb on an image whose user is there already."""
    script = tmp_path / "opt/maaza/1/bin/maaza"
    script.parent.mkdir(parents=True)
    script.touch()
    tmp_path.chmod(0o755)
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text("maaza:x:999:999::/var/lib/maaza:/usr/sbin/nologin\n")

    def invoke(verb: str, *options: str) -> Result:
        named = [] if verb in {"status", "uninstall"} else ["--environment", "/opt/maaza/1"]
        return CliRunner().invoke(main, ["service", verb, "--root", str(tmp_path), *named, *options])

    return invoke


def test_each_step_is_said(call: Call) -> None:
    """What changed, what was left as it is, and what to do next."""
    first, second = call("install"), call("install")
    assert first.exit_code == second.exit_code == 0
    assert "change  write" in first.stdout
    assert "Next: edit" in first.stdout
    assert "0 of 11 steps changed something." in second.stdout


def test_programs_get_the_steps(call: Call) -> None:
    """A configuration manager sees at once whether anything changed."""
    assert json.loads(call("install", "--json").stdout)["changed"] == 8
    assert json.loads(call("install", "--json").stdout)["changed"] == 0
    assert json.loads(call("upgrade", "--json").stdout)["changed"] == 0


def test_dry_run_leaves_nothing(call: Call, tmp_path: Path) -> None:
    """It says the same and writes nothing."""
    assert "change  write" in call("install", "--dry-run").stdout
    assert not (tmp_path / "etc/systemd").exists()


def test_uninstallation_says_what_it_keeps(call: Call) -> None:
    """Nobody looks for data that are still there, or believes them gone."""
    call("install")
    assert "/etc/maaza, user maaza." in call("uninstall").stdout


def test_status_of_what_does_not_run_is_a_failure(call: Call) -> None:
    """The exit code answers for scripts, the page for people."""
    assert call("status").exit_code == 1
    call("install")
    page, facts = call("status"), json.loads(call("status", "--json").stdout)
    assert page.exit_code == 1
    assert "as shipped" in page.stdout
    assert (facts["installed"], facts["runs"], facts["environment"]) == (True, False, "/opt/maaza/1")


def test_status_tells_whose_the_settings_are(call: Call, tmp_path: Path) -> None:
    """An example that nobody has edited is not a choice."""
    settings = tmp_path / "etc/maaza/maaza.toml"

    def whose() -> str:
        return str(json.loads(call("status", "--json").stdout)["settings"])

    assert whose() == "missing"
    call("install")
    assert whose() == "example"
    settings.write_text("node = 'mine'\n")
    assert whose() == "own"


@pytest.mark.parametrize("verb", ["install", "upgrade", "uninstall"])
def test_changes_need_root(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said before anything is half done, with the words to call instead."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    result = CliRunner().invoke(main, ["service", verb])
    assert result.exit_code == 1
    assert "sudo" in result.stderr
    assert f"service {verb}" in result.stderr


def test_default_prefix_is_the_units() -> None:
    """The help page names it without importing the package."""
    assert service.PREFIX == PREFIX
