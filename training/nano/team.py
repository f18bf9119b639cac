"""Several processes that train one model together, each on batches of its own.

On a CPU two processes of one thread each are faster than one of two threads: they wait for each other once a
step, not once an operation, which counts most where the cores have other work too.
"""

from __future__ import annotations

import ctypes
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, distributed, multiprocessing

PR_SET_PDEATHSIG = 1
"""Number of the operation in Linux's ``sys/prctl.h``."""


@dataclass(frozen=True, slots=True)
class Team:
    """What one process knows of the others."""

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """True in the one process that reports and saves."""
        return self.rank == 0

    def mean(self, parameters: Iterable[Tensor]) -> None:
        """Put the mean of all processes' gradients into each; one that has none counts as zero."""
        if self.size == 1:
            return
        kept = [one for one in parameters if one.requires_grad]
        flat = torch.cat(
            [(torch.zeros_like(one) if one.grad is None else one.grad).flatten() for one in kept]
        )
        distributed.all_reduce(flat)
        flat /= self.size
        for one, gradient in zip(kept, flat.split([one.numel() for one in kept]), strict=True):
            one.grad = gradient.view_as(one)

    def total(self, *counts: float) -> list[float]:
        """Return the sums of counts over all processes."""
        if self.size == 1:
            return list(counts)
        summed = torch.tensor(counts, dtype=torch.float64)
        distributed.all_reduce(summed)
        found: list[float] = summed.tolist()
        return found


def together(size: int, work: Callable[[Team], None]) -> None:
    """Do a work in as many processes as told, and return when all have ended.

    Raises:
        ProcessRaisedException: one of them failed; the others are ended.
    """
    if size == 1:
        work(Team())
        return
    with tempfile.TemporaryDirectory() as folder:
        multiprocessing.spawn(_member, (size, str(Path(folder) / "meet"), work), nprocs=size)


def end_with_parent() -> None:
    """Let this process end when the one that started it does, however that ended; on Linux.

    A process that goes on alone trains a model that nobody saves (prctl(2), PR_SET_PDEATHSIG).
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _member(rank: int, size: int, meeting: str, work: Callable[[Team], None]) -> None:
    end_with_parent()
    distributed.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=size)
    work(Team(rank, size))
    distributed.destroy_process_group()
