"""From samples of a varying part to what it may look like, and from there to a regular expression. Pure.

All patterns are possessive: there is one way to match, so time is linear in the text, and a text that could
be read in two ways is read in none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from agent.templates.parts import Form

LETTER = r"[^\W\d_]"
_RUN = re.compile(rf"(?P<x>{LETTER}+)|(?P<d>[0-9]+)|(?P<b> +)|(?P<m>.)", re.DOTALL)
_CLASSES = {"A": "A-Z", "a": "a-z", "9": "0-9"}
_NUMERAL = re.compile(r"[-+\u2212]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?")
PLAIN_MARKS = "-'."
"""Marks that any text of several words may hold."""
MAX_RUN = 64
"""Characters of a numeral."""


def is_numeral(text: str) -> bool:
    """Tell whether a sample is a number as it can be read without a declaration."""
    return _NUMERAL.fullmatch(text) is not None


def number(samples: Iterable[str]) -> Form:
    """Return the form of a number: sign and fraction may come, other marks where a sample has them."""
    joined = "".join(samples)
    return Form("number", marks="".join(mark for mark in ",e" if mark in joined.lower()))


def form(samples: Sequence[str], *, is_gap: bool = False) -> Form:
    """Return the narrowest form that takes all samples."""
    if is_gap and all(one.isascii() and one.isdigit() for one in samples):
        return Form("shape", shape="9")
    if is_gap and all(map(is_numeral, samples)):
        return number(samples)
    shapes = {shape(one) for one in samples}
    merged = shapes.pop() if len(shapes) == 1 else _merged(shapes)
    if merged:
        return Form("shape", shape=merged)
    return _text(samples)


def shape(text: str) -> str:
    """Return the runs of a text: its letters, digits and marks in order."""
    parts = []
    for run in _RUN.finditer(text):
        said = {"x": _letters(run.group()), "d": "9", "b": " "}
        parts.append(said.get(str(run.lastgroup), run.group()))
    return "".join(parts)


def _letters(word: str) -> str:
    if not word.isascii():
        return "x"
    return "A" if word.isupper() else "a" if word.islower() else "x"


def _merged(shapes: set[str]) -> str:
    """Return the one shape that differs from all only in the case of letters; empty where there is none."""
    first, *others = sorted(shapes)
    for other in others:
        if len(other) != len(first):
            return ""
        pairs = list(zip(first, other, strict=True))
        if any(one != two and not {one, two} <= set("Aax") for one, two in pairs):
            return ""
        first = "".join(one if one == two else "x" for one, two in pairs)
    return first


def _text(samples: Sequence[str]) -> Form:
    """Return a form by the classes of characters that come."""
    joined = "".join(samples)
    letters = "".join(one for one in joined if one.isalpha())
    classes = _letters(letters) if letters else ""
    digits = any(one.isdigit() for one in joined)
    marks = {one for one in joined if not one.isalpha() and not one.isdigit()}
    if " " in marks:
        marks |= set(PLAIN_MARKS)
    needs = "x" * all(re.search(LETTER, one) is not None for one in samples)
    needs += "9" * all(re.search("[0-9]", one) is not None for one in samples)
    return Form("text", classes=classes + "9" * digits + "".join(sorted(marks)), needs=needs)


def members(form: Form) -> set[str]:
    """Return what a part may hold: ``x`` for letters, ``9`` for digits, marks by themselves."""
    if form.kind in {"number", "quantity"}:
        return {"9"}
    if form.kind == "words":
        return {_class(word[-1]) for word, _value in form.words if word}
    if form.kind == "shape":
        return {_plain(form.shape[-1])}
    return {_plain(one) for one in form.classes}


def first_of(form: Form) -> set[str]:
    """Return what a part may begin with."""
    if form.kind in {"number", "quantity"}:
        return {"9", "-", "+"}
    if form.kind == "words":
        return {_class(word[0]) for word, _value in form.words if word}
    if form.kind == "shape":
        return {_plain(form.shape[0])}
    return members(form) - {" "}


def _plain(one: str) -> str:
    return "x" if one in "Aax" else one


def _class(char: str) -> str:
    return "x" if char.isalpha() else "9" if char.isdigit() else char


def touches(left: set[str], char: str) -> bool:
    """Tell whether a character could belong to what stands before it."""
    return _class(char) in left


def charset(firsts: Iterable[str]) -> str:
    """Return the pattern of one character of some classes."""
    return (
        "(?:"
        + "|".join(LETTER if one == "x" else "[0-9]" if one == "9" else re.escape(one) for one in firsts)
        + ")"
    )


def expression(form: Form, stops: Sequence[str], before: str, behind: str) -> str:
    """Return the pattern of a part.

    `stops`: patterns of what may follow and could belong to the part; `before` and `behind`: the characters
    beside it, empty where they vary.
    """
    if form.kind == "number":
        return _number(form, before)
    if form.kind == "quantity":
        return _quantity(form)
    if form.kind == "words":
        # Longest first: a word may begin as another one.
        words = sorted((word for word, _value in form.words), key=len, reverse=True)
        listed = "|".join(map(re.escape, words))
        return rf"(?>(?i:{listed}))" if form.folds else rf"(?>{listed})"
    if is_quoted(before, behind):
        return rf"[^{before}\\\r\n]++"
    if form.kind == "shape":
        return "".join(_run(one) for one in form.shape)
    return _classed(form, stops)


def is_quoted(before: str, behind: str) -> bool:
    """Tell whether a part stands between quotation marks."""
    return before == behind and before in {'"', "'"}


def _sign(before: str) -> str:
    return "" if before and (before.isalnum() or before in "-+._") else r"[-+\u2212]?+"


def _number(form: Form, before: str) -> str:
    grouped = r"[0-9]{1,3}+(?:,[0-9]{3}(?![0-9]))*+" if "," in form.marks else ""
    whole = rf"(?>{grouped}(?![0-9])|[0-9]{{1,{MAX_RUN}}}+)" if grouped else rf"[0-9]{{1,{MAX_RUN}}}+"
    exponent = r"(?:[eE][-+]?[0-9]{1,3})?+" if "e" in form.marks else ""
    return rf"{_sign(before)}{whole}(?:\.[0-9]{{1,{MAX_RUN}}}+)?+{exponent}"


def _quantity(form: Form) -> str:
    point, groups = re.escape(form.marks[:1]), re.escape(form.marks[1:])
    grouped = rf"(?:[{groups}][0-9]{{3}}(?![0-9]))*+" if groups else ""
    return rf"[-+\u2212]?+[0-9]{{1,{MAX_RUN}}}+{grouped}(?:{point}[0-9]{{1,{MAX_RUN}}}+)?+"


def _run(one: str) -> str:
    if one == "x":
        return f"{LETTER}++"
    if one == " ":
        return " ++"
    return f"[{_CLASSES[one]}]++" if one in _CLASSES else re.escape(one)


def _classed(form: Form, stops: Sequence[str]) -> str:
    letters = {one for one in form.classes if one in "Aax"}
    other = "".join(_CLASSES.get(one, re.escape(one)) for one in form.classes if one not in "Aax")
    inside = other + "".join(_CLASSES[one] for one in sorted(letters - {"x"}))
    ways = [LETTER] * ("x" in letters) + [f"[{inside}]"] * bool(inside)
    one = ways[0] if len(ways) == 1 else f"(?:{'|'.join(ways)})"
    if stops:
        # Where a stop could begin no character is taken, so that each shorter reading fails at once.
        return f"(?:(?!{'|'.join(stops)}){one})+"
    return f"{one}++" if one.startswith("[") else f"(?:{one})+"
