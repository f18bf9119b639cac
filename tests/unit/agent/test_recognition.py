"""Texts of a learned format on their way: read at once, proved as all others, and nothing lost where not."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from bench import Bench, make_schema
from click.testing import CliRunner
from lessons import taught

from agent.app.recognition import Recognition, confidence
from agent.buffer import templates
from agent.buffer.templates import MAX_COUNT, Row
from agent.cli import main
from agent.cli.learn import row_of
from agent.errors import Permanent
from agent.mqtt import Opened
from agent.plans import plan
from agent.schemas import Schema, compile_schema
from agent.testing import packet

SCHEMA = make_schema()


def rows(schema: Schema = SCHEMA, text: str = "dev {} at {} hum {}") -> list[Row]:
    """Return a taught template as it is stored."""
    said = [("p-1", 20.5, 4), ("q-22", 7, 55), ("r-3", 1.25, 6)]
    lesson = taught(
        [(text.format(*one), dict(zip(("device", "temp", "hum"), one, strict=True))) for one in said], schema
    )
    return [row_of(one, schema, "") for one in lesson.learned]


@pytest.fixture
def known(bench: Bench) -> Recognition:
    """Give the templates of a bench, none yet."""
    made = Recognition(bench.buffer, bench.plans, max_count=10)
    bench.process.know(made)
    return made


def keep(bench: Bench, known: Recognition, some: list[Row]) -> None:
    """Store templates and put them in force."""
    bench.buffer.read(lambda db: templates.keep(db, some, now=1.0))
    known.refresh()


def records(bench: Bench) -> list[tuple[object, ...]]:
    """Return tier, template and value of each record."""
    return bench.buffer.read(
        lambda db: db.execute("SELECT tier, template, value FROM v_records ORDER BY seq").fetchall()
    )


def test_a_known_format_is_read_without_a_tier(bench: Bench, known: Recognition) -> None:
    """It is settled in the same step as it is claimed, and says which template made it."""
    (row,) = rows()
    keep(bench, known, [row])
    bench.arrive(packet(1, "dev pump-7 at -3.5 hum 99"))
    bench.process.step(wait_s=0)
    assert bench.queues["one"].tickets == bench.queues["two"].tickets == []
    ((tier, template, value),) = records(bench)
    assert (tier, template) == ("template", row.id)
    assert json.loads(str(value)) == {"device": "pump-7", "temp": -3.5, "hum": 99}
    bench.courier.up(Opened(1, session_present=False, receive_maximum=100, v5=True))
    bench.deliver.step(wait_s=0)
    body = json.loads(bench.out.published[0][1])
    assert body["template"] == row.id
    assert body["evidence"] == {"/device": [4, 10], "/temp": [14, 18], "/hum": [23, 25]}
    assert body["confidence"] == pytest.approx(confidence(3))


@pytest.mark.parametrize(
    "text",
    [
        "dev pump-7 at -3.5 hum 99 more 4",
        "dev pump-7 hum 99 at -3.5",
        "at pump-7 dev -3.5 hum 99",
        "dev pump-7 at 101 hum 99",
        "something else",
    ],
)
def test_what_is_of_no_known_format_goes_to_the_tiers(bench: Bench, known: Recognition, text: str) -> None:
    """Also what only nearly is, or breaks a bound of the schema."""
    keep(bench, known, rows())
    bench.arrive(packet(1, text))
    bench.process.step(wait_s=0)
    assert [one.job.text for one in bench.queues["two"].tickets + bench.queues["one"].tickets] == [text]
    assert records(bench) == []


def test_two_templates_that_disagree_leave_it_to_the_tiers(bench: Bench, known: Recognition) -> None:
    """Who is right cannot be known from the text."""
    keep(bench, known, rows())
    swapped = json.loads(json.dumps(rows()[0].document).replace("/temp", "/x").replace("/hum", "/temp"))
    other = replace(rows()[0], id="other", document=json.loads(json.dumps(swapped).replace("/x", "/hum")))
    keep(bench, known, [other])
    assert known.count == 2
    bench.arrive(packet(1, "dev pump-7 at 3 hum 9"), packet(2, "dev pump-7 at 3.5 hum 9", topic="load/b/raw"))
    bench.process.step(wait_s=0)
    assert len(bench.queues["two"].tickets + bench.queues["one"].tickets) == 1
    assert len(records(bench)) == 1


def test_a_template_serves_its_own_schema_only(bench: Bench, known: Recognition) -> None:
    """When the schema has changed nobody knows whether it still holds; it waits to be taught again."""
    keep(bench, known, rows())
    assert known.count == 1
    document = {**SCHEMA.document, "title": "another"}
    changed = {"load": compile_schema(document, name="load"), "other": make_schema("other")}
    bench.plans.follow(plan(2, [bench.route], changed), oldest=0)
    known.refresh()
    assert known.count == 0


def test_a_route_of_its_own(bench: Bench, known: Recognition) -> None:
    """A template that is for one filter is not used for others."""
    keep(bench, known, [replace(one, filter="other/#") for one in rows()])
    assert known.match((SCHEMA.fingerprint,), "dev a-1 at 1 hum 2", "load/+/raw") is None
    assert known.match((SCHEMA.fingerprint,), "dev a-1 at 1 hum 2", "other/#") is not None


def test_a_template_that_cannot_be_read_harms_nobody(bench: Bench, known: Recognition) -> None:
    """A row that somebody has changed is left out, the others serve."""
    keep(bench, known, [*rows(), replace(rows()[0], id="broken", document={"parts": [{"slot": "/nowhere"}]})])
    assert known.count == 1


def test_many_messages_are_read_without_waiting(bench: Bench, known: Recognition) -> None:
    """More than a window of them are claimed in steps that do not wait for news."""
    bench.process._window = 4
    keep(bench, known, rows())
    bench.arrive(*(packet(n, f"dev a-{n} at {n}.5 hum {n}") for n in range(1, 20)))
    for _ in range(6):
        bench.process.step(wait_s=0)
    assert len(records(bench)) == 19


def test_looking_for_changes_hurries_no_commit(bench: Bench, known: Recognition) -> None:
    """It happens twice a second, and commits are what wears a card."""
    waiting = bench.buffer._writer.ride(
        lambda db: templates.turn(db, ["nobody"], "disabled", now=1.0), within_s=60
    )
    for _ in range(3):
        known.refresh()
    assert not waiting.done()


def test_a_file_has_room_for_so_many(bench: Bench) -> None:
    """What is too much is refused as a whole."""
    (one,) = rows()
    many = [replace(one, id=str(number)) for number in range(MAX_COUNT + 1)]
    with pytest.raises(Permanent, match="there is room for"):
        bench.buffer.read(lambda db: templates.keep(db, many, now=1.0))
    assert bench.buffer.read(templates.rows) == []


def run(*words: object) -> tuple[int, str]:
    """Call `maaza`."""
    result = CliRunner().invoke(main, [str(word) for word in words])
    return result.exit_code, result.output


def test_taught_by_a_person_and_served_at_once(bench: Bench, known: Recognition) -> None:
    """`maaza schema learn` writes beside the running agent, which takes it over at its next look."""
    folder = bench.path.parent
    lines = [
        {
            "text": f"dev a-{n} at {n}.5 hum {n + 3}",
            "expected": {"device": f"a-{n}", "temp": n + 0.5, "hum": n + 3},
        }
        for n in (1, 5, 20)
    ]
    (folder / "new.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (folder / "load.schema.json").write_text(json.dumps(SCHEMA.document))
    learn = ("schema", "learn", folder / "new.jsonl", "--schema", folder / "load.schema.json")
    code, said = run(*learn, "--database", bench.path)
    assert code == 0, said
    assert "dev {device: w-9} at {temp: number} hum {hum: number}" in said
    known.refresh()
    bench.arrive(packet(1, "dev zz-9 at 0.5 hum 1"))
    bench.process.step(wait_s=0)
    ((tier, template, _value),) = records(bench)
    assert tier == "template"
    code, said = run("templates", "disable", template, "--database", bench.path)
    assert code == 0, said
    known.refresh()
    assert known.count == 0
    assert run("templates", "disable", "nobody", "--database", bench.path)[0] == 1
    assert str(template) in run("templates", "list", "--database", bench.path)[1]


def test_carried_to_another_node(bench: Bench, known: Recognition) -> None:
    """What is exported can be imported; what was changed on the way is refused."""
    path = bench.path.parent / "t.json"
    keep(bench, known, rows())
    assert run("templates", "export", path, "--database", bench.path)[0] == 0
    bench.buffer.read(lambda db: templates.forget(db, [rows()[0].id], now=1.0))
    assert run("templates", "import", path, "--database", bench.path)[0] == 0
    known.refresh()
    assert known.count == 1
    path.write_text(path.read_text().replace(" hum ", " sum "))
    code, said = run("templates", "import", path, "--database", bench.path)
    assert (code, "was changed" in said) == (1, True)


def test_examples_that_contradict_store_nothing(bench: Bench) -> None:
    """The exit code says it, both lines are named, and a schema that was inferred is not written."""
    path = bench.path.parent / "bad.jsonl"
    lines = [{"text": "t=5", "expected": {"t": 5}}, {"text": "t=5", "expected": {"t": 6}}]
    path.write_text("\n".join(map(json.dumps, lines)))
    code, said = run("schema", "learn", path, "--database", bench.path, "--json")
    assert code == 1
    assert [1, 2] in [one["lines"] for one in json.loads(said)["contradictions"]]
    assert not path.with_name("bad.schema.json").exists()
    assert bench.buffer.read(templates.rows) == []
