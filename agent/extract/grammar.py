"""JSON Schema and raw text → the grammar of all answers that keep the schema's shape and copy from the text.

A string is a stretch of the text between its seams, without white space around it; a number is one of its
numerals. Keys, punctuation and constants are forced, so the model decides only what is to be decided:
``null`` for "another kind of text", whether an optional key is there, which choice of an enum, and where a
copy begins and ends. There is one way to write each answer. Bounds and patterns are the validator's.

Each leaf is a single terminal, and ``{``, ``}``, ``[``, ``]``, ``, `` and ``"key": `` are terminals of their
own: the lexer is greedy, and no terminal may begin another that is allowed at the same place.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from agent.extract.source import Source, quoted, stretches
from agent.json_pointer import below
from agent.message import Json, Refusal
from agent.schemas import LEAVES, Kind, Node

MAX_GRAMMAR_BYTES = 1024 * 1024
"""Size of a grammar, UTF-8. A text of 4,000 characters with a schema of 40 fields makes 30 kB."""
MAX_ITEMS = 256
"""Items of one array or map. An answer that reaches for more is refused, never cut."""
ITEM_SEPARATOR = ", "
KEY_SEPARATOR = ": "
"""Punctuation as ``json.dumps`` writes it, which is what models have read most of."""

_INK = r"([^ \u00a0\\]|\\([\"\\b]|u[0-9a-f]{4}))"
_BLANK = r"([ \u00a0]|\\[nrtf])"
_TRIMMED = rf"{_INK}({_BLANK}*{_INK})*"
"""Begins and ends with something visible; escapes are kept whole."""


class Declined(Exception):  # noqa: N818 - a decision about the text, not a fault
    """The text gives no answer in this schema, or the answer breaks a limit."""

    def __init__(self, refusal: Refusal, detail: str) -> None:
        super().__init__(detail)
        self.refusal, self.detail = refusal, detail


def build(root: Node, source: Source) -> str:
    """Return the grammar in llguidance's dialect of Lark.

    Raises:
        Declined: a required field has no candidate in the text, or the grammar is larger than the limit.
    """
    writer = _Writer(source)
    answer = writer.node(root, "")
    if answer is None:
        detail = f"{writer.missing or '/'} is required and nothing in the text could be its value"
        raise Declined(Refusal.MISSING_REQUIRED, detail)
    lark = "\n".join([f"start: {_literal('null')} | {answer}", *writer.lines()]) + "\n"
    size = len(lark.encode())
    if size > MAX_GRAMMAR_BYTES:
        detail = f"schema and text make a grammar of {size} bytes; {MAX_GRAMMAR_BYTES} are allowed"
        raise Declined(Refusal.SCHEMA_TOO_LARGE, detail)
    return lark


@dataclass(slots=True)
class _Writer:
    """Collects rules and terminals; symbols are ``None`` where the text has nothing to write."""

    source: Source
    missing: str = ""
    """Pointer of the first required field without a candidate."""
    _rules: list[str] = field(default_factory=list)
    _terminals: dict[str, str] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """Return all rules and terminals."""
        return [*self._rules, *(f"{name}: {body}" for body, name in self._terminals.items())]

    def node(self, node: Node, pointer: str) -> str | None:
        """Return the symbol of a place in the schema."""
        if node.kind in LEAVES:
            return self._leaf(node)
        if node.kind is Kind.UNION:
            return self._union(node, pointer)
        made = self._container(node, pointer)
        if made is None or not node.nullable:
            return made
        return self._rule(f"{made} | {_literal('null')}")

    # -- leaves

    def _leaf(self, node: Node) -> str | None:
        body = self._body(node)
        return None if body is None else self._terminal(body)

    def _body(self, node: Node) -> str | None:
        """Return the terminal's body of a leaf; ``null`` is one of its alternatives where it is allowed."""
        ways = self._ways(node)
        if node.nullable:
            ways = [*ways, _literal("null")]
        return " | ".join(ways) if ways else None

    def _ways(self, node: Node) -> list[str]:
        if node.conversion is not None:
            return [_literal(written) for written in self.source.declared(node.conversion)]
        if node.kind is Kind.STRING:
            return self._strings('"')
        if node.kind is Kind.NUMBER:
            return _numbers(self.source.numbers)
        if node.kind is Kind.INTEGER:
            return _numbers(self.source.integers)
        choices: tuple[Json, ...] = (True, False) if node.kind is Kind.BOOLEAN else node.choices
        return [_literal(json.dumps(choice, ensure_ascii=False)) for choice in choices]

    def _strings(self, close: str) -> list[str]:
        """Return the ways to write a stretch of the text in quotes, up to ``close``."""
        ways = []
        for chunks in stretches(self.source.text):
            anything = self._terminal("%regex " + json.dumps({"substring_chunks": chunks}))
            trimmed = self._terminal(f"{anything} & /{_TRIMMED}/")
            ways.append(f"{_literal(chr(34))} {trimmed} {_literal(close)}")
        return ways

    # -- containers

    def _container(self, node: Node, pointer: str) -> str | None:
        if node.kind is Kind.OBJECT:
            return self._object(node, pointer)
        if node.kind is Kind.ARRAY:
            return self._list(node, self._item(node, pointer), "[", "]")
        value, keys = self._item(node, pointer), self._strings('"' + KEY_SEPARATOR)
        pair = f"{self._terminal(' | '.join(keys))} {value}" if keys and value else None
        return self._list(node, pair, "{", "}")

    def _item(self, node: Node, pointer: str) -> str | None:
        """Return the symbol of an item; that it cannot be written is no news, for there may be none."""
        missing = self.missing
        found = self.node(node.item, f"{pointer}/0") if node.item else None
        self.missing = missing
        return found

    def _list(self, node: Node, item: str | None, opening: str, closing: str) -> str | None:
        first, last = _literal(opening), _literal(closing)
        if item is None:
            needed = node.fragment.get("minItems") or node.fragment.get("minProperties")
            return None if needed else self._rule(f"{first} {last}")
        # A model that repeats itself is stopped where each visible chunk of the text could be an item.
        most = min(MAX_ITEMS, len(self.source.starts))
        more = f"({_literal(ITEM_SEPARATOR)} {item}){{0,{most}}}"
        return self._rule(f"{first} ({item} {more})? {last}")

    def _object(self, node: Node, pointer: str) -> str | None:
        """Write properties in schema order: ``head`` while none was written, ``tail`` behind one."""
        pairs = self._pairs(node, pointer)
        if pairs is None:
            return None
        head = tail = ""
        for pair, forced in reversed(pairs):
            behind = f"{_literal(ITEM_SEPARATOR)} {pair}"
            if forced:
                head, tail = self._rule(f"{pair} {tail}"), self._rule(f"{behind} {tail}")
            else:
                other = f"({pair} {tail})?" if not head else f"{pair} {tail} | {head}"
                head, tail = self._rule(other), self._rule(f"({behind})? {tail}")
        return self._rule(f"{_literal('{')} {head} {_literal('}')}")

    def _pairs(self, node: Node, pointer: str) -> list[tuple[str, bool]] | None:
        """Return ``"key": value`` of each property that can be written, and whether it must be."""
        pairs = []
        for child in node.properties:
            place = below(pointer, child.name)
            missing = self.missing
            value = self.node(child, place)
            if value is not None:
                key = _literal(quoted(child.name) + KEY_SEPARATOR)
                pairs.append((f"{key} {value}", child.required or child.kind is Kind.CONST))
            elif child.required:
                self.missing = self.missing or place
                return None
            else:
                self.missing = missing
        return pairs

    def _union(self, node: Node, pointer: str) -> str | None:
        """Write all leaves among the alternatives as one terminal, the others as rules."""
        missing, bodies, others = self.missing, [], []
        for option in flat(node):
            if option.kind in LEAVES:
                bodies.append(self._body(option))
            else:
                others.append(self.node(option, pointer))
        leaves = [body for body in bodies if body]
        if leaves or node.nullable:
            leaves += [_literal("null")] if node.nullable else []
            others.append(self._terminal(" | ".join(dict.fromkeys(leaves))))
        found = [other for other in others if other]
        self.missing = missing if found else self.missing
        return self._rule(" | ".join(dict.fromkeys(found))) if found else None

    # -- names

    def _rule(self, body: str) -> str:
        name = f"r{len(self._rules)}"
        self._rules.append(f"{name}: {body}")
        return name

    def _terminal(self, body: str) -> str:
        return self._terminals.setdefault(body, f"T{len(self._terminals)}")


def flat(node: Node) -> list[Node]:
    """Return the alternatives of a union, those of unions inside it in their place.

    Choices behind an alternative that any string or number fits are left out: there a value is a copy.
    """
    found: list[Node] = []
    copied: tuple[type, ...] = ()
    for option in _spread(node):
        choices = tuple(one for one in option.choices if isinstance(one, bool) or not isinstance(one, copied))
        if choices or not option.choices:
            found.append(replace(option, choices=choices))
        copied += _COPIED.get(option.kind, ())
    return found


def _spread(node: Node) -> Iterator[Node]:
    for option in node.options:
        yield from _spread(option) if option.kind is Kind.UNION else (option,)


_COPIED: dict[Kind, tuple[type, ...]] = {
    Kind.STRING: (str,),
    Kind.NUMBER: (int, float),
    Kind.INTEGER: (int,),
}


def _numbers(literals: Iterable[str]) -> list[str]:
    ways = "|".join(literal.replace(".", r"\.").replace("+", r"\+") for literal in literals)
    return [f"/{ways}/"] if ways else []


def _literal(text: str) -> str:
    """Return a string of the grammar that matches exactly ``text``."""
    return json.dumps(text, ensure_ascii=False)
