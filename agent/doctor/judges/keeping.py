"""What a broker keeps while the agent is away: the session, its queue, and both over a restart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from agent.doctor.facts import BrokerFile, BrokerWords, Kept
from agent.doctor.verdict import Finding, Says

IGNORES_RECEIVE_MAXIMUM: Final = "2.0.11"
"""Version of Mosquitto that ignores Receive Maximum."""
AUTOSAVE_S: Final = 60
"""Seconds between two savings of the queue above which a power cut costs too much."""
QUEUE_S: Final = 3600
"""An absence that the broker's queue should outlast, seconds."""


def session(says: Says, facts: Kept) -> list[Finding]:
    """Judge what became of a session and a message while the probe was away."""
    if not facts.present:
        remedy = (
            "let the broker keep sessions: messages that come while the agent restarts are lost otherwise. "
            "Look for a limit of session expiry, and for a proxy that opens clean sessions"
        )
        return [says.fault("the broker forgot the session as soon as the probe was away", remedy)]
    if facts.echoed and not facts.queued:
        remedy = "let the broker queue messages of QoS 1 (Mosquitto: max_queued_messages, max_queued_bytes)"
        return [
            says.fault("the session is kept, its messages are not: one that came meanwhile is lost", remedy)
        ]
    return list(_lasting(says, facts))


def _lasting(says: Says, facts: Kept) -> Iterator[Finding]:
    if facts.granted_s is not None and facts.granted_s < facts.asked_s:
        said = f"the broker keeps a session for {facts.granted_s:,} s, not the {facts.asked_s:,} s asked for"
        yield says.warn(said, "raise its limit, or know that a longer absence loses messages")
    if not facts.echoed:
        said = "the session is kept; whether its messages are is not proved: no right to a probe topic"
        yield says.warn(said, "allow the user to publish to and read <base>/<node>/doctor/#")
    elif facts.granted_s is None or facts.granted_s >= facts.asked_s:
        yield says.good("kept while the probe was away, with the message that came meanwhile")


def version(says: Says, words: BrokerWords) -> list[Finding]:
    """Judge the version, and what the broker has thrown away."""
    if not words.version:
        return [says.skip("because the broker does not say it below $SYS")]
    found = list(_losses(says, words))
    name, _, number = words.version.removeprefix("mosquitto version ").partition(" ")
    if words.version.startswith("mosquitto") and IGNORES_RECEIVE_MAXIMUM in {name, number}:
        said = f"Mosquitto {IGNORES_RECEIVE_MAXIMUM} ignores Receive Maximum: bursts are bounded by us alone"
        return [says.warn(said, "use 2.0.18 or later where you can; nothing is lost without"), *found]
    return [says.good(words.version), *found]


def _losses(says: Says, words: BrokerWords) -> Iterator[Finding]:
    if words.dropped:
        remedy = "raise max_queued_messages there; the count is of all its clients, since it started"
        yield says.warn(f"the broker has thrown {words.dropped:,} messages away", remedy)


def persistence(says: Says, file: BrokerFile, *, rate: float | None) -> list[Finding]:
    """Judge the broker's configuration, where it can be read."""
    if not file.path:
        remedy = "on its machine: `persistence true`, `autosave_interval 30`, `max_queued_messages 0`"
        return [says.skip(f"cannot be seen from here: {file.fault}", remedy)]
    if not file.persistence:
        remedy = f"add `persistence true` and `autosave_interval 30` to {file.path} and restart the broker"
        return [says.fault("the broker keeps nothing over a restart of its own: its queue is lost", remedy)]
    found = list(_bounds(says, file, rate))
    return found or [says.good(f"{file.path}: kept on disk every {file.autosave_s} s")]


def _bounds(says: Says, file: BrokerFile, rate: float | None) -> Iterator[Finding]:
    if file.autosave_s > AUTOSAVE_S or file.autosave_s == 0:
        every = f"every {file.autosave_s:,} s" if file.autosave_s else "at its end alone"
        said = f"the broker writes its queue to disk {every}: a power cut loses what came since"
        yield says.warn(said, f"set `autosave_interval 30` in {file.path}")
    if file.queued_messages and (rate is None or file.queued_messages < rate * QUEUE_S):
        lasts = f", {file.queued_messages / rate:.0f} s of what comes now" if rate else ""
        said = f"the broker queues {file.queued_messages:,} messages for us{lasts}, and drops the rest unsaid"
        yield says.warn(said, f"set `max_queued_messages 0` and a `max_queued_bytes` in {file.path}")
