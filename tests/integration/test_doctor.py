"""`maaza doctor` against set-ups that are broken in one place each: named, with what to do about it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from click.testing import CliRunner
from gate import Gate
from paho.mqtt.enums import CallbackAPIVersion
from rig import PATIENCE, ROOT, SCHEMA, Agent, Broker, Producer, free_port, small_disk, wait_until

from agent.cli import main
from agent.doctor.facts import Clock, Processor
from agent.doctor.probes import machine as probe_machine
from agent.models import EMBEDDED

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

PERSISTENT = "persistence true\npersistence_location {folder}/\nautosave_interval 30\n"
"""What a broker needs to keep its queue."""
WHOLE_S = 30.0
"""Seconds that all checks together may take where nobody gives more."""
BUSY_S = 110.0
"""Seconds that tests give."""


@dataclass
class Patient:
    """A configuration that is sound until a test breaks it, and the doctor's words about it."""

    folder: Path
    port: int
    host: str = "127.0.0.1"
    top: str = ""
    connection: str = ""
    tier: str = 'name = "stub"\nkind = "stub"'
    schema: str = "load"
    buffer: str = ""
    findings: list[dict[str, str]] = field(default_factory=list)
    code: int = -1
    seconds: float = 0.0

    def settings(self) -> Path:
        """Write the files; return the settings."""
        schemas = self.folder / "schemas"
        schemas.mkdir(exist_ok=True)
        if not (schemas / "load.schema.json").exists():
            (schemas / "load.schema.json").write_text(json.dumps(SCHEMA))
        named = f'schemas = "{schemas}"' if self.schema == "load" else ""
        file = self.folder / "doctor.toml"
        file.write_text(
            f'node = "t1"\n{named}\n{self.top}\n[input]\nhost = "{self.host}"\nport = {self.port}\n'
            f'{self.connection}\n[[route]]\nfilter = "load/+/raw"\nschemas = ["{self.schema}"]\n'
            f'[[tier]]\n{self.tier}\n[buffer]\npath = "{self.buffer or self.folder}/maaza.db"\n'
            "min_free_bytes = 0\nmax_bytes = 1048576\n"
        )
        return file

    def examine(self, *options: str, seconds: float = BUSY_S) -> None:
        """Call the installed command; with more time than it takes alone, for other work may go on here."""
        script = Path(sys.executable).with_name("maaza")
        program = [str(script)] if script.exists() else [sys.executable, "-m", "agent"]
        command = [
            *program,
            "doctor",
            "--config",
            str(self.settings()),
            "--json",
            "--seconds",
            str(seconds),
            *options,
        ]
        began = time.monotonic()
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)}
        )
        self.seconds = time.monotonic() - began
        self.code = done.returncode
        self.findings = json.loads(done.stdout)["findings"]

    def examine_here(self, *options: str) -> None:
        """Call it in this process, where a test has put other facts in a probe's place."""
        arguments = ["doctor", "--config", str(self.settings()), "--json", *options]
        result = CliRunner().invoke(main, arguments)
        self.code = result.exit_code
        self.findings = json.loads(result.output)["findings"]

    def of(self, check: str) -> dict[str, str]:
        """Return the only finding of a check."""
        (found,) = [one for one in self.findings if one["check"] == check]
        return found

    def marks(self, mark: str) -> list[str]:
        """Return the names of checks with a mark."""
        return [one["check"] for one in self.findings if one["mark"] == mark]

    def assert_named(self, check: str, said: str, remedy: str, *, mark: str = "fault") -> None:
        """Expect one finding with its words and its remedy."""
        found = self.of(check)
        assert found["mark"] == mark, found
        assert said in found["said"], found
        assert remedy in found["remedy"], found


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Callable[..., Broker]]:
    """Give a way to start brokers that keep their queue, with more of their configuration."""
    made: list[Broker] = []

    def start(more: str = "", *, persistent: bool = True) -> Broker:
        kept = PERSISTENT.format(folder=tmp_path) if persistent else ""
        made.append(Broker(tmp_path, kept + more))
        made[-1].start()
        return made[-1]

    yield start
    for broker in made:
        broker.kill()


