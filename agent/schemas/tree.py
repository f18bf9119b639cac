"""The tree of fields, built from a checked document."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from agent.conversion import KEYS, KEYWORD, Conversion, DeclarationError, declared
from agent.message import Json
from agent.schemas.errors import SchemaError
from agent.schemas.fragment import (
    SCALARS,
    constants_of,
    free_value,
    is_null,
    is_of_type,
    only_constrains,
    required_names,
    text_of,
    types_of,
)
from agent.schemas.limits import MAX_CHOICES, MAX_NODES, MAX_TREE_DEPTH
from agent.schemas.merge import Fragment, flatten, join
from agent.schemas.node import Kind, Node
from agent.schemas.positions import step
from agent.schemas.refs import References

_KIND: Final = {
    "array": Kind.ARRAY,
    "boolean": Kind.BOOLEAN,
    "integer": Kind.INTEGER,
    "number": Kind.NUMBER,
    "object": Kind.OBJECT,
    "string": Kind.STRING,
}


@dataclass(frozen=True, slots=True)
class _At:
    """Where the builder stands."""

    pointer: str
    name: str = ""
    required: bool = True
    depth: int = 0

    def below(self, *tokens: str | int, name: str = "", required: bool = True) -> _At:
        return _At(step(self.pointer, *tokens), name, required, self.depth + 1)

    def error(self, what: str, why: str, remedy: str) -> SchemaError:
        return SchemaError(what, where=self.pointer, why=why, remedy=remedy)


@dataclass(slots=True)
class TreeBuilder:
    """Builds one tree; counts nodes so that it stops at the limit and not at the end of memory."""

    references: References
    _built: int = field(default=0, init=False)

    def root(self, document: Fragment) -> Node:
        """Return the tree of a whole document; only objects travel."""
        node = self._build(document, _At("#"))
        if node.kind in {Kind.OBJECT, Kind.MAP}:
            return node
        raise SchemaError(
            "root refused",
            where="#",
            why=f"the schema describes {_article(node.kind)} and a message is an object",
            remedy="Wrap it: an object with one property of this schema; of alternatives, make a schema each",
        )

    def _build(self, written: Json, at: _At) -> Node:
        self._count(at)
        if isinstance(written, bool):
            return self._typed({"type": list(SCALARS)}, at)
        if not isinstance(written, dict):
            raise at.error("schema malformed", "a schema is an object or true", "Write an object here")
        fragment = flatten(written, self.references, at.pointer)
        fragment, nullable = self._alternatives(fragment, at)
        node = self._decided(fragment, at)
        return replace(node, nullable=node.nullable or nullable)

    def _count(self, at: _At) -> None:
        self._built += 1
        if self._built > MAX_NODES:
            raise at.error("schema too large", f"it has more than {MAX_NODES} fields", "Split it")
        if at.depth > MAX_TREE_DEPTH:
            raise at.error("schema too deep", f"it nests more than {MAX_TREE_DEPTH} levels", "Flatten it")

    def _alternatives(self, fragment: Fragment, at: _At) -> tuple[Fragment, bool]:
        """Fold an ``anyOf`` of one alternative beside null into the fragment; tell whether null was there."""
        nullable = False
        for keyword in ("anyOf", "oneOf"):
            options = fragment.get(keyword)
            if not isinstance(options, list) or only_constrains(fragment, options):
                continue
            real = [option for option in options if not is_null(option)]
            nullable = nullable or len(real) < len(options)
            rest = {key: value for key, value in fragment.items() if key != keyword}
            if len(real) == 1 and isinstance(real[0], dict):
                fragment = join(flatten(real[0], self.references, at.pointer), rest, at.pointer)
            else:
                fragment = {**rest, keyword: real}
        return fragment, nullable

    def _decided(self, fragment: Fragment, at: _At) -> Node:
        """Dispatch by what narrows most: a constant, an enum, alternatives, the type."""
        if "const" in fragment:
            return self._choice(Kind.CONST, [fragment["const"]], fragment, at)
        enum = fragment.get("enum")
        if isinstance(enum, list):
            return self._choice(Kind.ENUM, enum, fragment, at)
        for keyword in ("anyOf", "oneOf"):
            options = fragment.get(keyword)
            if isinstance(options, list) and not only_constrains(fragment, options):
                return self._union(keyword, options, fragment, at)
        return self._typed(fragment, at)

    def _choice(self, kind: Kind, values: list[Json], fragment: Fragment, at: _At) -> Node:
        if len(values) > MAX_CHOICES:
            raise at.error("enum too large", f"it has more than {MAX_CHOICES} values", "Make it a string")
        if any(isinstance(value, dict | list) for value in values):
            raise at.error("enum refused", "a choice is an object or array", "Use scalars")
        types = types_of(fragment)
        kept = tuple(value for value in values if is_of_type(value, types))
        if not kept:
            raise at.error("contradiction", "no value of enum or const is of the type", "Correct either")
        real = tuple(value for value in kept if value is not None)
        if kind is Kind.ENUM and real and all(isinstance(value, bool) for value in real) and len(real) > 1:
            return replace(_node(Kind.BOOLEAN, fragment, at), nullable=len(real) < len(kept))
        nullable = bool(real) and len(real) < len(kept)
        return replace(_node(kind, fragment, at), choices=real or kept, nullable=nullable)

    def _union(self, keyword: str, options: list[Json], fragment: Fragment, at: _At) -> Node:
        """Build each alternative on top of what stands beside it; alternatives of constants are an enum."""
        rest = {key: value for key, value in fragment.items() if key not in {keyword, "title", "description"}}
        merged: list[Fragment] = []
        for index, option in enumerate(options):
            if option is not False:
                here = step(at.pointer, keyword, index)
                described = option if isinstance(option, dict) else {}
                merged.append(join(rest, flatten(described, self.references, here), here))
        constants = [value for option in merged for value in constants_of(option)]
        if constants and all(constants_of(option) for option in merged):
            return self._choice(Kind.ENUM, constants, fragment, at)
        places = [at.below(keyword, index) for index in range(len(merged))]
        return self._alternation(merged, places, fragment, at)

    def _alternation(self, fragments: list[Fragment], places: list[_At], fragment: Fragment, at: _At) -> Node:
        options = tuple(self._build(option, place) for option, place in zip(fragments, places, strict=True))
        if not options:
            raise at.error("contradiction", "no alternative is left", "Allow at least one")
        nullable = any(option.nullable for option in options)
        return replace(_node(Kind.UNION, fragment, at), options=options, nullable=nullable)

    def _typed(self, fragment: Fragment, at: _At) -> Node:
        types = types_of(fragment)
        real = [one for one in types if one != "null"]
        if not real:
            return replace(_node(Kind.CONST, fragment, at), choices=(None,))
        if len(real) > 1:
            options: list[Fragment] = [{**fragment, "type": one} for one in real]
            node = self._alternation(options, [at.below() for _ in real], fragment, at)
        else:
            node = self._single(_KIND[real[0]], fragment, at)
        return replace(node, nullable=node.nullable or "null" in types)

    def _single(self, kind: Kind, fragment: Fragment, at: _At) -> Node:
        _refuse_empty_range(fragment, at)
        if kind is Kind.ARRAY:
            return self._array(fragment, at)
        if kind is Kind.OBJECT:
            return self._object(fragment, at)
        return _node(kind, fragment, at)

    def _array(self, fragment: Fragment, at: _At) -> Node:
        items = fragment.get("items", True)
        if isinstance(items, list) or items is False:
            why = "items told apart by position alone cannot be asked for by name"
            raise at.error("items refused", why, "Give all items one schema, or make them an object")
        return replace(_node(Kind.ARRAY, fragment, at), item=self._build(items, at.below("items")))

    def _object(self, fragment: Fragment, at: _At) -> Node:
        properties = fragment.get("properties")
        names = required_names(fragment)
        if not isinstance(properties, dict) or not properties:
            return self._map(fragment, names, at)
        missing = [name for name in names if properties.get(name, False) is False]
        if missing:
            why = f"'required' names {missing[0]!r}, which 'properties' does not describe"
            raise at.error("contradiction", why, "Describe it, or do not require it")
        fields = tuple(
            self._build(value, at.below("properties", name, name=name, required=name in names))
            for name, value in properties.items()
            if value is not False
        )
        return replace(_node(Kind.OBJECT, fragment, at), properties=fields)

    def _map(self, fragment: Fragment, names: list[str], at: _At) -> Node:
        """Build a free-form object: any key of the text, values of one kind."""
        if names:
            why = f"'required' names {names[0]!r}, which 'properties' does not describe"
            raise at.error("contradiction", why, "Describe it, or do not require it")
        value, keyword = free_value(fragment)
        if value is False:
            return _node(Kind.OBJECT, fragment, at)
        return replace(_node(Kind.MAP, fragment, at), item=self._build(value, at.below(*keyword)))


def _conversion(kind: Kind, fragment: Fragment, at: _At) -> Conversion | None:
    """Return what a fragment declares about how its value is written."""
    if KEYWORD not in fragment:
        return None
    if "anyOf" in at.pointer.split("/") or "oneOf" in at.pointer.split("/"):
        remedy = "declare it of a field that has no alternatives"
        raise at.error(f"{KEYWORD} refused", "of alternatives nobody knows which one a span is of", remedy)
    try:
        return declared(fragment[KEYWORD], kind.value, text_of(fragment, "ucumUnit"))
    except DeclarationError as error:
        where = step(at.pointer, KEYWORD, *([error.key] if error.key in KEYS else []))
        key = "" if error.key in {"", *KEYS} else f"{error.key}: "
        raise SchemaError(
            f"{KEYWORD} refused", where=where, why=f"{key}{error.why}", remedy=error.remedy
        ) from error


def _node(kind: Kind, fragment: Fragment, at: _At) -> Node:
    """Return a node with what every kind has; callers add what theirs has besides."""
    return Node(
        kind=kind,
        name=at.name,
        required=at.required,
        title=text_of(fragment, "title"),
        description=text_of(fragment, "description"),
        unit=text_of(fragment, "ucumUnit"),
        conversion=_conversion(kind, fragment, at),
        fragment=fragment,
    )


def _article(kind: Kind) -> str:
    return f"{'an' if kind.value[0] in 'aeiou' else 'a'} {kind.value}"


def _refuse_empty_range(fragment: Fragment, at: _At) -> None:
    for low, high in (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems")):
        least, most = fragment.get(low), fragment.get(high)
        if isinstance(least, int | float) and isinstance(most, int | float) and least > most:
            raise at.error("contradiction", f"{low} {least} is above {high} {most}", "Correct either")
