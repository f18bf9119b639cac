"""Takes messages in: bounds what is in hand, turns packets into raw messages, recognises redeliveries."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from agent import topics
from agent.message import Packet, RawMessage, Reason, Route
from agent.mqtt import Opened
from agent.payload import Content, Limits, contents
from agent.wrapping import PLAIN

RAW_KEPT_BYTES = 1024
"""First bytes kept of a payload that is too large."""
NEW_BEFORE_SURE = 1000
"""New messages on a connection after which nothing older is redelivered: redeliveries come first."""
ID_BEGINS = b'{"id": "'
"""How the payload of a record or dead letter begins."""
ID_END = len(ID_BEGINS) + 36
"""Where the id in it ends."""
HOPS = re.compile(rb'", "hops": ([0-9]{1,3})[,}]')
"""What comes next where it had gone through more than one agent."""
MAX_HOPS = 4
"""Agents that a message may go through one after the other. What another one sees goes round."""


class Inflow:
    """What the network thread hands over: connections and packets, in order, bounded by count and bytes."""

    def __init__(self, *, max_messages: int, max_bytes: int) -> None:
        """Set the bounds of what may be in hand without being stored."""
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._items: deque[Opened | Packet] = deque()
        self._bytes = 0
        self._changed = threading.Condition()

    def put(self, item: Opened | Packet) -> bool:
        """Add an item; False where a packet is past the bounds and was not taken. Never waits."""
        with self._changed:
            if isinstance(item, Packet):
                if len(self._items) >= self._max_messages or self._bytes >= self._max_bytes:
                    return False
                self._bytes += len(item.payload)
            self._items.append(item)
            self._changed.notify()
            return True

    def take(self, limit: int, *, wait_s: float) -> list[Opened | Packet]:
        """Return up to `limit` items that wait, in order; wait for the first one."""
        with self._changed:
            if not self._items:
                self._changed.wait(wait_s)
            taken = [self._items.popleft() for _ in range(min(limit, len(self._items)))]
            self._bytes -= sum(len(item.payload) for item in taken if isinstance(item, Packet))
            return taken

    def is_roomy(self) -> bool:
        """Tell whether at least half of the room is free."""
        return len(self._items) * 2 <= self._max_messages and self._bytes * 2 <= self._max_bytes

    def is_empty(self) -> bool:
        """Tell whether nothing waits."""
        return not self._items


@dataclass(frozen=True, slots=True)
class Known:
    """A message that the broker may send again, as it can be recognised."""

    id: str
    topic: str
    sha256: bytes


class Ledger:
    """The packet ids that stand for stored messages whose PUBACK may not have reached the broker.

    The DUP flag plays no part: brokers set it wrongly.
    """

    def __init__(self) -> None:
        """Begin with nothing to recognise."""
        self._known: dict[int, Known] = {}
        self._older: set[int] = set()
        self._new = 0

    def open(self, unconfirmed: Iterable[tuple[int, Known]]) -> None:
        """A connection begins: remember what earlier connections leave open, the newest per id."""
        self._known = dict(unconfirmed)
        self._older = set(self._known)
        self._new = 0

    def recognise(self, packet_id: int, topic: str, sha256: bytes) -> str | None:
        """Return the id of the stored message that a packet repeats; None for a new message."""
        known = self._known.get(packet_id)
        if known is None or (known.topic, known.sha256) != (topic, sha256):
            return None
        # Seen on this connection, it is no older connection's any more.
        self._older.discard(packet_id)
        return known.id

    def awaits_puback(self, packet_id: int) -> bool:
        """Tell whether a PUBACK is due. A second one might be taken for the id's next message: a loss."""
        return packet_id in self._known

    def remember(self, packet_id: int, known: Known) -> None:
        """A new message is stored under a packet id; whatever had the id before was confirmed."""
        self._known[packet_id] = known
        self._older.discard(packet_id)
        self._new += 1
        if self._new == NEW_BEFORE_SURE:
            self.close_older()

    def acknowledged(self, packet_id: int) -> None:
        """The PUBACK went out on this connection: the broker may use the id for another message."""
        self._known.pop(packet_id, None)
        self._older.discard(packet_id)

    @property
    def is_sure(self) -> bool:
        """Tell whether nothing of earlier connections may be redelivered any more."""
        return not self._older

    def close_older(self) -> None:
        """Nothing of earlier connections will be redelivered any more."""
        for packet_id in self._older:
            self._known.pop(packet_id, None)
        self._older.clear()


