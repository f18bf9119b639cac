"""What the tests of the durable path stand on: a broker, the agent as a process, a checker of promises."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

ROOT = Path(__file__).resolve().parents[2]
LOAD = ROOT / "tests/load/client.py"
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "https://example.invalid/load/1",
    "type": "object",
    "properties": {"device": {"type": "string"}, "temp": {"type": "number"}, "hum": {"type": "integer"}},
    "required": ["device", "temp"],
    "additionalProperties": False,
}
SETTINGS = """
node = "t1"
schemas = "{folder}/schemas"
[input]
host = "127.0.0.1"
port = {port}
[[route]]
filter = "load/+/raw"
schemas = ["load"]
device_level = 1
[[tier]]
name = "stub"
kind = "stub"
batch = 128
[buffer]
path = "{folder}/maaza.db"
min_free_bytes = 0
{more}
"""


PATIENCE = 4
"""Times the wait that is enough on an idle machine: other work may go on beside the tests."""


def mosquitto() -> str | None:
    """Return the path of the broker; Debian keeps it out of a user's PATH."""
    return shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def wait_until(done: Callable[[], bool], seconds: float, *, what: str) -> None:
    """Wait for something, or fail the test by saying what did not happen."""
    until = time.monotonic() + seconds * PATIENCE
    while not done():
        assert time.monotonic() < until, f"not within {seconds * PATIENCE:g} s: {what}"
        time.sleep(0.02)


def free_port() -> int:
    """Return a loopback port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Broker:
    """A Mosquitto of the test's own."""

    def __init__(self, folder: Path, more: str = "", *, port: int | None = None) -> None:
        """Write a configuration: everything is queued, sessions live in memory, plus `more`."""
        self.port = free_port() if port is None else port
        self._file = folder / "mosquitto.conf"
        self._log = folder / "mosquitto.log"
        # A broker started by root changes its user; its files must then be open to that user.
        self._file.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\n"
            f"max_queued_messages 0\nuser root\n{more}\n"
        )
        self.process: subprocess.Popen[bytes] | None = None

    def demand_names(self) -> None:
        """Take no clients without a name."""
        text = self._file.read_text()
        self._file.write_text(text.replace("allow_anonymous true", "allow_anonymous false"))

    def start(self) -> None:
        """Start and wait until it answers."""
        program = mosquitto()
        assert program, "mosquitto is missing: apt install mosquitto"
        with self._log.open("ab") as log:
            self.process = subprocess.Popen([program, "-c", str(self._file)], stdout=log, stderr=log)
        wait_until(self._answers, 10, what=f"the broker listens; see {self._log}")

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def kill(self) -> None:
        """End it without a word."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        """End it in order: what it keeps is on disk."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process = None

    def restart(self) -> None:
        """End it in order and start it again."""
        self.stop()
        self.start()

    def log(self) -> str:
        """Return all it has said."""
        return self._log.read_text(errors="replace")


