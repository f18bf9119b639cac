"""Named faults of the durable path. Each replaces one function; each has a test that must fail.

``plant(name)`` changes the running interpreter. ``run.py`` runs every fault against its test.
"""

from __future__ import annotations

import importlib
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import careless
import credulous
import haste
import neglect
import quoting
import severed
from freezes import be_impatient, freeze
from planting import put

from agent import (
    buffer,
    grounding,
    intake,
    journey,
    lines,
    numerals,
    pipeline,
    plans,
    progress,
    publish,
    validate,
)
from agent.app import assembly, reload
from agent.buffer import Buffer, audit, connection, inbox, outbox, requeue, retention, writer
from agent.buffer.statements import sql
from agent.doctor import broker as doctor_broker
from agent.doctor.judges import rights as doctor_rights
from agent.doctor.probes import client as doctor_client
from agent.health import Health
from agent.hub import acquire, download, remote
from agent.log import privacy, repeats
from agent.message import Packet
from agent.metrics import drift, watching
from agent.mqtt import Link, subscriptions
from agent.mqtt.quick import PUBACK, PUBLISH, QuickClient

VARIABLE = "MAAZA_TEST_FAULT"
"""Environment variable by which `run.py` tells the tests' conftest which fault to plant."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A fault, and the test that catches it."""

    plant: Callable[[], None]
    caught_by: str
    """A pytest node id."""


def acknowledge_early() -> None:
    """PUBACK before the commit, and a commit that comes late enough to be killed."""
    store = pipeline.Receive._store

    def acknowledge_then_store(self: pipeline.Receive, batch: Any) -> int:
        self._acknowledge(batch.packets, 0)
        self._clock.sleep(0.05)
        return store(self, batch)

    put(pipeline.Receive, "_store", acknowledge_then_store)


def log_what_exceptions_say() -> None:
    """Trust the words of every exception."""
    put(privacy, "PLAIN", (Exception,))


def log_without_end() -> None:
    """Say every line, however often it was said."""
    put(repeats.Repeats, "admit", lambda _self, _key: 0)


def store_the_first_record_alone() -> None:
    """PUBACK as soon as the first record of each payload is stored; the others follow."""

    def store(self: pipeline.Receive, batch: Any) -> int:
        last: int = 0
        for leading in (True, False):
            some = [one for one in batch.messages if (one.record == 0) == leading]
            last = self._buffer.store(some, epoch=self._session.epoch if self._session else 0, notices={})
            self._acknowledge(batch.packets, last)
        return last

    put(pipeline.Receive, "_store", store)


def forget_open_lines() -> None:
    """Take only what is new for a record, as one would who holds open records in memory alone."""

    def pending(self: Buffer, *, after: int, limit: int) -> Any:
        newest = self._writer.execute(lambda db: db.execute("SELECT max(seq) FROM inbox").fetchone()[0])
        after = max(after, self.__dict__.setdefault("newest", newest or 0))
        return self._writer.execute(lambda db: inbox.pending(db, after=after, limit=limit))

    put(Buffer, "pending", pending)


def count_what_only_reads() -> None:
    """Count each transaction as one that wears the card."""

    class Restless:
        """Says at each look that something has changed."""

        def __init__(self, connection: Any) -> None:
            self._connection, self._looks = connection, 0

        @property
        def total_changes(self) -> int:
            self._looks += 1
            return self._looks

        def __getattr__(self, name: str) -> Any:
            return getattr(self._connection, name)

    ready = writer.Writer._ready_connection
    put(writer.Writer, "_ready_connection", lambda self: Restless(ready(self)))


def learn_the_drift() -> None:
    """Take what leads to an alarm for the long run."""
    put(drift, "DOUBT", 0)


def forget_the_long_run() -> None:
    """Begin each run without a baseline: a restart in the middle of a drift takes it for the usual."""
    put(watching, "restored", lambda _state: drift.Rate())


