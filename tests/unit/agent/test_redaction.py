"""What must not be kept: hidden in what is stored and in dead letters, whole in what is published."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from bench import CAP, Bench

from agent.buffer import Buffer, Keeping
from agent.message import Candidate, Evidence, Json, Record
from agent.redaction import COVER, HIDDEN, Redaction, fits, redaction
from agent.testing import FakeClock, packet

CARD = r"\b\d{16}\b"
NUMBER = "4111111111111111"
COVERED = COVER * 16

Make = Callable[[Redaction], Bench]


@pytest.fixture
def make(tmp_path: Path, clock: FakeClock, buffer: Buffer) -> Make:
    """Give a way to put the loops together with rules."""

    def made(rules: Redaction) -> Bench:
        bench = Bench(tmp_path / "maaza.db", clock, buffer, redaction=rules)
        bench.connect(present=False)
        return bench

    return made


def of_record(rules: Redaction, text: str, value: Json, *evidence: Evidence) -> tuple[str, Json]:
    """Return text and value as they are kept."""
    kept, record = rules.of_record(text, Record("s", "1", "f", Candidate(value, evidence, 1.0, "t", "")))
    return kept.text, record.candidate.value


@pytest.mark.parametrize(
    ("text", "kept", "count"),
    [
        (f"card {NUMBER} paid", f"card {COVERED} paid", 16),
        (f"{NUMBER} and {NUMBER}", f"{COVERED} and {COVERED}", 32),
        ("card 12 paid", "card 12 paid", 0),
        ("", "", 0),
    ],
)
def test_matches_are_covered_character_for_character(text: str, kept: str, count: int) -> None:
    """Offsets of evidence stay what they are."""
    found = redaction([CARD], []).of_text(text)
    assert (found.text, found.count) == (kept, count)
    assert len(found.text) == len(text)


def test_field_is_hidden_with_the_place_it_comes_from_and_its_repeats() -> None:
    """Also where the same word stands again, but not inside another one."""
    rules = redaction([], ["/owner"])
    text, value = of_record(
        rules, "Ann: temp 5, Anna, Ann", {"owner": "Ann", "temp": 5}, Evidence("/owner", 0, 3, 1.0)
    )
    assert text == f"{HIDDEN}: temp 5, Anna, {HIDDEN}"
    assert value == {"owner": HIDDEN, "temp": 5}


def test_value_that_comes_from_a_covered_place_is_hidden() -> None:
    """A number too, and what only shares a character with a match."""
    text = f"card {NUMBER} 5"
    evidence = (Evidence("/card", 5, 21, 1.0), Evidence("/note", 0, 6, 1.0), Evidence("/n", 22, 23, 1.0))
    value: Json = {"card": int(NUMBER), "note": "card 4", "n": 5}
    assert of_record(redaction([CARD], []), text, value, *evidence)[1] == {
        "card": HIDDEN,
        "note": HIDDEN,
        "n": 5,
    }


def test_inferred_field_is_hidden_without_a_place() -> None:
    """Nothing in the text cues it."""
    found = of_record(
        redaction([], ["/ok"]), "text", {"ok": True}, Evidence("/ok", -1, -1, 1.0, inferred=True)
    )
    assert found == ("text", {"ok": HIDDEN})


@pytest.mark.parametrize(
    ("path", "field", "expected"),
    [
        (["a"], ["a"], True),
        (["a", "b"], ["a"], True),
        (["a"], ["a", "b"], False),
        (["items", "0", "name"], ["items", "*", "name"], True),
        (["items", "0", "size"], ["items", "*", "name"], False),
    ],
)
def test_pointers_of_fields(path: list[str], field: list[str], *, expected: bool) -> None:
    """A field covers what is below it; a star is any member."""
    assert fits(path, field) is expected


def test_stored_text_is_hidden_and_the_published_record_is_whole(make: Make, buffer: Buffer) -> None:
    """The consumer gets the value, the audit does not keep it; the evidence still fits."""
    bench = make(redaction([CARD], ["/device"]))
    bench.arrive(packet(1, f"kiln temp 5 card {NUMBER}"))
    bench.extract()
    buffer.keep_up()
    text, value, redacted = buffer.read(
        lambda db: db.execute("SELECT text, value, redacted FROM v_records").fetchone()
    )
    assert (text, redacted) == (f"{COVER * 4} temp 5 card {COVERED}", 20)
    assert json.loads(value) == {"device": HIDDEN, "temp": 5, "hum": HIDDEN}
    (payload,) = buffer.read(lambda db: db.execute("SELECT payload FROM outbox").fetchone())
    assert json.loads(payload)["value"] == {"device": "kiln", "temp": 5, "hum": int(NUMBER)}


def test_nothing_hidden_is_left_in_the_file(tmp_path: Path, clock: FakeClock) -> None:
    """Once it is delivered and the log has been copied back, the file says only what is kept."""
    buffer = Buffer(tmp_path / "own.db", clock=clock, max_bytes=CAP, keeping=Keeping(overwrites=True))
    bench = Bench(buffer.path, clock, buffer, redaction=redaction([CARD], []))
    bench.connect(present=False)
    bench.arrive(*(packet(one, f"kiln temp {one} card {NUMBER}") for one in range(1, 9)))
    bench.extract()
    buffer.delivered(list(range(1, 9)), at_once=True).result()
    buffer.close()
    content = bench.path.read_bytes()
    assert COVERED.encode() in content
    assert NUMBER.encode() not in content


def test_dead_letter_and_its_reason_are_hidden(make: Make, buffer: Buffer) -> None:
    """What people pass round to find an error is not where a secret should stand."""
    bench = make(redaction(["kiln"], []))
    bench.arrive(packet(1, "kiln has no numbers"))
    bench.extract()
    (payload,) = buffer.read(lambda db: db.execute("SELECT payload FROM outbox").fetchone())
    assert "kiln" not in payload
    assert json.loads(payload)["text"] == f"{COVER * 4} has no numbers"
    assert bench.rows("text, redacted") == [(f"{COVER * 4} has no numbers", 4)]


def test_message_refused_on_arrival_is_hidden(make: Make, buffer: Buffer) -> None:
    """Text by pattern; bytes that are no text, in which no pattern can be looked for, are not kept at all."""
    bench = make(redaction(["kiln"], []))
    bench.arrive(packet(1, "kiln", topic="nowhere"), packet(2, b"kiln \xff"))
    bench.extract()
    kept = bench.rows("coalesce(text, '') || coalesce(raw, '')")
    assert not [row for row in kept if "kiln" in str(row[0])]
    assert [row[0] for row in bench.rows("state")] == ["rejected", "rejected"]


def test_without_rules_nothing_is_touched(make: Make, buffer: Buffer) -> None:
    """Not even written a second time."""
    bench = make(redaction([], []))
    bench.arrive(packet(1, f"kiln {NUMBER}"))
    bench.extract()
    assert bench.rows("text, redacted") == [(f"kiln {NUMBER}", 0)]