def admit(
    packet: Packet,
    *,
    new_id: Callable[[], str],
    route: Route | None,
    limits: Limits,
    sha256: bytes,
    configuration: int = 0,
) -> tuple[RawMessage, ...]:
    """Turn a packet into raw messages, one per record; what cannot be processed is kept with its reason."""
    found = contents(packet.payload, route.wrapping if route else PLAIN, limits)
    device = topics.device_of(packet.topic, route.device_level if route else None)
    return tuple(
        RawMessage(
            id=new_id(),
            received_at=packet.arrived_at,
            topic=packet.topic,
            device=device if one.device is None else topics.escape(one.device),
            ordered=route.ordered if route else True,
            qos=packet.qos,
            retained=packet.retained,
            packet_id=packet.packet_id,
            size=len(packet.payload),
            sha256=sha256,
            text=one.text,
            raw=raw_of(one, packet.payload, limits),
            expires_at=None if packet.expiry_s is None else packet.arrived_at + packet.expiry_s,
            reason=one.reason,
            detail=one.detail,
            configuration=configuration,
            record=number,
            pending=one.reason is None and joins(route),
            hops=hops(packet),
        )
        for number, one in enumerate(looked_at(content, route) for content in found)
    )


def echo(
    packet: Packet,
    *,
    message_id: str,
    sha256: bytes,
    configuration: int,
    reason: Reason = Reason.OWN_OUTPUT,
) -> RawMessage:
    """Return the message of a packet that came back, or goes round: kept without its text, and left out."""
    ours = f"this agent published it, for the message {origin(packet) or 'of an earlier life'}"
    round_ = f"it has gone through {hops(packet)} agents already, and {MAX_HOPS} are the most"
    return RawMessage(
        id=message_id,
        received_at=packet.arrived_at,
        topic=packet.topic,
        device=topics.device_of(packet.topic, None),
        ordered=False,
        qos=packet.qos,
        retained=packet.retained,
        packet_id=packet.packet_id,
        size=len(packet.payload),
        sha256=sha256,
        text=None,
        raw=None,
        expires_at=None,
        reason=reason,
        detail=ours if reason is Reason.OWN_OUTPUT else round_,
        hops=hops(packet),
        configuration=configuration,
    )


def origin(packet: Packet) -> str | None:
    """Return the id of the message that a packet comes from, where an agent published it.

    MQTT 3.1.1 has no properties: there, what agents publish is known by how it begins.
    """
    if packet.claimed_id is not None:
        return packet.claimed_id
    head = packet.payload[:ID_END]
    return head[len(ID_BEGINS) :].decode("ascii", "replace") if head.startswith(ID_BEGINS) else None


def hops(packet: Packet) -> int:
    """Return how many agents a packet has gone through, as it says itself; 0 where it comes from none."""
    if origin(packet) is None:
        return 0
    found = HOPS.match(packet.payload, ID_END)
    said = packet.claimed_hops or (found[1].decode() if found else "")
    return int(said) if re.fullmatch("[0-9]{1,3}", said) else 1


def looked_at(content: Content, route: Route | None) -> Content:
    """Return a record with the reason why nothing can be made of its text, if there is one."""
    if content.text is None:
        return content
    if route is None:
        return replace(content, reason=Reason.NO_ROUTE, detail="no route's filter matches the topic")
    if not content.text.strip() and not joins(route):
        return replace(content, reason=Reason.EMPTY_TEXT, detail="the payload has no visible character")
    return content


def joins(route: Route | None) -> bool:
    """Tell whether a route's messages may be parts of records."""
    return route is not None and route.wrapping.joining is not None


def raw_of(content: Content, payload: bytes, limits: Limits) -> bytes | None:
    """Return the bytes kept of what has no text: all of them, or the first of a payload that is too large."""
    if content.text is not None:
        return None
    raw = payload if content.raw is None else content.raw
    return raw if len(payload) <= limits.payload_bytes else raw[:RAW_KEPT_BYTES]


def digest(payload: bytes) -> bytes:
    """Return the SHA-256 of a payload."""
    return hashlib.sha256(payload).digest()


class Intake:
    """The listener of the input connection: puts what arrives in order, refuses what is past the bounds."""

    def __init__(self, inflow: Inflow, *, overflow: Callable[[str], None]) -> None:
        """Take `overflow`, which ends the connection: the broker then keeps what is not acknowledged."""
        self.inflow = inflow
        self._overflow = overflow
        self._refused = 0

    def up(self, opened: Opened) -> None:
        """Put the connection before its packets."""
        self.inflow.put(opened)

    def down(self, generation: int, cause: str) -> None:
        """Nothing to do: acknowledgements of this generation are void by its number."""

    def packet(self, packet: Packet) -> None:
        """Take a packet, unless one of its connection was refused: all behind it are refused too."""
        if packet.generation == self._refused:
            return
        if not self.inflow.put(packet):
            self._refused = packet.generation
            self._overflow("more messages than may be in hand without being stored")

    def confirmed(self, generation: int, packet_id: int, code: int) -> None:
        """Nothing to do: this connection publishes nothing."""
