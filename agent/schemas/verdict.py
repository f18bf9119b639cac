"""The table behind ``maaza schema check``: each keyword of a schema, and who sees to it that it is kept."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from agent.conversion import KEYWORD, DeclarationError, declared
from agent.message import Json
from agent.schemas.checks import check_size
from agent.schemas.keywords import ANNOTATIONS, DECODING, KNOWN, REFUSED, VALIDATOR, Verdict, is_extension
from agent.schemas.positions import Place, children, step

__all__ = ["KeywordVerdict", "Verdict", "verdicts"]

_ASIDE = frozenset(
    {"contains", "dependencies", "dependentSchemas", "else", "if", "not", "propertyNames", "then"}
)
"""Below these the validator alone looks, whatever the keyword."""


@dataclass(frozen=True, slots=True)
class KeywordVerdict:
    """What becomes of one keyword at one place."""

    pointer: str
    """JSON pointer of the keyword from the root of the schema."""
    keyword: str
    verdict: Verdict
    note: str = ""
    """What the verdict leaves open, in a sentence; mostly empty."""


def verdicts(document: dict[str, Json], *, assert_formats: bool = False) -> tuple[KeywordVerdict, ...]:
    """Return a verdict for every keyword of ``document``, in its order; it need not compile.

    Raises:
        SchemaError: the document is too large or too deep to walk.
    """
    check_size(document)
    return tuple(_walk(Place("#", document), assert_formats=assert_formats, aside=False))


def _walk(place: Place, *, assert_formats: bool, aside: bool) -> Iterator[KeywordVerdict]:
    for keyword in place.fragment:
        yield _one(place, keyword, assert_formats=assert_formats, aside=aside)
    for child in children(place):
        keyword = child.pointer.removeprefix(place.pointer).split("/")[1]
        yield from _walk(child, assert_formats=assert_formats, aside=aside or keyword in _ASIDE)


def _one(place: Place, keyword: str, *, assert_formats: bool, aside: bool) -> KeywordVerdict:
    pointer = step(place.pointer, keyword)
    if keyword == "format" and assert_formats:
        return KeywordVerdict(pointer, keyword, Verdict.VALIDATOR)
    if keyword == KEYWORD:
        return _converted(place.fragment, pointer)
    if keyword == "additionalProperties":
        return KeywordVerdict(pointer, keyword, *_additional(place.fragment))
    verdict = _plain(keyword)
    if aside and verdict is Verdict.DECODING:
        verdict = Verdict.VALIDATOR
    return KeywordVerdict(pointer, keyword, verdict, _note(keyword, verdict))


def _converted(fragment: dict[str, Json], pointer: str) -> KeywordVerdict:
    """Say what a declaration does, or why it is refused."""
    kind, target = fragment.get("type"), fragment.get("ucumUnit")
    named = [one for one in kind if one != "null"] if isinstance(kind, list) else [kind]
    try:
        found = declared(fragment[KEYWORD], str(named[0] if len(named) == 1 else kind), str(target or ""))
    except DeclarationError as error:
        note = f"{error.key}: {error.why}; {error.remedy}" if error.key else f"{error.why}; {error.remedy}"
        return KeywordVerdict(pointer, KEYWORD, Verdict.REFUSED, note)
    return KeywordVerdict(pointer, KEYWORD, Verdict.CONVERSION, found.words())


def _plain(keyword: str) -> Verdict:
    if keyword in REFUSED:
        return Verdict.REFUSED
    if keyword in DECODING:
        return Verdict.DECODING
    if keyword in VALIDATOR:
        return Verdict.VALIDATOR
    return Verdict.ANNOTATION if keyword in ANNOTATIONS or is_extension(keyword) else Verdict.UNKNOWN


def _additional(fragment: dict[str, Json]) -> tuple[Verdict, str]:
    """Further properties are never written beside declared ones, and are all of a free-form object."""
    if fragment.get("properties") and isinstance(fragment["additionalProperties"], dict):
        return Verdict.DECODING, "only declared properties are extracted"
    return Verdict.DECODING, ""


def _note(keyword: str, verdict: Verdict) -> str:
    if verdict is Verdict.REFUSED:
        return REFUSED[keyword]
    if keyword == "oneOf":
        return "decoding takes one alternative; that no other fits is checked afterwards"
    if verdict is Verdict.UNKNOWN:
        near = difflib.get_close_matches(keyword, KNOWN, n=1)
        return f"did you mean {near[0]!r}?" if near else "begin private keywords with 'x-'"
    return ""
