"""The checks of one broker: from its name to what it keeps. Facts of one check serve those after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from agent.clock import Clock
from agent.doctor.facts import Answer, Subscribed
from agent.doctor.judges import keeping, login, network, rights
from agent.doctor.judges.login import Wishes
from agent.doctor.probes import broker_file
from agent.doctor.probes import network as probe_network
from agent.doctor.probes import rights as probe_rights
from agent.doctor.probes.client import log_in
from agent.doctor.rounds import Check
from agent.doctor.verdict import Finding, Says
from agent.mqtt import Endpoint

SUFFIX: Final = "-doctor"
"""End of the probe's client id. Not the agent's own, which would end the agent's connection."""


@dataclass(slots=True)
class Visit:
    """One broker, and what is known about it so far."""

    table: str
    """``input`` or ``output``."""
    endpoint: Endpoint
    wishes: Wishes
    filters: tuple[str, ...]
    stored: Mapping[str, int]
    """Messages that the database has of the last hour, by filter."""
    below: str
    """``<base>/<node>``: where our topics lie."""
    listen_s: float
    clock: Clock
    answer: Answer = field(default_factory=Answer)
    """To CONNECT."""
    found: list[Subscribed] = field(default_factory=list)
    """What came while listening."""

    @property
    def client_id(self) -> str:
        """Return the probe's client id."""
        return f"{self.endpoint.client_id}{SUFFIX}"

    @property
    def user(self) -> str:
        """Name the user for people."""
        return f"user {self.wishes.username!r}" if self.wishes.username else "clients without a name"

    def says(self, check: str) -> Says:
        """Return the voice of one of our checks."""
        return Says(f"{self.table} {check}")

    def resolve(self) -> list[Finding]:
        """Look the name up."""
        facts = probe_network.resolve(self.endpoint.host)
        return network.resolved(self.says("name"), facts, table=self.table)

    def reach(self) -> list[Finding]:
        """Open a connection."""
        facts = probe_network.reach(self.endpoint.host, self.endpoint.port)
        return network.reached(self.says("port"), facts, table=self.table)

    def secure(self) -> list[Finding]:
        """Shake hands."""
        end, says = self.endpoint, self.says("TLS")
        if end.tls is None:
            return network.open_way(
                says,
                table=self.table,
                port=end.port,
                has_password=end.login.password_file is not None,
                is_local=probe_network.is_local(end.host),
            )
        facts = probe_network.secure(end.host, end.port, end.tls)
        return network.secured(says, facts, table=self.table, now=self.clock.now())

    def log_in(self) -> list[Finding]:
        """Say who we are."""
        self.answer = log_in(self.endpoint, client_id=self.client_id)
        return login.login(self.says("login"), self.answer, self.wishes)

    def subscribe(self) -> list[Finding]:
        """Subscribe to what the routes receive, and listen."""
        came = probe_rights.listen(
            self.endpoint, self.client_id, self.filters, v5=self.answer.v5, seconds=self.listen_s
        )
        before = (self.stored.get(name, 0) for name in self.filters)
        self.found = [replace(one, stored=count) for one, count in zip(came, before, strict=True)]
        return rights.subscribed(self.says("subscribe"), self.found, user=self.user)

    def publish(self, topics: Sequence[str]) -> list[Finding]:
        """Publish a probe message."""
        facts = probe_rights.publish(self.endpoint, self.client_id, topics, v5=self.answer.v5)
        return rights.published(Says("output publish"), facts, user=self.user, below=self.below)

    def keep(self, topic: str) -> list[Finding]:
        """Leave a session and come back to it."""
        facts = probe_rights.keep(self.endpoint, self.client_id, topic, v5=self.answer.v5)
        return keeping.session(self.says("session"), facts)

    def words(self) -> list[Finding]:
        """Hear what the broker says about itself."""
        facts = probe_rights.ask_about_itself(self.endpoint, self.client_id, v5=self.answer.v5)
        return keeping.version(self.says("broker"), facts)

    def read_file(self) -> list[Finding]:
        """Read the broker's configuration, where it is on this machine."""
        facts = broker_file.find(self.endpoint.port, is_local=probe_network.is_local(self.endpoint.host))
        live = sum(one.live for one in self.found)
        rate = live / self.listen_s if live else None
        return keeping.persistence(self.says("persistence"), facts, rate=rate)


def way_in(visit: Visit) -> Iterator[Check]:
    """Yield the checks up to the login, each explaining the next."""
    table, slow = visit.table, f"see that {visit.endpoint.address} answers: `ping {visit.endpoint.host}`"
    steps = (
        ("name", visit.resolve, 5.0),
        ("port", visit.reach, 4.0),
        ("TLS", visit.secure, 4.0),
        ("login", visit.log_in, 7.0),
    )
    before = ("configuration",)
    for name, look, limit_s in steps:
        yield Check(name=f"{table} {name}", look=look, limit_s=limit_s, needs=before, slow=slow)
        before = (f"{table} {name}",)


def of_input(visit: Visit) -> Iterator[Check]:
    """Yield the checks of the broker that messages come from."""
    yield from way_in(visit)
    after = ("input login",)
    session = f"{visit.below}/doctor/session"
    # Not before the subscriptions: it needs their rate.
    yield Check(name="input subscribe", look=visit.subscribe, limit_s=visit.listen_s + 6, needs=after)
    yield Check(name="input session", look=partial(visit.keep, session), limit_s=10, needs=after)
    yield Check(name="input broker", look=visit.words, limit_s=6, needs=after)
    yield Check(name="input persistence", look=visit.read_file, limit_s=3, needs=("input port",))


def of_output(visit: Visit) -> Iterator[Check]:
    """Yield the checks of the broker that records go to; where it is the input broker, only what is new."""
    if visit.table == "output":
        yield from way_in(visit)
        yield Check(name="output broker", look=visit.words, limit_s=6, needs=("output login",))
    # A broker may allow the agent's own topics alone: then a probe message stands among the records.
    candidates = [f"{visit.below}/doctor/probe", f"{visit.below}/data/maaza-doctor"]
    look = partial(visit.publish, candidates)
    yield Check(name="output publish", look=look, limit_s=12, needs=(f"{visit.table} login",))
