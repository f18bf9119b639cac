"""Templates that the model teaches: learned, on probation, in force, audited, demoted."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from bench import Bench, make_schema
from click.testing import CliRunner
from school import TERMS, School, reads

from agent.buffer import Buffer
from agent.buffer.standings import Past
from agent.cli import main
from agent.errors import BufferUnavailable
from agent.message import Candidate, Refusal
from agent.plans import plan
from agent.redaction import redaction
from agent.schemas import compile_schema

SWAPPED = {"temp": "hum", "hum": "temp"}


@pytest.fixture
def school(bench: Bench) -> School:
    """Give a study on a bench."""
    return School(bench)


def swapped(school: School, state: str = "active", origin: str = "learned") -> str:
    """Plant a template that reads humidity as temperature; return its id."""
    school.learn()
    (right,) = school.rows()
    document = json.loads(json.dumps(right.document).replace("/temp", "/x").replace("/hum", "/temp"))
    wrong = json.loads(json.dumps(document).replace("/x", "/hum"))
    school.bench.buffer.read(lambda db: db.execute("DELETE FROM templates"))
    school.plant(replace(right, id="wrong", document=wrong, state=state, origin=origin))
    school.think()
    return "wrong"


def run(*words: object) -> tuple[int, str]:
    """Call `maaza`."""
    result = CliRunner().invoke(main, [str(word) for word in words])
    return result.exit_code, result.output


def test_format_that_repeats_is_learned_and_served(school: School) -> None:
    """Three answers make a template, three more that it has not seen bring it into force."""
    for number in range(3):
        school.say(school.line(number))
        assert school.recognition.count == 0
    assert [row.state for row in school.rows()] == ["candidate"]
    school.say(school.line(3), school.line(4))
    assert (school.recognition.count, school.rows()[0].state) == (0, "candidate")
    school.say(school.line(5))
    assert (school.recognition.count, school.rows()[0].state) == (1, "active")
    school.say(school.line(6))
    assert school.tiers() == ["one"] * 6 + ["template"]
    assert len(school.events("template_promoted")) == 1
    assert school.rows()[0].filter == "load/+/raw"


def test_same_text_again_is_no_agreement(school: School) -> None:
    """A device that says one thing for ever teaches nothing."""
    school.say(*([school.line(1)] * 20))
    assert school.rows() == []
    school.say(school.line(2), school.line(3))
    school.say(*([school.line(4)] * 20))
    assert [row.state for row in school.rows()] == ["candidate"]


def test_candidate_that_the_model_contradicts_does_not_serve(school: School) -> None:
    """It begins anew, and needs twice as many."""
    name = swapped(school, state="candidate")
    school.say(*(school.line(number) for number in range(40, 60)))
    assert school.state(name) != "active"
    assert school.past(name).demotions > 0
    assert name not in school.recognition.serving


def test_unsure_answers_teach_nothing(school: School) -> None:
    """Also where they are right."""
    school.reader = lambda text: replace(reads(text), confidence=0.3)
    school.say(*(school.line(number) for number in range(9)))
    assert school.rows() == []


def test_template_in_force_is_audited_for_ever(school: School) -> None:
    """What it has read is put to the model, again and again."""
    name = school.learn()
    school.say(*(school.line(number) for number in range(20, 40)))
    assert school.outcomes() == {"agreed": 20.0}
    assert school.past(name).good_seq == 26
    figures = school.study.trust.figures()
    assert (figures.audited, figures.unaudited_s) == (1.0, 0.0)
    assert school.past(name).served == 20


def test_wrong_template_is_demoted_at_its_first_audit(school: School) -> None:
    """It serves no more, the event says why, and what it made is listed."""
    name = swapped(school)
    school.say(school.line(50))
    assert school.tiers()[-1] == "template"
    assert school.state(name) == "demoted"
    (detail,) = school.events("template_demoted")
    assert json.loads(detail)["fields"] == ["/temp", "/hum"]
    school.say(school.line(51))
    assert school.tiers()[-1] == "one"
    code, said = run("templates", "suspects", name, "--json", "--database", school.bench.path)
    assert code == 0, said
    (suspect,) = json.loads(said)["suspects"]
    assert suspect["text"] == school.line(50)
    code, said = run("templates", "show", name, "--database", school.bench.path)
    assert "/temp, /hum; 1 records in doubt" in said
    assert "demoted" in run("templates", "list", "--database", school.bench.path)[1]


def test_records_in_doubt_begin_behind_the_last_good_check(school: School) -> None:
    """What the model has confirmed is not listed."""
    name = school.learn()
    school.say(*(school.line(number) for number in range(20, 25)))
    school.study.budget.spend(1000.0)
    school.say(*(school.line(number) for number in range(30, 34)))
    school.reader = lambda text: reads(text, **SWAPPED)
    school.study.budget.left = 1.0
    school.think()
    assert school.state(name) == "demoted"
    _code, said = run("templates", "suspects", name, "--json", "--database", school.bench.path)
    assert [one["text"] for one in json.loads(said)["suspects"]] == [school.line(n) for n in range(30, 34)]


def test_records_in_doubt_are_read_again(school: School) -> None:
    """Published ones go back, are read by the model, and keep their ids; a serving template is not asked."""
    name = swapped(school)
    school.say(school.line(50))
    school.bench.buffer.read(lambda db: db.execute("UPDATE inbox SET state = 'published', finished_at = 1"))
    school.bench.buffer.read(lambda db: db.execute("DELETE FROM outbox"))
    ((before,),) = school.bench.rows("id", "ORDER BY seq DESC LIMIT 1")
    assert run("templates", "replay", name, "--dry-run", "--database", school.bench.path)[1].startswith("1 ")
    code, said = run("templates", "replay", name, "--database", school.bench.path)
    assert (code, said) == (0, "1 are read again\n")
    school.bench.process.wake()
    school.bench.extract()
    ((after, state),) = school.bench.rows("id, state", "ORDER BY seq DESC LIMIT 1")
    assert (after, state) == (before, "ready")
    (again,) = school.events("read_again")
    assert json.loads(again)["template"] == name
    run("templates", "enable", name, "--database", school.bench.path)
    code, said = run("templates", "replay", name, "--database", school.bench.path)
    assert (code, "templates disable" in said) == (1, True)


def test_template_of_a_person_goes_to_review(school: School) -> None:
    """It goes on serving, health says so, and a person ends it."""
    name = swapped(school, origin="taught")
    school.say(school.line(50), school.line(51), school.line(52))
    assert school.tiers()[-3:] == ["template"] * 3
    assert school.state(name) == "active"
    assert "--review" in school.study.trouble
    assert len(school.events("template_disputed")) == 1
    database = ("--database", school.bench.path)
    assert name in run("templates", "list", "--review", *database)[1]
    assert run("templates", "enable", name, *database)[0] == 0
    assert run("templates", "list", "--review", *database)[1] == "no templates\n"
    school.study._latest.clear()
    school.think(2)
    assert school.study.trouble == ""


def test_model_that_is_not_sure_leaves_a_template_alone(school: School) -> None:
    """Neither good nor bad, and the next one is asked about."""
    name = swapped(school)
    school.reader = lambda text: replace(reads(text), confidence=0.2)
    school.say(school.line(50))
    school.think()
    assert (school.state(name), school.outcomes()["open"]) == ("active", 1.0)
    assert school.past(name).good_at is None


@pytest.mark.parametrize(
    ("refusal", "state"),
    [
        (Refusal.NOT_THIS_SCHEMA, "demoted"),
        (Refusal.MISSING_REQUIRED, "demoted"),
        (Refusal.TEXT_TOO_LONG, "active"),
    ],
)
def test_model_that_refuses(school: School, refusal: Refusal, state: str) -> None:
    """A sure no contradicts; what the model cannot do says nothing of the template."""
    name = school.learn()
    school.reader = lambda _text: Candidate(None, (), 0.9, "one", "m", refusal=refusal, detail="")
    school.say(school.line(50))
    assert school.state(name) == state


def test_least_recently_audited_is_asked_first(school: School) -> None:
    """Of those that have served since."""
    school.learn()
    (row,) = school.rows()
    for name, label, checked_at in (("late", "late", 2.0), ("never", "never", None), ("early", "early", 1.0)):
        document = json.loads(json.dumps(row.document).replace('"dev "', f'"{label} dev "'))
        school.plant(
            replace(row, id=name, document=document), Past(name, basis=TERMS.basis, checked_at=checked_at)
        )
    school.think()
    school.asked.clear()
    school.study.budget.spend(1000.0)
    texts = [f"{label} {school.line(number)}" for number, label in enumerate(("late", "early", "never"), 50)]
    school.say(*texts)
    assert school.asked == []
    school.study.budget.left = 1.0
    school.think(3)
    assert [text.split()[0] for text in school.asked] == ["never", "early", "late"]


def test_audits_keep_to_the_processor_time_that_they_may_take(school: School) -> None:
    """A share of one core, by what the model's process says it has taken."""
    school.learn()
    school.cost_s = 0.5
    spent = school.study.budget.spent
    for number in range(200):
        school.say(school.line(number + 20))
    seconds = school.study.budget.spent - spent
    assert seconds <= 0.02 * 200 * 1.6 + 2.0 + 0.5
    assert seconds >= 2.0
    assert school.study.trust.figures().audited < 0.2


