"""Texts with brackets or tags: JSON and what is left of it, XML, YAML and HTML."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from training.synthesis import casing, nesting, outline, words
from training.synthesis.fill import fill
from training.synthesis.form import Field, Filled, Group, Shape
from training.synthesis.layout import Written, prefix
from training.synthesis.naming import dialect
from training.synthesis.page import Page


def _tree(rng: Random, level: float, most: int) -> tuple[Group, Filled]:
    how = dialect(rng, level, casing.JOINED)
    size = outline.count(rng, level, most)
    root = nesting.nested(rng, level, how, leaves=size, depth=rng.choice((0, 1, 2)) if level > 0.2 else 0)
    outline.ask(root, rng, how)
    return root, fill(root, rng)


@dataclass(frozen=True, slots=True)
class _Braces:
    """How an object of JSON's kind is written."""

    quote: str
    joint: str
    gap: str
    newline: str
    indent: str
    scalar: Callable[[Filled], bool]
    """Tells which values go without quotes."""


def braces(rng: Random, level: float) -> Written:
    """Write JSON, or something that looks like it."""
    root, filled = _tree(rng, level, 16)
    page = Page()
    page.write(prefix(rng, level)(rng))
    put_braces(page, filled, rng)
    return Written(root, filled, page)


def put_braces(page: Page, filled: Filled, rng: Random) -> None:
    """Write a tree as JSON, or loosely so."""
    loose = rng.random() < 0.4
    pretty = rng.random() < 0.4
    style = _Braces(
        quote=rng.choice(("", "'", '"', "")) if loose else '"',
        joint=rng.choice((": ", ":", "=", " => ", " = ")) if loose else rng.choice((": ", ":", '": "'[1:3])),
        gap=rng.choice((",", ", ", ";", ", ")) if loose else rng.choice((",", ", ", ",")),
        newline="\n" if pretty else "",
        indent=rng.choice(("  ", "    ", "\t")) if pretty else "",
        scalar=lambda leaf: (
            isinstance(leaf.of, Field) and leaf.of.source.type in ("number", "integer", "boolean")
        ),
    )
    _object(page, filled, style, "")
    if loose and rng.random() < 0.2:
        page.write(rng.choice((",", "...", "\n", " }")))


def _object(page: Page, filled: Filled, style: _Braces, indent: str) -> None:
    inner = indent + style.indent
    page.write("{")
    for index, child in enumerate(filled.children):
        page.write((style.gap.rstrip() if style.newline else style.gap) if index else "")
        page.write(style.newline + inner)
        label = child.label or child.of.label
        page.write(style.quote)
        if isinstance(child.of, Field):
            page.write(label)
        else:
            page.heading(child.pointer, label)
        page.write(style.quote + style.joint)
        _braced(page, child, style, inner)
    page.write(style.newline + indent + "}")


def _braced(page: Page, filled: Filled, style: _Braces, indent: str) -> None:
    if isinstance(filled.of, Field):
        bare = style.scalar(filled)
        around = (
            "" if bare else (style.quote or ('"' if any(c in filled.printed for c in ",;{}[]=:") else ""))
        )
        page.write(around)
        page.put(filled)
        page.write(around)
    elif filled.of.shape in (Shape.OBJECT, Shape.MAP):
        _object(page, filled, style, indent)
    else:
        page.write("[")
        for index, child in enumerate(filled.children):
            page.write(style.gap if index else "")
            if filled.of.shape is Shape.SCALARS:
                _braced(page, child, style, indent)
            else:
                _object(page, child, style, indent + style.indent)
        page.write("]")


def tags(rng: Random, level: float) -> Written:
    """Write XML or HTML: elements, sometimes attributes."""
    root, filled = _tree(rng, level, 14)
    page = Page()
    put_tags(page, filled, rng)
    return Written(root, filled, page)


def put_tags(page: Page, filled: Filled, rng: Random) -> None:
    """Write a tree as elements."""
    pretty, attributes = rng.random() < 0.6, rng.random() < 0.35
    if rng.random() < 0.2:
        page.write('<?xml version="1.0"?>' + ("\n" if pretty else ""))
    _element(page, filled, words.word(rng), "", pretty=pretty, attributes=attributes)


