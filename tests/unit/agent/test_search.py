"""The index of words: complete behind the messages, never ahead of them, in step with what is removed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from bench import CAP, Bench, open_buffer

from agent.buffer import Buffer, Keeping, audit, search
from agent.buffer.connection import open_database
from agent.buffer.upkeep import INDEX_EVERY_S
from agent.testing import FakeClock, packet


def found(buffer: Buffer, words: str) -> list[str]:
    """Return the texts that the view finds, newest first."""
    query = "SELECT text FROM v_search WHERE words MATCH ? ORDER BY seq DESC"
    return buffer.read(lambda db: [row[0] for row in db.execute(query, (words,))])


def check(db: sqlite3.Connection) -> None:
    """Let FTS5 compare the index with the texts; it raises where they differ."""
    db.execute("INSERT INTO search (search, rank) VALUES ('integrity-check', 1)")


def test_text_is_found_after_its_message_is_decided(bench: Bench, buffer: Buffer) -> None:
    """What waits is not indexed yet: its text may still be redacted."""
    bench.arrive(packet(1, "kiln temp 5"), packet(2, "oven temp 6"))
    buffer.keep_up()
    assert found(buffer, "temp") == []
    bench.extract()
    bench.clock.advance(INDEX_EVERY_S)
    buffer.keep_up()
    assert found(buffer, "temp") == ["oven temp 6", "kiln temp 5"]
    assert found(buffer, "kiln") == ["kiln temp 5"]
    buffer.read(check)


def test_texts_are_indexed_many_at_a_time(bench: Bench, buffer: Buffer) -> None:
    """An index that took each text alone would write as much as the message itself: it waits for company."""
    buffer.keep_up()
    bench.arrive(packet(1, "kiln temp 5"))
    bench.extract()
    before = buffer.read(search.progress)
    buffer.keep_up()
    assert buffer.read(search.progress) == before
    bench.clock.advance(INDEX_EVERY_S)
    buffer.keep_up()
    assert found(buffer, "kiln") == ["kiln temp 5"]


def test_forgotten_message_leaves_the_index(bench: Bench, buffer: Buffer) -> None:
    """No word of it is found, and the index agrees with the texts."""
    bench.arrive(packet(1, "no numbers here"))
    bench.extract()
    buffer.keep_up()
    buffer.delivered([1], at_once=True).result()
    buffer._max_bytes = 1
    assert buffer.keep_small() == 1
    assert buffer.read(
        lambda db: db.execute("SELECT count(*) FROM search WHERE search MATCH 'here'").fetchone()
    ) == (0,)
    buffer.read(check)


def test_version_that_knows_no_index_leaves_it_sound(bench: Bench, buffer: Buffer) -> None:
    """Promise P9: an older version adds and removes messages; what it added is indexed by the next newer."""
    bench.arrive(packet(1, "no numbers here"), packet(2, "none here either"))
    bench.extract()
    buffer.keep_up()
    bench.arrive(packet(3, "and none there"))
    bench.extract()
    # What an older version's retention does: it deletes rows, and cascades do the rest.
    buffer.read(lambda db: db.execute("DELETE FROM inbox WHERE seq IN (1, 3)"))
    buffer.read(check)
    buffer.keep_up()
    assert found(buffer, "here OR there") == ["none here either"]


def test_text_that_changes_is_found_by_its_new_words(bench: Bench, buffer: Buffer) -> None:
    """Indexed or not yet: the index follows."""
    bench.arrive(packet(1, "no numbers here"))
    bench.extract()
    buffer.keep_up()
    for text in ("something else", None, "third"):
        buffer.read(lambda db, text=text: db.execute("UPDATE inbox SET text = ?", (text,)))  # type: ignore[misc]
        assert found(buffer, "here") == []
        buffer.read(check)
    assert found(buffer, "third") == ["third"]


def test_message_that_is_put_back_stops_nothing(bench: Bench, buffer: Buffer) -> None:
    """It is indexed already; newer ones are not kept waiting by it."""
    bench.arrive(packet(1, "no numbers here"))
    bench.extract()
    buffer.keep_up()
    buffer.put_back([str(bench.rows("id")[0][0])])
    bench.arrive(packet(2, "kiln temp 5"))
    buffer.claim(1)
    buffer.read(
        lambda db: db.execute(
            "UPDATE inbox SET state = 'dropped', reason = 'x', finished_at = 1 WHERE seq = 2"
        )
    )
    bench.clock.advance(INDEX_EVERY_S)
    buffer.keep_up()
    assert found(buffer, "kiln") == ["kiln temp 5"]


def test_portion_is_bounded_in_bytes(bench: Bench, buffer: Buffer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long texts make short portions; one that is longer than a portion still gets its turn."""
    bench.arrive(*(packet(one, f"word {one} " + "x" * 90) for one in range(1, 7)))
    bench.extract()
    monkeypatch.setattr(search, "PORTION_BYTES", 150)
    assert [buffer.read(lambda db: search.index_more(db, 100)) for _ in range(4)] == [2, 2, 2, 0]
    monkeypatch.setattr(search, "PORTION_BYTES", 1)
    bench.arrive(packet(9, "last one"))
    bench.extract()
    assert buffer.read(lambda db: search.index_more(db, 100)) == 1


