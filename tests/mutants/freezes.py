"""Loops that stand still when a test says so: how a process looks that lives and does not work."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from agent import app, health, pipeline

LOOPS: dict[str, tuple[Any, str]] = {
    "main": (app, "watch"),
    "receive": (pipeline.Receive, "step"),
    "process": (pipeline.Process, "step"),
    "deliver": (pipeline.Deliver, "step"),
}
"""Loops without whose progress the agent does not do its work."""
SIGN = Path("freeze")
"""File in the agent's working folder: while it is there, the loop stands still."""
SHORT_BEAT_S = 2.0
"""Seconds after which a loop counts as stuck, for tests that wait for it."""


def be_impatient() -> None:
    """Take a loop for stuck after two seconds already."""
    health.BEAT_S = SHORT_BEAT_S


def freeze(loop: str) -> None:
    """Let a loop stand still while the sign is there."""
    be_impatient()
    owner, name = LOOPS[loop]
    step = getattr(owner, name)

    def freezable(*arguments: Any, **options: Any) -> Any:
        while SIGN.exists():
            time.sleep(0.05)
        return step(*arguments, **options)

    setattr(owner, name, freezable)
