"""Threads that numpy starts by itself."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import {first}, os
import numpy as np
one = np.ones((400, 400), np.float32)
one @ one
print(len(os.listdir("/proc/self/task")), os.environ.get("OPENBLAS_NUM_THREADS"))
"""


def threads(first: str, **given: str) -> str:
    """Return what a process says that multiplied two matrices."""
    environment = {"PATH": "/usr/bin:/bin", **given}
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(first=first)],
        capture_output=True, text=True, check=True, env=environment,
    )  # fmt: skip
    return done.stdout.strip()


def test_numpy_computes_in_one_thread() -> None:
    """Where the agent is imported first, as in the daemon, its children and its commands."""
    assert threads("agent") == "1 1"


def test_a_person_may_say_otherwise() -> None:
    """A variable that is set stays."""
    assert threads("agent", OPENBLAS_NUM_THREADS="2").endswith(" 2")