def test_switched_off_index_is_emptied_and_comes_back(tmp_path: Path, clock: FakeClock) -> None:
    """The setting decides at a start, in both directions."""
    wishes = {"clock": clock, "max_bytes": CAP}
    buffer = open_buffer(tmp_path / "m.db", clock)
    made = Bench(tmp_path / "m.db", clock, buffer)
    made.connect(present=False)
    made.arrive(packet(1, "no numbers here"))
    made.extract()
    buffer.keep_up()
    buffer.close()
    for searchable, texts in ((False, []), (True, ["no numbers here"])):
        again = Buffer(tmp_path / "m.db", keeping=Keeping(searchable=searchable), **wishes)  # type: ignore[arg-type]
        again.keep_up()
        assert found(again, "here") == texts
        again.read(check if searchable else audit.backlog)
        again.close()


def test_damaged_index_is_made_anew(bench: Bench, buffer: Buffer) -> None:
    """An index that contradicts itself costs neither a message nor the file: texts are indexed again."""
    bench.arrive(packet(1, "no numbers here"), packet(2, "none there"))
    bench.extract()
    buffer.keep_up()
    buffer.read(lambda db: db.execute("DELETE FROM search_data"))
    bench.arrive(packet(3, "none over there"))
    bench.extract()
    for _ in range(2):
        bench.clock.advance(INDEX_EVERY_S)
        buffer.keep_up()
    assert found(buffer, "there") == ["none over there", "none there"]
    assert not buffer.damage
    buffer.read(check)


@pytest.mark.parametrize(
    "question",
    [
        "SELECT * FROM v_records WHERE device = 'a' ORDER BY seq DESC LIMIT 100",
        "SELECT * FROM v_records WHERE schema = 'a' ORDER BY seq DESC LIMIT 100",
        "SELECT * FROM v_records ORDER BY id DESC LIMIT 100",
        "SELECT * FROM v_rejected WHERE reason = 'a' ORDER BY seq DESC LIMIT 100",
        "SELECT * FROM v_rejected ORDER BY seq DESC LIMIT 100",
        "SELECT * FROM v_states ORDER BY seq DESC LIMIT 100",
        "SELECT state, count(*) FROM v_states GROUP BY state",
        "SELECT reason, count(*) FROM v_rejected GROUP BY reason",
        "SELECT max(total_s) FROM v_latency WHERE received_at > 0",
        "SELECT * FROM v_search WHERE words MATCH 'a' ORDER BY seq DESC LIMIT 100",
    ],
)
def test_questions_need_no_sorting_and_no_second_pass(question: str, tmp_path: Path) -> None:
    """What people ask most is read off an index, in its order."""
    db = open_database(tmp_path / "m.db")
    plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {question}")]
    db.close()
    assert not [step for step in plan if "TEMP B-TREE" in step], plan


def test_every_record_says_all_that_an_auditor_asks(bench: Bench, buffer: Buffer) -> None:
    """Raw text, JSON, evidence, confidence, tier, model, schema by id, version and fingerprint, timings."""
    bench.arrive(packet(1, "kiln temp 5 hum 6"))
    bench.extract()
    buffer.delivered([1], at_once=True).result()

    def row(db: sqlite3.Connection) -> dict[str, object]:
        db.row_factory = sqlite3.Row
        try:
            return dict(db.execute("SELECT * FROM v_records").fetchone())
        finally:
            db.row_factory = None

    one = buffer.read(row)
    assert one["text"] == "kiln temp 5 hum 6"
    assert '"device": "kiln"' in str(one["value"])
    assert '"pointer": "/device"' in str(one["evidence"])
    assert (one["schema"], one["schema_id"], one["schema_version"]) == (
        "load",
        "https://example.invalid/load/1",
        "1",
    )
    assert len(str(one["schema_sha256"])) == 64
    assert (one["tier"], one["state"], one["redacted"]) == ("one", "published", 0)
    told = (
        "confidence",
        "model",
        "tokens",
        "seconds",
        "timings",
        "received_at",
        "settled_at",
        "published_at",
    )
    assert [name for name in told if one[name] is None] == []
