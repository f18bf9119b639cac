"""`maaza doctor` before brokers that speak TLS: each way in which a handshake fails has its remedy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from authority import EXPIRED, NOT_YET, Authority, Pair
from rig import ROOT, Broker, free_port

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Give an authority."""
    return Authority(tmp_path_factory.mktemp("tls") / "authority")


@pytest.fixture
def secured(tmp_path: Path, authority: Authority) -> Iterator[Callable[..., int]]:
    """Give a way to start brokers with a certificate; return the port that speaks TLS."""
    made: list[Broker] = []

    def start(pair: Pair, more: str = "") -> int:
        port = free_port()
        listener = f"listener {port} 127.0.0.1\ncertfile {pair.cert}\nkeyfile {pair.key}\n{more}\n"
        made.append(Broker(tmp_path, f"persistence true\npersistence_location {tmp_path}/\n{listener}"))
        made[-1].start()
        return port

    yield start
    for broker in made:
        broker.kill()


def findings(folder: Path, port: int, tls: str, *, host: str = "127.0.0.1") -> dict[str, dict[str, str]]:
    """Return what the doctor says, by check."""
    file = folder / "doctor.toml"
    file.write_text(
        f'node = "t1"\n[input]\nhost = "{host}"\nport = {port}\n{tls}\n'
        '[[route]]\nfilter = "load/+/raw"\nschemas = ["env_sensor"]\n'
        f'[buffer]\npath = "{folder}/maaza.db"\n'
    )
    command = [sys.executable, "-m", "agent", "doctor", "--config", str(file), "--json", "--quick"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    return {one["check"]: one for one in json.loads(done.stdout)["findings"]}


def trusting(authority: Authority, pair: Pair | None = None) -> str:
    """Return the table of a client that trusts the authority, and has a certificate of its own."""
    own = f'cert_file = "{pair.cert}"\nkey_file = "{pair.key}"\n' if pair else ""
    return f'[input.tls]\nca_file = "{authority.ca}"\n{own}'


def test_good_certificate(tmp_path: Path, authority: Authority, secured: Callable[..., int]) -> None:
    """The version and the day are said, and the login is behind it."""
    found = findings(tmp_path, secured(authority.issue("good")), trusting(authority))
    assert found["input TLS"]["mark"] == "good"
    assert "certificate good until 2049-01-01" in found["input TLS"]["said"]
    assert found["input login"]["mark"] == "good"


@pytest.mark.parametrize(
    ("name", "options", "remedy"),
    [
        ("expired", {"valid": EXPIRED}, "renew the broker's certificate"),
        ("early", {"valid": NOT_YET}, "set this machine's clock"),
        ("elsewhere", {"alternative": "DNS:another.invalid"}, "use a name that stands in the certificate"),
    ],
)
def test_certificates_that_are_not_accepted(
    tmp_path: Path,
    authority: Authority,
    secured: Callable[..., int],
    name: str,
    options: dict[str, Any],
    remedy: str,
) -> None:
    """Expired, not yet valid and for another name are mended in different places."""
    pair = authority.issue(name, **options)
    found = findings(tmp_path, secured(pair), trusting(authority))
    assert found["input TLS"]["mark"] == "fault"
    assert remedy in found["input TLS"]["remedy"]
    assert found["input login"]["said"] == "because of: input TLS"


def test_unknown_authority(tmp_path: Path, authority: Authority, secured: Callable[..., int]) -> None:
    """The key to set is named."""
    other = Authority(tmp_path / "other")
    found = findings(tmp_path, secured(authority.issue("good")), trusting(other))
    assert "set input.tls.ca_file" in found["input TLS"]["remedy"]


def test_port_without_tls(tmp_path: Path, authority: Authority) -> None:
    """TLS is asked for where none is spoken."""
    broker = Broker(tmp_path)
    broker.start()
    found = findings(tmp_path, broker.port, trusting(authority))
    broker.kill()
    assert found["input TLS"]["mark"] == "fault"
    assert "remove input.tls" in found["input TLS"]["remedy"]


def test_port_with_tls_that_is_not_asked_for(
    tmp_path: Path, authority: Authority, secured: Callable[..., int]
) -> None:
    """The login fails without a word; the remedy says why that may be."""
    found = findings(tmp_path, secured(authority.issue("good")), "")
    assert found["input login"]["mark"] == "fault"
    assert "[input.tls]" in found["input login"]["remedy"]


def test_broker_that_wants_our_certificate(
    tmp_path: Path, authority: Authority, secured: Callable[..., int]
) -> None:
    """Without one it is a fault with the keys to set; with one all is well."""
    port = secured(authority.issue("good"), f"require_certificate true\ncafile {authority.ca}")
    without = findings(tmp_path, port, trusting(authority))
    assert without["input TLS"]["mark"] == "fault"
    assert "input.tls.cert_file" in without["input TLS"]["remedy"]
    own = authority.issue("ours")
    assert findings(tmp_path, port, trusting(authority, own))["input login"]["mark"] == "good"
