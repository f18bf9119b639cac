"""What to make of the packets of a connection, before they are stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from agent import intake, publish
from agent.intake import Known, Ledger, Limits
from agent.message import Outgoing, Packet, RawMessage, Reason
from agent.plans import Plans
from agent.publish import Addresses, Source


@dataclass(frozen=True, slots=True)
class Batch:
    """Packets of one connection, and the new messages among them."""

    packets: tuple[Packet, ...]
    messages: tuple[RawMessage, ...]
    notices: Mapping[str, Outgoing]
    """Dead letters of messages rejected on arrival, by message id."""


class Admission:
    """What to make of packets: new messages with their ids, dead letters, or repeats of what is stored."""

    def __init__(
        self, *, plans: Plans, limits: Limits, addresses: Addresses, new_id: Callable[[], str]
    ) -> None:
        """Give each new message an id from `new_id`."""
        self._plans, self._limits, self._addresses, self._new_id = plans, limits, addresses, new_id
        self.ledger = Ledger()

    def admit(self, packets: tuple[Packet, ...]) -> Batch:
        """Turn packets of one connection into what is to be stored."""
        new = [message for packet in packets if (message := self._look_at(packet))]
        return Batch(packets, tuple(new), {one.id: self._notice(one) for one in new if one.reason})

    def _look_at(self, packet: Packet) -> RawMessage | None:
        """Return the message of a packet; None for one that is stored already."""
        sha256 = intake.digest(packet.payload)
        if packet.packet_id and self.ledger.recognise(packet.packet_id, packet.topic, sha256):
            return None
        message_id = self._new_id()
        if packet.packet_id:
            self.ledger.remember(packet.packet_id, Known(message_id, packet.topic, sha256))
        plan, route = self._plans.taking(packet.topic)
        return intake.admit(
            packet,
            message_id=message_id,
            route=route,
            limits=self._limits,
            sha256=sha256,
            configuration=plan.number,
        )

    def _notice(self, message: RawMessage) -> Outgoing:
        source = Source(message.id, message.topic, message.device, message.received_at, message.text)
        reason = message.reason or Reason.UNDECODABLE
        return publish.dead_letter(source, reason, message.detail, (), self._addresses)
