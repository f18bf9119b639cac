"""The processes of the demo, in a folder of their own, on a free port of the loopback interface."""

from __future__ import annotations

import contextlib
import getpass
import importlib.util
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from agent.demo.devices import Kind, kinds
from agent.errors import Permanent, Transient
from agent.schemas import bundled_folder

HOST: Final = "127.0.0.1"
BASE, NODE = "maaza", "demo"
START_S: Final = 60.0
"""How long a process may take to be ready, seconds; the agent loads its model in it."""
STOP_S: Final = 20.0
"""How long a process may take to end in order, seconds."""
POLL_S: Final = 0.05
LOG_LINES: Final = 15
"""Last lines of a log that an error shows."""
MOSQUITTO_PATH: Final = f"{os.environ.get('PATH', os.defpath)}:/usr/local/sbin:/usr/sbin"


class Scene:
    """Starts and stops broker, agent, consumer and simulator."""

    def __init__(self, folder: Path, *, broker: str, tier: str) -> None:
        """Keep all files in `folder`; `tier` is the table of the agent's one tier, in TOML."""
        self.folder = folder
        self.port = free_port()
        self.database = folder / "maaza.db"
        self.sent = folder / "sent.jsonl"
        self.received = folder / "received.jsonl"
        self._broker = broker
        self._tier = tier
        self._protocol = "5"
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start_broker(self) -> str:
        """Start Mosquitto, else the broker in Python; return which."""
        name, self._protocol, command = broker_command(self.folder, self.port, self._broker)
        self._start("broker", command)
        self._wait("broker", lambda: listens(self.port))
        return f"{name} (MQTT {self._protocol})"

    def start_consumer(self) -> None:
        """Start the consumer; the broker has its subscription when this returns."""
        arguments = [str(self.port), f"{BASE}/{NODE}", str(self.received)]
        self._start("consumer", module("agent.demo.consume", *arguments))
        self._wait("consumer", lambda: "ready" in self.log("consumer"))

    def start_agent(self) -> None:
        """Start the agent with its configuration; it is subscribed when this returns."""
        path = self.folder / "maaza.toml"
        path.write_text(self.settings(), "utf-8")
        self._start("agent", module("agent", "run", "--config", str(path)))
        self._wait("agent", self._has_session)

    def settings(self) -> str:
        """Return the agent's configuration: a route for each sort of device."""
        routes = "\n".join(route(kind) for kind in kinds())
        return f"""\
base = "{BASE}"
node = "{NODE}"
schemas = {json.dumps(str(bundled_folder()))}

[input]
host = "{HOST}"
port = {self.port}
protocol = "{self._protocol}"

[buffer]
path = {json.dumps(str(self.database))}

[[tier]]
{self._tier}

{routes}"""

    def _has_session(self) -> bool:
        # The agent notes a session only after it has asked the broker for its subscriptions.
        if not self.database.exists():
            return False
        with contextlib.closing(reading(self.database)) as db, contextlib.suppress(sqlite3.Error):
            return bool(db.execute("SELECT count(*) FROM sessions").fetchone()[0])
        return False

    def start_simulator(self, *, seconds: float, rate: float, seed: int) -> None:
        """Let the devices speak."""
        arguments = (str(self.port), str(seconds), str(rate), str(seed), str(self.sent))
        self._start("simulator", module("agent.demo.simulate", *arguments))

    def is_running(self, name: str) -> bool:
        """Tell whether a process is there."""
        return self._running[name].poll() is None

    def stop(self, name: str) -> int:
        """Ask a process to end, and see to it; return its exit code."""
        process = self._running[name]
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def exit_code(self, name: str) -> int:
        """Return the exit code of a process that ends by itself."""
        return self._running[name].wait(STOP_S)

    def stop_all(self) -> None:
        """End what still runs, last started first."""
        for name in reversed(self._running):
            self.stop(name)

    def log(self, name: str) -> str:
        """Return what a process has said."""
        return (self.folder / f"{name}.log").read_text("utf-8", "replace")

    def _start(self, name: str, command: Sequence[str]) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            # A session of its own: Ctrl-C reaches the demo alone, which then ends them in order.
            self._running[name] = subprocess.Popen(
                tied(command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
            )

    def _wait(self, name: str, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_S
        while not ready():
            if not self.is_running(name):
                tail = "\n".join(self.log(name).splitlines()[-LOG_LINES:])
                raise Permanent(f"start the {name}", cause=f"it ended:\n{tail}", remedy=f"see {self.folder}")
            if time.monotonic() > deadline:
                cause = f"not ready after {START_S:.0f} s"
                raise Transient(f"start the {name}", cause=cause, remedy=f"see {self.folder}/{name}.log")
            time.sleep(POLL_S)


def tied(command: Sequence[str]) -> list[str]:
    """Return a command that the kernel ends with us, so that a killed demo leaves nothing behind."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--", *command] if setpriv else list(command)


def module(name: str, *arguments: str) -> list[str]:
    """Return the command that runs a module of ours; ``-P`` keeps the working folder off the import path."""
    return [sys.executable, "-P", "-m", name, *arguments]


def broker_command(folder: Path, port: int, wanted: str = "auto") -> tuple[str, str, list[str]]:
    """Return the broker to use, the protocol it speaks, and how to start it."""
    mosquitto = shutil.which("mosquitto", path=MOSQUITTO_PATH)
    if mosquitto and wanted != "python":
        path = folder / "mosquitto.conf"
        path.write_text(mosquitto_settings(folder, port), "utf-8")
        return "Mosquitto", "5", [mosquitto, "-c", str(path)]
    if wanted != "mosquitto" and importlib.util.find_spec("amqtt"):
        return "amqtt", "3.1.1", module("agent.demo.python_broker", str(port))
    remedy = "sudo apt-get install mosquitto, or install maaza with its demo extra"
    raise Permanent("start a broker", cause="neither Mosquitto nor amqtt is there", remedy=remedy)


def mosquitto_settings(folder: Path, port: int) -> str:
    """Return settings under which Mosquitto keeps what it has confirmed."""
    return "\n".join(
        (
            f"listener {port} {HOST}",
            "allow_anonymous true",
            f"user {getpass.getuser()}",  # started by root it would else become a user who may not write here
            "persistence true",
            f"persistence_location {folder}/",
            "max_queued_messages 100000",
            "",
        )
    )


def route(kind: Kind) -> str:
    """Return the route of one sort of device."""
    return f"""\
[[route]]
filter = {json.dumps(kind.filter)}
schemas = [{json.dumps(kind.schema)}]
device_level = 2
"""


def reading(database: Path) -> sqlite3.Connection:
    """Open the agent's database for reading."""
    return sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=5.0)


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int) -> bool:
    """Tell whether something accepts connections on a port."""
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1.0):
        return True
    return False
