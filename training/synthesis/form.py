"""A form: what a text prints and what a schema asks of it, as one tree; and a form filled in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from typing import Any

from agent.json_pointer import below
from training.synthesis.value import Json, Source

Affix = Callable[[Random], tuple[str, str]]
"""Draws what stands right before and right behind a value."""


@dataclass(slots=True, eq=False)
class Field:
    """One value that a text prints."""

    words: tuple[str, ...]
    """What it is."""
    source: Source
    shorts: tuple[str, ...] = ()
    """Abbreviations in use for it."""
    synonyms: tuple[str, ...] = ()
    """Other labels in use for it, some in other languages."""
    unit: str = ""
    label: str = ""
    """As the text names it; empty where the text gives only the value."""
    cues: tuple[str, ...] = ()
    """Ways to say where the value stands in the text."""
    hidden: bool = False
    """Nothing but a cue in its description leads to it."""
    alias: str = ""
    """Its name where the schema as a whole explains the order of values."""
    asked: bool = True
    """The schema asks for it; otherwise it is a decoy."""
    key: str = ""
    description: str = ""
    presence: float = 1.0
    """How often a text has it."""
    affix: Affix | None = None
    """What is printed around its values without being part of them."""
    item: Field | None = None
    """What each item is, where the value is a list on one line."""
    joint: str = ""
    """Between the items of such a list."""
    spoken: tuple[str, ...] = ()
    """Words of its label, where these are fewer than it takes to name it."""
    tail: Field | None = None
    """A field that is printed glued to this one; not to be written by itself."""

    @property
    def name(self) -> str:
        """Its words, spaced."""
        return " ".join(self.words)


class Shape(Enum):
    """What a group is in JSON."""

    OBJECT = "object"
    RECORDS = "array of objects"
    SCALARS = "array of scalars"
    MAP = "map"


@dataclass(slots=True, eq=False)
class Group:
    """Fields and groups under one heading."""

    words: tuple[str, ...]
    shape: Shape
    children: list[Field | Group] = field(default_factory=list)
    """What an object or a record holds; the one kind of value of scalars and maps."""
    label: str = ""
    asked: bool = True
    key: str = ""
    description: str = ""
    presence: float = 1.0
    most: int = 3
    """Most items of an array, entries of a map."""
    least: int = 1
    free: bool = False
    """A map of which the schema does not tell what its values are."""

    @property
    def name(self) -> str:
        """Its words, spaced."""
        return " ".join(self.words)

    def fields(self) -> Iterator[Field]:
        """Yield every field below, in order."""
        for child in self.children:
            if isinstance(child, Field):
                yield child
            else:
                yield from child.fields()


@dataclass(slots=True, eq=False)
class Filled:
    """A field or group of one text, with its values."""

    of: Field | Group
    pointer: str | None
    """Where it stands in the value; None where the schema does not ask for it."""
    printed: str = ""
    value: Json = ""
    children: list[Filled] = field(default_factory=list)
    """Members of an object, items of an array, entries of a map."""
    label: str = ""
    """Key of an entry of a map, as printed."""
    before: str = ""
    after: str = ""
    tail: Filled | None = None
    """The filled field that is glued to this one."""

    @property
    def shown(self) -> str:
        """All that is printed for a field."""
        inside = self.printed
        if isinstance(self.of, Field) and self.of.item:
            inside = self.of.joint.join(child.shown for child in self.children)
        return self.before + inside + self.after + (self.tail.shown if self.tail else "")

    def leaves(self) -> Iterator[Filled]:
        """Yield every filled field below, in order."""
        if isinstance(self.of, Field):
            yield self
        for child in self.members():
            yield from child.leaves()

    def json(self) -> Any:  # noqa: ANN401 - any JSON
        """Give the JSON value of all that is asked."""
        if isinstance(self.of, Field):
            return [child.json() for child in self.children] if self.of.item else self.value
        if self.of.shape in (Shape.RECORDS, Shape.SCALARS) and not self.is_item:
            return [child.json() for child in self.children]
        return {_last(child): child.json() for child in self.members() if child.pointer is not None}

    def members(self) -> Iterator[Filled]:
        """Yield the children, and behind each the field that is glued to it."""
        for child in self.children:
            glued: Filled | None = child
            while glued is not None:
                yield glued
                glued = glued.tail

    def prune(self, headings: Collection[str]) -> bool:
        """Drop objects without value and heading; tell whether every item of an array holds a value."""
        full = True
        for child in self.children:
            full &= child.prune(headings)
            if child.is_item and not child.json():
                full = False
        self.children = [
            child
            for child in self.children
            if isinstance(child.of, Field)
            or child.pointer is None
            or child.is_item
            or child.json()
            or child.pointer in headings
        ]
        return full

    @property
    def is_item(self) -> bool:
        """Tell an item from its array: both are filled from the same group."""
        return isinstance(self.of, Group) and self.label == ITEM

    def at(self, key: str | int) -> str | None:
        """Point to a member."""
        return None if self.pointer is None else below(self.pointer, key)


ITEM = "\0item"
"""Label of a filled item of an array of objects."""


def _last(filled: Filled) -> str:
    return filled.label or filled.of.key
