"""The doctor's judgement: facts in, marks with words and remedies out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from agent.doctor.facts import (
    Answer,
    BrokerFile,
    BrokerWords,
    Capacity,
    Clock,
    Disk,
    Kept,
    Processor,
    Published,
    Reached,
    Resolved,
    Secured,
    Subscribed,
    Traffic,
)
from agent.doctor.judges import keeping, login, machine, network, rights, work
from agent.doctor.verdict import Finding, Mark, Says

SAYS = Says("it")
DAY = 86_400.0
WISHES = login.Wishes(
    table="input", username="a", has_tls=False, shared=False, wildcards=True, packet_bytes=70_000
)
GOOD_DISK = Disk(folder="/d", user="maaza", kind="ext4", free_bytes=1 << 31, sync_s=(0.004,) * 5)
MIB = 1 << 20


def marks(found: list[Finding]) -> list[str]:
    """Return the marks; what is broken or to be seen to has a remedy."""
    assert all(one.remedy for one in found if one.mark in {Mark.FAULT, Mark.WARNING})
    assert all(one.said for one in found)
    return [str(one.mark) for one in found]


@pytest.mark.parametrize(
    ("facts", "mark", "word"),
    [
        (Resolved(host="1.2.3.4", addresses=("1.2.3.4",), is_address=True), "good", "is an address"),
        (Resolved(host="b", addresses=("1.2.3.4", "::1")), "good", "1.2.3.4, ::1"),
        (Resolved(host="b", fault="Name or service not known"), "fault", "Name or service"),
    ],
)
def test_names(facts: Resolved, mark: str, word: str) -> None:
    """A name without an address is a fault."""
    found = network.resolved(SAYS, facts, table="input")
    assert (marks(found), word in found[0].said) == ([mark], True)


@pytest.mark.parametrize("kind", ["refused", "silent", "unreachable", "other"])
def test_ports_that_do_not_answer_have_a_remedy_each(kind: str) -> None:
    """Refused, silent and unreachable are mended in different places."""
    found = network.reached(SAYS, Reached(address="b:1883", kind=kind, fault="x"), table="output")
    assert marks(found) == ["fault"]
    assert "{" not in found[0].remedy


@pytest.mark.parametrize("kind", ["untrusted", "name", "expired", "early", "no_tls", "ours", "other"])
def test_handshakes_that_fail_have_a_remedy_each(kind: str) -> None:
    """Each kind of failure is mended in another place."""
    found = network.secured(SAYS, Secured(host="b", kind=kind, fault="x"), table="output", now=0.0)
    assert marks(found) == ["fault"]
    assert "{" not in found[0].remedy


@pytest.mark.parametrize(("days", "mark"), [(-1.0, "warning"), (13.9, "warning"), (14.1, "good")])
def test_certificate_that_expires_soon_is_a_warning(days: float, mark: str) -> None:
    """Two weeks ahead."""
    facts = Secured(host="b", version="TLSv1.3", expires_at=days * DAY)
    assert marks(network.secured(SAYS, facts, table="input", now=0.0)) == [mark]


@pytest.mark.parametrize(
    ("port", "has_password", "is_local", "mark"),
    [
        (1883, False, False, "skipped"),
        (1883, True, True, "skipped"),
        (1883, True, False, "warning"),
        (8883, False, False, "warning"),
    ],
)
def test_connection_without_tls(port: int, mark: str, *, has_password: bool, is_local: bool) -> None:
    """A password over the network and the port for TLS are warnings, all else is the operator's choice."""
    found = network.open_way(SAYS, table="input", port=port, has_password=has_password, is_local=is_local)
    assert marks(found) == [mark]


