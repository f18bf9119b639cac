"""The wheel: all that a device needs, and nothing that it must not have."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import time
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a wheel built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("maaza-*.whl"))


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    """Give the names of the files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_only_the_agent_ships(names: set[str]) -> None:
    """Training, evaluation and tests never reach a device."""
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"agent"}


def test_every_schema_ships_with_its_examples(names: set[str]) -> None:
    """The bundled schemas of the checkout are those of the wheel."""
    wanted = {f"agent/bundled/{path.name}" for path in (ROOT / "schemas").iterdir()}
    assert wanted <= names


def test_the_example_settings_ship(names: set[str]) -> None:
    """`maaza config init` has something to give on a device."""
    assert "agent/bundled/maaza.example.toml" in names


def test_files_of_the_service_ship(names: set[str]) -> None:
    """A device installs its service without a checkout."""
    assert {f"agent/bundled/{path.name}" for path in (ROOT / "systemd").iterdir()} <= names


def test_the_embedded_model_ships(names: set[str]) -> None:
    """A fresh machine extracts without a download."""
    model = ROOT / "agent" / "models" / "nano"
    wanted = {f"agent/models/nano/{path.name}" for path in model.iterdir()} if model.exists() else set()
    assert "agent/models/nano/manifest.json" in wanted
    assert wanted <= names


def test_data_files_of_the_agent_ship(names: set[str]) -> None:
    """SQL and the simulated devices are not code, and are needed all the same."""
    found = (path for ending in ("sql", "toml") for path in (ROOT / "agent").rglob(f"*.{ending}"))
    assert {str(path.relative_to(ROOT)) for path in found} <= names


def test_licence_and_notice_ship(names: set[str]) -> None:
    """Whoever gets the wheel gets the licence."""
    endings = {name.split(".dist-info/")[-1] for name in names if ".dist-info/" in name}
    assert {"licenses/LICENSE", "licenses/NOTICE"} <= endings


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the programs of an environment that has the wheel, and our dependencies, and not this checkout."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=False)
    # Naming the folder adds its packages, and not the checkout, which is in a .pth file of that folder.
    site = next(home.glob("lib/python*/site-packages"))
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(home / "bin" / "python"),
        "--disable-pip-version-check",
    ]
    options = ["--quiet", "--no-deps", "--no-index", "--force-reinstall"]
    subprocess.run([*pip, "install", *options, str(wheel)], check=True)
    return home / "bin"


def run(installed: Path, program: str, *arguments: str) -> str:
    """Run a program of that environment, far from the checkout."""
    command = [str(installed / program), *arguments]
    return subprocess.run(command, cwd=installed, check=True, capture_output=True, text=True).stdout


def test_the_installed_command_runs(installed: Path) -> None:
    """The wheel alone gives a working command with its schemas."""
    assert run(installed, "maaza", "--version").startswith("maaza ")
    assert "loads:" in run(installed, "maaza", "schema", "check", "tank_level")


def test_the_wheel_knows_when_it_was_built(installed: Path) -> None:
    """The doctor judges clocks by it; no later than now, as long as this machine's clock is right."""
    script = (
        "from agent.doctor.probes.machine import FIRST_DAY as f, built_at; print(built_at(), f.timestamp())"
    )
    built, first = map(float, run(installed, "python", "-P", "-c", script).split())
    assert first < built <= time.time()


def test_training_and_eval_are_absent_where_the_wheel_is(installed: Path) -> None:
    """Their names stay free on a device."""
    script = "from importlib.util import find_spec as find; print(find('training'), find('eval'))"
    assert run(installed, "python", "-P", "-c", script) == "None None\n"
