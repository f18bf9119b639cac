"""Runs every planted fault against the test that must catch it: ``python tests/mutants/run.py [NAME ...]``.

A fault whose test passes has survived: the exit code is 1. Without a fault every test must pass.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

from faults import MUTANTS, VARIABLE  # noqa: E402 - after the path

SECONDS = 300
"""Longest run of the tests; a fault that makes one hang is caught as well."""
WIDTH = 70
"""Characters of a failure that are shown."""


def failure(nodes: list[str], fault: str) -> str:
    """Return how tests fail with a fault planted (none: the empty string); empty where they pass."""
    options = ["-q", "-x", "--tb=short", "-p", "no:cacheprovider", "-p", "mutant_plugin"]
    path = os.pathsep.join([str(Path(__file__).resolve().parent), str(ROOT)])
    environment = os.environ | {VARIABLE: fault, "PYTHONPATH": path}
    command = [sys.executable, "-m", "pytest", *options, *nodes]
    try:
        ran = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return f"no end within {SECONDS} s"
    if ran.returncode not in {0, 1}:
        raise SystemExit(f"{ran.stdout}\n{nodes} could not be run (pytest exit code {ran.returncode})")
    said = [line[1:].strip() for line in ran.stdout.splitlines() if line.startswith("E ")]
    return (said or ["failed"])[0] if ran.returncode else ""


def main(names: list[str]) -> int:
    """Try each fault; print a line for each."""
    names = names or list(MUTANTS)
    sound = failure([MUTANTS[name].caught_by for name in names], "")
    if sound:
        raise SystemExit(f"a test fails without any fault planted, mend it first: {sound}")
    survived = [name for name in names if not is_caught(name)]
    sys.stdout.write(f"{len(names) - len(survived)} of {len(names)} faults caught\n")
    return 1 if survived else 0


def is_caught(name: str) -> bool:
    """Try one fault; print by which test it was caught, and how."""
    node = MUTANTS[name].caught_by
    how = failure([node], name)
    sys.stdout.write(f"{'caught' if how else 'SURVIVED':8} {name:36} {node.split('::')[1]}: {how[:WIDTH]}\n")
    sys.stdout.flush()
    return bool(how)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
