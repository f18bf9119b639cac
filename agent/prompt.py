"""What the pointing models read: the schema as a list of numbered questions, the text, the numbers again.

::

    <schema> title : description
    <f17> <num> <opt> temp <in> pump <desc> degrees celsius <unit> cel   one entry per field, object and array
    <f3>  <enum> state <o> running <o> stopped
    --- everything above is read once per schema and kept ---
    <msg> the text ... <ask> <f17> <f3>

The states at ``<f..>`` behind ``<ask>`` point at places in the text; the state at ``<msg>`` stands for
"nowhere". Slot numbers carry no meaning, so training draws them at random.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.schemas.node import LEAVES, Kind, Node
from agent.vocabulary import MAX_SLOTS, Token, Vocabulary

MAX_ENTRY_TOKENS = 28
"""Tokens of a description beside one field; the rest is left out."""
MAX_HEAD_TOKENS = 160
"""Tokens of the schema's own title and description."""
MAX_CHOICES = 64
"""Choices of an enum that are shown to the model."""

_KIND_TOKEN = {
    Kind.STRING: "<str>",
    Kind.NUMBER: "<num>",
    Kind.INTEGER: "<int>",
    Kind.BOOLEAN: "<bool>",
    Kind.ENUM: "<enum>",
    Kind.OBJECT: "<obj>",
    Kind.ARRAY: "<arr>",
    Kind.MAP: "<map>",
    Kind.UNION: "<any>",
}


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """One question of a schema."""

    node: Node
    parent: Node | None
    """The nearest named ancestor."""
    is_key: bool = False
    """Asks for the keys of a map."""


@dataclass(frozen=True, slots=True, eq=False)
class SchemaPrompt:
    """The part of a prompt that depends on the schema alone."""

    ids: tuple[int, ...]
    slots: tuple[Slot, ...]
    numbers: tuple[int, ...]
    """Slot number of each slot."""
    choices: tuple[tuple[int, ...], ...]
    """Places in ``ids`` of the ``<o>`` tokens of each slot."""
    entries: tuple[tuple[int, int], ...]
    """Places ``[first, behind)`` in ``ids`` of each slot's entry."""
    head: str = ""
    """Title and description of the schema."""


def slots_of(root: Node) -> list[Slot]:
    """Return the questions of a schema, parents first, in schema order."""
    found: list[Slot] = []

    def visit(node: Node, parent: Node | None) -> None:
        if node.kind is Kind.CONST:
            return
        if node.name:
            found.append(Slot(node, parent))
        named = node if node.name else parent
        if node.kind is Kind.MAP:
            found.append(Slot(node, named, is_key=True))
        if node.item and not (node.kind is Kind.ARRAY and node.item.kind in (LEAVES | {Kind.UNION})):
            if node.item.kind in LEAVES | {Kind.UNION}:
                found.append(Slot(node.item, named))
            else:
                visit(node.item, named)
        for child in (*node.properties, *(option for option in node.options if option.kind is Kind.OBJECT)):
            visit(child, named)

    visit(root, None)
    return found


def schema_prompt(root: Node, vocabulary: Vocabulary, numbers: Sequence[int] | None = None) -> SchemaPrompt:
    """Return the schema's part of the prompt.

    Raises:
        ValueError: the schema has more than ``MAX_SLOTS`` questions.
    """
    slots = slots_of(root)
    if len(slots) > MAX_SLOTS:
        message = f"{len(slots)} fields, objects and arrays; a model can be asked for {MAX_SLOTS}"
        raise ValueError(message)
    order = tuple(numbers[: len(slots)] if numbers is not None else range(len(slots)))
    head = ": ".join(part for part in (root.title or root.name, root.description) if part)
    ids = [vocabulary.ids["<schema>"], *vocabulary.encode_ids(head)[:MAX_HEAD_TOKENS]]
    choices, entries = [], []
    for number, slot in zip(order, slots, strict=True):
        entry, places = _entry(slot, number, vocabulary)
        choices.append(tuple(len(ids) + place for place in places))
        entries.append((len(ids), len(ids) + len(entry)))
        ids += entry
    return SchemaPrompt(tuple(ids), tuple(slots), order, tuple(choices), tuple(entries), head)


def _entry(slot: Slot, number: int, vocabulary: Vocabulary) -> tuple[list[int], list[int]]:
    """Return the tokens of one question and the places of its choices in them."""
    node, ids = slot.node, vocabulary.ids
    kind = "<key>" if slot.is_key else _KIND_TOKEN[node.kind]
    entry = [ids[f"<f{number}>"], ids[kind]]
    if node.kind is Kind.ARRAY and node.item and node.item.kind in _KIND_TOKEN:
        entry.append(ids[_KIND_TOKEN[node.item.kind]])
    if not node.required:
        entry.append(ids["<opt>"])
    entry += vocabulary.encode_ids(node.name)
    if slot.parent is not None and slot.parent is not node:
        entry += [ids["<in>"], *vocabulary.encode_ids(slot.parent.name)]
    entry += _about(node, vocabulary)
    places = []
    for choice in choices_of(node)[:MAX_CHOICES]:
        places.append(len(entry))
        entry += [ids["<o>"], *vocabulary.encode_ids(str(choice))[:8]]
    return entry, places


def _about(node: Node, vocabulary: Vocabulary) -> list[int]:
    """Return the tokens of title, description and unit, where they say more than the name."""
    words = [
        word for word in (node.title, node.description) if word and word.casefold() != node.name.casefold()
    ]
    found: list[int] = []
    if words:
        found += [vocabulary.ids["<desc>"], *vocabulary.encode_ids(" ".join(words))[:MAX_ENTRY_TOKENS]]
    if node.unit:
        found += [vocabulary.ids["<unit>"], *vocabulary.encode_ids(node.unit)[:6]]
    return found


def choices_of(node: Node) -> tuple[object, ...]:
    """Return the choices of an enum, or of the items of an array of enums."""
    inner = node.item if node.kind is Kind.ARRAY and node.item else node
    return tuple(choice for choice in inner.choices if choice is not None) if inner.kind is Kind.ENUM else ()


def message_ids(prompt: SchemaPrompt, tokens: Sequence[Token], vocabulary: Vocabulary) -> list[int]:
    """Return the ids of the message part: ``<msg>``, the text, ``<ask>``, the slot numbers."""
    ids = vocabulary.ids
    asked = (ids[f"<f{number}>"] for number in prompt.numbers)
    return [ids["<msg>"], *(token.id for token in tokens), ids["<ask>"], *asked]
