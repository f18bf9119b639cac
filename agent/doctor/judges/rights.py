"""What a user may do at the broker: receive the routes' topics, publish ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from agent.doctor.facts import FAILURE, Published, Subscribed
from agent.doctor.verdict import Finding, Says

NOT_AUTHORISED: Final = 0x87


def subscribed(says: Says, facts: Sequence[Subscribed], *, user: str) -> list[Finding]:
    """Judge the subscriptions of all routes."""
    return [_subscription(says, one, user=user) for one in facts]


def _subscription(says: Says, one: Subscribed, *, user: str) -> Finding:
    grant = f"allow {user} to read {one.filter!r} (Mosquitto's ACL file: `topic read {one.filter}`)"
    if one.code is None:
        return says.fault(f"{one.filter}: no answer to the subscription", "see the broker's log")
    if one.code >= FAILURE:
        return says.fault(f"{one.filter}: the broker refuses the subscription", grant)
    if one.code < 1:
        remedy = "allow QoS 1 there: with QoS 0 messages are lost while the agent is away"
        return says.fault(f"{one.filter}: granted with QoS 0 only", remedy)
    if one.live or one.retained:
        count = one.live + one.retained
        return says.good(f"{one.filter}: granted, {count} messages in {one.listened_s:.0f} s")
    if one.stored:
        return says.good(f"{one.filter}: granted, and {one.stored} messages came in the last hour")
    remedy = f"send a text there and look again; if none comes, {grant}"
    return says.warn(
        f"{one.filter}: granted, but no message came: not proved, some brokers grant and then keep back",
        remedy,
    )


def published(says: Says, facts: Sequence[Published], *, user: str, below: str) -> list[Finding]:
    """Judge probe messages: one that passes is enough, `below` is where all our topics lie."""
    passed = [one for one in facts if one.passed]
    if passed:
        proof = "the broker confirms it" if passed[0].v5 else "it came back"
        return [says.good(f"{passed[0].topic}: {proof}")]
    # The last one says what the agent's own topics meet.
    refused = facts[-1]
    grant = f"allow {user} to publish to '{below}/#' (Mosquitto's ACL file: `topic write {below}/#`)"
    if refused.code is None:
        return [says.fault(f"{refused.topic}: no answer to a probe message", "see the broker's log")]
    if refused.code >= FAILURE:
        why = "not authorised" if refused.code == NOT_AUTHORISED else f"reason code 0x{refused.code:02X}"
        return [says.fault(f"{refused.topic}: the broker refuses a probe message: {why}", grant)]
    # MQTT 3.1.1 has no way to say no to a message: the broker confirms it and throws it away.
    said = f"{refused.topic}: a probe message was confirmed and did not come back"
    return [says.fault(said, f"{grant}, and to read '{below}/doctor/#', so that this can be proved")]
