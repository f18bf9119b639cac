"""Named threads: one that dies stops the daemon loudly."""

from __future__ import annotations

import contextlib
import ctypes
import sys
import threading
from collections.abc import Callable

from agent.health import Health
from agent.log import logger

LOG = logger("crew")
ROUND_S = 0.5
"""Longest regular pause of a loop, seconds."""
PR_SET_NAME = 15
"""Number of the operation in Linux's ``sys/prctl.h``."""
NAME_BYTES = 15
"""Bytes of a thread's name that Linux keeps."""


class Task:
    """A thread with a name, a way to end it, and a note of how it ended."""

    def __init__(
        self, name: str, body: Callable[[], None], *, end: Callable[[], None], died: threading.Event
    ) -> None:
        """Run `body`; `end` makes it return; `died` is set when it raises."""
        self.name = name
        self.error: BaseException | None = None
        self.end = end
        self._body = body
        self._died = died
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self, timeout_s: float) -> None:
        """Wait for the end, for a bounded time."""
        self._thread.join(timeout_s)

    def _run(self) -> None:
        show_as(self.name)
        try:
            self._body()
        except BaseException as error:
            self.error = error
            LOG.exception("task_died", task=self.name)
            self._died.set()


def show_as(name: str) -> None:
    """Give the calling thread a name that ``ps -L`` and ``top -H`` show; elsewhere than on Linux, none."""
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):
            ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode()[:NAME_BYTES], 0, 0, 0)


class Crew:
    """The threads of the agent."""

    def __init__(self, health: Health) -> None:
        """Loops beat to `health`."""
        self.died = threading.Event()
        self._health = health
        self._tasks: dict[str, Task] = {}

    def add(self, name: str, body: Callable[[], None], *, end: Callable[[], None]) -> None:
        """Start a task that ends by a call of `end`."""
        task = self._tasks[name] = Task(name, body, end=end, died=self.died)
        task.start()

    def add_loop(self, name: str, step: Callable[[], None]) -> None:
        """Start a task that repeats a step, and beats after each."""
        over = threading.Event()

        def body() -> None:
            while not over.is_set():
                step()
                self._health.beat(name)

        # From now on: a loop that is stuck in its first round is stuck.
        self._health.beat(name)
        self.add(name, body, end=over.set)

    def end(self, name: str, timeout_s: float) -> None:
        """End a task and wait for it."""
        task = self._tasks[name]
        task.end()
        task.join(timeout_s)
        self._health.forget(name)

    @property
    def dead(self) -> list[str]:
        """Return the tasks that died."""
        return [task.name for task in self._tasks.values() if task.error is not None]
