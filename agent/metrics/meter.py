"""What the stages count with: one attribute per metric of the hot path."""

from __future__ import annotations

from agent.metrics import catalogue
from agent.metrics.instruments import Registry


class Meter:
    """The families that messages pass. Each child has one thread that writes it."""

    def __init__(self) -> None:
        """Begin with nothing counted."""
        self.registry = made = Registry()
        self.received = made.counter(catalogue.RECEIVED)
        self.received_bytes = made.counter(catalogue.RECEIVED_BYTES)()
        self.repeated = made.counter(catalogue.REPEATED)()
        self.decided = made.counter(catalogue.DECIDED)
        self.refused = made.counter(catalogue.REFUSED)
        self.rejected = made.counter(catalogue.REJECTED)
        self.records = made.counter(catalogue.RECORDS)
        self.attempts = made.counter(catalogue.ATTEMPTS)
        self.escalated = made.counter(catalogue.ESCALATED)
        self.delivered = made.counter(catalogue.DELIVERED)
        self.resent = made.counter(catalogue.RESENT)()
        self.publish_refused = made.counter(catalogue.PUBLISH_REFUSED)()
        self.stage = stage = made.histogram(catalogue.STAGE)
        self.intake, self.commit, self.wait = stage("intake", ""), stage("commit", ""), stage("wait", "")
        self.validate, self.settle = stage("validate", ""), stage("settle", "")
        self.publish, self.total = stage("publish", ""), stage("total", "")
        self.tokens = made.counter(catalogue.TOKENS)
        self.template_audits = made.counter(catalogue.TEMPLATE_AUDITS)
        self.template_seconds = made.counter(catalogue.TEMPLATE_SECONDS)
        self.commits = made.counter(catalogue.COMMITS)()
        self.commit_failures = made.counter(catalogue.COMMIT_FAILURES)()
        self.commit_seconds = made.histogram(catalogue.COMMIT_SECONDS)()
