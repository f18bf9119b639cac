"""TLS with a real broker: who is refused and in which words, and how certificates are rotated."""

from __future__ import annotations

import shutil
import signal
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from authority import EXPIRED, NOT_YET, Authority, Pair
from rig import Agent, Broker, Producer, free_port, load, result, wait_until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]


@dataclass
class World:
    """A broker that speaks TLS to the agent and plainly to the test's own clients."""

    folder: Path
    authority: Authority
    plain: int = field(default_factory=free_port)
    agents: list[Agent] = field(default_factory=list)
    brokers: list[Broker] = field(default_factory=list)

    def broker(self, pair: Pair, *more: str, tls: bool = True, port: int | None = None) -> Broker:
        """Start a broker with a certificate; `tls` false: it speaks plainly to everyone."""
        options = (f"certfile {pair.cert}", f"keyfile {pair.key}", *more) if tls else ()
        made = Broker(self.folder, "\n".join((*options, f"listener {self.plain} 127.0.0.1")), port=port)
        self.brokers.append(made)
        made.start()
        return made

    def agent(self, broker: Broker, **tls: Path) -> Agent:
        """Start an agent that trusts what is named."""
        files = "".join(f'{name} = "{path}"\n' for name, path in tls.items())
        made = Agent(self.folder, broker.port, more=f"[input.tls]\n{files}")
        self.agents.append(made)
        made.start()
        return made

    def close(self) -> None:
        """End everything."""
        for agent in self.agents:
            agent.kill()
        for broker in self.brokers:
            broker.kill()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Give an authority, and a way to start brokers and agents that end with the test."""
    made = World(tmp_path, Authority(tmp_path / "authority"))
    yield made
    made.close()


def replace(target: Path, source: Path) -> None:
    """Put a whole file in the place of another one, as tools that renew certificates do."""
    shutil.copy(source, target.with_name(target.name + ".new"))
    target.with_name(target.name + ".new").rename(target)


def flows(world: World, agent: Agent, count: int = 1) -> None:
    """Send a message and see it through."""
    producer = Producer(world.plain)
    producer.send("load/a/raw", "a temp 1")
    wait_until(lambda: agent.is_settled(count), 20, what="settled")
    producer.close()


def why(agent: Agent) -> set[str]:
    """Return the kinds of ends that an auditor finds."""
    with agent.query() as db:
        rows = db.execute("SELECT detail ->> 'why' FROM events WHERE kind = 'disconnected'").fetchall()
    return {kind for (kind,) in rows}


def test_message_flows_over_tls(world: World) -> None:
    """Certificate and name are verified, and the version is 1.2 or later."""
    broker = world.broker(world.authority.issue("broker"))
    agent = world.agent(broker, ca_file=world.authority.ca)
    agent.wait_ready()
    flows(world, agent)


@dataclass(frozen=True)
class Refused:
    """A broker that must be refused."""

    name: str
    cause: str
    """Words of the log."""
    why: str
    """Kind of end in the audit database."""
    server: Callable[[Authority, Path], Pair]
    options: tuple[str, ...] = ()
    tls: bool = True


def good(authority: Authority, _folder: Path) -> Pair:
    """Return a certificate that is right."""
    return authority.issue("broker")


REFUSED = (
    Refused("expired", "certificate has expired", "untrusted", lambda own, _f: own.issue("b", valid=EXPIRED)),
    Refused("not yet", "is not valid yet", "untrusted", lambda own, _f: own.issue("b", valid=NOT_YET)),
    Refused(
        "another authority",
        "an authority that is not trusted",
        "untrusted",
        lambda _own, folder: Authority(folder / "other").issue("b"),
    ),
    Refused(
        "another address",
        "is for another address",
        "untrusted",
        lambda own, _f: own.issue("b", alternative="IP:127.0.0.9"),
    ),
    Refused(
        "another name",
        "is for another address",
        "untrusted",
        lambda own, _f: own.issue("b", alternative="DNS:other"),
    ),
    Refused("no TLS", "TLS", "tls", good, tls=False),
    Refused(
        "certificate wanted",
        "wants a certificate of ours",
        "tls",
        good,
        ("require_certificate true", "cafile {ca}"),
    ),
)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_broker_is_refused_in_plain_words_and_taken_once_it_is_right(world: World, case: Refused) -> None:
    """Nothing is sent to it; the audit database says why; when the broker is mended the agent connects."""
    options = tuple(one.format(ca=world.authority.ca) for one in case.options)
    broker = world.broker(case.server(world.authority, world.folder), *options, tls=case.tls)
    agent = world.agent(broker, ca_file=world.authority.ca)
    wait_until(lambda: case.cause in agent.log(), 15, what=f"the cause; {agent.folder}/agent.log")
    wait_until(lambda: case.why in why(agent), 10, what="the event")
    assert '"input_connected"' not in agent.log()
    broker.kill()
    world.broker(world.authority.issue("mended"), port=broker.port)
    agent.wait_ready()
    flows(world, agent)


def test_broker_of_tls_1_1_is_refused(world: World) -> None:
    """Nothing is sent over a version that is broken, whatever the broker offers. Here it is openssl's own."""
    pair = world.authority.issue("old")
    broker = world.broker(world.authority.issue("broker"))
    broker.kill()
    accept = ["openssl", "s_server", "-accept", f"127.0.0.1:{broker.port}", "-tls1_1", "-quiet"]
    command = [*accept, "-cipher", "ALL:@SECLEVEL=0", "-cert", str(pair.cert), "-key", str(pair.key)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as old:
        agent = world.agent(broker, ca_file=world.authority.ca)
        wait_until(lambda: "no TLS of version 1.2 or later" in agent.log(), 15, what="the cause")
        wait_until(lambda: "tls" in why(agent), 10, what="the event")
        old.kill()
    broker.start()
    agent.wait_ready()


def test_revoked_broker_is_refused(world: World) -> None:
    """Where a list of revoked certificates is named, it is asked."""
    pair = world.authority.issue("broker")
    broker = world.broker(pair)
    agent = world.agent(broker, ca_file=world.authority.ca, crl_file=world.authority.revoke(pair))
    wait_until(lambda: "was revoked by its authority" in agent.log(), 15, what="the cause")
    assert '"input_connected"' not in agent.log()


def mutual(world: World) -> tuple[str, ...]:
    """Return the options of a broker that asks for certificates and takes the name from them."""
    crl = world.authority.revoke()
    return (
        f"cafile {world.authority.ca}",
        f"crlfile {crl}",
        "require_certificate true",
        "use_identity_as_username true",
    )


@pytest.mark.parametrize(
    ("fault", "cause"),
    [("expired", "our certificate has expired"), ("revoked", "our certificate was revoked")],
)
def test_our_own_bad_certificate_is_named(world: World, fault: str, cause: str) -> None:
    """The broker refuses us, and the log says what is wrong with which file."""
    ours = (
        world.authority.issue("agent", valid=EXPIRED)
        if fault == "expired"
        else world.authority.issue("agent")
    )
    options = mutual(world)
    if fault == "revoked":
        world.authority.revoke(ours)
    broker = world.broker(world.authority.issue("broker"), *options)
    agent = world.agent(broker, ca_file=world.authority.ca, cert_file=ours.cert, key_file=ours.key)
    wait_until(lambda: cause in agent.log(), 15, what="the cause")
    wait_until(lambda: "tls" in why(agent), 10, what="the event")
    fresh = world.authority.issue("agent2")
    replace(ours.key, fresh.key)
    replace(ours.cert, fresh.cert)
    agent.wait_ready()
    flows(world, agent)


def is_seen(broker: Broker, name: str) -> bool:
    """Tell whether somebody has connected under a name."""
    return f"u'{name}'" in broker.log()


def test_certificate_rotated_in_place_is_used_after_a_reload_without_loss(world: World) -> None:
    """500 messages a second, three rotations: each message once, and the broker sees the new names."""
    broker = world.broker(world.authority.issue("broker"), *mutual(world), "connection_messages true")
    ours = world.authority.issue("agent0")
    agent = world.agent(broker, ca_file=world.authority.ca, cert_file=ours.cert, key_file=ours.key)
    agent.wait_ready()
    sender = load("send", world.plain, 2500, rate=500)
    for number in range(1, 4):
        time.sleep(1)
        fresh = world.authority.issue(f"agent{number}")
        replace(ours.key, fresh.key)
        replace(ours.cert, fresh.cert)
        assert agent.process is not None
        agent.process.send_signal(signal.SIGHUP)
        wait_until(partial(is_seen, broker, f"agent{number}"), 15, what=f"agent{number} is seen")
    result(sender, 60)
    wait_until(lambda: agent.is_settled(2500), 40, what="all settled")
    with agent.query() as db:
        assert db.execute("SELECT count(*), count(DISTINCT text) FROM inbox").fetchone() == (2500, 2500)


def test_authority_rotated_in_place_is_trusted_by_the_next_connection(world: World) -> None:
    """Broker and agent get files of another authority; without a restart of the agent, nothing is lost."""
    keeps = ("persistence true", f"persistence_location {world.folder}/", "autosave_interval 1")
    pair = world.authority.issue("broker")
    trusted = world.folder / "trusted.pem"
    replace(trusted, world.authority.ca)
    broker = world.broker(pair, *keeps)
    agent = world.agent(broker, ca_file=trusted)
    agent.wait_ready()
    flows(world, agent)
    other = Authority(world.folder / "other")
    fresh = other.issue("broker")
    for target, source in ((pair.key, fresh.key), (pair.cert, fresh.cert), (trusted, other.ca)):
        replace(target, source)
    broker.restart()
    agent.wait_ready(2)
    flows(world, agent, 2)
    with agent.query() as db:
        assert db.execute("SELECT count(*) FROM events WHERE kind = 'session_lost'").fetchone() == (0,)


def test_half_written_certificate_does_not_end_a_connection_that_could_stand(world: World) -> None:
    """A new connection that finds broken files uses what it read before, and says so."""
    pair = world.authority.issue("broker")
    trusted = world.folder / "trusted.pem"
    replace(trusted, world.authority.ca)
    broker = world.broker(pair)
    agent = world.agent(broker, ca_file=trusted)
    agent.wait_ready()
    trusted.write_text("-----BEGIN CERTIFICATE-----\nMIIB")
    broker.restart()
    wait_until(lambda: '"secrets_kept"' in agent.log(), 15, what="said")
    agent.wait_ready(2)
    flows(world, agent)


def test_protocol_is_1_2_or_later_by_our_own_wish(world: World) -> None:
    """Whatever the machine's OpenSSL would permit."""
    from agent.mqtt import Tls, tls_context  # noqa: PLC0415 - the one look inside

    assert tls_context(Tls(ca_file=str(world.authority.ca))).minimum_version == ssl.TLSVersion.TLSv1_2