def _element(page: Page, filled: Filled, name: str, indent: str, *, pretty: bool, attributes: bool) -> None:
    end, inner = ("\n" if pretty else ""), indent + ("  " if pretty else "")
    page.write(f"{indent}<")
    page.heading(filled.pointer or None, name) if filled.pointer else page.write(name)
    later = []
    for child in filled.children:
        if attributes and isinstance(child.of, Field) and '"' not in child.shown:
            page.write(f' {_tag(child)}="')
            page.put(child)
            page.write('"')
        else:
            later.append(child)
    if not later:
        page.write(f"/>{end}")
        return
    page.write(f">{end}")
    for child in later:
        if isinstance(child.of, Field):
            page.write(f"{inner}<{_tag(child)}>")
            page.put(child)
            page.write(f"</{_tag(child)}>{end}")
        elif child.of.shape in (Shape.RECORDS, Shape.SCALARS):
            _repeated(page, child, inner, pretty=pretty, attributes=attributes)
        else:
            _element(page, child, _tag(child), inner, pretty=pretty, attributes=attributes)
    page.write(f"{indent}</{name}>{end}")


def _repeated(page: Page, filled: Filled, indent: str, *, pretty: bool, attributes: bool) -> None:
    end = "\n" if pretty else ""
    name = _tag(filled)
    page.write(f"{indent}<")
    page.heading(filled.pointer, name)
    page.write(f">{end}")
    for child in filled.children:
        single = name.rstrip("s") if name.endswith("s") else "item"
        if isinstance(child.of, Field):
            page.write(f"{indent}  <{single}>" if pretty else f"<{single}>")
            page.put(child)
            page.write(f"</{single}>{end}")
        else:
            item = Filled(child.of, None, children=child.children)
            _element(
                page, item, single, indent + ("  " if pretty else ""), pretty=pretty, attributes=attributes
            )
    page.write(f"{indent}</{name}>{end}")


def _tag(filled: Filled) -> str:
    return (filled.label or filled.of.label).replace(" ", "_").replace("(", "").replace(")", "")


def yaml(rng: Random, level: float) -> Written:
    """Write YAML."""
    root, filled = _tree(rng, level, 18)
    page = Page()
    put_yaml(page, filled, rng)
    return Written(root, filled, page)


def put_yaml(page: Page, filled: Filled, rng: Random) -> None:
    """Write a tree as YAML."""
    page.write(rng.choice(("", "", "---\n", f"# {words.sentence(rng)}\n")))
    _mapping(page, filled, "", rng.choice(("  ", "    ", "  ")), rng.choice(("", "", '"', "'")), rng)


def _mapping(page: Page, filled: Filled, indent: str, step: str, quote: str, rng: Random) -> None:
    for index, child in enumerate(filled.children):
        label = child.label or child.of.label
        page.write(indent if index or not page.text.endswith("- ") else "")
        if isinstance(child.of, Field):
            page.write(f"{label}: ")
            put_plain(page, child, quote)
            page.write(f"  # {words.sentence(rng, 4)}\n" if rng.random() < 0.03 else "\n")
            continue
        page.heading(child.pointer, label)
        if not child.children:
            page.write(": " + ("{}" if child.of.shape in (Shape.OBJECT, Shape.MAP) else "[]") + "\n")
        elif child.of.shape in (Shape.OBJECT, Shape.MAP):
            page.write(":\n")
            _mapping(page, child, indent + step, step, quote, rng)
        else:
            page.write(":\n")
            for item in child.children:
                page.write(f"{indent}{step}- ")
                if isinstance(item.of, Field):
                    put_plain(page, item, quote)
                    page.write("\n")
                else:
                    _mapping(page, item, indent + step + "  ", step, quote, rng)


def put_plain(page: Page, leaf: Filled, quote: str) -> None:
    """Write a value, a text in quotes where the style has them."""
    field = leaf.of
    around = quote if isinstance(field, Field) and field.source.type == "string" else ""
    page.write(around)
    page.put(leaf)
    page.write(around)
