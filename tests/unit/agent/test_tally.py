"""What the loops count, compared with what the tables hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench import Bench

from agent.buffer.depth import Gauge
from agent.journey import climbed
from agent.message import Attempt, Candidate, Reason, Record
from agent.metrics import catalogue
from agent.metrics.summary import snapshot
from agent.mqtt import Opened
from agent.testing import packet

ROUTE = "load/+/raw"


def total(bench: Bench, metric: object, *labels: str) -> object:
    """Return one value of a metric; None where it was never counted."""
    assert isinstance(metric, type(catalogue.RECEIVED))
    return snapshot(0.0, bench.meter.registry.read()).values(metric).get(labels)


def test_way_of_messages_is_counted(bench: Bench) -> None:
    """Stored, refused on arrival, decided, rejected, delivered: each number is that of the tables."""
    bench.arrive(
        packet(1, "a temp 1"), packet(2, "b temp"), packet(3, "\x00"), packet(4, "x", topic="elsewhere")
    )
    bench.extract()
    bench.extract()
    bench.courier.up(Opened(1, session_present=False, receive_maximum=100, v5=True))
    bench.clock.advance(3)
    bench.deliver.step(wait_s=0)
    for packet_id in range(1, len(bench.out.published) + 1):
        bench.courier.confirmed(1, packet_id, 0)
    bench.deliver.step(wait_s=0)
    assert total(bench, catalogue.RECEIVED, ROUTE) == 3
    assert total(bench, catalogue.RECEIVED, "") == 1
    assert total(bench, catalogue.DECIDED, ROUTE, "ready") == 1
    assert total(bench, catalogue.REFUSED, ROUTE, "undecodable") == 1
    assert total(bench, catalogue.REFUSED, "", "no_route") == 1
    assert total(bench, catalogue.DECIDED, ROUTE, "rejected") == 1
    assert bench.proof()["rejected"] == (3, 0)
    assert total(bench, catalogue.RECORDS, "load", "one") == 1
    assert total(bench, catalogue.DELIVERED, "data") == 1
    assert total(bench, catalogue.DELIVERED, "rejected") == 3
    assert total(bench, catalogue.RECEIVED_BYTES) == bench.rows("sum(size)", "")[0][0]


def test_stages_are_timed(bench: Bench) -> None:
    """Each stage has one observation per message; the whole is at least its parts that the clock shows."""
    bench.arrive(packet(1, "a temp 1"), packet(2, "b temp 2"))
    bench.extract()
    bench.courier.up(Opened(1, session_present=False, receive_maximum=100, v5=True))
    bench.clock.advance(3)
    bench.deliver.step(wait_s=0)
    bench.clock.advance(2)
    bench.courier.confirmed(1, 1, 0)
    bench.courier.confirmed(1, 2, 0)
    bench.deliver.step(wait_s=0)
    found = snapshot(0.0, bench.meter.registry.read()).values(catalogue.STAGE)
    counted = {labels[0]: value.count for labels, value in found.items() if not isinstance(value, float)}
    assert counted == dict.fromkeys(counted, 2)
    assert set(counted) == {"intake", "commit", "wait", "extract", "validate", "settle", "publish", "total"}
    publish, whole = found["publish", ""], found["total", ""]
    assert not isinstance(publish, float)
    assert not isinstance(whole, float)
    assert publish.sum == pytest.approx(4.0)
    assert whole.sum >= 2 * 5.0


def test_repeats_of_the_broker_are_counted_and_no_messages(bench: Bench) -> None:
    """A redelivery is not a second message, in the numbers as in the table."""
    bench.link.generation = 0
    bench.arrive(packet(5, "a temp 1"))
    bench.connect(generation=2)
    bench.arrive(packet(5, "a temp 1", generation=2))
    assert total(bench, catalogue.REPEATED) == 1
    assert total(bench, catalogue.RECEIVED, ROUTE) == 1


def test_commits_are_counted_where_something_was_written(bench: Bench) -> None:
    """A look at an empty table is no commit, and wears nothing."""
    bench.arrive(packet(1, "a temp 1"))
    before = bench.meter.commits.value
    for _ in range(5):
        bench.buffer.claim(0)
        bench.buffer.last_number()
    assert bench.meter.commits.value == before > 0


def attempt(schema: str, tier: str) -> Attempt:
    """Return a failed try."""
    return Attempt(schema, tier, "unsure", 0.1)


def record(schema: str, tier: str) -> Record:
    """Return a record."""
    return Record(schema, "1", "", Candidate({}, (), 1.0, tier, ""))


@pytest.mark.parametrize(
    ("trail", "made", "expected"),
    [
        ((), record("a", "one"), False),
        ((), None, False),
        ((attempt("a", "one"),), None, False),
        ((attempt("a", "one"), attempt("b", "one")), None, False),
        ((attempt("a", "one"),), record("b", "two"), False),
        ((attempt("a", "one"),), record("a", "two"), True),
        ((attempt("a", "one"), attempt("a", "two")), None, True),
        ((attempt("a", "one"), attempt("b", "one"), attempt("b", "two")), None, True),
    ],
)
def test_climb_is_a_second_tier_for_one_schema(
    trail: tuple[Attempt, ...],
    made: Record | None,
    expected: bool,  # noqa: FBT001 - a table
) -> None:
    """The next schema at its own tier is no climb."""
    assert climbed(trail, made) == expected


def test_depth_is_what_waits_and_since_when(bench: Bench, tmp_path: Path) -> None:
    """Read by another connection while the owner writes; ages begin at arrival."""
    gauge = Gauge(bench.path)
    empty = gauge.read()
    assert empty is not None
    assert (empty.undecided, empty.outbox, empty.oldest_inbox, empty.oldest_outbox) == (0, 0, None, None)
    bench.arrive(packet(1, "a temp 1"), packet(2, "b temp 2"))
    waiting = gauge.read()
    assert waiting is not None
    assert (waiting.received, waiting.claimed, waiting.outbox) == (2, 0, 0)
    assert waiting.oldest_inbox == 1_700_000_000.0
    bench.extract()
    settled = gauge.read()
    assert settled is not None
    assert (settled.undecided, settled.outbox, settled.oldest_outbox) == (0, 2, 1_700_000_000.0)
    assert settled.bytes >= bench.path.stat().st_size
    gauge.close()
    assert Gauge(tmp_path / "nowhere.db").read() is None


def test_reasons_of_a_rejection_are_labels(bench: Bench) -> None:
    """The reason is one of a fixed list, so that labels are few."""
    bench.arrive(packet(1, "nothing"))
    bench.extract()
    bench.extract()
    values = snapshot(0.0, bench.meter.registry.read()).values(catalogue.REJECTED)
    assert {reason for _route, reason in values} <= {reason.value for reason in Reason}
    assert sum(value for value in values.values() if isinstance(value, float)) == 1
