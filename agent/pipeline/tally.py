"""Counts what the loops do: after it is durable, in the loop's own thread, a few hundred nanoseconds each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from agent import journey
from agent.clock import Clock
from agent.extract.lane import Finished
from agent.journey import Verdict
from agent.message import Candidate, Claimed, Outgoing, Reason, Settlement, State
from agent.metrics import Meter
from agent.pipeline.admission import Batch


def received(meter: Meter, batch: Batch, clock: Clock, began: float) -> None:
    """Count messages that are stored; `began`: monotonic seconds at the start of their commit."""
    seconds, now = clock.monotonic() - began, clock.now()
    for route, messages in Counter(batch.routes).items():
        meter.received(route).add(messages)
    meter.received_bytes.add(sum(one.size for one in batch.messages))
    meter.repeated.add(batch.repeated)
    meter.commit.observe(seconds, len(batch.messages))
    for message in batch.messages:
        # The clock may have been set back in between.
        meter.intake.observe(max(0.0, now - seconds - message.received_at))
    _count_refused(meter, batch)


def _count_refused(meter: Meter, batch: Batch) -> None:
    for message, route in zip(batch.messages, batch.routes, strict=True):
        if message.reason is not None:
            meter.refused(route, message.reason.value).add()


def claimed(meter: Meter, messages: Sequence[Claimed], clock: Clock) -> None:
    """Count how long messages have waited."""
    now = clock.now()
    for message in messages:
        meter.wait.observe(max(0.0, now - message.received_at))


def tried(meter: Meter, finished: Finished, verdict: Verdict, *, extracted_s: float) -> None:
    """Count a tier's try; its stage begins with the wait for the tier."""
    tier, result = finished.tier, finished.result
    meter.attempts(tier, verdict.reason.value if verdict.reason else "ok").add()
    meter.stage("extract", tier).observe(extracted_s)
    if isinstance(result, Candidate):
        meter.tokens(tier).add(result.tokens)


def settled(meter: Meter, fates: Sequence[Settlement], *, seconds: float) -> None:
    """Count fates that are stored."""
    meter.settle.observe(seconds, len(fates))
    for one in fates:
        meter.decided(one.route, one.state.value).add()
        if journey.climbed(one.trail, one.record):
            meter.escalated(one.route).add()
        if one.record is not None:
            meter.records(one.record.schema, one.record.candidate.tier).add()
        elif one.reason is not None:
            meter.rejected(one.route, one.reason.value).add()


def rejected(meter: Meter, route: str, reason: Reason) -> None:
    """Count a record of several lines that is rejected before it is claimed."""
    meter.decided(route, State.REJECTED.value).add()
    meter.rejected(route, reason.value).add()


def confirmed(meter: Meter, sent: Outgoing, clock: Clock, since: float) -> None:
    """Count what the output broker has taken; `since`: monotonic seconds at the publish."""
    meter.delivered(sent.kind.value).add()
    meter.publish.observe(clock.monotonic() - since)
    if sent.received_at:
        meter.total.observe(max(0.0, clock.now() - sent.received_at))
