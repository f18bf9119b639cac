"""Answers of the model as examples: what is learned of them, and what is not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lessons import NOW, NUMBER, READING, STRING, schema_of

from agent.message import Candidate, Evidence
from agent.schemas import Schema, compile_schema
from agent.templates.compiled import Unfit, compiled
from agent.templates.observed import Sample, induced, is_consistent, is_variant, sample, skeleton
from agent.templates.overlooked import Sort, sort_of
from agent.templates.parts import Form
from agent.templates.pattern import pattern
from agent.templates.samples import MAX_BYTES, MAX_FORMATS, TRIES, Samples

DOOR = schema_of(door=STRING, user=STRING, level=NUMBER, time=STRING)


def answer(text: str, value: dict[str, Any]) -> Candidate:
    """Return an answer whose values stand in the order of its fields, one behind the other."""
    evidence, at = [], 0
    for name, one in value.items():
        start = text.index(str(one), at)
        at = start + len(str(one))
        evidence.append(Evidence(f"/{name}", start, at, 0.9))
    return Candidate(value, tuple(evidence), 0.9, "nano", "")


def samples(rows: list[tuple[str, dict[str, Any]]], schema: Schema = READING) -> list[Sample]:
    """Return answers as examples."""
    return [sample(text, answer(text, value), schema, NOW) for text, value in rows]


def test_field_that_may_come_from_two_places_is_not_learned() -> None:
    """Where two numbers were equal in all answers, nobody knows which one is meant."""
    made = []
    for number in ("4", "5", "6"):
        text = f"P-{number} a {number} b {number}"
        places = {"/id": 0, "/t": text.index("b") + 2, "/h": text.index("a") + 2}
        evidence = tuple(
            Evidence(name, start, start + (3 if name == "/id" else 1), 0.9) for name, start in places.items()
        )
        value: dict[str, Any] = {"id": f"P-{number}", "t": int(number), "h": int(number)}
        made.append(sample(text, Candidate(value, evidence, 0.9, "nano", ""), READING, NOW))
    with pytest.raises(Unfit, match="may as well come from another place"):
        induced(made, READING, least=3, now=NOW)


def test_format_of_labelled_values_is_learned() -> None:
    """Three answers of one format make a template that reads a fourth text."""
    rows = [
        (f"unit P-{n} temp {n}.5C hum {n + 1}", {"id": f"P-{n}", "t": n + 0.5, "h": n + 1})
        for n in (4, 5, 16)
    ]
    (learned,) = induced(samples(rows), READING, least=3, now=NOW)
    assert pattern(learned.template) == "unit {id: W-9} temp {t: number}C hum {h: number}"
    found = compiled(learned.template, READING, learned.guard).match("unit P-9 temp -1C hum 3")
    assert found is not None
    assert found.value == {"id": "P-9", "t": -1, "h": 3}


def test_format_of_too_few_answers_is_not_learned() -> None:
    """Others of the same skeleton that go together are."""
    rows = [(f"unit P-{n} temp {n}.5", {"id": f"P-{n}", "t": n + 0.5}) for n in (4, 5, 6)]
    with pytest.raises(Unfit):
        induced(samples(rows), READING, least=4, now=NOW)
    assert len(induced(samples(rows), READING, least=3, now=NOW)) == 1


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        pytest.param(
            [(f"door D{n} by {name}", {"door": f"D{n}"}) for n, name in ((1, "ann"), (2, "bob"), (3, "eve"))],
            "words), and /user is empty",
            id="a name",
        ),
        pytest.param(
            [(f"door D{n} by u{n} seq {n * 7}", {"door": f"D{n}", "user": f"u{n}"}) for n in (1, 2, 3)],
            "a number), and /level is empty",
            id="a number",
        ),
        pytest.param(
            [
                (
                    f"2024-01-0{n} 10:00:0{n} door D{n}.u{n}.{n}",
                    {"door": f"D{n}", "user": f"u{n}", "level": n},
                )
                for n in (1, 2, 3)
            ],
            "a time), and /time is empty",
            id="a time",
        ),
        pytest.param(
            [
                (
                    f"at 10:0{n} D{n} by {word}u{n} {n}",
                    {"time": f"10:0{n}", "door": f"D{n}", "user": f"u{n}", "level": n},
                )
                for n, word in ((3, "old "), (4, ""), (5, "old "))
            ],
            "words that come and go belong to no field",
            id="a remark",
        ),
    ],
)
def test_what_the_model_may_have_overlooked_is_not_learned(
    rows: list[tuple[str, dict[str, Any]]], why: str
) -> None:
    """A part that varies is left out, and a field that could hold it is empty."""
    with pytest.raises(Unfit) as refused:
        induced(samples(rows, DOOR), DOOR, least=3, now=NOW)
    assert why in str(refused.value)


def test_what_varies_and_no_field_could_hold_is_left_out() -> None:
    """A time at the beginning, where the schema asks for none."""
    rows = [(f"2024-01-0{n} 10:00:0{n} P-{n} temp {n}.5", {"id": f"P-{n}", "t": n + 0.5}) for n in (1, 2, 3)]
    schema = schema_of(id=STRING, t=NUMBER)
    (learned,) = induced(samples(rows, schema), schema, least=3, now=NOW)
    assert pattern(learned.template) == "<9-9-9 9:9:9> {id: W-9} temp {t: number}"


@pytest.mark.parametrize(
    ("text", "value", "spans", "why"),
    [
        ("t 20.0", {"t": 20, "h": 20}, [("/t", 2, 6), ("/h", 2, 4)], "two fields are read from one place"),
        (
            "t 20",
            {"t": 20, "state": "IDLE"},
            [("/t", 2, 4), ("/state", -1, -1)],
            "nothing in the text says /state",
        ),
        ("t 20", {"t": 20, "h": 3}, [("/t", 2, 4)], "nothing in the text says /h"),
        (
            "note rain water",
            {"note": "note rain water"},
            [("/note", 0, 15)],
            "/note holds the name of a field",
        ),
        ("x" * 5000, {"note": "x"}, [("/note", 0, 1)], "too long"),
    ],
)
def test_answer_that_nothing_can_be_learned_of(
    text: str, value: dict[str, Any], spans: list[tuple[str, int, int]], why: str
) -> None:
    """It contradicts itself, shows no place, or took a label for a value."""
    evidence = tuple(Evidence(*span, 0.9) for span in spans)
    with pytest.raises(Unfit, match=why):
        sample(text, Candidate(value, evidence, 0.9, "nano", ""), READING, NOW)


def test_evidence_that_overlaps_is_inconsistent() -> None:
    """Leaves without a place say nothing."""
    one, two = Evidence("/a", 0, 4, 0.9), Evidence("/b", 4, 6, 0.9)
    assert is_consistent((two, one, Evidence("/c", -1, -1, 0.9)))
    assert not is_consistent((one, Evidence("/b", 3, 6, 0.9)))


def test_texts_of_one_format_have_one_skeleton() -> None:
    """Values and numbers do not count, and words only in the signature."""
    rows = [("P-4 temp 1 by ann", {"id": "P-4", "t": 1}), ("P-55 temp 7.5 by bob", {"id": "P-55", "t": 7.5})]
    first, second = samples(rows)
    assert first.signature != second.signature
    assert first.skeleton == second.skeleton == skeleton(first.signature)
    (other,) = samples([("P-4 temp 1 by 77", {"id": "P-4", "t": 1})])
    assert other.skeleton != first.skeleton


@pytest.mark.parametrize(
    ("text", "varies"),
    [
        ("P-4 temp 1 by ann", False),
        ("P-9 temp 3 by ann", False),
        ("P-4 temp 1 by bob", True),
        ("P-4 by 1 temp ann", False),
        ("P-4 temp 1 by 77", False),
    ],
)
def test_words_that_vary_are_not_words_in_another_order(text: str, varies: bool) -> None:  # noqa: FBT001
    """A new word in the place of a constant one may be a value; labels that changed places are none."""
    value = {"id": text[:3], "t": int(text.split()[2])}
    known, other = samples([("P-4 temp 1 by ann", {"id": "P-4", "t": 1}), (text, value)])
    assert is_variant(other.signature, known.signature) is varies


@pytest.mark.parametrize(
    ("form", "sort"),
    [
        (Form("number"), Sort.NUMBER),
        (Form("shape", shape="9"), Sort.NUMBER),
        (Form("shape", shape="9-9-9 9:9:9"), Sort.MOMENT),
        (Form("shape", shape="9-9-9A9:9:9A"), Sort.MOMENT),
        (Form("shape", shape="A-9"), Sort.WORDS),
        (Form("text", classes="a9"), Sort.WORDS),
    ],
)
def test_sort_of_what_varies(form: Form, sort: Sort) -> None:
    """By its shape."""
    assert sort_of(form) is sort


def _plain(number: int, text: str = "") -> Sample:
    text = text or f"P-{number} temp {number}"
    (made,) = samples([(text, {"id": f"P-{number}", "t": number})])
    return made


def test_samples_of_a_format_are_tried_when_there_are_enough() -> None:
    """The same text twice counts once; what failed is tried again with twice as many, then no more."""
    kept, key = Samples(3), ("s", "f", "k")
    assert [kept.add(key, _plain(n)) for n in (1, 1, 2, 3)] == [False, False, False, True]
    assert len(kept.of(key)) == 3
    kept.failed(key)
    assert [kept.add(key, _plain(n)) for n in (4, 5, 6)] == [False, False, True]
    for _ in range(TRIES - 1):
        kept.failed(key)
    assert not any(kept.add(key, _plain(n)) for n in range(7, 40))
    assert (kept.size, kept.of(key)) == (0, ())


def test_samples_are_bounded() -> None:
    """By formats and by bytes; the oldest go first."""
    kept = Samples(50)
    for number in range(MAX_FORMATS + 9):
        kept.add(("s", "f", str(number)), _plain(1))
    assert len(kept) == MAX_FORMATS
    assert kept.of(("s", "f", "0")) == ()
    for number in range(2 * MAX_BYTES // 16_000):
        kept.add(("s", "f", str(number)), _plain(number, f"P-{number} temp {number}{' ' * 3900}"))
    assert kept.size <= MAX_BYTES
    kept.clear()
    assert (len(kept), kept.size) == (0, 0)


def test_format_of_an_array_is_learned() -> None:
    """Items are told apart, whatever their number."""
    schema = compile_schema(
        {"type": "object", "properties": {"codes": {"type": "array", "items": {"type": "string"}}}}, name="s"
    )
    made = []
    for codes in (["E1", "E22"], ["E3"], ["E4", "E5", "E6"]):
        text = f"codes {','.join(codes)};"
        spans = [(text.index(code), code) for code in codes]
        evidence = tuple(
            Evidence(f"/codes/{at}", start, start + len(code), 0.9) for at, (start, code) in enumerate(spans)
        )
        value: dict[str, Any] = {"codes": codes}
        made.append(sample(text, Candidate(value, evidence, 0.9, "nano", ""), schema, NOW))
    assert len({one.skeleton for one in made}) == 1
    (learned,) = induced(made, schema, least=3, now=NOW)
    found = compiled(learned.template, schema, learned.guard).match("codes E7,E8,E9,E10;")
    assert json.dumps(found.value if found else None) == '{"codes": ["E7", "E8", "E9", "E10"]}'
