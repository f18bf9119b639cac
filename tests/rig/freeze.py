"""One thread of another process, stopped alone: the rest of the process goes on (ptrace(2), PTRACE_SEIZE)."""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PTRACE_DETACH = 17
PTRACE_SEIZE = 0x4206
PTRACE_INTERRUPT = 0x4207
WALL = 0x40000000
"""``__WALL`` of ``waitpid``: threads of processes that are no children, too."""

_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)


def thread_named(process: int, name: str) -> int:
    """Return the id of a process's thread."""
    tasks = Path(f"/proc/{process}/task").iterdir()
    (found,) = (int(task.name) for task in tasks if (task / "comm").read_text().strip() == name)
    return found


@contextmanager
def frozen_thread(process: int, name: str) -> Iterator[Callable[[], None]]:
    """Stop the thread of a process that has a name, and no other; let it go on at last, if it is still there.

    Call what is given while waiting for the end of the process: it takes note of the thread's death, before
    which nobody else hears of that of the process.

    A thread that is met with Python's lock in hand stops all others too. One that waits nearly always, as the
    agent's loops do, is met while it waits, without the lock.
    """
    thread = thread_named(process, name)
    _ask(PTRACE_SEIZE, thread)
    try:
        _ask(PTRACE_INTERRUPT, thread)
        os.waitpid(thread, WALL)
        yield lambda: _take_note(thread)
    finally:
        _LIBC.ptrace(PTRACE_DETACH, thread, None, None)


def _take_note(thread: int) -> None:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(thread, WALL | os.WNOHANG)


def _ask(request: int, thread: int) -> None:
    if _LIBC.ptrace(request, thread, None, None) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), f"ptrace of thread {thread}")
