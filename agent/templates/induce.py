"""From the tokens of examples of one format to a template: what varies becomes a slot or a gap. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from agent.conversion import Quantity
from agent.conversion.numeral import separators
from agent.message import Json
from agent.schemas import NUMERIC, Kind, Node, Schema, nodes_at
from agent.templates import forms
from agent.templates.align import Column, columns
from agent.templates.compiled import Unfit
from agent.templates.parts import Blank, Form, Gap, Group, Literal, Maybe, Part, Slot, Template
from agent.templates.readers import nodes_for
from agent.templates.tokens import Kind as Token_
from agent.templates.tokens import Token

OPPOSITES = (
    ("true", "false"), ("yes", "no"), ("on", "off"), ("1", "0"), ("y", "n"), ("t", "f"),
    ("enabled", "disabled"), ("active", "inactive"), ("online", "offline"), ("up", "down"),
)  # fmt: skip
"""Words for yes and no: who has seen one knows the other."""
MIN_WORD = 3
"""Letters of a word that counts as a label."""


@dataclass(slots=True)
class Induction:
    """One induction: examples of one format, and the schema that they are of."""

    schema: Schema
    seen: set[str] = field(default_factory=set)
    """Words inside of values and gaps of several words: these are no labels."""
    labels: set[str] = field(default_factory=set)
    """Words of the constant parts."""

    def parts(self, examples: Sequence[Sequence[Token]], above: str = "") -> tuple[Part, ...]:
        """Return the parts that examples have in common.

        Raises:
            Unfit: there is no telling which is which.
        """
        return self.of_columns(columns(examples), above)

    def of_columns(self, made: Sequence[Column], above: str = "") -> tuple[Part, ...]:
        """Return the parts of some columns."""
        _refuse_wandering(made)
        return tuple(_joined(self._blocks(made, above)))

    def _blocks(self, made: Sequence[Column], above: str) -> Iterator[Part]:
        """Yield parts; what some examples lack is one block, as far as it is the same ones."""
        at = 0
        while at < len(made):
            messy = _messy_until(made, at)
            if messy > at:
                yield self._free_text(made[at:messy])
                at = messy
                continue
            missing = _missing(made[at])
            end = at + 1
            while end < len(made) and _missing(made[end]) == missing:
                end += 1
            if missing:
                for unit in _units(made[at:end]):
                    yield Maybe(tuple(_joined(self._part(column, above) for column in unit)))
            else:
                yield from (self._part(column, above) for column in made[at:end])
            at = end

    def _free_text(self, made: Sequence[Column]) -> Part:
        """Return a gap for a run in which nothing holds still."""
        count = len(made[0].tokens)
        samples = [
            "".join(token.text for column in made if (token := column.tokens[index]) is not None)
            for index in range(count)
        ]
        if not all(samples):
            raise Unfit("in one example nothing stands where others have text without a label")
        return self._gap(samples)

    def _gap(self, samples: Sequence[str]) -> Part:
        self._note_words(samples)
        return Gap(forms.form(list(dict.fromkeys(samples)), is_gap=True))

    def _note_words(self, samples: Sequence[str]) -> None:
        for sample in samples:
            self.seen.update(_words(sample))

    def _part(self, column: Column, above: str) -> Part:
        if column.kind is Token_.GROUP:
            return self._group(column, above)
        if column.kind is Token_.SLOT:
            return self._slot(column, above)
        texts = column.texts
        if column.kind is Token_.BLANK and (len(texts) > 1 or len(texts[0]) > 1):
            return Blank()
        if column.kind is not Token_.MOMENT and len(texts) == 1:
            self.labels.update(_words(texts[0]))
            return Literal(texts[0])
        if column.kind in {Token_.LINE, Token_.MARK}:
            raise Unfit("line ends differ")
        return self._gap(texts)

    def _slot(self, column: Column, above: str) -> Part:
        found = [one for one in column.present if one.is_field]
        pointer = above + column.pointer
        samples = tuple(dict.fromkeys(one.text for one in found))
        self._note_words(samples)
        absent = sorted({one.text.casefold() for one in column.present if not one.is_field})
        return Slot(column.pointer, self._form(pointer, found, samples), tuple(absent))

    def _form(self, pointer: str, found: Sequence[Token], samples: Sequence[str]) -> Form:
        """Return what a field may look like: by the schema first, then by its samples."""
        nodes = nodes_at(pointer, self.schema.root)
        declared = next((node.conversion for node in nodes if node.conversion is not None), None)
        if isinstance(declared, Quantity):
            return Form("quantity", marks=declared.form.decimal + _groups(declared))
        if declared is not None:
            return forms.form(samples)
        fitting = nodes_for(pointer, found[0].value, self.schema)
        if not fitting:
            raise Unfit(f"the schema has no field {pointer} for {found[0].value!r}")
        if fitting[0].kind in {Kind.ENUM, Kind.BOOLEAN, Kind.CONST}:
            return words(pointer, found, fitting[0])
        if fitting[0].kind in NUMERIC:
            return forms.number(samples)
        return forms.form(samples)

    def _group(self, column: Column, above: str) -> Part:
        groups = [one for one in column.present if one.is_field]
        inner = f"{above}{column.pointer}/0"
        body = self.parts([item for group in groups for item in group.bodies], inner)
        marks = [mark for group in groups for mark in group.betweens]
        between = self.parts(marks, inner) if marks else None
        return Group(column.pointer, body, between)


def template(examples: Sequence[Sequence[Token]], schema: Schema) -> tuple[Template, tuple[str, ...]]:
    """Return the template of examples of one format, and the words that no free text in it may hold.

    Raises:
        Unfit: there is no telling which is which.
    """
    return of_columns(columns(examples), schema)


def of_columns(made: Sequence[Column], schema: Schema) -> tuple[Template, tuple[str, ...]]:
    """Return the same from columns."""
    induction = Induction(schema)
    parts = induction.of_columns(made)
    names = {word for node in schema.root.walk() for word in _words(node.name)}
    return Template(parts), tuple(sorted((induction.labels | names) - induction.seen))


def words(pointer: str, found: Sequence[Token], node: Node) -> Form:
    """Return the words of a choice, and those that follow from them.

    Raises:
        Unfit: one word says two things.
    """
    said: dict[str, Json] = {}
    for one in found:
        word = one.text.casefold()
        if word in said and said[word] != one.value:
            raise Unfit(f"{one.text!r} says {said[word]!r} as well as {one.value!r} of {pointer}")
        said[word] = one.value
    if node.kind is Kind.ENUM and all(word == str(value).casefold() for word, value in said.items()):
        said |= {str(choice).casefold(): choice for choice in node.choices if choice is not None}
    for pair in OPPOSITES if node.kind is Kind.BOOLEAN else ():
        for word, other in (pair, pair[::-1]):
            if isinstance(said.get(word), bool):
                said.setdefault(other, not said[word])
    return Form("words", words=tuple(sorted(said.items())), folds=True)


def _groups(declared: Quantity) -> str:
    return separators(declared.form.thousands)


def _words(text: str) -> set[str]:
    return {word.casefold() for word in re.findall(r"[^\W\d_]+", text) if len(word) >= MIN_WORD}


def _units(block: Sequence[Column]) -> list[Sequence[Column]]:
    """Return a block of several labelled fields field by field: each may be missing by itself.

    A unit begins as the block does, with the mark or blank that sets fields apart.
    """
    cuts = [0]
    for at, column in enumerate(block):
        if (
            at
            and column.texts == block[0].texts
            and not column.is_field
            and _is_labelled(block[cuts[-1] : at])
        ):
            cuts.append(at)
    if not _is_labelled(block[cuts[-1] :]) and len(cuts) > 1:
        cuts.pop()
    return [block[first:last] for first, last in zip(cuts, [*cuts[1:], len(block)], strict=True)]


def _is_labelled(unit: Sequence[Column]) -> bool:
    """Tell whether a run has a field, and a word that tells it."""
    return any(one.is_field for one in unit) and any(
        one.kind is Token_.WORD and len(one.texts) == 1 for one in unit
    )


def _missing(column: Column) -> tuple[int, ...]:
    return tuple(index for index, token in enumerate(column.tokens) if token is None)


def _refuse_wandering(made: Sequence[Column]) -> None:
    """Refuse fields that stand here in one example and there in another: those are two formats."""
    pointers = [column.pointer for column in made if column.is_field]
    if len(set(pointers)) < len(pointers):
        raise Unfit("fields stand in another order")


def _messy_until(made: Sequence[Column], at: int) -> int:
    """Return the end of a run of text that varies in length; `at` itself where none begins.

    Such a run has no fields; some of what it has is missing in some examples without a mark or word that
    would tell.
    """
    if made[at].kind is Token_.BLANK and made[at].is_whole:
        return at
    end = at
    while end < len(made) and _is_loose(made, end):
        end += 1
    while end > at and made[end - 1].kind is Token_.BLANK and made[end - 1].is_whole:
        end -= 1
    run = made[at:end]
    if all(column.is_whole for column in run):
        return at
    return at if _is_remark(run) else end


def _is_remark(run: Sequence[Column]) -> bool:
    """Tell whether a run is constant words that are there or not, as a whole."""
    same = len({_missing(column) for column in run}) == 1 and all(len(column.texts) == 1 for column in run)
    return same and any(column.texts[0].strip() for column in run)


def _is_loose(made: Sequence[Column], at: int) -> bool:
    """Tell whether a column may belong to free text."""
    column = made[at]
    if column.is_field or column.kind is Token_.LINE:
        return False
    if column.is_whole:
        return column.kind is Token_.BLANK or len(column.texts) > 1
    return not any(one.is_field for one in _block(made, at))


def _block(made: Sequence[Column], at: int) -> Sequence[Column]:
    """Return the columns around one that the same examples lack."""
    missing = _missing(made[at])
    first = last = at
    while first and _missing(made[first - 1]) == missing:
        first -= 1
    while last + 1 < len(made) and _missing(made[last + 1]) == missing:
        last += 1
    return made[first : last + 1]


def _joined(parts: Sequence[Part] | Iterator[Part]) -> Iterator[Part]:
    """Yield parts, neighbouring constant ones as one; what may be missing must have a mark of its own."""
    pending = ""
    for part in parts:
        if isinstance(part, Literal):
            pending += part.text
            continue
        if pending:
            yield Literal(pending)
        pending = ""
        if isinstance(part, Maybe) and not any(
            isinstance(one, Literal) and one.text.strip() for one in part.parts
        ):
            raise Unfit("a value without a label may be missing")
        yield part
    if pending:
        yield Literal(pending)