@pytest.mark.parametrize(
    ("answer", "mark", "word"),
    [
        (Answer(code=0), "good", ""),
        (Answer(code=0x86, reason="Bad user name"), "fault", "password_file"),
        (Answer(code=0x87, reason="Not authorized"), "fault", "password_file"),
        (Answer(code=0x85, reason="id"), "fault", "-doctor"),
        (Answer(code=0x84, reason="version"), "fault", 'input.protocol to "auto"'),
        (Answer(code=0x89, reason="busy"), "fault", "limit of connections"),
        (Answer(code=0x80, reason="?"), "fault", "log"),
        (Answer(reason="connection lost"), "fault", "[input.tls]"),
        (Answer(code=0, maximum_qos=0), "fault", "max_qos"),
        (Answer(code=0, wildcards=False), "fault", "route of its own"),
        (Answer(code=0, retain=False), "warning", "allow"),
        (Answer(code=0, packet_bytes=65_536), "warning", "limits.payload_bytes"),
        (Answer(code=0, shared=False), "good", ""),
    ],
)
def test_answers_to_connect(answer: Answer, mark: str, word: str) -> None:
    """Each refusal and each lack has its remedy."""
    found = login.login(SAYS, answer, WISHES)
    assert (marks(found), word in found[0].remedy) == ([mark], True)


def test_shared_subscription_where_there_are_none_is_a_fault() -> None:
    """Only where a route asks for one."""
    found = login.login(SAYS, Answer(code=0, shared=False), replace(WISHES, shared=True))
    assert marks(found) == ["fault"]


@pytest.mark.parametrize(
    ("code", "live", "stored", "mark"),
    [
        (1, 3, 0, "good"),
        (1, 0, 3, "good"),
        (1, 0, 0, "warning"),
        (0, 3, 0, "fault"),
        (0x80, 0, 0, "fault"),
        (0x87, 0, 0, "fault"),
        (None, 0, 0, "fault"),
    ],
)
def test_subscriptions(code: int | None, live: int, stored: int, mark: str) -> None:
    """Granted is good where a message proves it; a lower QoS than 1 loses messages."""
    facts = Subscribed(filter="a/+", code=code, live=live, stored=stored, listened_s=3)
    assert marks(rights.subscribed(SAYS, [facts], user="u")) == [mark]


@pytest.mark.parametrize(
    ("code", "v5", "echoed", "mark"),
    [
        (0, True, False, "good"),
        (0x10, True, False, "good"),
        (0x87, True, False, "fault"),
        (None, True, False, "fault"),
        (0, False, True, "good"),
        (0, False, False, "fault"),
    ],
)
def test_probe_messages(code: int | None, mark: str, *, v5: bool, echoed: bool) -> None:
    """MQTT 5 says no; 3.1.1 says yes and throws away, so only what comes back counts."""
    facts = Published(topic="m/doctor/probe", code=code, v5=v5, echoed=echoed)
    assert marks(rights.published(SAYS, [facts], user="u", below="m")) == [mark]


KEPT = Kept(present=True, echoed=True, queued=True, asked_s=604_800)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (KEPT, ["good"]),
        (replace(KEPT, present=False, queued=False), ["fault"]),
        (replace(KEPT, queued=False), ["fault"]),
        (replace(KEPT, echoed=False, queued=False), ["warning"]),
        (replace(KEPT, granted_s=3600), ["warning"]),
        (replace(KEPT, granted_s=604_800), ["good"]),
        (replace(KEPT, granted_s=60, echoed=False, queued=False), ["warning", "warning"]),
    ],
)
def test_sessions(facts: Kept, expected: list[str]) -> None:
    """A session counts with its queue and its length; what could not be tried is not called good."""
    assert marks(keeping.session(SAYS, facts)) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (BrokerWords(version="mosquitto version 2.0.11"), ["warning"]),
        (BrokerWords(version="mosquitto version 2.0.18", dropped=0), ["good"]),
        (BrokerWords(version="mosquitto version 2.0.18", dropped=4), ["good", "warning"]),
        (BrokerWords(version="5.8.2"), ["good"]),
        (BrokerWords(), ["skipped"]),
    ],
)
def test_versions(words: BrokerWords, expected: list[str]) -> None:
    """One version ignores what we ask for; thrown away messages are told."""
    assert marks(keeping.version(SAYS, words)) == expected


