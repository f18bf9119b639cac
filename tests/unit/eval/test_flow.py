"""The load generator speaks MQTT 3.1.1, whatever pieces the socket gives; processes are counted as a tree."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from eval.flow import machine, packets
from eval.flow.curves import backlog, schemas, topics
from eval.flow.driver import devices
from eval.flow.packets import Packet, Reader


def test_packets_in_pieces() -> None:
    """Cut anywhere, the same packets come out, and nothing before it is whole."""
    long = packets.form("a/b", b"x" * 200).with_id(258)
    data = packets.puback(b"\x00\x07") + long + packets.puback(b"\x01\x02")
    whole = [Packet(4, 0, b"\x00\x07"), Packet(3, 2, long[3:]), Packet(4, 0, b"\x01\x02")]
    for cut in range(len(data)):
        reader = Reader()
        assert [*reader.feed(data[:cut]), *reader.feed(data[cut:])] == whole


def test_a_publish_holds_topic_id_and_payload() -> None:
    """Laid out as 3.3 of the standard has it."""
    assert packets.form("a/b", b"text").with_id(258) == b"\x32\x0b\x00\x03a/b\x01\x02text"


@pytest.mark.parametrize(("number", "bytes_"), [(0, b"\x00"), (127, b"\x7f"), (128, b"\x80\x01")])
def test_a_remaining_length(number: int, bytes_: bytes) -> None:
    """The examples of 2.2.3."""
    assert packets.length(number) == bytes_


def test_the_load_is_of_all_devices_under_its_own_topics() -> None:
    """What goes to the limit does not reach the agent."""
    made = devices("plain", seed=1)
    assert len(made) > 20
    assert all(len(one.forms) == len(one.golds) and b"\x00" in one.forms[0].head for one in made)
    assert all(b"plain/" in one.forms[0].head for one in made)


@pytest.mark.parametrize(("grow", "few", "many"), [(backlog, 0, 3000), (schemas, 1, 30), (topics, 1, 300)])
def test_what_grows_costs_no_more_than_its_size(grow: Callable[[int], float], few: int, many: int) -> None:
    """What each message costs may double by the noise of a machine, not by growth."""
    assert grow(many) < 3 * grow(few)


def test_memory_and_time_of_a_tree() -> None:
    """A child counts with its parent."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert child.pid in machine.tree(os.getpid())
        assert machine.pss_mib(child.pid) > 0
        assert machine.cpu_s(os.getpid()) >= machine.cpu_s(child.pid)
    finally:
        child.kill()
        child.communicate()
