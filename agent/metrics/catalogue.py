"""Every metric, its unit and its meaning. Names follow Prometheus, notions OpenTelemetry's semantics."""

from __future__ import annotations

from typing import Final

from agent.metrics.instruments import Kind, Metric

SECONDS: Final = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5),
    *(1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0),
)
"""Bounds from a tenth of a millisecond, a commit on a fast disk, to two hours, a backlog after an outage."""


def _counter(name: str, text: str, *labels: str) -> Metric:
    return Metric(name, Kind.COUNTER, text, labels)


def _gauge(name: str, text: str, *labels: str) -> Metric:
    return Metric(name, Kind.GAUGE, text, labels)


# the way of a message

RECEIVED: Final = _counter("maaza_messages_received_total", "Messages stored in the inbox", "route")
RECEIVED_BYTES: Final = _counter("maaza_received_bytes_total", "Bytes of their payloads")
REPEATED: Final = _counter("maaza_messages_repeated_total", "Redeliveries of messages that were stored")
DECIDED: Final = _counter(
    "maaza_messages_decided_total",
    "Messages decided after arrival, by state",
    "route",
    "state",
)
REFUSED: Final = _counter(
    "maaza_messages_refused_total", "Messages rejected on arrival, by reason", "route", "reason"
)
REJECTED: Final = _counter(
    "maaza_messages_rejected_total", "Messages rejected or dropped later, by reason", "route", "reason"
)
RECORDS: Final = _counter("maaza_records_total", "Records made", "schema", "tier")
ATTEMPTS: Final = _counter(
    "maaza_attempts_total", "Tries of a tier at a message: ok, or the reason why not", "tier", "outcome"
)
ESCALATED: Final = _counter(
    "maaza_messages_escalated_total", "Decided messages that climbed at least one tier", "route"
)
DELIVERED: Final = _counter(
    "maaza_messages_delivered_total", "Records and dead letters that the output broker has confirmed", "kind"
)
RESENT: Final = _counter("maaza_messages_resent_total", "Publishes that may have been sent before")
PUBLISH_REFUSED: Final = _counter(
    "maaza_publish_refused_total", "Publishes that the output broker has refused"
)
STAGE: Final = Metric(
    "maaza_stage_seconds",
    Kind.HISTOGRAM,
    "Seconds that a message spends in a stage; total: from arrival to the output broker's confirmation",
    ("stage", "tier"),
    SECONDS,
)

# models

TOKENS: Final = _counter("maaza_model_tokens_total", "Tokens that a tier's model read and wrote", "tier")
MODEL_SECONDS: Final = _counter("maaza_model_seconds_total", "Seconds that a tier worked on batches", "tier")
FAILURES: Final = _counter(
    "maaza_extractor_failures_total", "Batches at which a tier's process crashed, hung or failed", "tier"
)
RESTARTS: Final = _counter("maaza_extractor_restarts_total", "Restarts of a tier's process", "tier")

TIER_WAITING: Final = _gauge("maaza_tier_waiting_messages", "Messages that wait for a tier", "tier")

# templates

TEMPLATES: Final = _gauge("maaza_templates", "Templates in the database, by state", "state")
TEMPLATE_AUDITS: Final = _counter(
    "maaza_template_audits_total",
    "Texts that a template had read and the model was asked about: agreed, differed, open",
    "outcome",
)
TEMPLATE_SECONDS: Final = _counter(
    "maaza_template_processor_seconds_total",
    "Processor time spent beside the messages: learn, audit",
    "purpose",
)
TEMPLATE_AUDITED: Final = _gauge(
    "maaza_template_audited_share",
    "Share of the records made by templates that the model was asked about, with an answer that tells",
)
TEMPLATE_UNAUDITED: Final = _gauge(
    "maaza_template_unaudited_seconds",
    "Longest time for which a template in force has served and the model was not asked about it",
)
TEMPLATE_REVIEWS: Final = _gauge(
    "maaza_template_reviews", "Templates taught by a person that the model contradicts: a person has to look"
)