def be_content_with_life() -> None:
    """Judge by what is alive, not by what is finished."""
    put(progress, "_standstill", lambda _watch, _look: "")
    advance = progress.advance
    put(progress, "advance", lambda *looks, **options: (advance(*looks, **options)[0], {}))


def settle_in_two_transactions() -> None:
    """State in one transaction, record and outbox row in the next."""

    def settle(self: Buffer, batch: Sequence[Any]) -> int:
        now = self._clock.now()
        bare = [replace(one, record=None, outgoing=None) for one in batch]
        settled = self._writer.execute(lambda db: inbox.settle(db, bare, now=now))

        def rest(db: Any) -> None:
            db.executemany(sql("record"), [inbox._record(one) for one in batch if one.record])
            db.executemany(
                sql("enqueue"),
                [outbox.outgoing_row(one.seq, one.outgoing) for one in batch if one.outgoing],
            )

        self._writer.execute(rest)
        return settled

    put(Buffer, "settle", settle)


def drop_an_outbox_row() -> None:
    """Settle without anything to deliver."""
    settle = inbox.settle

    def without(db: Any, batch: Sequence[Any], **options: Any) -> int:
        return settle(db, [replace(one, outgoing=None) for one in batch], **options)

    put(inbox, "settle", without)


def believe_conversions() -> None:
    """Take a converted value for proved where its span is in the text."""
    put(
        grounding,
        "_is_proved",
        lambda _declared, _value, evidence, source: grounding._inside(evidence, source.text),
    )


def skip_the_span_check() -> None:
    """Believe whatever the extractor says."""
    put(grounding, "ungrounded", lambda *_arguments: ())


def forget_the_generation() -> None:
    """Acknowledge on whatever connection stands."""
    put(Link, "is_current", lambda self, _generation: self.connected.is_set())


def acknowledge_twice() -> None:
    """Answer each repeat of a packet."""
    put(intake.Ledger, "awaits_puback", lambda _self, packet_id: packet_id > 0)


def read_whole_numbers_through_float() -> None:
    """Let an integer with an exponent have the digits of the nearest number of 64 bits."""
    put(numerals, "whole", lambda written: int(numerals.read(written)))


def leave_in_doubt() -> None:
    """End an ordered stop without having asked the broker how far it has read."""
    put(pipeline.Receive, "leave", lambda self: setattr(self._parting, "done", True))


def dedupe_by_payload() -> None:
    """Take an equal payload for a redelivery."""

    def recognise(self: intake.Ledger, _packet_id: int, _topic: str, sha256: bytes) -> str | None:
        seen: dict[bytes, str] = self.__dict__.setdefault("seen", {})
        known = seen.get(sha256)
        seen.setdefault(sha256, "known")
        return known

    put(intake.Ledger, "recognise", recognise)


def recognise_nothing() -> None:
    """Give a redelivery a new id."""
    put(intake.Ledger, "recognise", lambda *_arguments: None)


def ignore_the_topic() -> None:
    """Recognise redeliveries by packet id alone."""
    put(
        intake.Ledger,
        "recognise",
        lambda self, packet_id, _topic, _sha256: getattr(self._known.get(packet_id), "id", None),
    )


def remember_a_lost_session() -> None:
    """Recognise redeliveries across sessions."""
    open_session = inbox.open_session

    def present_always(db: Any, *, present: bool, **options: Any) -> inbox.Session:
        return open_session(db, present=True, **options)

    put(inbox, "open_session", present_always)


def mark_delivered_before_the_broker() -> None:
    """Take a message off the outbox when it is sent."""
    send = pipeline.Deliver._send

    def send_and_mark(self: pipeline.Deliver, outgoing: Any) -> None:
        send(self, outgoing)
        self._confirmed.append(outgoing.number)

    put(pipeline.Deliver, "_send", send_and_mark)


def keep_dead_claims() -> None:
    """Never give back what a dead run had claimed."""
    put(Buffer, "return_claims", lambda self: 0)


def settle_by_number_alone() -> None:
    """Give a fate to whatever message has the number now."""
    put(inbox, "_waiting", lambda _db, batch: list(batch))


