"""Lets llama.cpp load a file before it takes its place; in a process of its own, for it may crash."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

from agent.errors import Permanent

SECONDS: Final = 300.0
"""Longest loading, with a look at each weight: gigabytes from a slow card."""
PROGRAM: Final = "agent.extract.llama.trial"
AGAIN: Final = "get it again; a damaged file can do that"


def try_loading(path: Path, *, vocabulary: bool = True) -> None:
    """Load a file; `vocabulary`: its tokens are to be the bytes of a text.

    Raises:
        Permanent: llama.cpp refuses it or crashes on it.
    """
    command = [sys.executable, "-P", "-m", PROGRAM, str(path), *([] if vocabulary else ["--weights-only"])]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        cause = f"llama.cpp has not loaded it within {SECONDS:g} s"
        raise Permanent(
            f"load {path}", cause=cause, remedy="use a smaller model, or a faster disk"
        ) from error
    if done.returncode == 0:
        return
    if done.returncode < 0:
        cause = f"llama.cpp crashed on it (signal {-done.returncode})"
        raise Permanent(f"load {path}", cause=cause, remedy=AGAIN)
    raise _refusal(path, done)


def _refusal(path: Path, done: subprocess.CompletedProcess[str]) -> Permanent:
    try:
        said = json.loads(done.stdout.splitlines()[-1])
        return Permanent(f"load {path}", cause=str(said["cause"]), remedy=str(said["remedy"]))
    except (IndexError, KeyError, ValueError):
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return Permanent(f"load {path}", cause=f"exit code {done.returncode}: {last}", remedy=AGAIN)
