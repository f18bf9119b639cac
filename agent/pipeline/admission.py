"""What to make of the packets of a connection, before they are stored."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from agent import intake, publish
from agent.intake import Known, Ledger
from agent.message import DROPS, Outgoing, Packet, RawMessage, Reason
from agent.payload import Limits
from agent.plans import Plans
from agent.publish import Addresses
from agent.redaction import NOTHING, Redaction

BATCH_MESSAGES = 2000
"""Messages from which a batch takes no further packet: a payload may hold many."""
BATCH_BYTES = 8 << 20
"""Bytes of text from which a batch takes no further packet: gzip may have held much."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Packets of one connection, and the new messages among them."""

    packets: tuple[Packet, ...]
    messages: tuple[RawMessage, ...]
    notices: Mapping[str, Outgoing]
    """Dead letters of messages rejected on arrival, by message id."""
    routes: tuple[str, ...] = ()
    """Filter of the route that took each message; empty where none did."""
    repeated: int = 0
    """Packets that repeat what is stored."""


class Admission:
    """What to make of packets: new messages with their ids, dead letters, or repeats of what is stored."""

    def __init__(
        self,
        *,
        plans: Plans,
        limits: Limits,
        addresses: Addresses,
        new_id: Callable[[], str],
        redaction: Redaction = NOTHING,
    ) -> None:
        """Give each new message an id from `new_id`."""
        self._redaction = redaction
        self._plans, self._limits, self._addresses, self._new_id = plans, limits, addresses, new_id
        self.ledger = Ledger()

    def admit(self, packets: tuple[Packet, ...], *, ours: Collection[str] = ()) -> Batch:
        """Turn packets of one connection, the first ones or all, into what is to be stored.

        What carries an id of `ours`, or comes from a topic that we write to, has come back to us.
        All records of a payload are in one batch, which is stored and acknowledged as a whole.
        """
        new: list[RawMessage] = []
        routes: list[str] = []
        taken = size = repeated = 0
        for packet in packets:
            made, route = self._look_at(packet, ours)
            new.extend(made)
            routes.extend([route] * len(made))
            repeated += not made
            taken += 1
            size += sum(len(one.text or "") for one in made)
            if len(new) >= BATCH_MESSAGES or size >= BATCH_BYTES:
                break
        notices = {one.id: self._notice(one) for one in new if one.reason and one.reason not in DROPS}
        return Batch(packets[:taken], tuple(new), notices, tuple(routes), repeated)

    def _look_at(self, packet: Packet, ours: Collection[str]) -> tuple[tuple[RawMessage, ...], str]:
        """Return the messages of a packet, none for one that is stored already; and the route's filter."""
        sha256 = intake.digest(packet.payload)
        if packet.packet_id and self.ledger.recognise(packet.packet_id, packet.topic, sha256):
            return (), ""
        made, route = self._made_of(packet, sha256, ours)
        if packet.packet_id:
            self.ledger.remember(packet.packet_id, Known(made[0].id, packet.topic, sha256))
        return tuple(map(self._redaction.of_arrival, made)), route

    def _made_of(
        self, packet: Packet, sha256: bytes, ours: Collection[str]
    ) -> tuple[tuple[RawMessage, ...], str]:
        plan, route = self._plans.taking(packet.topic)
        name = route.filter if route else ""
        reason = self._left_out(packet, ours)
        if reason is not None:
            back = intake.echo(
                packet,
                message_id=self._new_id(),
                sha256=sha256,
                configuration=plan.number,
                reason=reason,
            )
            return (back,), name
        made = intake.admit(
            packet,
            new_id=self._new_id,
            route=route,
            limits=self._limits,
            sha256=sha256,
            configuration=plan.number,
        )
        return made, name

    def _left_out(self, packet: Packet, ours: Collection[str]) -> Reason | None:
        """Tell whether a packet came back to us, or goes round among agents."""
        if intake.origin(packet) in ours or self._addresses.is_output(packet.topic):
            return Reason.OWN_OUTPUT
        return Reason.GOES_ROUND if intake.hops(packet) >= intake.MAX_HOPS else None

    def _notice(self, message: RawMessage) -> Outgoing:
        reason = message.reason or Reason.UNDECODABLE
        return publish.dead_letter(publish.source_of(message), reason, message.detail, (), self._addresses)