def test_change_of_model_or_threshold_puts_on_probation(school: School) -> None:
    """At the next start it reads along, until the model has agreed again."""
    name = school.learn()
    school.study.close()
    again = School(school.bench, replace(TERMS, basis="b2"))
    assert (again.recognition.count, again.state(name)) == (0, "candidate")
    assert len(again.events("template_on_probation")) == 1
    again.say(*(school.line(number) for number in range(70, 72)))
    assert again.recognition.count == 0
    again.say(school.line(72))
    assert again.recognition.serving == (name,)


def test_what_is_known_survives_a_restart(school: School) -> None:
    """Also one without warning: a template in force has its row."""
    name = school.learn()
    again = School(school.bench)
    assert again.recognition.serving == (name,)
    again.say(school.line(80))
    assert again.tiers()[-1] == "template"


def test_change_of_schema_puts_on_probation(school: School) -> None:
    """The format reads along under the new schema; nothing is served by the old one."""
    name = school.learn()
    schemas = {"load": compile_schema({**make_schema().document, "title": "x"}, name="load")}
    schemas["other"] = make_schema("other")
    school.bench.plans.follow(plan(2, [school.bench.route], schemas), oldest=0)
    school.think(2)
    assert school.recognition.count == 0
    states = {row.id: row.state for row in school.rows()}
    assert states[name] == "candidate"
    (successor,) = states.keys() - {name}
    assert states[successor] == "candidate"