class Agent:
    """The agent as a process."""

    def __init__(
        self, folder: Path, port: int, *, more: str = "", fault: str = "", notify: Path | None = None
    ) -> None:
        """Prepare settings; `fault` names a planted fault of tests/mutants, `notify` a manager's socket."""
        self.folder = folder
        self.database = folder / "maaza.db"
        self.settings = folder / "maaza.toml"
        self.fault = fault
        self._manager = {} if notify is None else {"NOTIFY_SOCKET": str(notify)}
        self._log = folder / "agent.log"
        (folder / "schemas").mkdir(exist_ok=True)
        (folder / "schemas/load.schema.json").write_text(json.dumps(SCHEMA))
        self.settings.write_text(SETTINGS.format(folder=folder, port=port, more=more))
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        """Return the installed command; with a planted fault, the test's own way to start the same."""
        if self.fault:
            return [sys.executable, str(ROOT / "tests/mutants/bootstrap.py"), self.fault, str(self.settings)]
        script = Path(sys.executable).with_name("maaza")
        program = [str(script)] if script.exists() else [sys.executable, "-m", "agent"]
        return [*program, "run", "--config", str(self.settings)]

    def environment(self) -> dict[str, str]:
        """Return the environment in which it finds the checkout."""
        return os.environ | {"PYTHONPATH": str(ROOT)} | self._manager

    def start(self) -> None:
        """Start; it is not waited for."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdout=log, stderr=log, env=self.environment(), cwd=self.folder
            )

    def wait_ready(self, times: int = 1) -> None:
        """Wait until it has connected to the input broker so many times in all."""
        wait_until(lambda: self.log().count('"input_connected"') >= times, 30, what=f"connected; {self._log}")

    def log(self) -> str:
        """Return all it has said."""
        return self._log.read_text() if self._log.exists() else ""

    def extractors(self) -> list[int]:
        """Return the process ids of its extractors."""
        assert self.process is not None
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        commands = {int(pid): Path(f"/proc/{pid}/cmdline").read_bytes() for pid in listed}
        return [pid for pid, command in commands.items() if b"spawn_main" in command]

    def kill(self) -> None:
        """``kill -9``."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def terminate(self, seconds: float = 60) -> int:
        """SIGTERM; return the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(seconds)
        self.process = None
        return code

    @contextlib.contextmanager
    def query(self) -> Iterator[sqlite3.Connection]:
        """Look into the database as an auditor does."""
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)
        try:
            yield connection
        finally:
            connection.close()

    def states(self) -> dict[str, int]:
        """Return messages by state."""
        with contextlib.suppress(sqlite3.OperationalError), self.query() as db:
            return dict(db.execute("SELECT state, count(*) FROM inbox GROUP BY state").fetchall())
        return {}

    def is_settled(self, count: int) -> bool:
        """Tell whether so many messages are terminal, no others are there, and nothing waits to go out."""
        states = self.states()
        terminal = sum(states.get(name, 0) for name in ("published", "rejected", "dropped"))
        return terminal >= count and terminal == sum(states.values()) and self.outbox() == 0

    def outbox(self) -> int:
        """Return what waits to go out."""
        with self.query() as db:
            count: int = db.execute("SELECT count(*) FROM outbox").fetchone()[0]
            return count


@dataclass
class Consumer:
    """An independent client that keeps what the agent publishes."""

    port: int
    topic: str = "maaza/+/#"
    messages: list[tuple[str, dict[str, object], dict[str, str], bool]] = field(default_factory=list)
    expiries: list[tuple[str, int | None]] = field(default_factory=list)
    """Topic and Message Expiry of each, as the broker passed it on."""

    def __post_init__(self) -> None:
        """Connect and wait for the subscription."""
        subscribed = threading.Event()
        self.client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=f"consumer-{id(self)}", protocol=paho.MQTTv5
        )
        self.client.on_message = self._take
        self.client.on_connect = lambda client, *_rest: client.subscribe(self.topic, qos=1)
        self.client.on_subscribe = lambda *_rest: subscribed.set()
        wishes: Properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        wishes.SessionExpiryInterval = 3600
        self.client.connect("127.0.0.1", self.port, clean_start=False, properties=wishes)
        self.client.loop_start()
        assert subscribed.wait(10)

    def _take(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        self.expiries.append((message.topic, getattr(message.properties, "MessageExpiryInterval", None)))
        with contextlib.suppress(json.JSONDecodeError):
            pairs = dict(getattr(message.properties, "UserProperty", []))
            self.messages.append((message.topic, json.loads(message.payload), pairs, message.retain))

    def bodies(self, kind: str) -> list[dict[str, object]]:
        """Return the payloads of ``data`` or ``rejected``."""
        return [body for topic, body, _pairs, _retained in list(self.messages) if f"/{kind}/" in topic]

    def close(self) -> None:
        """Go."""
        self.client.disconnect()
        self.client.loop_stop()


class Producer:
    """An independent client that sends texts and knows which were acknowledged."""

    def __init__(self, port: int) -> None:
        """Connect."""
        self.client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def send(
        self,
        topic: str,
        payload: str | bytes,
        *,
        qos: int = 1,
        retain: bool = False,
        expiry_s: int | None = None,
    ) -> None:
        """Publish and wait until the broker has it."""
        wishes: Properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if expiry_s is not None:
            wishes.MessageExpiryInterval = expiry_s
        self.client.publish(topic, payload, qos=qos, retain=retain, properties=wishes).wait_for_publish(10)

    def close(self) -> None:
        """Go."""
        self.client.disconnect()
        self.client.loop_stop()


def load(verb: str, port: int, count: int, **options: object) -> subprocess.Popen[str]:
    """Start the load client, an independent process."""
    extra = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    command = [sys.executable, str(LOAD), verb, "--port", str(port), "--count", str(count), *extra]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def result(process: subprocess.Popen[str], seconds: float) -> dict[str, object]:
    """Return what the load client printed last."""
    out, _ = process.communicate(timeout=seconds)
    found: dict[str, object] = json.loads(out.strip().splitlines()[-1])
    return found


def check_promises(agent: Agent, sent: int, collected: dict[str, object]) -> list[str]:
    """Return every broken promise; empty when all hold. The one checker of all load tests."""
    broken: list[str] = []
    with agent.query() as db:
        rows = db.execute("SELECT count(*) FROM inbox").fetchone()[0]
        texts = db.execute("SELECT count(DISTINCT text) FROM inbox").fetchone()[0]
        states = db.execute(
            "SELECT state, count(*), count(fault), min(terminal) FROM v_states GROUP BY state"
        )
        for state, messages, faults, terminal in states:
            if faults or not terminal:
                broken.append(f"P2: {messages} rows are {state}, {faults} contradict themselves")
        wounds = db.execute("PRAGMA integrity_check").fetchone()[0]
    if texts != sent:
        broken.append(f"P1: {sent} texts were acknowledged by the broker, {texts} are in the inbox")
    if rows != sent:
        broken.append(f"P3: {sent} messages were sent, the inbox has {rows} rows")
    if collected["distinct"] != sent or collected["texts"] != sent:
        broken.append(
            f"P3: the consumer has {collected['distinct']} ids of {collected['texts']} texts, not {sent}"
        )
    if wounds != "ok":
        broken.append(f"the file is damaged: {wounds}")
    return broken


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Give a new folder on a file system of its own that has so much room, as in ``64k``."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no right to mount here: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)