def call_every_value_valid() -> None:
    """Be sure of whatever comes: the validator sees nothing."""
    put(validate, "_sure", lambda _key: lambda _value: True)


def give_packet_ids_twice() -> None:
    """Take the next packet id, whether its last message has an answer or not."""
    put(QuickClient, "_free_id", lambda self: self._mid_generate())


def let_answers_overtake() -> None:
    """Write what is joined before paho's own packets that stand before it."""
    joined = QuickClient._joined

    def first(self: QuickClient) -> bytes:
        own = [one for one in self._out_packet if one["command"] not in {PUBLISH, PUBACK}]
        ours = [one for one in self._out_packet if one["command"] in {PUBLISH, PUBACK}]
        self._out_packet.clear()
        self._out_packet.extend(ours + own)
        return joined(self)

    put(QuickClient, "_joined", first)


def claim_what_is_in_hand() -> None:
    """Take whatever waits, also what the caller has."""
    claim = inbox.claim
    put(inbox, "claim", lambda db, **options: claim(db, **(options | {"in_hand": ()})))


def answer_before_the_commit() -> None:
    """Answer each unit as soon as it has run."""
    execute = writer.Writer.execute
    put(
        writer.Writer,
        "execute",
        lambda self, work, **options: execute(self, work, **(options | {"is_early": True})),
    )


def forget_a_note() -> None:
    """Take what was handed on to be noted for noted."""
    put(pipeline.Deliver, "_see_notes", lambda self: self._notes.clear())


def break_the_order() -> None:
    """Settle whatever is finished."""

    def finish(self: lines.Lines[Any], seq: int, fate: Any) -> list[Any]:
        device = self._device.pop(seq)
        if device is not None:
            self._lines[device].remove(seq)
            if not self._lines[device]:
                del self._lines[device]
        return [fate]

    put(lines.Lines, "finish", finish)


def acknowledge_after_a_failed_commit() -> None:
    """Take a commit that failed for one that was made."""

    def fail(self: writer.Writer, _error: BaseException) -> None:
        self._drop_connection()
        failed, self._under_way = self._under_way, []
        for unit in failed:
            unit.result = unit.result or 0
            unit.answer()

    put(writer.Writer, "_fail", fail)


def publish_what_is_unsure() -> None:
    """Ignore the threshold."""
    judge = journey.judge
    put(journey, "judge", lambda result, **options: judge(result, **(options | {"threshold": 0.0})))


def ask_all_models_for_the_same() -> None:
    """Ignore what a model was measured to need."""
    put(assembly, "threshold_of", lambda tier: 0.5 if tier.threshold is None else tier.threshold)


def give_up_on_refusal() -> None:
    """Throw away what the output broker refuses for now."""
    put(
        publish,
        "weigh",
        lambda code: publish.Answer.TAKEN if code < publish.REFUSED else publish.Answer.NEVER,
    )
    publish.HOPELESS.update(dict.fromkeys(range(256), "refused"))


def sync_nothing() -> None:
    """Commit without waiting for the disk."""
    opened = connection.open_database
    put(buffer, "open_database", lambda path, **_options: opened(path, synchronous="OFF"))


def acknowledge_out_of_order() -> None:
    """Send PUBACKs newest first."""
    acknowledge = pipeline.Receive._acknowledge

    def backwards(self: pipeline.Receive, packets: Sequence[Packet], last_seq: int) -> None:
        acknowledge(self, tuple(reversed(packets)), last_seq)

    put(pipeline.Receive, "_acknowledge", backwards)


def process_under_the_newest() -> None:
    """Take the plan in force for every message, whenever it came in."""
    put(plans.Plans, "numbered", lambda self, _number: self.current)


def unsubscribe_first() -> None:
    """Give up what is over before what is new is asked for."""
    ask = subscriptions.Subscriptions.ask

    def backwards(self: subscriptions.Subscriptions, client: Any, *, v5: bool) -> bool:
        if over := [one for one in self._left if one not in self._given_up]:
            client.unsubscribe(over)
            self._given_up = set(self._left)
        return ask(self, client, v5=v5)

    put(subscriptions.Subscriptions, "ask", backwards)


