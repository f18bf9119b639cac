"""Whatever is chosen under the grammar, the answer keeps the schema's shape and copies from the text."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, reject, settings
from hypothesis import strategies as st

from agent.extract.answer import parse, write
from agent.extract.bridge import tokenizer
from agent.extract.evidence import Decoded, decode
from agent.extract.grammar import MAX_GRAMMAR_BYTES, MAX_ITEMS, Declined, build
from agent.extract.source import prepare, stretches
from agent.extract.walk import Chances, Walk, following, set_bits
from agent.message import Evidence, Json, Refusal
from agent.numerals import read
from agent.schemas import Schema, SchemaError, bundled_folder, bundled_schemas, compile_schema
from agent.validate import validate
from eval.grounding import ungrounded

PATIENCE = 80
"""Decisions after which a walk takes the first way out."""


LONG_NUMBER = re.compile(r"\d{16}|\d[eE]\+?[1-9]\d")
"""Numbers that the referee in eval, which reads floats, cannot tell apart."""


class Bytes:
    """A vocabulary of all bytes, one control token, and some longer tokens across the seams of JSON."""

    tokens: Sequence[bytes] = (
        *(bytes([byte]) for byte in range(256)),
        b"<end>",
        *(
            b'": ',
            b'", "',
            b', "',
            b'"}',
            b'{"',
            b"ab",
            b"temp",
            b" temp",
            b"null",
            b'\\"',
            b"12",
            b"12.",
            b"]}",
        ),
    )
    size = len(tokens)
    control = frozenset({256})
    begin = ()
    end = 256

    def encode(self, text: bytes, *, control: bool = False) -> list[int]:
        """Take the longest token each time."""
        found: list[int] = []
        place = 0
        while place < len(text):
            fitting = (number for number, token in enumerate(self.tokens) if text.startswith(token, place))
            best = max((one for one in fitting if one != self.end), key=lambda one: len(self.tokens[one]))
            found.append(best)
            place += len(self.tokens[best])
        return found


BYTES = Bytes()
TOKENIZER = tokenizer(BYTES)


def stroll(lark: str, rng: np.random.Generator) -> Walk:
    """Walk to the end, choosing at random; "another kind of text" is rare, and long walks turn home."""

    def choose(walk: Walk, chances: Chances) -> int:
        wanted = np.ones(len(chances), bool)
        if not walk.decisions and rng.random() < 0.95:
            wanted = ~walk.starts_with(b"n")
        elif len(walk.decisions) > PATIENCE:
            wanted = walk.starts_with(b'"') | walk.starts_with(b"}") | walk.starts_with(b"]")
        places = np.flatnonzero(wanted)
        return int(rng.choice(places if len(places) else len(chances)))

    walk = Walk(TOKENIZER, BYTES, lark, choose)
    walk.start()
    while not walk.done:
        walk.decide(np.zeros(BYTES.size, np.float32))
    return walk


def extract(text: str, schema: Schema, seed: int = 0) -> tuple[Walk, Decoded]:
    """Return a random answer and what it says."""
    source = prepare(text)
    walk = stroll(build(schema.root, source), np.random.default_rng(seed))
    return walk, decode(bytes(walk.answer), walk.decisions, schema.root, source)


def schema_of(properties: dict[str, Any], *, required: Sequence[str] = ()) -> Schema:
    """Return a compiled object schema."""
    return compile_schema({"type": "object", "properties": properties, "required": list(required)})


# -- what hypothesis draws

LEAF = st.sampled_from(
    [
        {"type": "string"},
        {"type": "number"},
        {"type": "integer"},
        {"type": "boolean"},
        {"enum": ["on", "off", 'a "b"', "é"]},
        {"enum": [1, "one", None]},
        {"const": "v1"},
        {"const": None},
        {"type": ["string", "null"]},
        {"type": ["number", "string"]},
        {"type": ["integer", "boolean", "null"]},
        {"anyOf": [{"enum": ["ab", "12"]}, {"type": "string"}]},
    ]
)
NAMES = st.sampled_from(["temp", "a", 'q"q', "b\\", "é", "x/y", "x~y", "\n", "", "temperature"])


def _objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def made(properties: dict[str, Any], needed: list[bool]) -> dict[str, Any]:
        names = [name for name, need in zip(properties, needed, strict=False) if need]
        return {"type": "object", "properties": properties, "required": names, "additionalProperties": False}

    return st.builds(
        made,
        st.dictionaries(NAMES, inner, min_size=1, max_size=4),
        st.lists(st.booleans(), min_size=4, max_size=4),
    )


def _deeper(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        _objects(inner),
        st.builds(lambda item: {"type": "array", "items": item}, inner),
        st.builds(lambda value: {"type": "object", "additionalProperties": value}, inner),
        st.builds(lambda one, two: {"anyOf": [one, two]}, inner, LEAF),
    )


SCHEMAS = _objects(st.recursive(LEAF, _deeper, max_leaves=5))
SNIPPETS = (
    *("temp", "ab", '"', "\\", '\\"', "\\n", "\n", "\t", " ", "\u00a0", "}", '", "temp": 9', "null", "true"),
    *("12", "-3.5", "1,250", "007", "+4", ".5", "1e3", "\u2212 7", "\u22127", "9" * 15, "0.1" + "0" * 30),
    *("é", "e\u0301", "日本語", "😀", "\x00", "\x1f", "\u2028", "\ud800", "\u202e"),
    *("<end>", "//", "/", "%regex"),
)
TEXTS = st.lists(st.one_of(st.sampled_from(SNIPPETS), st.text(max_size=6)), min_size=1, max_size=20).map(
    "".join
)


def shape_of(value: Json) -> Json:
    """Return a value as JSON text says it."""
    return json.loads(json.dumps(value))  # type: ignore[no-any-return]


def faithful(text: str, decoded: Decoded, schema: Schema) -> list[Evidence]:
    """Return the evidence of copies that does not say what the value says."""
    return [one for one in decoded.evidence if not one.inferred and not _says(text, one, decoded.value)]


def _says(text: str, one: Evidence, value: Json) -> bool:
    for token in one.pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        value = value[int(name)] if isinstance(value, list) else value[name]  # type: ignore[index]
    written = text[one.start : one.end]
    if isinstance(value, str):
        return written == value
    if isinstance(value, bool):
        return written == str(value)
    return read(written) == value


class TestAnyAnswer:
    """Random walks under the grammar, and where they may end."""

    @given(text=TEXTS, document=SCHEMAS, seed=st.integers(0, 2**32 - 1))
    @settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_is_valid_and_copied(self, text: str, document: dict[str, Any], seed: int) -> None:
        """It parses, keeps the schema, and each string and number stands where its evidence says."""
        try:
            schema = compile_schema(document)
        except SchemaError:
            reject()
        try:
            walk, decoded = extract(text, schema, seed)
        except Declined as declined:
            event(declined.refusal)
            return
        if walk.answer == b"null":
            return
        assert isinstance(json.loads(walk.answer), dict)
        assert validate(shape_of(decoded.value), schema) == ()
        assert faithful(text, decoded, schema) == []
        if not LONG_NUMBER.search(text):
            assert list(ungrounded(text, decoded.value, decoded.evidence, schema.root)) == []

    @pytest.mark.parametrize("name", list(bundled_schemas()))
    def test_keeps_the_shape_of_bundled_schemas(self, name: str) -> None:
        """Every bundled schema has a grammar, and its answers are grounded."""
        schema = bundled_schemas()[name]
        text = 'GW-7 at 10.0.0.9:51 said "temp\\x" é\n 81.4C -3, 1,250 \tok 5 state RUNNING 9 12 77 "}'
        for seed in range(10):
            walk, decoded = extract(text, schema, seed)
            if walk.answer != b"null":
                assert list(ungrounded(text, decoded.value, decoded.evidence, schema.root)) == []


class TestStrings:
    """What a string may be."""

    def test_begin_and_end_at_seams_and_are_trimmed(self) -> None:
        """No half words, no white space around; escapes stay whole."""
        schema = schema_of({"a": {"type": "string"}}, required=["a"])
        text = 'ab "c\\d"  12kWh\n日本'
        found = {json.dumps(extract(text, schema, seed)[1].value) for seed in range(300)}
        values = {json.loads(one)["a"] for one in found if one != "null"}
        assert {"ab", "12", "kWh", '"c', "\\", "日", "日本"} <= values
        assert all(value == value.strip() and value in text for value in values)
        assert not values & {"a", "b", "k", "kW", "1", "2"}

    def test_hold_no_lone_surrogate(self) -> None:
        """What cannot be published is not offered; the text around it is."""
        chunks = stretches("ab\ud800cd")
        assert chunks == [["ab"], ["cd"]]

    def test_missing_where_the_text_offers_none(self) -> None:
        """A required field without a candidate refuses the text before a model is asked."""
        schema = schema_of(
            {"n": {"type": "object", "properties": {"v": {"type": "number"}}, "required": ["v"]}},
            required=["n"],
        )
        with pytest.raises(Declined, match="/n/v is required") as raised:
            build(schema.root, prepare("no numeral here"))
        assert raised.value.refusal is Refusal.MISSING_REQUIRED

    def test_optional_and_nullable_fields_go_without(self) -> None:
        """A field that cannot be written is left out, or null."""
        schema = schema_of({"o": {"type": "number"}, "n": {"type": ["number", "null"]}}, required=["n"])
        answers = {bytes(extract("words", schema, seed)[0].answer) for seed in range(20)}
        assert answers <= {b'{"n": null}', b"null"}
        assert b'{"n": null}' in answers


def labelled() -> list[tuple[str, str, Json]]:
    """Return name, text and expected value of the bundled examples that have one."""
    found = []
    for name in bundled_schemas():
        for line in (bundled_folder() / f"{name}.examples.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["expected"] is not None:
                found.append((name, row["text"], row["expected"]))
    return found


@pytest.mark.parametrize(("name", "text", "expected"), labelled())
def test_bundled_examples_can_be_said(name: str, text: str, expected: Json) -> None:
    """The grammar of each bundled text holds the answer that belongs to it, and finds it in the text."""
    schema, source = bundled_schemas()[name], prepare(text)
    answer = write(expected, schema.root, source).encode()
    walk = Walk(TOKENIZER, BYTES, build(schema.root, source), following(answer))
    walk.start()
    while not walk.done:
        walk.decide(np.zeros(BYTES.size, np.float32))
    decoded = decode(bytes(walk.answer), walk.decisions, schema.root, source)
    assert decoded.value == expected
    assert list(ungrounded(text, decoded.value, decoded.evidence, schema.root)) == []


class TestForcing:
    """What is no decision."""

    def test_constants_and_keys_leave_nothing_to_decide(self) -> None:
        """Only "another kind of text" is decided where the schema leaves nothing else."""
        schema = schema_of({"kind": {"const": "v1"}, "n": {"type": "integer"}}, required=["n"])
        walk, decoded = extract("only 7", schema, seed=1)
        assert decoded.value == {"kind": "v1", "n": 7}
        assert len(walk.decisions) == 1
        assert walk.forced > 10

    def test_chance_is_the_product_of_the_decisions(self) -> None:
        """Chances are renormalised over what is allowed; equal logits share equally."""
        schema = schema_of({"b": {"type": "boolean"}}, required=["b"])
        walk, decoded = extract("x", schema, seed=3)
        assert walk.chance == pytest.approx(0.5 ** len(walk.decisions), rel=0.7)
        assert decoded.evidence[0].inferred
        assert (decoded.evidence[0].start, decoded.evidence[0].end) == (-1, -1)


class TestLimits:
    """Bounds have names, and what is beyond them is refused."""

    def test_a_grammar_above_its_limit_is_refused(self) -> None:
        """Size is counted in bytes of the grammar."""
        schema = schema_of({"a": {"type": "string"}})
        with pytest.raises(Declined, match="bytes") as raised:
            build(schema.root, prepare("ab " * (MAX_GRAMMAR_BYTES // 8)))
        assert raised.value.refusal is Refusal.SCHEMA_TOO_LARGE

    def test_an_array_above_its_limit_is_refused_not_cut(self) -> None:
        """The grammar lets one item more be written, so that reaching for more is seen."""
        answer = "[" + ", ".join(["1"] * (MAX_ITEMS + 1)) + "]"
        with pytest.raises(Declined) as raised:
            parse(answer)
        assert raised.value.refusal is Refusal.TEXT_TOO_LONG
        assert parse("[" + ", ".join(["1"] * MAX_ITEMS) + "]").value == [1] * MAX_ITEMS

    def test_keys_written_twice_count_once(self) -> None:
        """Of a key of a map that was copied twice, the first value counts."""
        assert parse('{"a": 1, "a": 2}').value == {"a": 1}


def test_set_bits_are_the_mask() -> None:
    """Bits are numbered as llguidance numbers tokens."""
    mask = np.zeros(8, np.uint32)
    mask[0], mask[5] = 0b101, 1 << 31
    assert set_bits(mask.tobytes()).tolist() == [0, 2, 191]
