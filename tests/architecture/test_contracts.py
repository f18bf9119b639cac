"""The direction of imports: it holds, and what breaks it is reported."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of a tree."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_contracts_hold() -> None:
    """Layers, independent stages, one adapter for llama.cpp, torch in training alone."""
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Give a copy of the packages that may be broken."""
    for name in ("agent", "eval", "training"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("*.gguf", "__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "line", "said"),
    [
        ("agent/route.py", "from agent import publish", "agent.route is not allowed to import agent.publish"),
        (
            "agent/message.py",
            "from agent import schemas",
            "agent.message is not allowed to import agent.schemas",
        ),
        ("agent/validate.py", "import llama_cpp", "agent is not allowed to import llama_cpp"),
        ("agent/stray.py", "", "agent.stray"),
        ("agent/app.py", "from eval import scoring", "agent is not allowed to import eval"),
        ("eval/scoring.py", "import torch", "eval is not allowed to import torch"),
    ],
)
def test_a_breach_is_reported(copy: Path, file: str, line: str, said: str) -> None:
    """Each contract catches the import that it is there for."""
    path = copy / file
    path.write_text((path.read_text("utf-8") if path.exists() else "") + f"\n{line}\n", "utf-8")
    result = lint(copy)
    assert result.returncode != 0
    assert said in result.stdout, result.stdout
