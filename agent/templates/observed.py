"""An answer of the model as an example of its format: text, value, and where each part was read. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from agent.message import Candidate, Evidence, Json
from agent.schemas import Kind, Schema
from agent.templates.compiled import Unfit
from agent.templates.overlooked import overlooked
from agent.templates.places import Located, leaves, spans_of
from agent.templates.readers import nodes_for
from agent.templates.spread import Key, Place, pointer_of, spread
from agent.templates.teach import Learned, Taught, learn_located

MAX_CHARS: Final = 4096
"""Characters of a text that is learned from."""
MAX_TOKENS: Final = 600
"""Tokens of a text that is learned from: aligning takes the square of them."""
MIN_WORD: Final = 3
"""Letters of a word that counts as the name of a field."""
_COUNTED: Final = re.compile(r"(\0[^\0]*\0)|[^\W_]*\d[^\W_]*")
"""A field, or a run of letters and digits with a digit in it: what varies where it is no field."""
_NAMED: Final = re.compile(r"(\0[^\0]*\0)|[^\W\d_]+(?: [^\W\d_]+)*")
"""A field, or a run of words."""
_WORDS: Final = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Sample:
    """An answer to learn from."""

    text: str
    value: dict[str, Json]
    located: Located
    signature: str
    """The text without its values and numbers: fields by name, runs with digits as one mark."""

    @property
    def skeleton(self) -> str:
        """Return the signature without its words: what texts have in common that may be of one format."""
        return skeleton(self.signature)

    @property
    def size(self) -> int:
        """Return about how many bytes it takes."""
        return 4 * len(self.text) + len(self.signature)


def is_variant(signature: str, known: str) -> bool:
    """Tell whether one text has words where another has others: not the same ones in another order."""
    if signature == known or skeleton(signature) != skeleton(known):
        return False
    return not set(_words(signature)) <= set(_words(known))


def _words(signature: str) -> list[str]:
    """Return the words of a signature, those of pointers left out."""
    return _WORDS.findall("".join(signature.split("\0")[::2]))


@lru_cache(maxsize=4096)
def skeleton(signature: str) -> str:
    """Return a signature with each run of words as one mark."""
    return _NAMED.sub(lambda found: found.group(1) or "@", signature)


def is_consistent(evidence: Sequence[Evidence]) -> bool:
    """Tell whether no part of a text is read as two fields: whoever does that is not sure of either."""
    spans = sorted((one.start, one.end) for one in evidence if one.start >= 0)
    return all(left[1] <= right[0] for left, right in pairwise(spans))


def sample(text: str, answer: Candidate, schema: Schema, now: float) -> Sample:
    """Return an answer of the model as an example.

    `answer`: converted as the schema declares; `now`: Unix time by which missing years are found.

    Raises:
        Unfit: it is none to learn from.
    """
    if not isinstance(answer.value, dict) or len(text) > MAX_CHARS:
        raise Unfit("the text is too long")
    if not is_consistent(answer.evidence):
        raise Unfit("two fields are read from one place")
    located = _located(text, answer.value, {one.pointer: one for one in answer.evidence}, schema, now)
    _refuse_labels(text, located, schema)
    return Sample(text, answer.value, located, _signature(text, located))


def _located(text: str, value: Json, evidence: Mapping[str, Evidence], schema: Schema, now: float) -> Located:
    """Return where the model has read each leaf, and where else it might have."""
    places: list[Place] = []
    fixed: list[tuple[str, Json]] = []
    others: list[tuple[str, tuple[tuple[int, int], ...]]] = []
    for path, one in leaves(value):
        pointer = pointer_of(path)
        found = evidence.get(pointer)
        if one is None or one in ([], {}) or _is_constant(pointer, one, schema):
            fixed.append((pointer, one))
        elif found is None or not 0 <= found.start < found.end <= len(text):
            raise Unfit(f"nothing in the text says {pointer}")
        else:
            places.append(Place(path, found.start, found.end, one))
            others.append((pointer, _elsewhere(path, one, (found.start, found.end), text, schema, now)))
    ordered = tuple(sorted(places, key=lambda place: (place.start, place.end)))
    return Located(ordered, (), tuple(fixed), (), tuple(others))


def _elsewhere(
    path: tuple[Key, ...], value: Json, own: tuple[int, int], text: str, schema: Schema, now: float
) -> tuple[tuple[int, int], ...]:
    return tuple(span for span in spans_of(path, value, text, schema, now) if tuple(span) != own)


def _is_constant(pointer: str, value: Json, schema: Schema) -> bool:
    return any(node.kind is Kind.CONST for node in nodes_for(pointer, value, schema))


def _refuse_labels(text: str, located: Located, schema: Schema) -> None:
    """Refuse a value of several words one of which names a field: it was read together with a label."""
    names = {
        word.casefold()
        for node in schema.root.walk()
        for word in _WORDS.findall(node.name)
        if len(word) >= MIN_WORD
    }
    for place in located.places:
        written = text[place.start : place.end]
        words = {word.casefold() for word in _WORDS.findall(written)}
        if " " in written and words & names:
            raise Unfit(f"{pointer_of(place.path)} holds the name of a field")


def _signature(text: str, located: Located) -> str:
    """Return a text without its values: fields by name, runs with digits as one mark, blanks as one."""
    tokens = spread(text, located.places)
    if len(tokens) > MAX_TOKENS:
        raise Unfit("the text is too long")
    said = "".join(f"\0{one.pointer}\0" if one.is_field else one.text for one in tokens)
    fixed = "".join(f"\0{pointer}\0" for pointer, _value in located.fixed)
    return re.sub(r"[ \t]+", " ", _COUNTED.sub(lambda run: run.group(1) or "#", said.rstrip())) + fixed


def induced(samples: Sequence[Sample], schema: Schema, *, least: int, now: float) -> list[Learned]:
    """Return the templates that `least` answers or more bear out.

    Raises:
        Unfit: there is none, an answer contradicts another, or a field may have been overlooked.
    """
    taught = [Taught(line, one.text, one.value) for line, one in enumerate(samples, 1)]
    located = {line: one.located for line, one in enumerate(samples, 1)}
    lesson = learn_located(taught, located, schema, now=now)
    against = next((fault.cause for fault in lesson.contradictions if fault.blocks), "")
    if against:
        raise Unfit(against)
    made = [one for one in lesson.learned if len(one.lines) + len(one.agreed) >= least]
    if not made:
        reasons = (fault.cause for fault in lesson.contradictions)
        raise Unfit(next(reasons, "too few of the answers are of one format"))
    missed = next((cause for one in made if (cause := overlooked(one.template, schema))), "")
    if missed:
        raise Unfit(missed)
    return made
