"""Plans: a message keeps the routes and schemas under which it was taken in."""

from __future__ import annotations

import pytest
from bench import Bench, make_schema

from agent.buffer import Buffer, audit
from agent.extract.stub import Stub
from agent.message import Route
from agent.plans import KEPT, Plan, Plans, plan
from agent.schemas import compile_schema
from agent.testing import packet

CHANGED = compile_schema(
    {
        "$id": "https://example.invalid/load/2",
        "type": "object",
        "properties": {"hum": {"type": "integer"}, "device": {"type": "string"}},
        "required": ["hum", "device"],
    },
    name="load",
)


def numbered(number: int, topic_filter: str = "load/+/raw", schema: str = "load") -> Plan:
    """Return a plan of one route."""
    return plan(number, [Route(topic_filter, (schema,), ("one",))], {schema: make_schema(schema)})


def test_plan_holds_the_schemas_of_its_routes_alone() -> None:
    """A schema that no route names is of no interest."""
    made = plan(1, [Route("a", ("load",), ("one",))], {name: make_schema(name) for name in ("load", "other")})
    assert list(made.schemas) == list(made.complexity) == list(made.fingerprints) == ["load"]


def test_number_leads_to_its_plan_and_else_to_the_one_in_force() -> None:
    """After a restart, or when a message was put back, the present configuration is the right one."""
    first, second = numbered(1), numbered(2)
    plans = Plans(first)
    plans.follow(second, oldest=1)
    assert plans.current is second
    assert [plans.numbered(number) for number in (0, 1, 2, 3)] == [second, first, second, second]


@pytest.mark.parametrize(
    ("topic", "number"), [("load/a/raw", 1), ("both/a", 2), ("other/a", 2), ("nobody/a", None)]
)
def test_topic_is_taken_by_the_newest_plan_that_has_a_route(topic: str, number: int | None) -> None:
    """What the broker still sends of an ended subscription is processed as it was asked for."""
    plans = Plans(plan(1, [Route(one, (), ()) for one in ("load/+/raw", "both/+")], {}))
    plans.follow(plan(2, [Route(one, (), ()) for one in ("other/+", "both/+")], {}), oldest=0)
    taken, route = plans.taking(topic)
    assert (taken.number if route else None) == number
    assert route is not None or taken.number == 2


@pytest.mark.parametrize(("oldest", "kept"), [(0, KEPT), (15, KEPT), (3, 17), (1, 19)])
def test_plans_without_messages_are_forgotten(oldest: int, kept: int) -> None:
    """The last few stay, and all from the oldest that has messages."""
    plans = Plans(numbered(1))
    for number in range(2, 20):
        plans.follow(numbered(number), oldest=1)
    plans.follow(numbered(20), oldest=oldest)
    assert sum(plans.numbered(number).number == number for number in range(1, 20)) == kept


def test_message_keeps_the_plan_under_which_it_was_taken_in(bench: Bench) -> None:
    """Taken in before the change, claimed after it: device, schema and audit row are of one configuration."""
    bench.arrive(packet(1, "p temp 1.5 hum 4"))
    route = Route("load/+/raw", ("load",), ("one",), device_level=0)
    bench.plans.follow(plan(2, [route], {"load": CHANGED}), oldest=1)
    bench.arrive(packet(2, "p temp 1.5 hum 4"))
    bench.extract()
    found = bench.buffer.read(
        lambda db: db.execute(
            "SELECT configuration, device, schema_version, value FROM v_records ORDER BY id"
        ).fetchall()
    )
    assert [row[:3] for row in found] == [(1, "a", "1"), (2, "load", "2")]


def test_change_in_the_middle_of_a_way_does_not_change_it(bench: Bench) -> None:
    """A message that waits for its second schema gets that of its own configuration."""
    first = plan(
        3, [Route("load/+/raw", ("load", "other"), ("one",))], {n: make_schema(n) for n in ("load", "other")}
    )
    bench.plans.follow(first, oldest=1)
    bench.arrive(packet(1, "nothing to see"))
    bench.clock.advance(1)
    bench.process.step(wait_s=0)
    bench.plans.follow(numbered(4), oldest=1)
    bench.process.finished(bench.queues["one"].answer_with(stub()))
    bench.process.step(wait_s=0)
    assert [ticket.job.schema.name for ticket in bench.queues["one"].tickets] == ["other"]
    bench.process.finished(bench.queues["one"].answer_with(stub()))
    bench.process.step(wait_s=0)
    assert bench.rows("state, configuration") == [("rejected", 3)]


def stub() -> Stub:
    """Return an extractor."""
    return Stub("one")


def test_message_of_an_unknown_configuration_is_decided_under_the_one_in_force(bench: Bench) -> None:
    """The row then names the configuration that decided."""
    bench.arrive(packet(1, "p temp 1.5"))
    bench.buffer.read(lambda db: db.execute("UPDATE inbox SET configuration = 99"))
    bench.extract()
    assert bench.rows("configuration") == [(1,)]


def test_put_back_message_belongs_to_no_configuration(bench: Bench, buffer: Buffer) -> None:
    """It is tried again under whatever is in force then."""
    bench.arrive(packet(1, "no numbers here"))
    bench.extract()
    buffer.put_back([str(bench.rows("id")[0][0])])
    assert bench.rows("state, configuration") == [("received", 0)]
    assert buffer.read(audit.oldest_configuration) == 0


def test_oldest_configuration_is_that_of_the_oldest_open_message(bench: Bench, buffer: Buffer) -> None:
    """Decided messages need their plan no more."""
    bench.arrive(packet(1, "p temp 1.5"))
    bench.plans.follow(numbered(2), oldest=1)
    bench.arrive(packet(2, "p temp 1.5"))
    assert buffer.read(audit.oldest_configuration) == 1
    bench.extract()
    assert buffer.read(audit.oldest_configuration) == 0


def test_configuration_is_written_down_once(buffer: Buffer) -> None:
    """A restart with the same configuration continues it: its messages keep their plan."""
    assert buffer.begin_configuration(sha256="a", document={"node": "n"}) == 1
    assert buffer.begin_configuration(sha256="a", document={"node": "n"}) == 1
    assert buffer.begin_configuration(sha256="b", document={}) == 2
    assert buffer.begin_configuration(sha256="a", document={"node": "n"}) == 3
    assert buffer.read(audit.last_configuration) == (3, "a", {"node": "n"})