def believe_a_bad_file() -> None:
    """Reload without looking at what runs."""
    put(reload, "contradictions", lambda _settings: ())


def feed_the_watchdog_of_a_stuck_loop() -> None:
    """Let a beat of the main thread mean that all is well."""
    put(Health, "stuck", lambda _self: [])


LOGGED = "tests/unit/agent/test_log.py::"


def forget_what_is_not_finished() -> None:
    """Let retention take the oldest rows, whatever their state."""
    statement = sql
    put(
        retention,
        "sql",
        lambda name: (
            "SELECT seq, state FROM inbox WHERE seq <= :upto AND :look_ahead ORDER BY seq LIMIT :limit"
            if name == "oldest_finished"
            else statement(name)
        ),
    )


def believe_the_clock() -> None:
    """Let age follow the clock, wherever it jumps."""
    put(retention.Age, "note", lambda self, _db: self._clock.now() - 1_700_000_000.0)


def erase_rows_alone() -> None:
    """Leave the index, the free pages and the log as they are."""
    put(importlib.import_module("agent.cli.audit.erase"), "sweep", lambda *_arguments: None)


def requeue_without_an_event() -> None:
    """Put back and write nothing down."""
    event = audit.event

    def silent(db: Any, kind: str, **facts: Any) -> int:
        return 0 if kind == "put_back" else event(db, kind, **facts)

    put(audit, "event", silent)


def requeue_what_is_not_rejected() -> None:
    """Put back whatever is named, also what is published."""
    statement = sql
    put(requeue, "sql", lambda name: statement(name).replace("state = 'rejected' AND", ""))


def keep_what_is_to_be_hidden() -> None:
    """Store texts as they came in."""
    bare = "UPDATE inbox SET redacted = :redacted WHERE seq = :seq AND :text IS NOT NULL"
    put(inbox, "sql", lambda name: bare if name == "redact" else sql(name))


def doctor_with_the_agents_own_id() -> None:
    """Look at the broker under the client id of the agent that runs."""
    put(doctor_broker, "SUFFIX", "")


def leave_the_doctors_session() -> None:
    """End no session that was begun to see whether it is kept."""
    connect = doctor_client.Probe.connect
    put(doctor_client.Probe, "connect", lambda self, **_options: connect(self, clean=False, keep_s=86_400))


def call_a_grant_proof() -> None:
    """Take a granted subscription for the right to read."""
    put(doctor_rights, "_subscription", lambda says, one, *, user: says.good(f"{one.filter}: granted {user}"))


def believe_what_came() -> None:
    """Put a download into its place, whatever its hash."""
    put(acquire, "_confirm", lambda _found, _expected, _remote: None)


def believe_where_a_part_begins() -> None:
    """Put whatever comes behind what is there."""
    attempt, part = download.Download._attempt, remote._part

    def believing(self: Any, file: Any) -> Any:
        put(remote, "_part", lambda response: replace(part(response), start=self._done))
        return attempt(self, file)

    put(download.Download, "_attempt", believing)


