"""Several processes train one model. Needs torch."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from training.nano.team import Team, together  # noqa: E402 - only where torch is

PROGRAM = """
import os, sys, time
from training.nano.team import Team, together

def work(team):
    print(os.getpid(), flush=True)
    time.sleep(60)

if __name__ == "__main__":
    together(2, work)
"""


def learn(folder: Path, team: Team) -> None:
    """Put down what a member has after the others' gradients came in; one of them had none."""
    weights = [torch.nn.Parameter(torch.zeros(3)), torch.nn.Parameter(torch.zeros(2))]
    weights[0].grad = torch.full((3,), float(team.rank))
    if team.leads:
        weights[1].grad = torch.ones(2)
    team.mean(weights)
    told = [weights[0].grad.tolist(), weights[1].grad.tolist(), team.total(team.rank + 1.0)]
    (folder / f"{team.rank}.txt").write_text(repr(told), encoding="utf-8")


def test_together_members_have_the_mean_of_all_gradients(tmp_path: Path) -> None:
    """Each process takes the same step, also where one of them had nothing to learn from."""
    together(2, partial(learn, tmp_path))
    expected = repr([[0.5, 0.5, 0.5], [0.5, 0.5], [3.0]])
    assert [(tmp_path / f"{rank}.txt").read_text(encoding="utf-8") for rank in (0, 1)] == [expected] * 2


def test_together_alone_needs_no_others(tmp_path: Path) -> None:
    """One process is a team as well."""
    together(1, partial(learn, tmp_path))
    assert (tmp_path / "0.txt").read_text(encoding="utf-8") == repr([[0.0, 0.0, 0.0], [1.0, 1.0], [1.0]])


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux ends them")
def test_together_killed_leaves_nobody_behind(tmp_path: Path) -> None:
    """Members end with the process that started them, even when that is killed."""
    program = tmp_path / "alone.py"
    program.write_text(PROGRAM, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
    with subprocess.Popen(
        [sys.executable, str(program)], stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        assert parent.stdout is not None
        members = [int(parent.stdout.readline()) for _ in range(2)]
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        until = time.monotonic() + 20
        while any(alive(one) for one in members) and time.monotonic() < until:
            time.sleep(0.1)
    assert not any(alive(one) for one in members)


def alive(process: int) -> bool:
    """Tell whether a process runs; one that has ended and waits to be collected does not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
