"""The load: sends lines at QoS 1 and takes what comes of them, in a process of its own, with its cost.

    python -m eval.flow.driver --port P --input LEVEL --output FILTER --seconds S (--window N | --rate R)

With a window so many lines are under way at a time, each answered by a record before another is sent: the
most that the other side keeps up with. With a rate they are sent when they are due, whatever comes back.
Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import resource
import select
import socket
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

from agent.message import Json
from eval.flow import packets
from eval.flow.packets import MAX_PACKET_ID, PUBACK, PUBLISH, Form, Reader
from eval.streams import stream

VARIED: Final = 6000
"""Lines before they come again."""
CHUNK: Final = 1 << 18
"""Bytes read at a time."""
DRAIN_S: Final = 20.0
"""Longest wait for what is under way at the end, seconds without any answer."""
TICK_S: Final = 0.002
"""Longest sleep while something is due, seconds."""
CHECK_EVERY: Final = 20
"""One in so many records is compared with its gold record."""
MOST_UNSENT: Final = 1 << 20
"""Bytes that wait for the socket from which nothing more is sent."""


@dataclass(slots=True)
class Device:
    """A source of lines, and those of it that are under way, in order."""

    name: str
    forms: list[Form]
    golds: list[Json]
    sent: int = 0
    under_way: deque[tuple[float, int]] = field(default_factory=deque)
    """Monotonic seconds at which each was due, and which line it is."""


@dataclass(slots=True)
class Tally:
    """What came of it."""

    begun: float
    until: float
    sent: int = 0
    taken: int = 0
    """Records in all."""
    counted: int = 0
    """Records that came between the end of the warm-up and the end of sending."""
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    checked: int = 0
    wrong: int = 0
    unknown: int = 0
    """Messages of a device that has nothing under way: repeats."""


def devices(above: str, seed: int) -> list[Device]:
    """Return the sources, each with its own lines."""
    known: dict[str, Device] = {}
    for message in stream(VARIED, seed=seed):
        _, shape, name = message.topic.split("/")
        device = known.setdefault(name, Device(name, [], []))
        device.forms.append(packets.form(f"{above}/{shape}/{name}", message.text.encode()))
        device.golds.append(message.expected)
    return list(known.values())


class Wire:
    """One connection, never waited for but at its beginning."""

    def __init__(self, port: int, client_id: str) -> None:
        """Connect and wait for the broker's answer."""
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.unsent = bytearray()
        self._reader = Reader()
        self.ask(packets.connect(client_id))
        self.socket.settimeout(0)

    def ask(self, packet: bytes) -> None:
        """Send a packet and wait for its answer."""
        self.socket.settimeout(None)
        self.socket.sendall(packet)
        while not self.read():
            pass
        self.socket.settimeout(0)

    def read(self) -> list[packets.Packet]:
        """Return the packets that have come.

        Raises:
            ConnectionError: the broker has closed the connection.
        """
        try:
            data = self.socket.recv(CHUNK)
        except BlockingIOError:
            return []
        if not data:
            raise ConnectionError("the broker has closed the connection")
        return list(self._reader.feed(data))

    def flush(self) -> None:
        """Send what the socket takes."""
        if self.unsent:
            try:
                del self.unsent[: self.socket.send(self.unsent)]
            except BlockingIOError:
                return


