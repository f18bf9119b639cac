"""What processes cost, as the kernel counts it: processor time and proportional memory of a tree of them."""

from __future__ import annotations

import contextlib
import os
import platform
from pathlib import Path
from typing import Final

from agent.extract.tuning import processor

PROC: Final = Path("/proc")
TICKS: Final = os.sysconf("SC_CLK_TCK")
"""Units of processor time in a second."""


def tree(pid: int) -> list[int]:
    """Return a process and all below it."""
    found = [pid]
    for one in found:
        with contextlib.suppress(OSError):
            for task in (PROC / str(one) / "task").iterdir():
                found += map(int, (task / "children").read_text().split())
    return found


def cpu_s(pid: int) -> float:
    """Return the processor time that a tree of living processes has had, seconds."""
    total = 0
    for one in tree(pid):
        with contextlib.suppress(OSError):
            fields = (PROC / str(one) / "stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
    return total / TICKS


def pss_mib(pid: int) -> float:
    """Return the proportional set size of a tree of processes, MiB: shared pages count in parts."""
    total = 0
    for one in tree(pid):
        with contextlib.suppress(OSError):
            for line in (PROC / str(one) / "smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total / 1024


def described() -> dict[str, object]:
    """Return what is to be known of the machine beside a figure."""
    return {
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
    }