FILE = BrokerFile(path="m.conf", persistence=True, autosave_s=30, queued_messages=0)


@pytest.mark.parametrize(
    ("file", "rate", "expected"),
    [
        (FILE, None, ["good"]),
        (replace(FILE, persistence=False), None, ["fault"]),
        (replace(FILE, autosave_s=1800), None, ["warning"]),
        (replace(FILE, autosave_s=0), None, ["warning"]),
        (replace(FILE, queued_messages=1000), None, ["warning"]),
        (replace(FILE, queued_messages=1000), 0.2, ["good"]),
        (replace(FILE, queued_messages=1000), 1.0, ["warning"]),
        (BrokerFile(fault="elsewhere"), None, ["skipped"]),
    ],
)
def test_broker_files(file: BrokerFile, rate: float | None, expected: list[str]) -> None:
    """A queue is long enough where it lasts for an hour of what comes now."""
    assert marks(keeping.persistence(SAYS, file, rate=rate)) == expected


@pytest.mark.parametrize(
    ("facts", "expected", "word"),
    [
        (GOOD_DISK, ["good"], "free to use"),
        (replace(GOOD_DISK, exists=False), ["fault"], "not there"),
        (replace(GOOD_DISK, writable=False), ["fault"], "not writable for maaza"),
        (replace(GOOD_DISK, read_only=True), ["fault"], "read-only"),
        (replace(GOOD_DISK, free_bytes=10 * MIB), ["fault"], "is full: 10 MiB free, 64 MiB"),
        (replace(GOOD_DISK, fault="No space left on device"), ["fault"], "No space left"),
        (replace(GOOD_DISK, free_bytes=100 * MIB), ["warning"], "36 MiB to use, less than"),
        (replace(GOOD_DISK, free_bytes=100 * MIB, used_bytes=1000 * MIB), ["good"], "1,000 MiB of 1,024"),
        (replace(GOOD_DISK, kind="tmpfs"), ["fault"], "is memory (tmpfs)"),
        (replace(GOOD_DISK, kind="overlay"), ["warning"], "overlay"),
        (replace(GOOD_DISK, sync_s=(0.000_002,) * 5), ["warning"], "it may lie"),
        (replace(GOOD_DISK, sync_s=(0.25,) * 5), ["warning"], "waits 250 ms"),
    ],
)
def test_disks(facts: Disk, expected: list[str], word: str) -> None:
    """Unusable, full, in memory, lying, slow: each is told apart."""
    found = machine.disk(SAYS, facts, max_bytes=1024 * MIB, min_free_bytes=64 * MIB)
    assert marks(found) == expected
    assert word in found[0].said


BUILT = 1_790_000_000.0


@pytest.mark.parametrize(
    ("now", "synchronised", "mark"),
    [
        (BUILT + DAY, True, "good"),
        (BUILT + DAY, None, "good"),
        (BUILT + DAY, False, "warning"),
        (BUILT - 1, True, "fault"),
        (0.0, False, "fault"),
        (BUILT + 21 * 365 * DAY, True, "fault"),
    ],
)
def test_clocks(now: float, synchronised: bool | None, mark: str) -> None:  # noqa: FBT001 - a table
    """No day before the build is today, however well synchronised."""
    assert marks(machine.clock(SAYS, Clock(now=now, built=BUILT, synchronised=synchronised))) == [mark]


