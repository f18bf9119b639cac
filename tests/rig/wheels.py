"""Wheelhouses for tests: this checkout's, and the same as if it were another version."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
VERB = "agent/cli/run.py"
"""What only `maaza run` reads: other verbs of a version that is spoilt there work."""


def wheelhouse(folder: Path) -> Path:
    """Build a wheelhouse of this checkout, as `make wheelhouse` does."""
    subprocess.run(
        [sys.executable, str(ROOT / ".ci/wheelhouse.py"), str(folder)], check=True, stdout=sys.stderr
    )
    return folder


def builder() -> ModuleType:
    """Return the script that builds them, as a module."""
    found = importlib.util.spec_from_file_location("wheelhouse", ROOT / ".ci/wheelhouse.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def another(house: Path, version: str, *, run: str = "") -> Path:
    """Return a copy whose maaza is of another version; its verb `run` ends with these lines."""
    copy = house.with_name(f"{house.name}-{version}")
    shutil.copytree(house, copy)
    (old,) = copy.glob("maaza-*.whl")
    was = old.name.split("-")[1]
    with zipfile.ZipFile(old) as before, zipfile.ZipFile(copy / old.name.replace(was, version), "w") as after:
        for name in before.namelist():
            text = before.read(name)
            if ".dist-info/" in name:
                for form in (f"\nVersion: {was}\n", f"maaza-{was}.dist-info"):
                    text = text.replace(form.encode(), form.replace(was, version).encode())
            if name == VERB:
                text += run.encode()
            after.writestr(name.replace(f"maaza-{was}.dist-info", f"maaza-{version}.dist-info"), text)
    old.unlink()
    builder().describe(copy)
    return copy
