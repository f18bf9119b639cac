"""Settings: every fault at once, each with its place and what to do."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping
from pathlib import Path

import pytest

from agent.errors import ConfigError, Fault
from agent.settings import check, load

GOOD: dict[str, object] = {"node": "n", "route": [{"filter": "in/+", "schemas": ["s"]}]}


def faults_of(document: Mapping[str, object]) -> tuple[Fault, ...]:
    """Return the faults of a document."""
    with pytest.raises(ConfigError) as caught:
        check(document)
    return caught.value.faults


def test_defaults_fill_what_is_not_said() -> None:
    """One route is all that must be written."""
    settings = check(GOOD)
    assert settings.sink.port == 1883
    assert settings.tiers_of(settings.route[0]) == ("nano",)


def test_every_fault_is_reported_with_its_place(tmp_path: Path) -> None:
    """Unknown keys name the nearest known one; wrong values are quoted; each has its line."""
    path = tmp_path / "m.toml"
    path.write_text(
        'node = "n"\n[input]\nprot = 1883\nport = "x"\n[[route]]\nfilter = "in/+"\nschemas = []\n[[route]]\n'
    )
    with pytest.raises(ConfigError) as caught:
        load(path)
    found = {fault.key: fault for fault in caught.value.faults}
    assert {key: fault.line for key, fault in found.items()} == {
        "input.prot": 3,
        "input.port": 4,
        "route[0].schemas": 7,
        "route[1].filter": 8,
        "route[1].schemas": 8,
    }
    assert "port" in found["input.prot"].remedy
    assert "'x'" in found["input.port"].cause
    assert all(fault.remedy and str(path) in str(fault) for fault in found.values())


@pytest.mark.parametrize(
    "pattern",
    [
        "#",
        "maaza/#",
        "maaza/n/metrics",
        "maaza/+/health",
        "maaza/n/data/+",
        "+/n/+/x",
        "$share/g/maaza/+/status",
    ],
)
def test_subscription_that_reads_our_own_output_is_refused(pattern: str) -> None:
    """A loop would feed the agent with what it writes."""
    (fault,) = faults_of(GOOD | {"route": [{"filter": pattern, "schemas": ["s"]}]})
    assert fault.key == "route[0].filter"
    assert "output topic" in fault.cause


OWN = socket.gethostname()
EVERYWHERE = str(ipaddress.IPv4Address(0))
"""To connect to it is to connect to oneself."""
NAMES = ["localhost", "LOCALHOST.", "127.0.1.1", "::1", "::ffff:127.0.0.1", "ip6-localhost", EVERYWHERE, OWN]


@pytest.mark.parametrize("host", [*NAMES, f"{OWN}.local"])
def test_loop_is_found_under_every_name_of_this_machine(host: str) -> None:
    """`localhost` and 127.0.0.1 are one broker; so is what the machine calls itself."""
    faults = faults_of(GOOD | {"route": [{"filter": "#", "schemas": ["s"]}], "output": {"host": host}})
    assert [fault.key for fault in faults] == ["route[0].filter"]


def test_other_output_broker_makes_no_loop() -> None:
    """The same topics on another broker are somebody else's."""
    check(GOOD | {"route": [{"filter": "#", "schemas": ["s"]}], "output": {"host": "elsewhere"}})


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"route": [{"filter": "a/#/b", "schemas": ["s"]}]}, "route[0].filter"),
        ({"route": [{"filter": "a", "schemas": ["s"], "tiers": ["no"]}]}, "route[0].tiers[0]"),
        ({"tier": [{"name": "a"}, {"name": "a"}]}, "tier[1].name"),
        ({"input": {"client_id": "x"}, "output": {"client_id": "x"}}, "output.client_id"),
        ({"limits": {"packet_bytes": 1 << 17, "payload_bytes": 1 << 18}}, "limits.packet_bytes"),
        ({"input": {"port": 0}}, "input.port"),
        ({"node": "a/b"}, "node"),
        ({"route": []}, "route"),
        ({"node": "a\x01"}, "node"),
        ({"base": "$SYS"}, "base"),
        ({"route": [{"filter": "a\x01", "schemas": ["s"]}]}, "route[0].filter"),
        ({"route": [{"filter": "a/" * 40_000, "schemas": ["s"]}]}, "route[0].filter"),
        ({"route": [{"filter": "$share/g+/a", "schemas": ["s"]}]}, "route[0].filter"),
        ({"route": [{"filter": "$share//a", "schemas": ["s"]}]}, "route[0].filter"),
        ({"tier": [{"name": "a", "ready_s": float("inf")}]}, "tier[0].ready_s"),
        ({"tier": [{"name": "a", "deadline_s": 1e300}]}, "tier[0].deadline_s"),
        ({"limits": {"deliver_per_s": float("inf")}}, "limits.deliver_per_s"),
        ({"limits": {"packet_bytes": 1 << 40}}, "limits.packet_bytes"),
        ({"input": {"session_expiry_s": 1 << 32}}, "input.session_expiry_s"),
        ({"input": {"client_id": "a" * 70_000}}, "input.client_id"),
        ({"buffer": {"path": ""}}, "buffer.path"),
        ({"buffer": {"path": "/var/lib/"}}, "buffer.path"),
        ({"buffer": {"path": "a\0b"}}, "buffer.path"),
        ({"buffer": {"max_bytes": 10**30}}, "buffer.max_bytes"),
    ],
)
def test_contradictions_are_found(change: dict[str, object], key: str) -> None:
    """Each fault names its key."""
    assert [fault.key for fault in faults_of(GOOD | change)] == [key]


def test_unknown_schema_names_the_nearest() -> None:
    """A typing error in a name is answered with the name."""
    document = {"node": "n", "route": [{"filter": "a", "schemas": ["env_sensr"]}]}
    with pytest.raises(ConfigError) as caught:
        check(document, known_schemas=["env_sensor", "gps_fix"])
    assert "env_sensor" in caught.value.faults[0].remedy


@pytest.mark.parametrize(
    "content", [b"a = = 1", b"\xff\xfe", b"", b"a = " + b"[" * 5000, b"a = " + b"9" * 5000]
)
def test_broken_file_is_one_clear_error(tmp_path: Path, content: bytes) -> None:
    """Not TOML, not UTF-8, half written."""
    path = tmp_path / "m.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError):
        load(path)


def test_missing_file_says_so(tmp_path: Path) -> None:
    """The name is in the error."""
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        load(tmp_path / "nowhere.toml")
