"""A template as people read it: fields in braces, what else varies in angle brackets."""

from __future__ import annotations

from collections.abc import Sequence

from agent.templates.parts import Blank, Form, Gap, Literal, Maybe, Part, Slot, Template

MAX_WORDS = 6
"""Words of a choice that are shown."""


def pattern(template: Template) -> str:
    """Return a template in one line: ``temp {temperature_c: number}C( vib {vibration_mm_s: number})?``."""
    return _parts(template.parts)


def _parts(parts: Sequence[Part]) -> str:
    return "".join(_part(part) for part in parts)


def _part(part: Part) -> str:
    if isinstance(part, Literal):
        return part.text.replace("\r", "\\r").replace("\n", "\\n").replace("{", "{{").replace("}", "}}")
    if isinstance(part, Blank):
        return "␣"
    if isinstance(part, Gap):
        return f"<{form_words(part.form)}>"
    if isinstance(part, Slot):
        absent = "".join(f" or {word}" for word in part.absent)
        return f"{{{part.pointer.removeprefix('/') or 'item'}: {form_words(part.form)}{absent}}}"
    if isinstance(part, Maybe):
        return f"({_parts(part.parts)})?"
    body = f"{part.pointer.removeprefix('/')}[{_parts(part.body)}]"
    return body if part.between is None else f"{body}({_parts(part.between)})*"


def form_words(form: Form) -> str:
    """Say what a varying part looks like."""
    if form.kind == "words":
        listed = [word for word, _value in form.words]
        return "|".join(listed[:MAX_WORDS]) + ("|…" if len(listed) > MAX_WORDS else "")
    if form.kind == "shape":
        names = {"A": "WORD", "a": "word", "x": "Word", "9": "digits"}
        if len(form.shape) == 1:
            return names.get(form.shape, form.shape)
        return form.shape.replace("a", "w").replace("x", "w").replace("A", "W")
    if form.kind == "text":
        return ("words" if " " in form.classes else "word") + f" of {form.classes.strip()}"
    return "number"