def test_constant_word_that_varies_was_none(bench: Bench) -> None:
    """It may be a value that the model overlooks: the template is taken back for good."""
    document: Any = make_schema().document
    document = {**document, "properties": {**document["properties"], "user": {"type": "string"}}}
    schemas = {"load": compile_schema(document, name="load"), "other": make_schema("other")}
    bench.plans.follow(plan(1, [bench.route], schemas), oldest=0)
    school = School(bench)
    school.say(*(f"{school.line(number)} by ann" for number in range(6)))
    (name,) = school.recognition.serving
    school.say(f"{school.line(30)} by bob")
    assert school.state(name) == "demoted"
    (detail,) = school.events("template_demoted")
    assert json.loads(detail)["fields"] == ["/user"]
    school.say(*(f"{school.line(number)} by {who}" for number in range(40, 70) for who in ("ann", "bob")))
    assert school.recognition.count == 0


def test_demoted_template_serves_no_more_while_the_disk_is_full(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its row follows as soon as there is room."""
    name = swapped(school)
    change = Buffer.change

    def full(_self: Buffer, _work: object) -> None:
        raise BufferUnavailable("commit", cause="database or disk is full")

    monkeypatch.setattr(Buffer, "change", full)
    school.say(school.line(50), school.line(51))
    assert school.tiers()[-2:] == ["template", "one"]
    assert school.state(name) == "active"
    monkeypatch.setattr(Buffer, "change", change)
    school.think()
    assert school.state(name) == "demoted"
    assert len(school.events("template_demoted")) == 1


def test_hidden_texts_are_not_learned_from(bench: Bench) -> None:
    """What is not kept in stored texts is not kept in templates either."""
    bench.redaction = redaction((re.compile("p-1").pattern,), ())
    school = School(bench)
    school.say(*(school.line(number) for number in range(10, 20)))
    assert school.rows() == []


def test_settings_can_switch_learning_off(bench: Bench) -> None:
    """Templates of the file are audited all the same."""
    school = School(bench)
    school.learn()
    off = School(bench, replace(TERMS, learns=False))
    off.say(*(f"new {school.line(number)}" for number in range(10)))
    assert len(off.rows()) == 1
    off.say(school.line(40))
    assert off.outcomes() == {"agreed": 1.0}


def test_room_is_made_by_what_does_not_serve(school: School) -> None:
    """What serves stays; where nothing else is there, nothing new is learned."""
    school.terms = replace(TERMS, room=2)
    small = School(school.bench, school.terms)
    small.learn()
    small.say(*(f"a {school.line(number)}" for number in range(20, 23)))
    small.say(*(f"b {school.line(number)}" for number in range(20, 23)))
    states = [row.state for row in small.rows()]
    assert sorted(states) == ["active", "candidate"]
    small.say(*(f"b {school.line(number)}" for number in range(30, 33)))
    small.say(*(f"c {school.line(number)}" for number in range(20, 23)))
    assert [row.state for row in small.rows()] == ["active", "active"]


def test_templates_of_another_node_begin_on_probation(school: School) -> None:
    """Its model has taught them, not ours; a person's word counts here too."""
    name, path = school.learn(), school.bench.path.parent / "t.json"
    database = ("--database", school.bench.path)
    assert run("templates", "export", path, *database)[0] == 0
    school.bench.buffer.read(lambda db: db.execute("DELETE FROM templates"))
    assert run("templates", "import", path, *database)[0] == 0
    assert school.state(name) == "candidate"
    path.write_text(path.read_text().replace('"learned"', '"taught"'))
    assert run("templates", "import", path, *database)[0] == 0
    assert school.state(name) == "active"


def test_fault_of_the_study_stops_no_message(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is in the log, and the loop goes on."""
    monkeypatch.setattr("agent.app.lessons.sample", lambda *_args: 1 / 0)
    school.say(*(school.line(number) for number in range(4)))
    assert school.tiers() == ["one"] * 4
