"""The doctor's probes, where they read what the system says."""

from __future__ import annotations

import fcntl
import os
import socket
import sqlite3
import threading
from pathlib import Path

import pytest

from agent.buffer import Buffer
from agent.doctor.facts import Subscribed, Traffic
from agent.doctor.probes import broker_file, machine, network, work
from agent.message import Route
from agent.mqtt import Tls
from agent.testing import FakeClock

MOUNTS = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/root rw
30 22 0:26 / /run rw,nosuid - tmpfs tmpfs rw,size=1k
41 22 8:1 / /mnt/my\\040disk ro,relatime - vfat /dev/sda1 rw
42 22 8:2 / /srv rw,relatime - xfs /dev/sdb1 rw
43 42 0:44 / /srv rw - tmpfs tmpfs rw
"""
INFO = "CPU : SSE3 = 1 | AVX2 = 1 | AVX512 = 0 | LLAMAFILE = 1 | "


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("/var/lib/maaza", ("ext4", False)),
        ("/run/maaza", ("tmpfs", False)),
        ("/running", ("ext4", False)),
        ("/mnt/my disk/x", ("vfat", True)),
        ("/srv", ("tmpfs", False)),
    ],
)
def test_file_system_of_a_folder(tmp_path: Path, folder: str, expected: tuple[str, bool]) -> None:
    """The nearest mount counts, and of two on one point the later one."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    assert machine.file_system(Path(folder), mounts) == expected


def test_features_are_those_that_are_on() -> None:
    """The name of the backend and what is off are no features."""
    assert machine.features_of(INFO) == {"SSE3", "AVX2", "LLAMAFILE"}


@pytest.mark.parametrize("name", ["flags\t\t", "Features\t"])
def test_flags_of_the_first_core(name: str) -> None:
    """Both architectures' spelling."""
    assert machine.flags_of(f"processor\t: 0\n{name}: a b c\n\nprocessor\t: 1\n{name}: d\n") == {
        "a",
        "b",
        "c",
    }


def test_llama_says_what_it_was_compiled_for() -> None:
    """The real library, in a process of its own."""
    facts = machine.look_at_processor()
    assert facts.fault == ""
    assert facts.built


def test_brakes_of_the_firmware() -> None:
    """Bits of now in the low half, those of since the start in the high half."""
    assert list(machine.brakes(0x5)) == ["under_voltage", "throttled"]
    assert list(machine.brakes(0x50000 >> 16)) == ["under_voltage", "throttled"]
    assert machine.brakes(0) == {}


def test_disk_of_a_folder_is_written_and_left_clean(tmp_path: Path) -> None:
    """Five writes, no file."""
    facts = machine.look_at_disk(tmp_path / "maaza.db")
    assert (facts.exists, facts.writable, len(facts.sync_s), list(tmp_path.iterdir())) == (True, True, 5, [])


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    """Nothing is made."""
    assert not machine.look_at_disk(tmp_path / "no/maaza.db").exists
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("mode", "uid", "groups", "expected"),
    [
        (0o750, 7, {1}, True),
        (0o550, 7, {1}, False),
        (0o750, 8, {9}, False),
        (0o770, 8, {9}, True),
        (0o070, 7, {9}, False),
        (0o700, 0, {0}, True),
        (0o757, 8, {1}, True),
    ],
)
def test_rights_of_a_user_follow_from_the_mode(
    mode: int, uid: int, groups: set[int], *, expected: bool
) -> None:
    """The owner's bits count for the owner alone, then those of the group, then the others'."""
    folder = os.stat_result((0o040000 | mode, 0, 0, 1, 7, 9, 0, 0, 0, 0))
    who = machine.User("somebody", uid, frozenset(groups))
    assert machine.allows(folder, who, machine.WRITE | machine.ENTER) is expected


def test_database_of_another_user_is_not_writable(tmp_path: Path) -> None:
    """As one is that root has made by hand."""
    database = tmp_path / "maaza.db"
    database.touch(0o640)
    tmp_path.chmod(0o777)
    somebody = machine.User("somebody", 12_345, frozenset({12_345}))
    assert not machine.may_write(database, somebody)
    database.unlink()
    assert machine.may_write(database, somebody)


def test_owner_is_seen_without_taking_the_lock(tmp_path: Path) -> None:
    """An agent that starts meanwhile must get it."""
    database = tmp_path / "maaza.db"
    assert machine.owner_of(database) is None
    descriptor = os.open(tmp_path / "maaza.db.lock", os.O_RDWR | os.O_CREAT)
    assert machine.owner_of(database) is None
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    assert machine.owner_of(database) == os.getpid()
    os.close(descriptor)


def process(proc: Path, pid: int, *words: str) -> None:
    """Write the command line of a process."""
    (proc / str(pid)).mkdir(parents=True)
    (proc / str(pid) / "cmdline").write_bytes("\0".join((*words, "")).encode())