class Driver:
    """Sends and takes until the time is over and everything is back."""

    def __init__(self, options: argparse.Namespace) -> None:
        """Connect both sides."""
        self._options = options
        self._devices = devices(options.input, options.seed)
        self._by_name = {one.name.encode(): one for one in self._devices}
        self._out = Wire(options.port, "stream-sender")
        self._in = Wire(options.port, "stream-collector")
        self._in.ask(packets.subscribe(options.output))
        self._ids = 0
        now = time.monotonic()
        begun = now + options.warm_up
        self._started = now
        self._tally = Tally(begun, begun + options.seconds)
        self._poll = select.poll()
        for wire in (self._out, self._in):
            self._poll.register(wire.socket, select.POLLIN)

    def run(self) -> Tally:
        """Go."""
        tally, last, seen = self._tally, time.monotonic(), 0
        while (now := time.monotonic()) < tally.until or tally.taken < tally.sent:
            self._send(now)
            self._out.flush()
            self._wait()
            self._take()
            if tally.taken != seen:
                seen, last = tally.taken, now
            if now > tally.until and now - last > DRAIN_S:
                break
        return tally

    def _wait(self) -> None:
        for wire in (self._out, self._in):
            self._poll.modify(wire.socket, select.POLLIN | (select.POLLOUT if wire.unsent else 0))
        self._poll.poll(TICK_S * 1000)

    def _send(self, now: float) -> None:
        tally, options = self._tally, self._options
        if now >= tally.until or len(self._out.unsent) > MOST_UNSENT:
            return
        if options.window:
            wanted = options.window - (tally.sent - tally.taken)
        else:
            wanted = int((now - self._started) * options.rate) - tally.sent
        for _ in range(wanted):
            due = now if options.window else self._started + (tally.sent + 1) / options.rate
            device = self._devices[tally.sent % len(self._devices)]
            which = device.sent % len(device.forms)
            device.sent += 1
            device.under_way.append((due, which))
            self._ids = self._ids % MAX_PACKET_ID + 1
            self._out.unsent += device.forms[which].with_id(self._ids)
            tally.sent += 1

    def _take(self) -> None:
        for packet in self._out.read():
            assert packet.kind == PUBACK  # noqa: S101 - nothing else can come here
        now = time.monotonic()
        answers = [self._record(one, now) for one in self._in.read() if one.kind == PUBLISH]
        self._in.unsent += b"".join(answers)
        self._in.flush()

    def _record(self, packet: packets.Packet, now: float) -> bytes:
        """Count a record and return its PUBACK."""
        body, tally = packet.body, self._tally
        end = 2 + int.from_bytes(body[:2])
        confirmed = packets.puback(body[end : end + 2]) if packet.flags & 6 else b""
        device = self._by_name[body[body.rindex(b"/", 2, end) + 1 : end]]
        if not device.under_way:
            tally.unknown += 1
            return confirmed
        due, which = device.under_way.popleft()
        tally.taken += 1
        if tally.begun <= now < tally.until:
            tally.counted += 1
            tally.latencies.append(now - due)
        if tally.taken % CHECK_EVERY == 0 and not self._options.plain:
            tally.checked += 1
            tally.wrong += (
                json.loads(body[end + (2 if packet.flags & 6 else 0) :])["value"] != device.golds[which]
            )
        return confirmed


def report(tally: Tally, options: argparse.Namespace, began: float) -> dict[str, Any]:
    """Return what is printed."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    seconds = time.monotonic() - began
    ordered = sorted(tally.latencies) or [0.0]
    return {
        "sent": tally.sent,
        "taken": tally.taken,
        "repeats": tally.unknown,
        "per_s": round(tally.counted / options.seconds, 1),
        "p50_ms": round(ordered[len(ordered) // 2] * 1000, 2),
        "p99_ms": round(ordered[int(len(ordered) * 0.99)] * 1000, 2),
        "max_ms": round(ordered[-1] * 1000, 2),
        "checked": tally.checked,
        "wrong": tally.wrong,
        "cpu_share": round((usage.ru_utime + usage.ru_stime) / seconds, 3),
    }


def main() -> None:
    """Read the options, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--input", required=True, help="first level of the topics of what is sent")
    parser.add_argument("--output", required=True, help="topic filter of what comes back")
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--warm-up", type=float, default=1.0, help="seconds before that, which do not count")
    parser.add_argument("--window", type=int, default=0)
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plain", action="store_true", help="what comes back is no record")
    options = parser.parse_args()
    driver = Driver(options)
    began = time.monotonic()
    tally = driver.run()
    sys.stdout.write(json.dumps(report(tally, options, began)) + "\n")


if __name__ == "__main__":
    main()