@pytest.fixture
def patient(tmp_path: Path, keeper: Callable[..., Broker]) -> Patient:
    """Give a sound set-up."""
    return Patient(tmp_path, keeper().port)


def users(folder: Path, acl: str) -> str:
    """Return the part of a broker's configuration that admits ``agent`` with ``right`` and no one else."""
    passwords, rights = folder / "passwords", folder / "acl"
    subprocess.run(["mosquitto_passwd", "-c", "-b", str(passwords), "agent", "right"], check=True)
    rights.write_text(acl)
    return f"allow_anonymous false\npassword_file {passwords}\nacl_file {rights}\n"


def with_user(folder: Path, port: int, password: str = "right") -> Patient:  # noqa: S107 - a test's own
    """Return a set-up whose agent says who it is."""
    file = folder / "password"
    file.write_text(f"{password}\n")
    return Patient(folder, port, connection=f'username = "agent"\npassword_file = "{file}"')


ALL = "user agent\ntopic readwrite #\ntopic read $SYS/#\n"


def test_sound_set_up_has_no_fault(patient: Patient) -> None:
    """Exit code 0, within half a minute, every check looked at."""
    patient.examine()
    assert (patient.code, patient.marks("fault")) == (0, [])
    assert patient.marks("skipped") == ["input TLS"]
    assert patient.of("input session")["said"].startswith("kept while the probe was away, with the message")


def test_wrong_host(tmp_path: Path) -> None:
    """The name is at fault; what needs it is not looked at, and says why."""
    patient = Patient(tmp_path, free_port(), host="no-such-broker.invalid")
    patient.examine("--quick")
    patient.assert_named("input name", "no-such-broker.invalid", "correct input.host")
    assert patient.of("input login")["said"] == "because of: input name"
    assert patient.of("output publish")["said"] == "because of: input name"
    assert patient.of("disk")["mark"] == "good"
    assert patient.code == 1


def test_wrong_port(tmp_path: Path) -> None:
    """Nobody listens there."""
    patient = Patient(tmp_path, free_port())
    patient.examine("--quick")
    patient.assert_named("input port", "Connection refused", "correct input.port")


def test_broker_that_says_nothing_costs_no_more_than_the_time_for_all(patient: Patient) -> None:
    """A line that is half open: the port answers, the broker does not."""
    with contextlib.closing(Gate(patient.port)) as gate:
        gate.hold()
        silent = replace(patient, port=gate.port)
        silent.examine(seconds=28)
    assert silent.of("input login")["mark"] == "fault"
    assert silent.of("input subscribe")["said"] == "because of: input login"
    # Beside the checks the program has to start.
    assert silent.seconds < WHOLE_S * PATIENCE


def test_wrong_password(tmp_path: Path, keeper: Callable[..., Broker]) -> None:
    """User and remedy are named, the password is not."""
    patient = with_user(tmp_path, keeper(users(tmp_path, ALL)).port, "tippfehler")
    patient.examine("--quick")
    patient.assert_named("input login", "(user 'agent')", "input.password_file")
    assert "tippfehler" not in json.dumps(patient.findings)
    assert patient.of("input subscribe")["said"] == "because of: input login"


def test_no_name_where_one_is_wanted(tmp_path: Path, keeper: Callable[..., Broker]) -> None:
    """The remedy is another than for a wrong password."""
    patient = Patient(tmp_path, keeper(users(tmp_path, ALL)).port)
    patient.examine("--quick")
    patient.assert_named("input login", "refused", "set input.username and input.password_file")