PULL = "tests/integration/test_models_pull.py::"
DOCTOR = "tests/integration/test_doctor.py::"
DURABLE = "tests/unit/agent/test_pipeline.py::"
WRITER = "tests/unit/agent/test_writer.py::"
PAYLOADS = "tests/unit/agent/test_way_of_payloads.py::"
MUTANTS: dict[str, Mutant] = {
    "doctor_with_the_agents_own_id": Mutant(
        doctor_with_the_agents_own_id, DOCTOR + "test_running_agent_is_not_disturbed_and_nothing_is_left"
    ),
    "leave_the_doctors_session": Mutant(
        leave_the_doctors_session, DOCTOR + "test_running_agent_is_not_disturbed_and_nothing_is_left"
    ),
    "call_a_grant_proof": Mutant(
        call_a_grant_proof, "tests/unit/agent/test_doctor_judges.py::test_subscriptions"
    ),
    "believe_what_came": Mutant(
        believe_what_came, PULL + "test_wrong_bytes_are_thrown_away_and_the_next_pull_is_whole"
    ),
    "believe_where_a_part_begins": Mutant(
        believe_where_a_part_begins, PULL + "test_server_that_begins_elsewhere_is_not_believed"
    ),
    "log_what_exceptions_say": Mutant(
        log_what_exceptions_say, LOGGED + "test_exception_is_told_without_its_words_and_variables"
    ),
    "count_what_only_reads": Mutant(
        count_what_only_reads,
        "tests/unit/agent/test_tally.py::test_commits_are_counted_where_something_was_written",
    ),
    "learn_the_drift": Mutant(
        learn_the_drift,
        "tests/unit/agent/test_watching.py::test_new_text_format_raises_and_its_repair_clears",
    ),
    "forget_the_long_run": Mutant(
        forget_the_long_run, "tests/unit/agent/test_watching.py::test_restart_remembers"
    ),
    "be_content_with_life": Mutant(
        be_content_with_life, "tests/unit/agent/test_progress.py::test_standstill_is_judged"
    ),
    "log_without_end": Mutant(log_without_end, LOGGED + "test_storm_is_held_back_and_counted"),
    "acknowledge_early": Mutant(acknowledge_early, DURABLE + "test_no_puback_before_the_row_is_durable"),
    "acknowledge_after_a_failed_commit": Mutant(
        acknowledge_after_a_failed_commit, DURABLE + "test_no_puback_while_the_disk_is_full"
    ),
    "acknowledge_out_of_order": Mutant(
        acknowledge_out_of_order, DURABLE + "test_pubacks_go_out_in_arrival_order"
    ),
    "forget_the_generation": Mutant(
        forget_the_generation,
        "tests/unit/agent/test_mqtt.py::test_acknowledgement_of_an_older_connection_is_void",
    ),
    "acknowledge_twice": Mutant(
        acknowledge_twice, DURABLE + "test_repeat_on_the_same_connection_is_acknowledged_once"
    ),
    "recognise_nothing": Mutant(recognise_nothing, DURABLE + "test_redelivery_keeps_its_id"),
    "read_whole_numbers_through_float": Mutant(
        read_whole_numbers_through_float,
        "tests/unit/agent/test_numerals.py::test_whole_number_is_written_digit_by_digit",
    ),
    "leave_in_doubt": Mutant(leave_in_doubt, DURABLE + "test_equal_text_after_an_ordered_stop_is_new"),
    "dedupe_by_payload": Mutant(dedupe_by_payload, DURABLE + "test_equal_payloads_are_two_messages"),
    "ignore_the_topic": Mutant(ignore_the_topic, DURABLE + "test_packet_id_alone_is_no_redelivery"),
    "remember_a_lost_session": Mutant(
        remember_a_lost_session, DURABLE + "test_what_a_new_session_sends_is_new"
    ),
    "store_the_first_record_alone": Mutant(
        store_the_first_record_alone,
        PAYLOADS + "test_no_puback_before_all_records_of_a_payload_are_durable",
    ),
    "forget_open_lines": Mutant(
        forget_open_lines, PAYLOADS + "test_crash_in_the_middle_of_a_record_loses_no_line"
    ),
    "settle_in_two_transactions": Mutant(
        settle_in_two_transactions, "tests/unit/agent/test_buffer.py::test_settlement_is_whole_or_not_at_all"
    ),
    "drop_an_outbox_row": Mutant(drop_an_outbox_row, DURABLE + "test_accepted_message_is_in_the_outbox"),
    "believe_conversions": Mutant(
        believe_conversions,
        "tests/unit/agent/test_convert.py::test_grounding_works_conversions_out_again",
    ),
    "skip_the_span_check": Mutant(
        skip_the_span_check, DURABLE + "test_value_that_is_not_in_the_text_is_rejected"
    ),
    "publish_what_is_unsure": Mutant(
        publish_what_is_unsure, DURABLE + "test_unsure_value_climbs_then_is_rejected"
    ),
    "ask_all_models_for_the_same": Mutant(
        ask_all_models_for_the_same,
        "tests/unit/agent/test_believing.py::test_agent_asks_a_tier_for_what_its_model_says",
    ),
    "break_the_order": Mutant(break_the_order, DURABLE + "test_slow_message_holds_only_its_own_line"),
    "keep_dead_claims": Mutant(
        keep_dead_claims, "tests/unit/agent/test_buffer.py::test_claims_of_a_dead_run_come_back"
    ),
    "settle_by_number_alone": Mutant(
        settle_by_number_alone, "tests/unit/agent/test_buffer.py::test_fate_of_another_message_is_not_settled"
    ),
    "call_every_value_valid": Mutant(
        call_every_value_valid, "tests/unit/agent/test_validate.py::test_violation_names_place_and_keyword"
    ),
    "give_packet_ids_twice": Mutant(
        give_packet_ids_twice,
        "tests/unit/agent/test_mqtt_quick.py::test_an_id_without_an_answer_is_not_given_again",
    ),
    "let_answers_overtake": Mutant(
        let_answers_overtake,
        "tests/unit/agent/test_mqtt_quick.py::test_what_waits_is_written_together_and_in_order",
    ),
    "claim_what_is_in_hand": Mutant(
        claim_what_is_in_hand, "tests/unit/agent/test_buffer.py::test_what_is_in_hand_is_not_claimed_again"
    ),
    "answer_before_the_commit": Mutant(
        answer_before_the_commit,
        "tests/unit/agent/test_writer.py::test_nothing_is_answered_before_its_commit",
    ),
    "forget_a_note": Mutant(
        forget_a_note, DURABLE + "test_note_that_fails_is_made_again_and_nothing_is_sent_twice"
    ),
    "mark_delivered_before_the_broker": Mutant(
        mark_delivered_before_the_broker,
        DURABLE + "test_message_stays_in_the_outbox_until_the_broker_confirms",
    ),
    "give_up_on_refusal": Mutant(give_up_on_refusal, DURABLE + "test_refused_message_is_tried_again"),
    "process_under_the_newest": Mutant(
        process_under_the_newest,
        "tests/unit/agent/test_plans.py::test_message_keeps_the_plan_under_which_it_was_taken_in",
    ),
    "unsubscribe_first": Mutant(
        unsubscribe_first,
        "tests/unit/agent/test_subscriptions.py::test_change_asks_for_the_new_before_it_gives_up_the_old",
    ),
    "believe_a_bad_file": Mutant(
        believe_a_bad_file,
        "tests/unit/agent/test_reload.py::test_loop_with_the_topics_that_run_is_refused",
    ),
    "feed_the_watchdog_of_a_stuck_loop": Mutant(
        feed_the_watchdog_of_a_stuck_loop,
        "tests/unit/agent/test_health.py::test_stuck_loop_starves_the_watchdog",
    ),
    "forget_what_is_not_finished": Mutant(
        forget_what_is_not_finished,
        "tests/unit/agent/test_retention.py::test_nothing_unfinished_is_forgotten",
    ),
    "keep_what_is_to_be_hidden": Mutant(
        keep_what_is_to_be_hidden,
        "tests/unit/agent/test_redaction.py::test_stored_text_is_hidden_and_the_published_record_is_whole",
    ),
    "erase_rows_alone": Mutant(
        erase_rows_alone, "tests/unit/agent/test_erase.py::test_no_byte_of_an_erased_device_is_left"
    ),
    "requeue_without_an_event": Mutant(
        requeue_without_an_event, "tests/unit/agent/test_requeue.py::test_verdict_stays_in_an_event"
    ),
    "requeue_what_is_not_rejected": Mutant(
        requeue_what_is_not_rejected, "tests/unit/agent/test_requeue.py::test_only_rejected_messages_go_back"
    ),
    "believe_the_clock": Mutant(
        believe_the_clock,
        "tests/unit/agent/test_retention.py::test_clock_that_jumps_wipes_nothing",
    ),
    "take_own_output_for_input": Mutant(
        severed.take_own_output_for_input,
        "tests/unit/agent/test_echo.py::test_own_output_that_comes_back_is_dropped",
    ),
    "swap_a_damaged_file": Mutant(
        severed.swap_a_damaged_file,
        "tests/unit/agent/test_damage.py::test_late_confirmation_removes_nothing_from_the_new_outbox",
    ),
    "fight_for_the_client_id": Mutant(
        severed.fight_for_the_client_id,
        "tests/unit/agent/test_mqtt_ends.py::test_contest_waits_ever_longer_and_calm_ends_it",
    ),
    "give_paho_the_whole_keep_alive": Mutant(
        severed.give_paho_the_whole_keep_alive,
        "tests/unit/agent/test_mqtt_ends.py::test_dead_link_is_noticed_within_one_and_a_half_keep_alives",
    ),
    "read_secrets_once": Mutant(
        severed.read_secrets_once,
        "tests/unit/agent/test_mqtt_ends.py::test_secrets_are_what_the_files_hold_now",
    ),
    "sync_nothing": Mutant(sync_nothing, "tests/unit/agent/test_buffer.py::test_commits_wait_for_the_disk"),
}


