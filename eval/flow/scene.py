"""The real parts: Mosquitto, the agent as its own process with formats taught, the limit, the load."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Self

from agent.schemas import bundled_folder
from eval.devices import SHAPES
from eval.streams import examples

ROOT: Final = Path(__file__).resolve().parents[2]
EXAMPLES: Final = 20
"""Lines of each format that are taught."""
PATIENCE_S: Final = 60.0
"""Longest wait for something to come up."""
BROKER: Final = """
listener {port} 127.0.0.1
allow_anonymous true
user root
max_queued_messages 0
max_inflight_messages {inflight}
"""
AGENT: Final = """
node = "bench"
[input]
host = "127.0.0.1"
port = {port}
receive_maximum = {inflight}
[buffer]
path = "{folder}/maaza.db"
max_bytes = {max_bytes}
min_free_bytes = 0
"""
ROUTE: Final = """
[[route]]
filter = "stream/{name}/+"
schemas = ["{schema}"]
device_level = 2
"""


class SceneError(Exception):
    """Something did not come up; the message says what, and where it may have said why."""


class Scene:
    """Broker, agent and limit, in a folder."""

    def __init__(self, folder: Path, *, inflight: int, max_bytes: int) -> None:
        """Write the settings; nothing runs yet."""
        self.folder = folder
        self.port = _free_port()
        self.database = folder / "maaza.db"
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._write(inflight, max_bytes)

    def _write(self, inflight: int, max_bytes: int) -> None:
        (self.folder / "mosquitto.conf").write_text(BROKER.format(port=self.port, inflight=inflight))
        settings = AGENT.format(folder=self.folder, port=self.port, inflight=inflight, max_bytes=max_bytes)
        for shape in SHAPES:
            settings += ROUTE.format(name=shape.name, schema=shape.schema)
            rows = [{"text": one.text, "expected": one.expected} for one in examples(shape, EXAMPLES)]
            (self.folder / f"{shape.name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
        (self.folder / "maaza.toml").write_text(settings)

    def __enter__(self) -> Self:
        """Start the broker."""
        program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
        if program is None:
            raise SceneError("Mosquitto is missing: sudo apt-get install mosquitto")
        self._start("broker", [program, "-c", str(self.folder / "mosquitto.conf")])
        self.wait("the broker", self._answers)
        return self

    def __exit__(self, *_error: object) -> None:
        """End all that runs."""
        for name in list(self._processes):
            self.end(name)

    def start_agent(self) -> int:
        """Start the agent; return its process id. It is not waited for."""
        return self._start("agent", [sys.executable, "-m", "agent", "run", "--config", "maaza.toml"])

    def start_limit(self) -> int:
        """Start the limit; return its process id."""
        return self._start("limit", [sys.executable, "-m", "eval.flow.republisher", "--port", str(self.port)])

    def teach(self) -> None:
        """Teach the agent, which must be running, every format; wait until it knows them."""
        self.wait("the agent", lambda: '"input_connected"' in self.said("agent"))
        learned = sum(self._taught(shape.name, shape.schema) for shape in SHAPES)
        self.wait("the templates", lambda: f'"active": {learned},' in self.said("agent"))

    def _taught(self, name: str, schema: str) -> int:
        """Teach one format; return how many templates came of it."""
        command = [sys.executable, "-m", "agent", "schema", "learn", f"{name}.jsonl", "--json", "--schema"]
        command += [str(bundled_folder() / f"{schema}.schema.json"), "--database", str(self.database)]
        done = subprocess.run(  # noqa: S603 - our own command
            command, cwd=self.folder, env=_environment(), capture_output=True, check=False
        )
        if done.returncode:
            raise SceneError(f"{name} was not learned: {done.stderr.decode()}")
        return len(json.loads(done.stdout)["templates"])

    def pid(self, name: str) -> int:
        """Return the process id of a part that runs."""
        return self._processes[name].pid

    def end(self, name: str) -> None:
        """End a part in order."""
        process = self._processes.pop(name)
        process.terminate()
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def said(self, name: str) -> str:
        """Return all that a part has said."""
        path = self.folder / f"{name}.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def load(self, **options: object) -> Load:
        """Start the load generator."""
        command = [sys.executable, "-m", "eval.flow.driver", "--port", str(self.port)]
        for name, value in options.items():
            command += [f"--{name.replace('_', '-')}"] + ([] if value is True else [str(value)])
        return Load(
            subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=_environment())  # noqa: S603 - our own command
        )

    def wait(self, what: str, done: Callable[[], bool]) -> None:
        """Wait until something is so.

        Raises:
            SceneError: it took too long.
        """
        until = time.monotonic() + PATIENCE_S
        while not done():
            if time.monotonic() > until:
                raise SceneError(
                    f"not within {PATIENCE_S:g} s: {what}. The agent said last: {self.said('agent')[-500:]}"
                )
            time.sleep(0.01)

    def _start(self, name: str, command: list[str]) -> int:
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, env=_environment())  # noqa: S603 - programs of our own choice
        self._processes[name] = process
        return process.pid

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False


class Load:
    """A run of the load generator."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Take its process."""
        self._process = process

    @property
    def runs(self) -> bool:
        """Tell whether it has not ended yet."""
        return self._process.poll() is None

    def result(self) -> dict[str, Any]:
        """Wait for its end; return what it printed.

        Raises:
            SceneError: it failed.
        """
        out, _ = self._process.communicate()
        if self._process.returncode:
            raise SceneError("the load generator has failed")
        found: dict[str, Any] = json.loads(out)
        return found


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT)}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