def test_no_right_to_publish(tmp_path: Path, keeper: Callable[..., Broker]) -> None:
    """The broker's reason code says it, and the line for its file of rights is given."""
    acl = "user agent\ntopic read load/#\ntopic read $SYS/#\n"
    patient = with_user(tmp_path, keeper(users(tmp_path, acl)).port)
    patient.examine("--quick")
    patient.assert_named("output publish", "not authorised", "`topic write maaza/t1/#`")


def test_right_to_publish_records_alone_is_enough(tmp_path: Path, keeper: Callable[..., Broker]) -> None:
    """A broker that knows the agent's own topics alone refuses the probe's, and that is no fault."""
    acl = "user agent\ntopic read load/#\ntopic write maaza/t1/data/#\n"
    patient = with_user(tmp_path, keeper(users(tmp_path, acl)).port)
    patient.examine("--quick")
    assert patient.of("output publish")["mark"] == "good"


@pytest.mark.parametrize(("acl", "mark"), [("topic write nothing", "fault"), ("topic readwrite #", "good")])
def test_publishing_with_3_1_1_is_proved_by_the_message(
    tmp_path: Path, keeper: Callable[..., Broker], acl: str, mark: str
) -> None:
    """That version confirms what it throws away: only what comes back counts."""
    broker = keeper(users(tmp_path, f"user agent\n{acl}\n"))
    with contextlib.closing(Gate(broker.port, only_311=True)) as gate:
        patient = with_user(tmp_path, gate.port)
        patient.examine("--quick")
    assert patient.of("input login")["said"] == "accepted as 'agent', MQTT 3.1.1"
    assert patient.of("output publish")["mark"] == mark


def test_output_broker_of_its_own_is_looked_at_for_itself(
    tmp_path: Path, keeper: Callable[..., Broker], patient: Patient
) -> None:
    """The way to it and the right to publish there; the input broker's are not asked for that."""
    folder = tmp_path / "output"
    folder.mkdir()
    outlet = Broker(folder, users(folder, "user agent\ntopic read #\n"))
    outlet.start()
    (folder / "password").write_text("right\n")
    login = f'username = "agent"\npassword_file = "{folder / "password"}"'
    patient = replace(patient, connection=f'[output]\nhost = "127.0.0.1"\nport = {outlet.port}\n{login}')
    patient.examine("--quick")
    outlet.kill()
    assert patient.of("output login")["said"] == "accepted as 'agent', MQTT 5"
    patient.assert_named("output publish", "not authorised", "user 'agent'")
    assert patient.marks("fault") == ["output publish"]


def test_session_is_kept_with_3_1_1_too(patient: Patient) -> None:
    """A version without expiry: the session is tried and ended all the same."""
    with contextlib.closing(Gate(patient.port, only_311=True)) as gate:
        old = replace(patient, port=gate.port)
        old.examine("--quick")
    assert old.of("input session")["mark"] == "good"
    assert not kept_session(patient.port, "maaza-t1-in-doctor")


def test_right_to_read_is_proved_by_messages_alone(tmp_path: Path, keeper: Callable[..., Broker]) -> None:
    """Mosquitto grants a subscription that it then does not serve: a warning until something comes."""
    broker = keeper(users(tmp_path, "user agent\ntopic write #\n"))
    patient = with_user(tmp_path, broker.port)
    patient.examine("--quick")
    patient.assert_named("input subscribe", "not proved", "`topic read load/+/raw`", mark="warning")


def test_retained_message_proves_the_right_to_read(patient: Patient) -> None:
    """It comes at once."""
    producer = Producer(patient.port)
    producer.send("load/a/raw", "a temp 1", retain=True)
    patient.examine("--quick")
    producer.close()
    assert patient.of("input subscribe")["mark"] == "good"


def test_session_that_is_not_kept(patient: Patient) -> None:
    """What comes while the agent is away would be lost, and the doctor has tried it."""
    with contextlib.closing(Gate(patient.port, forgetful=True)) as gate:
        patient = replace(patient, port=gate.port)
        patient.examine("--quick")
    patient.assert_named("input session", "forgot the session", "let the broker keep sessions")
    assert patient.code == 1