MUTANTS |= {name: Mutant(*planted) for name, planted in neglect.PLANTED.items()}
MUTANTS |= {name: Mutant(*planted) for name, planted in careless.PLANTED.items()}
MUTANTS |= {name: Mutant(*planted) for name, planted in credulous.PLANTED.items()}


def poisonous_engine() -> None:
    """Let the stub tier crash on one word: the extractor is at fault, not the agent, which must survive."""
    assembly.FACTORIES["stub"] = "poison:load"


STEPS: dict[str, tuple[Any, str]] = {
    "store": (Buffer, "store"),
    "acknowledge": (pipeline.Receive, "_acknowledge"),
    "claim": (Buffer, "claim"),
    "settle": (Buffer, "settle"),
    "send": (pipeline.Deliver, "_send"),
    "delivered": (Buffer, "delivered"),
}
"""Steps of a message's way, between any two of which a crash must lose nothing."""
LINE_STEPS: dict[str, tuple[Any, str]] = {"join": (Buffer, "join")}
"""The same, of messages that are lines of a record."""
DEADLY_CALL = 3
"""Call of a step at which the process dies: not the first, so that something is under way."""


def die_at(when: str, step: str) -> None:
    """Let the process kill itself `before` or `after` a step."""
    owner, name = (STEPS | LINE_STEPS)[step]
    original, calls = getattr(owner, name), iter(range(1, 1_000_000))

    def deadly(self: Any, *arguments: Any, **options: Any) -> Any:
        now = next(calls) == DEADLY_CALL
        if now and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(self, *arguments, **options)
        if now:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    put(owner, name, deadly)


CIRCUMSTANCES: dict[str, Callable[[], None]] = {
    "poisonous_engine": poisonous_engine,
    "quoting": quoting.plant,
    "haste": haste.plant,
    "be_impatient": be_impatient,
}
"""What tests need in the agent's process beside the faults of its own."""


PLANTERS: dict[str, Callable[..., None]] = {"die": die_at, "freeze": freeze}
"""Faults that take arguments."""


def plant(name: str) -> None:
    """Plant one fault in this interpreter: by name, or ``die:before:store``, or ``freeze:main``."""
    kind, *rest = name.split(":")
    if rest:
        PLANTERS[kind](*rest)
        return
    (CIRCUMSTANCES.get(name) or MUTANTS[name].plant)()


def plant_from_environment() -> None:
    """Plant what `run.py` asks for."""
    name = os.environ.get(VARIABLE)
    if name:
        plant(name)
