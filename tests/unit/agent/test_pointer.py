"""Pointing: whatever the scores say, what comes out stands in the text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.endings import ENDING_FEATURES
from agent.extract.heads import Asks, Floats, Heads, Scores
from agent.extract.pointer import Decoded, Decoder, Refused, Settings
from agent.features import LAYOUT
from agent.grounding import leaves
from agent.json_pointer import tokens as pointer_tokens
from agent.lexicon import Lexicon
from agent.links import LINK_FEATURES, links
from agent.message import Evidence, Json, Refusal
from agent.numerals import read
from agent.order import RELATIONS
from agent.page import Page
from agent.prompt import message_ids, schema_prompt
from agent.schemas import Schema, compile_schema
from agent.vocabulary import GLUED, MAX_SLOTS, SPECIAL, Vocabulary

WIDTH, POINTER = 16, 8
LETTERS = [chr(code) for code in range(97, 123)]
PAIRS = [str(n) for n in range(10)] + [f"{n:02d}" for n in range(100)]
MARKS = list("_-.:,;=/()[]{}%$'\"")
VOCABULARY = Vocabulary(
    [*SPECIAL, *LETTERS, *PAIRS, *MARKS, *(GLUED + token for token in (*LETTERS, *PAIRS))]
)
SCHEMA = compile_schema(
    {
        "type": "object",
        "properties": {
            "device": {"type": "string"},
            "temp": {"type": "number"},
            "count": {"type": "integer"},
            "state": {"enum": ["running", "stopped"]},
            "on": {"type": "boolean"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "place": {"type": "object", "properties": {"room": {"type": "string"}}},
            "rows": {
                "type": "array",
                "items": {"type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "string"}}},
            },
            "extra": {"type": "object", "additionalProperties": {"type": "number"}},
        },
    }
)
TEXT = "PUMP-07 temp 81.4C count 12 state RUNNING on yes tags a, b; rows 1 x 2 y extra k=3"


def heads(seed: int) -> Heads:
    """Return heads that know nothing."""
    chance = np.random.default_rng(seed)

    def matrix(columns: int, rows: int = POINTER) -> Floats:
        return chance.normal(size=(rows, columns)).astype(np.float32)

    names = ("ask_start", "at_start", "ask_end", "from_start", "at_end", "ask_item", "at_item", "ask_choice")
    return Heads(
        **{name: matrix(WIDTH) for name in names},
        from_cue=matrix(2 * WIDTH),
        at_choice=matrix(WIDTH),
        truth=matrix(3 * WIDTH, 2),
        truth_bias=np.zeros(2, np.float32),
        order=matrix(WIDTH, len(RELATIONS) - 1),
        order_bias=np.zeros(len(RELATIONS) - 1, np.float32),
        fits=np.zeros((1, WIDTH), np.float32),
        fits_bias=3.0,
        item_bias=-1.0,
        rivalry=0.5,
        unclaimed=0.0,
        link_in=matrix(len(LINK_FEATURES)),
        link_in_bias=np.zeros(POINTER, np.float32),
        link_out=matrix(POINTER, 2),
        link_out_bias=np.zeros(2, np.float32),
        link_ask=matrix(WIDTH, 2 * len(LINK_FEATURES)),
        ending=matrix(2 * WIDTH, len(ENDING_FEATURES)),
        ending_bias=np.zeros(len(ENDING_FEATURES), np.float32),
        embed=matrix(WIDTH, len(VOCABULARY.tokens)),
        match=matrix(WIDTH, MAX_SLOTS),
        layout=tuple(matrix(WIDTH, size) for size in LAYOUT.values()),
    )


def decode(text: str, schema: Schema, seed: int, limits: Settings | None = None) -> Decoded:
    """Decode a text with random hidden states."""
    prompt = schema_prompt(schema.root, VOCABULARY)
    page, lexicon = Page(text, VOCABULARY), Lexicon(prompt)
    length = len(message_ids(prompt, page.tokens, VOCABULARY))
    chance = np.random.default_rng(seed)
    states = chance.normal(size=(length, WIDTH)).astype(np.float32)
    choices = [chance.normal(size=(len(places), WIDTH)).astype(np.float32) for places in prompt.choices]
    asks = Asks(states[page.behind + 1 :], choices, lexicon.values)
    scores = Scores(heads(seed), states[: page.behind], asks, links(lexicon, page))
    return Decoder(prompt, page, scores, limits or Settings()).decode(schema.root)


def assert_grounded(text: str, value: Json, evidence: dict[str, Evidence]) -> None:
    """Every string and number that is no choice equals its span."""
    for pointer, leaf in leaves(value):
        found = evidence[pointer]
        span = text[found.start : found.end]
        if isinstance(leaf, str) and not found.inferred:
            assert span == leaf
        elif isinstance(leaf, (int, float)) and not isinstance(leaf, bool):
            assert read(span) == leaf
        else:
            assert found.inferred


@settings(deadline=None, max_examples=400)
@given(text=st.text(alphabet="abz 019.,:-\n_=\"'/é", min_size=1, max_size=60), seed=st.integers(0, 10_000))
def test_random_scores_give_grounded_values(text: str, seed: int) -> None:
    """No string or number comes out that does not stand in the text, whatever the weights."""
    decoded = decode(text, SCHEMA, seed)
    assert_grounded(text, decoded.value, {one.pointer: one for one in decoded.evidence})


@pytest.mark.parametrize("seed", range(40))
def test_evidence_covers_every_leaf_once(seed: int) -> None:
    """Each leaf has exactly one entry of evidence, and there is none beside."""
    decoded = decode(TEXT, SCHEMA, seed)
    assert sorted(one.pointer for one in decoded.evidence) == sorted(
        pointer for pointer, _ in leaves(decoded.value)
    )
    assert all(0.0 <= one.confidence <= 1.0 for one in decoded.evidence)
    assert 0.0 <= decoded.confidence <= 1.0


@pytest.mark.parametrize("seed", range(20))
def test_enum_and_boolean_stay_in_their_kind(seed: int) -> None:
    """An enum is one of its choices, a boolean is true or false."""
    value = decode(TEXT, SCHEMA, seed, Settings(absent=1.0)).value
    assert isinstance(value, dict)
    assert value["state"] in ("running", "stopped")
    assert isinstance(value["on"], bool)
    assert isinstance(value["count"], int)


def test_text_of_another_kind_is_refused() -> None:
    """Below the threshold of fitting nothing is decoded."""
    with pytest.raises(Refused) as caught:
        decode(TEXT, SCHEMA, 1, Settings(fits=1.0))
    assert caught.value.refusal is Refusal.NOT_THIS_SCHEMA


def test_required_number_without_numeral_is_refused() -> None:
    """A required field with no candidate in the text refuses it; no span is forced."""
    schema = compile_schema({"type": "object", "properties": {"t": {"type": "number"}}, "required": ["t"]})
    with pytest.raises(Refused, match="/t is required and stands nowhere") as caught:
        decode("no digits here", schema, 1)
    assert caught.value.refusal is Refusal.MISSING_REQUIRED


def test_optional_number_without_numeral_is_left_out() -> None:
    """An optional field with no candidate is absent."""
    schema = compile_schema({"type": "object", "properties": {"t": {"type": "number"}}})
    assert decode("no digits here", schema, 1).value == {}


def test_pointer_tokens_are_unescaped() -> None:
    """RFC 6901: ~1 is a slash, ~0 is a tilde."""
    assert pointer_tokens("/a~1b/~0c/0") == ["a/b", "~c", "0"]
