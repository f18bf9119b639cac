"""Tries what the agent does at the brokers, without disturbing it: subscribe, listen, publish, return."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from agent import topics
from agent.doctor.facts import BrokerWords, Kept, Published, Subscribed
from agent.doctor.probes.client import FORGET_S, Heard, Probe
from agent.mqtt import Endpoint

WORDS: Final = "$SYS/broker/version"
DROPPED: Final = "$SYS/broker/publish/messages/dropped"
PAYLOAD: Final = '{"probe": "maaza doctor"}'
"""What a probe message says, should anybody read it."""
WORDS_S: Final = 1.0
"""Wait for what the broker says about itself: these topics are retained, so it comes at once."""


def listen(
    endpoint: Endpoint, client_id: str, filters: Sequence[str], *, v5: bool, seconds: float
) -> list[Subscribed]:
    """Subscribe as the agent does, and count what comes.

    A group's member would take messages away from the others: of a shared subscription the filter alone is
    asked for.
    """
    probe = Probe(endpoint, client_id=client_id, v5=v5)
    try:
        probe.connect()
        wanted = [topics.bare(one) for one in filters]
        codes = probe.subscribe(wanted)
        probe.wait(lambda: False, seconds)
    finally:
        probe.close()
    return [_counted(name, code, probe.heard, seconds) for name, code in zip(wanted, codes, strict=True)]


def _counted(name: str, code: int | None, heard: Sequence[Heard], seconds: float) -> Subscribed:
    ours = [one for one in heard if topics.matches(name, one.topic)]
    retained = sum(one.retained for one in ours)
    return Subscribed(
        filter=name, code=code, live=len(ours) - retained, retained=retained, listened_s=seconds
    )


def publish(endpoint: Endpoint, client_id: str, candidates: Sequence[str], *, v5: bool) -> list[Published]:
    """Publish a probe message to one topic after the other, until the broker lets one through."""
    found: list[Published] = []
    for topic in candidates:
        found.append(_published(endpoint, client_id, topic, v5=v5))
        if found[-1].passed:
            break
    return found


def _published(endpoint: Endpoint, client_id: str, topic: str, *, v5: bool) -> Published:
    """Publish on a connection of its own: Mosquitto 2.0.11 ends one on which it has refused a message."""
    probe = Probe(endpoint, client_id=client_id, v5=v5)
    try:
        probe.connect()
        if not v5:
            probe.subscribe([topic])
        code = probe.publish(topic, PAYLOAD)
        return Published(topic=topic, code=code, v5=v5, echoed=not v5 and probe.hears(topic, PAYLOAD))
    finally:
        probe.close()


def keep(endpoint: Endpoint, client_id: str, topic: str, *, v5: bool) -> Kept:
    """Leave a session with the broker, let a message come meanwhile, come back, clean up.

    The session is the probe's own: the agent's is not touched, and the topic is nobody else's.
    """
    try:
        echoed = _leave(endpoint, client_id, topic, v5=v5)
        _send(endpoint, f"{client_id}-sender", topic, v5=v5)
        back = Probe(endpoint, client_id=client_id, v5=v5)
        answer = back.connect(clean=False, keep_s=FORGET_S)
        queued = answer.present and back.hears(topic, PAYLOAD, 2.0 if echoed else 0.0)
        back.close()
    finally:
        # A clean session without expiry ends what is there, also where one of the steps broke off.
        last = Probe(endpoint, client_id=client_id, v5=v5)
        last.connect()
        last.close()
    return Kept(
        present=answer.present,
        echoed=echoed,
        queued=queued,
        asked_s=endpoint.session_expiry_s,
        granted_s=_granted(endpoint, client_id, v5=v5),
    )


def _leave(endpoint: Endpoint, client_id: str, topic: str, *, v5: bool) -> bool:
    """Begin a session that is kept; tell whether probe messages reach it while it is there."""
    fresh = Probe(endpoint, client_id=client_id, v5=v5)
    fresh.connect()
    fresh.close()
    probe = Probe(endpoint, client_id=client_id, v5=v5)
    probe.connect(clean=v5, keep_s=FORGET_S)
    probe.subscribe([topic])
    probe.publish(topic, "here")
    echoed = probe.hears(topic, "here", 1.0)
    probe.close()
    return echoed


def _send(endpoint: Endpoint, client_id: str, topic: str, *, v5: bool) -> None:
    sender = Probe(endpoint, client_id=client_id, v5=v5)
    sender.connect()
    sender.publish(topic, PAYLOAD)
    sender.close()


def _granted(endpoint: Endpoint, client_id: str, *, v5: bool) -> int | None:
    """Ask for the expiry that the settings ask for; end the session at once."""
    if not v5:
        return None
    asking = Probe(endpoint, client_id=client_id, v5=v5)
    granted = asking.connect(keep_s=endpoint.session_expiry_s).session_expiry_s
    asking.close()
    last = Probe(endpoint, client_id=client_id, v5=v5)
    last.connect()
    last.close()
    return granted


def ask_about_itself(endpoint: Endpoint, client_id: str, *, v5: bool) -> BrokerWords:
    """Read what the broker says about itself."""
    probe = Probe(endpoint, client_id=client_id, v5=v5)
    try:
        probe.connect()
        probe.subscribe([WORDS, DROPPED])
        probe.wait(lambda: {WORDS, DROPPED} <= {one.topic for one in probe.heard}, WORDS_S)
    finally:
        probe.close()
    said = {one.topic: one.payload.decode("utf-8", "replace") for one in probe.heard}
    dropped = said.get(DROPPED, "")
    return BrokerWords(version=said.get(WORDS, ""), dropped=int(dropped) if dropped.isdecimal() else None)
