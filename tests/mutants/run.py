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

SECONDS = 120
"""Longest run of one test; a fault that makes it hang is caught as well."""


def passes(node: str, fault: str) -> bool:
    """Tell whether a test passes with a fault planted (none: the empty string)."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        "-p",
        "mutant_plugin",
        node,
    ]
    path = os.pathsep.join([str(Path(__file__).resolve().parent), str(ROOT)])
    environment = os.environ | {VARIABLE: fault, "PYTHONPATH": path}
    try:
        ran = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    if ran.returncode not in {0, 1}:
        sys.stdout.write(ran.stdout.decode())
        raise SystemExit(f"{node} could not be run (pytest exit code {ran.returncode})")
    return ran.returncode == 0


def main(names: list[str]) -> int:
    """Try each fault; print a line for each."""
    survived = 0
    for name in names or list(MUTANTS):
        node = MUTANTS[name].caught_by
        sound, mutated = passes(node, ""), passes(node, name)
        verdict = "caught" if sound and not mutated else "SURVIVED" if sound else "TEST FAILS WITHOUT IT"
        survived += verdict != "caught"
        sys.stdout.write(f"{verdict:10} {name:36} {node}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(names or MUTANTS) - survived} of {len(names or MUTANTS)} faults caught\n")
    return 1 if survived else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