# the database

COMMITS: Final = _counter(
    "maaza_buffer_commits_total", "Transactions that changed the database: each is one fsync of its log"
)
COMMIT_FAILURES: Final = _counter("maaza_buffer_commit_failures_total", "Transactions that failed")
COMMIT_SECONDS: Final = Metric(
    "maaza_buffer_commit_seconds",
    Kind.HISTOGRAM,
    "Seconds of such a transaction",
    (),
    SECONDS,
)
INBOX: Final = _gauge("maaza_inbox_messages", "Messages that are not decided: received, claimed", "state")
INBOX_AGE: Final = _gauge("maaza_inbox_oldest_seconds", "Age of the oldest of them; 0 where there is none")
OUTBOX: Final = _gauge("maaza_outbox_messages", "Records and dead letters that wait for the output broker")
OUTBOX_AGE: Final = _gauge("maaza_outbox_oldest_seconds", "Age of the oldest of them since its arrival")
DATABASE_BYTES: Final = _gauge("maaza_database_bytes", "Size of the database with its log")
DATABASE_LIMIT: Final = _gauge("maaza_database_limit_bytes", "Its cap, the setting buffer.max_bytes")
DISK_FREE: Final = _gauge("maaza_disk_free_bytes", "Bytes of the database's disk that are free for the agent")

# connections

CONNECTED: Final = _gauge("maaza_connected", "1 while the connection stands", "link")
CONNECTIONS: Final = _counter("maaza_connection_attempts_total", "Connections begun", "link")

# health

DEGRADED: Final = _gauge("maaza_degraded", "1 for each part that does not do all it should", "part")
STUCK: Final = _gauge("maaza_stuck", "1 while the agent runs and nothing gets finished")
DRIFT: Final = _gauge(
    "maaza_drift", "1 while a rate departs from its long run upwards, -1 downwards", "route", "rate"
)
SHARE: Final = _gauge(
    "maaza_rate", "Share of a route's messages: rejected, escalated, not_this_schema; lately", "route", "rate"
)
BASELINE: Final = _gauge("maaza_rate_baseline", "The same, in the long run", "route", "rate")
LINES: Final = _counter(
    "maaza_log_lines_dropped_total", "Lines of the log not written: held_back, unwritable", "cause"
)

# the process and the machine

INFO: Final = _gauge("maaza_build_info", "1, with what runs", "version")
STARTED: Final = _gauge("maaza_process_start_time_seconds", "When the process began, Unix time")
UPTIME: Final = _gauge("maaza_process_uptime_seconds", "Seconds since then, whatever the clock did")
CPU: Final = _counter("maaza_process_cpu_seconds_total", "Processor time of the agent and its models")
MEMORY: Final = _gauge("maaza_process_resident_memory_bytes", "Memory of the agent and its models")
FILES: Final = _gauge("maaza_process_open_fds", "Open files of the agent")
WRITTEN: Final = _counter(
    "maaza_process_written_bytes_total",
    "Bytes that the agent has had written to disk: wear of flash",
)
TEMPERATURE: Final = _gauge("maaza_machine_temperature_celsius", "Temperature of a thermal zone", "zone")
FREQUENCY: Final = _gauge("maaza_machine_cpu_frequency_hertz", "Present frequency of a core", "core")
THROTTLED: Final = _gauge(
    "maaza_machine_throttled",
    "1 for what slows a Raspberry Pi: under_voltage, frequency_capped, throttled, temperature_limit",
    "cause",
)
THROTTLING_KNOWN: Final = _gauge("maaza_machine_throttling_known", "1 on machines that say what slows them")
THROTTLED_EVER: Final = _gauge(
    "maaza_machine_throttled_since_boot", "The same since the start of the machine", "cause"
)

ALL: Final = tuple(one for one in list(globals().values()) if isinstance(one, Metric))
"""Every metric, in the order of this file."""