def test_broker_file_is_found_by_its_port(tmp_path: Path) -> None:
    """Of two brokers the one that listens there, with the files that it includes."""
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d/a.conf").write_text("listener 1884 0.0.0.0\nmax_queued_messages 0\n")
    (tmp_path / "one.conf").write_text("listener 1885\npersistence true\n")
    (tmp_path / "two.conf").write_text(
        f"# persistence false\npersistence true\nautosave_interval 30\ninclude_dir {tmp_path}/conf.d\n"
    )
    process(tmp_path / "proc", 7, "/usr/sbin/mosquitto", "-c", str(tmp_path / "one.conf"))
    process(tmp_path / "proc", 8, "/usr/sbin/mosquitto", "-c", str(tmp_path / "two.conf"))
    found = broker_file.find(1884, is_local=True, proc=tmp_path / "proc")
    assert (found.path, found.persistence) == (str(tmp_path / "two.conf"), True)
    assert (found.autosave_s, found.queued_messages) == (30, 0)


@pytest.mark.parametrize(("words", "port"), [((), 1883), (("-p", "1999"), 1999)])
def test_broker_without_a_file_has_the_defaults(tmp_path: Path, words: tuple[str, ...], port: int) -> None:
    """Mosquitto alone keeps nothing and queues a thousand."""
    process(tmp_path, 7, "mosquitto", *words)
    found = broker_file.find(port, is_local=True, proc=tmp_path)
    assert (bool(found.path), found.persistence, found.queued_messages) == (True, False, 1000)
    assert not broker_file.find(port + 1, is_local=True, proc=tmp_path).path


def test_broker_elsewhere_is_not_looked_for(tmp_path: Path) -> None:
    """A Mosquitto of this machine says nothing about another one's."""
    process(tmp_path, 7, "mosquitto")
    assert "another machine" in broker_file.find(1883, is_local=False, proc=tmp_path).fault


def test_addresses_of_this_machine_are_local() -> None:
    """Loopback is; an address for documentation is not."""
    assert network.is_local("127.0.0.1")
    assert not network.is_local("192.0.2.1")


def test_closed_port_is_refused_and_a_plain_one_speaks_no_tls() -> None:
    """The kinds that decide about the remedy."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert network.reach("127.0.0.1", port).kind == ""

        def babble() -> None:
            for _ in range(2):
                client, _address = server.accept()
                with client:
                    client.sendall(b"no TLS here, whatever you say\n")
                    client.settimeout(1)
                    client.recv(4096)

        thread = threading.Thread(target=babble, daemon=True)
        thread.start()
        assert network.secure("127.0.0.1", port, Tls()).kind == "no_tls"
    assert network.reach("127.0.0.1", port).kind == "refused"


ROUTES = (Route("a/+", ("s",), ("one", "two")), Route("$share/g/b/#", ("s",), ("two",)))


def test_rates_of_what_was_heard_belong_to_their_routes() -> None:
    """A member of a group is asked for without the group, and counted for its route."""
    found = [
        Subscribed(filter="a/+", code=1, live=6, listened_s=3),
        Subscribed(filter="b/#", code=1, live=3, listened_s=3),
    ]
    traffic = work.heard(found, ROUTES)
    assert traffic is not None
    assert traffic.by_route == {0: 2.0, 1: 1.0}


def test_busier_of_two_observations_counts() -> None:
    """None where nobody knows anything."""
    quiet, loud = Traffic(source="q", by_route={0: 1}), Traffic(source="l", by_route={0: 1, 1: 1})
    assert work.busier(quiet, loud) is loud
    assert work.busier(None, quiet) is quiet
    assert work.busier(None, None) is None


def test_last_hour_of_a_database_that_an_agent_left(tmp_path: Path) -> None:
    """Counts and rates by route; older messages and those of no route do not count, and no file is made."""
    path = tmp_path / "maaza.db"
    Buffer(path, clock=FakeClock(), max_bytes=1 << 24).close()
    now = 1_800_000_000.0
    with sqlite3.connect(path) as db:
        for number, (topic, ago) in enumerate(
            [("a/x", 100), ("a/y", 50), ("b/z", 50), ("c", 50), ("a/x", 9999)]
        ):
            db.execute(
                "INSERT INTO inbox (id, topic, received_at, device, ordered, qos, retained, packet_id,"
                " size, sha256, state) VALUES (?, ?, ?, 'd', 1, 1, 0, 0, 1, x'00', 'received')",
                (str(number), topic, now - ago),
            )
    db.close()
    before = sorted(path.parent.iterdir())
    traffic = work.last_hour(path, ROUTES, now)
    assert traffic is not None
    assert traffic.counts == {0: 2, 1: 1}
    assert traffic.by_route == {0: 0.02, 1: 0.01}
    assert sorted(path.parent.iterdir()) == before


def test_database_that_is_none_says_nothing(tmp_path: Path) -> None:
    """Neither a missing file nor one of another kind."""
    assert work.last_hour(tmp_path / "no.db", ROUTES, 0) is None
    (tmp_path / "x.db").write_text("no database")
    assert work.last_hour(tmp_path / "x.db", ROUTES, 0) is None


@pytest.mark.parametrize(("size", "available", "fits"), [(10, 21, True), (10, 20, False), (10, None, True)])
def test_model_is_measured_where_memory_allows(size: int, available: int | None, *, fits: bool) -> None:
    """Twice the file must be free."""
    assert work.fits_beside(size, available) is fits
