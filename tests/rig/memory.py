"""What processes hold in memory, as the kernel divides it among those that share it."""

from __future__ import annotations

from pathlib import Path


def pss(pid: int) -> float:
    """Return a process's proportional set size in megabytes, mapped files included (proc_pid_smaps(5))."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    (kib,) = (int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return round(kib * 1024 / 1e6, 1)