@pytest.mark.parametrize(
    ("flags", "built", "fault", "mark", "word"),
    [
        ({"avx2", "fma"}, {"AVX2", "FMA", "LLAMAFILE"}, "", "good", "AVX2, FMA"),
        ({"avx2", "fma"}, {"FMA"}, "", "warning", "llama.cpp: AVX2; in use: FMA"),
        ({"asimd", "asimddp"}, {"NEON"}, "", "warning", "DOTPROD"),
        ({"asimd", "asimddp", "i8mm"}, {"NEON", "DOTPROD", "MATMUL_INT8"}, "", "good", "MATMUL_INT8"),
        ({"avx2"}, {"AVX2", "AVX512"}, "", "fault", "AVX512, which this processor lacks"),
        ({"avx2"}, set(), "exit code -4: ", "fault", "does not load: exit code -4"),
    ],
)
def test_processors(flags: set[str], built: set[str], fault: str, mark: str, word: str) -> None:
    """Idle features are a warning, features that are not there a crash to come."""
    facts = Processor(flags=frozenset(flags), built=frozenset(built), fault=fault)
    found = machine.processor(SAYS, facts)
    assert (marks(found), word in found[0].said) == ([mark], True)


def test_brakes_are_named_each_with_its_remedy() -> None:
    """What slows it now, and what did since the start and may again."""
    hot = {"temperature_limit": "give it air"}
    weak = {"under_voltage": "a better supply"}
    facts = Processor(
        flags=frozenset({"avx"}), built=frozenset({"AVX"}), slowed=hot, slowed_before={**hot, **weak}
    )
    found = machine.processor(SAYS, facts)
    assert marks(found) == ["good", "warning", "warning"]
    assert [one.remedy for one in found[1:]] == ["give it air", "a better supply"]


def test_build_without_features_lists_them_all() -> None:
    """Nothing is in use then, and nothing is said to be."""
    facts = Processor(flags=frozenset({"avx", "avx2"}), built=frozenset())
    assert machine.processor(SAYS, facts)[0].said == "idle in this build of llama.cpp: AVX, AVX2"


@pytest.mark.parametrize(("rate", "mark"), [(0.0, "good"), (6.9, "good"), (7.1, "warning"), (10.1, "fault")])
def test_capacity_against_rates(rate: float, mark: str) -> None:
    """Ten a second bear seven with room for bursts, and not eleven."""
    traffic = Traffic(source="here", by_route={0: rate})
    facts = [Capacity(tier="one", texts=30, seconds=3.0)]
    assert marks(work.capacity(SAYS, facts, traffic, {0: "one"})) == [mark]


def test_texts_that_did_not_fit_are_told() -> None:
    """A refusal takes no time: a tier that refuses everything would be the fastest of all."""
    facts = [Capacity(tier="one", texts=30, seconds=3.0, unfit=30)]
    found = work.capacity(SAYS, facts, Traffic(source="here", by_route={0: 1.0}), {0: "one"})
    assert marks(found) == ["good", "warning"]
    assert "30 of 30" in found[1].said


@pytest.mark.parametrize(("size", "said"), [(0, "0 MiB"), (6_008_640, "5.7 MiB"), (100 * MIB, "100 MiB")])
def test_bytes_for_people(size: int, said: str) -> None:
    """A small model has some too."""
    assert machine.mib(size) == said


def test_loads_count_what_begins_and_what_climbs() -> None:
    """A tier has the routes that begin with it, and the records that came to it from below."""
    traffic = Traffic(source="here", by_route={0: 2.0, 1: 3.0, 2: 1.0}, climbed={"two": 0.5})
    assert work.loads({0: "one", 1: "two", 2: "one"}, traffic) == {"one": 3.0, "two": 3.5}


@pytest.mark.parametrize("make", [lambda: Capacity(tier="t", fault="x"), lambda: Capacity(tier="t")])
def test_nothing_measured_is_no_verdict(make: Callable[[], Capacity]) -> None:
    """Neither too slow nor fast enough; without traffic nothing is compared."""
    assert marks(work.capacity(SAYS, [make()], None, {}))[0] in {"skipped", "good"}
