"""Templates as JSON: what is stored, exported and imported. Strict: what is not understood is refused."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from agent.message import Json
from agent.templates.compiled import Unfit
from agent.templates.parts import Blank, Form, Gap, Group, Literal, Maybe, Part, Slot, Template

MAX_DEPTH = 8
"""Levels of parts inside of parts."""
FORM_TEXTS = ("kind", "shape", "classes", "needs", "marks")
KINDS = ("number", "shape", "text", "quantity", "words")


def identity(template: Template, schema_sha256: str) -> str:
    """Return a template's id: the beginning of the SHA-256 of what it is and of its schema."""
    written = json.dumps([dump(template), schema_sha256], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()[:12]


def dump(template: Template) -> dict[str, Json]:
    """Return a template as JSON."""
    return {
        "parts": [_part(part) for part in template.parts],
        "fixed": [[pointer, value] for pointer, value in template.fixed],
    }


def _part(part: Part) -> Json:
    if isinstance(part, Literal):
        return part.text
    if isinstance(part, Blank):
        return {"blank": True}
    if isinstance(part, Gap):
        return {"gap": _form(part.form)}
    if isinstance(part, Slot):
        said: dict[str, Json] = {"slot": part.pointer, "form": _form(part.form)}
        return said | ({"absent": list(part.absent)} if part.absent else {})
    if isinstance(part, Group):
        between: Json = None if part.between is None else [_part(one) for one in part.between]
        return {"group": part.pointer, "body": [_part(one) for one in part.body], "between": between}
    return {"maybe": [_part(one) for one in part.parts]}


def _form(form: Form) -> Json:
    said: dict[str, Json] = {name: value for name in FORM_TEXTS if (value := getattr(form, name))}
    if form.words:
        said["words"] = [[word, value] for word, value in form.words]
    return said | ({"folds": True} if form.folds else {})


def load(document: Json) -> Template:
    """Return the template of a JSON document.

    Raises:
        Unfit: it is none.
    """
    try:
        assert isinstance(document, dict)  # noqa: S101 - one way to say that it is none
        parts = tuple(_read_part(one, 0) for one in _list(document["parts"]))
        fixed = tuple((_text(pair[0]), pair[1]) for pair in map(_list, _list(document.get("fixed", []))))
        return Template(parts, fixed)
    except (AssertionError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise Unfit(f"not a template: {type(error).__name__} {error}".strip()) from error


def _read_part(said: Json, depth: int) -> Part:
    if depth > MAX_DEPTH:
        raise Unfit("not a template: parts inside of parts without end")
    if isinstance(said, str):
        return Literal(_full(said))
    assert isinstance(said, dict)  # noqa: S101 - the caller turns it into words
    if "blank" in said:
        return Blank()
    if "gap" in said:
        return Gap(_read_form(said["gap"]))
    if "slot" in said:
        absent = tuple(_full(_text(one)) for one in _list(said.get("absent", [])))
        return Slot(_text(said["slot"]), _read_form(said["form"]), absent)
    if "group" in said:
        between = said["between"]
        marks = None if between is None else tuple(_read_part(one, depth + 1) for one in _list(between))
        return Group(
            _text(said["group"]), tuple(_read_part(one, depth + 1) for one in _list(said["body"])), marks
        )
    return Maybe(tuple(_read_part(one, depth + 1) for one in _list(said["maybe"])))


def _read_form(said: Json) -> Form:
    assert isinstance(said, dict)  # noqa: S101 - the caller turns it into words
    texts: dict[str, Any] = {name: _text(said.get(name, "")) for name in FORM_TEXTS}
    words = tuple((_full(_text(pair[0])), pair[1]) for pair in map(_list, _list(said.get("words", []))))
    form = Form(**texts, words=words, folds=said.get("folds") is True)
    has = {"shape": form.shape, "text": form.classes, "words": form.words, "quantity": form.marks}
    assert form.kind in KINDS  # noqa: S101 - the same
    assert has.get(form.kind, True)  # noqa: S101 - the same
    return form


def _list(said: Json) -> list[Json]:
    assert isinstance(said, list)  # noqa: S101 - the caller turns it into words
    return said


def _text(said: Json) -> str:
    assert isinstance(said, str)  # noqa: S101 - the caller turns it into words
    return said


def _full(text: str) -> str:
    assert text  # noqa: S101 - the caller turns it into words
    return text