def test_broker_without_persistence(tmp_path: Path, keeper: Callable[..., Broker]) -> None:
    """Its file is found by its port, and the lines to add are given."""
    patient = Patient(tmp_path, keeper(persistent=False).port)
    patient.examine("--quick")
    patient.assert_named("input persistence", "keeps nothing over a restart", "`persistence true`")
    assert str(tmp_path / "mosquitto.conf") in patient.of("input persistence")["remedy"]


def test_queue_that_is_bounded_and_saved_seldom(tmp_path: Path, keeper: Callable[..., Broker]) -> None:
    """Mosquitto's defaults lose messages quietly; both bounds are named."""
    broker = keeper("max_queued_messages 1000\nautosave_interval 1800\n")
    patient = Patient(tmp_path, broker.port)
    patient.examine("--quick")
    said = [one["said"] for one in patient.findings if one["check"] == "input persistence"]
    assert [text[:30] for text in said] == [
        "the broker writes its queue to",
        "the broker queues 1,000 messag",
    ]


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a folder on a small file system without room."""
    with small_disk(tmp_path / "full", "64k") as folder:
        with contextlib.suppress(OSError), (folder / "ballast").open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
        yield folder


def test_full_disk(patient: Patient, full_disk: Path) -> None:
    """The failed write says it, and that it is no disk at all is said too."""
    patient = replace(patient, buffer=str(full_disk))
    patient.examine("--quick")
    found = {one["said"]: one["remedy"] for one in patient.findings if one["check"] == "disk"}
    assert [text for text in found if "is full: No space left on device" in text], found
    assert [text for text in found if "is memory (tmpfs)" in text], found
    assert all(found.values())
    assert not list(full_disk.glob("tmp*"))


def test_bad_clock(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a clock wakes up in 1970."""
    then = Clock(now=0.0, built=probe_machine.built_at(), synchronised=False)
    monkeypatch.setattr(probe_machine, "look_at_clock", lambda _now: then)
    patient.examine_here("--quick")
    patient.assert_named("clock", "1970-01-01", "timedatectl set-ntp true")
    assert patient.code == 1


