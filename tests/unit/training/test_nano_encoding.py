"""Labels of the nano model point at the characters that the generator marked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pytest

from agent.json_pointer import below
from agent.numerals import numerals
from agent.prompt import Slot, choices_of, message_ids, schema_prompt, slots_of
from agent.schemas.node import LEAVES, Kind, Node
from agent.vocabulary import MAX_SLOTS, SPECIAL, Token
from training.nano.encoding import ANY, INTEGER, NOWHERE, NUMBER, Encoded, Encoder, load_vocabulary, root_of
from training.synthesis import Example, generate

MANY = 400
VOCABULARY = load_vocabulary()


@dataclass(frozen=True, slots=True)
class Case:
    """An example, what it was encoded to, and what is needed to read that back."""

    example: Example
    root: Node
    made: Encoded
    tokens: list[Token]
    slots: list[Slot]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the characters between two places of the message."""
        return self.tokens[start - 1].start, self.tokens[end - 1].end

    def written(self, start: int, end: int) -> str:
        """Return the text between two places of the message."""
        return self.example.text[slice(*self.span(start, end))]

    def fields(self, *kinds: Kind) -> Iterator[tuple[int, str, Node]]:
        """Yield slot, pointer and node of the root's fields of some kinds."""
        for number, slot in enumerate(self.slots):
            if slot.node in self.root.properties and slot.node.kind in kinds and not slot.is_key:
                yield number, below("", slot.node.name), slot.node


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    """Encode a few hundred examples of the full mix."""
    encoder, found = Encoder(VOCABULARY), []
    for example in islice(generate(31), MANY):
        root = root_of(example)
        slots = slots_of(root)
        if len(slots) <= MAX_SLOTS:
            tokens = VOCABULARY.encode(example.text)
            found.append(Case(example, root, encoder.encode(example, root), tokens, slots))
    return found


@pytest.fixture(scope="module")
def positives(cases: list[Case]) -> list[Case]:
    """Leave out texts that are not of the schema asked."""
    return [case for case in cases if case.example.value is not None]


def test_every_span_is_one_that_was_marked(positives: list[Case]) -> None:
    """No label points at characters of its own making; keys of maps are the names in the value."""
    for case in positives:
        marked = set(case.example.spans.values())
        for slot, _, _, start, end, _, _ in case.made.points:
            if start > 0 and end > 0 and not case.slots[slot].is_key:
                assert case.span(start, end) in marked
        assert {case.span(start, end) for _, start, end, _, _ in case.made.ends} <= marked


def test_field_points_at_its_own_span(positives: list[Case]) -> None:
    """A field of the root is labelled with its span; one that is not in the value, with nowhere."""
    given = absent = 0
    for case in positives:
        labels = {point[0]: point[3:5] for point in case.made.points}
        for slot, pointer, node in case.fields(*LEAVES - {Kind.CONST}, Kind.UNION):
            if (case.example.value or {}).get(node.name) is None:
                assert labels[slot][0] == NOWHERE
                absent += 1
            elif slot in labels:
                assert case.span(*labels[slot]) == case.example.spans[pointer]
                given += 1
    assert given > MANY
    assert absent > MANY // 10


def test_few_labels_are_lost(positives: list[Case]) -> None:
    """Nearly every marked field of the root falls on token borders."""
    marked = kept = 0
    for case in positives:
        labelled = {point[0] for point in case.made.points}
        for slot, pointer, _ in case.fields(*LEAVES - {Kind.CONST}, Kind.UNION):
            if pointer in case.example.spans:
                marked += 1
                kept += slot in labelled
    assert kept / marked > 0.99


def test_items_begin_at_their_first_value(positives: list[Case]) -> None:
    """The first place of an item is that of its first leaf."""
    seen = 0
    for case in positives:
        starts = {slot: firsts for slot, *_, firsts in case.made.items}
        for slot, pointer, _ in case.fields(Kind.ARRAY):
            for number, first in enumerate(starts.get(slot, ())):
                item = below(pointer, number)
                spans = [
                    span
                    for name, span in case.example.spans.items()
                    if name == item or name.startswith(item + "/")
                ]
                assert case.tokens[first - 1].start == min(start for start, _ in spans)
                seen += 1
    assert seen > MANY // 4


def test_answers_are_the_choices_of_the_value(positives: list[Case]) -> None:
    """The answer of an enum is the choice's place in the schema; that of a boolean, 1 for true."""
    seen = 0
    for case in positives:
        answers = {point[0]: point[6] for point in case.made.points if point[3] > 0}
        for slot, _, node in case.fields(Kind.ENUM, Kind.BOOLEAN):
            if slot in answers:
                value = (case.example.value or {})[node.name]
                choices = choices_of(node) if node.kind is Kind.ENUM else (False, True)
                assert choices[answers[slot]] == value
                seen += 1
    assert seen > MANY // 10


def test_places_of_choices_hold_the_choice_token(cases: list[Case]) -> None:
    """Each enum choice is found in the schema part at its ``<o>``."""
    mark = VOCABULARY.ids["<o>"]
    assert all(
        case.made.schema_ids[place] == mark for case in cases for row in case.made.choices for place in row
    )


def test_masks_allow_the_right_answers(positives: list[Case]) -> None:
    """The decoder may choose what is right, but where a unit such as 1/min touches a number."""
    allowed = []
    for case in positives:
        masks = case.made.masks
        for _, first, behind, start, end, mask, _ in case.made.points:
            if start > 0:
                assert first <= start < behind
                allowed.append(bool(masks[mask, start] and (end < 0 or masks[3 + mask, end])))
        allowed += [
            bool(masks[mask, start] and masks[3 + mask, end]) for _, start, end, mask, _ in case.made.ends
        ]
    assert sum(allowed) / len(allowed) > 0.998


def test_number_masks_hold_numerals_alone(cases: list[Case]) -> None:
    """Where a number may begin, a numeral begins."""
    for case in cases:
        for row, integer in ((NUMBER, False), (INTEGER, True)):
            starts = {numeral.start for numeral in numerals(case.example.text, integer=integer)}
            places = case.made.masks[row].nonzero()[0]
            assert {case.tokens[place - 1].start for place in places} <= starts
        assert not case.made.masks[ANY, 0]


def test_text_of_another_schema_has_no_labels(cases: list[Case]) -> None:
    """Of a negative only the verdict is learned."""
    negatives = [case.made for case in cases if case.example.value is None]
    assert negatives
    assert not any(made.points or made.items or made.ends or made.fits for made in negatives)


def test_training_reads_what_the_agent_reads(cases: list[Case]) -> None:
    """Both sides get the same ids for a schema and a text."""
    for case in cases:
        prompt = schema_prompt(case.root, VOCABULARY)
        assert case.made.schema_ids == list(prompt.ids)
        assert case.made.message_ids == message_ids(prompt, case.tokens, VOCABULARY)


def test_vocabulary_file_survives_a_round_trip(tmp_path: Path) -> None:
    """Written as JSON strings and read again, the tokens are the same; none comes twice."""
    path = tmp_path / "vocab.txt"
    lines = [json.dumps(token, ensure_ascii=False) + "\n" for token in VOCABULARY.tokens]
    path.write_text("".join(lines), encoding="utf-8")
    assert load_vocabulary(path).tokens == VOCABULARY.tokens
    assert len(VOCABULARY.ids) == len(VOCABULARY.tokens)
    assert tuple(VOCABULARY.tokens[: len(SPECIAL)]) == SPECIAL