def test_idle_features_of_the_processor(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build for any machine leaves the dot product of a Pi 5 idle."""
    pi = frozenset({"fp", "asimd", "aes", "crc32", "atomics", "fphp", "lrcpc", "asimddp"})
    facts = Processor(flags=pi, built=frozenset({"NEON"}))
    monkeypatch.setattr(probe_machine, "look_at_processor", lambda **_patience: facts)
    patient.examine_here("--quick")
    patient.assert_named(
        "processor", "idle in this build of llama.cpp: DOTPROD", "llama-wheel", mark="warning"
    )


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Give a copy of the embedded model."""
    folder = tmp_path / "models/copy"
    shutil.copytree(EMBEDDED, folder)
    return folder


def test_missing_model(patient: Patient, model: Path) -> None:
    """A tier whose weights are not there: exit code 78, as the agent would give."""
    next(model.glob("*.gguf")).unlink()
    patient = replace(patient, tier=f'name = "nano"\nmodel = "{model}"')
    patient.examine("--quick")
    patient.assert_named("model nano", "no such file", "copy the whole model folder again")
    assert patient.code == 78
    assert patient.of("input login")["mark"] == "good"


def test_wrong_sha256(patient: Patient, model: Path) -> None:
    """One changed byte."""
    weights = next(model.glob("*.gguf"))
    weights.write_bytes(weights.read_bytes()[:-1] + b"\0")
    patient = replace(patient, tier=f'name = "nano"\nmodel = "{model}"')
    patient.examine()
    patient.assert_named("model nano", "SHA-256 is", "damaged or was replaced")
    assert patient.of("capacity")["said"] == "because of: model nano"
    assert patient.code == 1


def test_bad_schema(patient: Patient) -> None:
    """The file and the place in it are named; the brokers are looked at all the same."""
    (patient.folder / "schemas").mkdir()
    (patient.folder / "schemas/load.schema.json").write_text(json.dumps(SCHEMA | {"type": 7}))
    patient.examine("--quick")
    found = patient.of("schemas")
    assert "load.schema.json" in found["said"]
    assert (found["mark"], bool(found["remedy"]), patient.code) == ("fault", True, 78)
    assert patient.of("input login")["mark"] == "good"


def test_bad_settings(patient: Patient) -> None:
    """Line, key and remedy, as `maaza config check` says them; what needs no settings is looked at."""
    broken = replace(patient, connection='hots = "x"')
    broken.examine("--quick")
    broken.assert_named("configuration", "doctor.toml:7", "host")
    assert broken.code == 78
    assert [one["check"] for one in broken.findings] == ["configuration", "schemas", "clock", "processor"]


def test_too_slow_for_its_topics(patient: Patient) -> None:
    """A thousand messages a second are more than the embedded model does on a small machine."""
    patient = replace(patient, tier='name = "nano"', schema="gateway_report")
    with flood(patient.port, per_s=1000):
        patient.examine()
    patient.assert_named("capacity", "too slow for its topics", "use a smaller model")
    assert "listened for 3 s" in patient.of("capacity")["said"]
    assert patient.of("input subscribe")["mark"] == "good"


@contextlib.contextmanager
def flood(port: int, *, per_s: int) -> Iterator[None]:
    """Send texts meanwhile."""
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    client.connect("127.0.0.1", port)
    client.loop_start()
    over = threading.Event()

    def send() -> None:
        while not over.wait(0.05):
            for number in range(per_s // 20):
                client.publish(f"load/{number}/raw", "a temp 1.5", qos=0)

    sender = threading.Thread(target=send)
    sender.start()
    yield
    over.set()
    sender.join()
    client.disconnect()
    client.loop_stop()


def test_running_agent_is_not_disturbed_and_nothing_is_left(patient: Patient, tmp_path: Path) -> None:
    """Its connection stands, its inbox holds no probe, its process is named, and no session of ours stays."""
    agent = Agent(tmp_path, patient.port)
    agent.start()
    agent.wait_ready()
    try:
        patient.examine_here("--quick")
        assert f"process {agent.process.pid if agent.process else 0}," in patient.of("disk")["said"]
        producer = Producer(patient.port)
        producer.send("load/a/raw", "a temp 1.5")
        producer.close()
        wait_until(lambda: agent.is_settled(1), 15, what="settled")
        assert sum(agent.states().values()) == 1
        assert '"disconnected"' not in agent.log()
    finally:
        agent.kill()
    assert not kept_session(patient.port, "maaza-t1-in-doctor")


def kept_session(port: int, client_id: str) -> bool:
    """Tell whether the broker has a session of this client."""
    present: list[bool] = []
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=paho.MQTTv5)
    client.on_connect = lambda _c, _u, flags, _code, _p: present.append(flags.session_present)
    client.connect("127.0.0.1", port, clean_start=False)
    wait_until(lambda: client.loop(0.1) == 0 and bool(present), 5, what="an answer")
    client.disconnect()
    return present[0]


def test_traffic_of_the_last_hour_is_taken_from_the_database(patient: Patient, tmp_path: Path) -> None:
    """Where more came before than now, that counts, and the report says so."""
    agent = Agent(tmp_path, patient.port)
    agent.start()
    agent.wait_ready()
    producer = Producer(patient.port)
    for number in range(40):
        producer.send("load/a/raw", f"a temp {number}.5")
    wait_until(lambda: agent.is_settled(40), 20, what="settled")
    patient.examine()
    agent.kill()
    producer.close()
    assert "the database of the last" in patient.of("capacity")["said"]
    assert "beside the running agent" in patient.of("capacity")["said"]
    assert "40 messages came in the last hour" in patient.of("input subscribe")["said"]
