"""Trees under headings of their own: Markdown, files with sections, and a line for each section."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from training.synthesis.form import Field, Filled, Group, Shape
from training.synthesis.layout.markup import put_plain
from training.synthesis.layout.tree import Look, label, plain_items, record, separable, write
from training.synthesis.page import Page


def markdown(page: Page, filled: Filled, rng: Random) -> None:
    """Write headings of rising depth and a line for each value."""
    mark = rng.choice(("- ", "- ", "* ", ""))
    around, joint = rng.choice((
        (("", ""), ": "), (("**", "**"), ": "), (("**", ":**"), " "), (("`", "`"), ": "), (("*", "*"), ": "),
    ))  # fmt: skip
    look = Look(indent="  ", joint=joint, around=around, tail="", mark=mark, bullet=rng.choice(("- ", "* ")))
    _chapter(page, filled, look, rng.randint(1, 2), titled=rng.random() < 0.4)


def _chapter(page: Page, filled: Filled, look: Look, depth: int, *, titled: bool) -> None:
    """Write the members of an object; the items of lists have titles or begin with a bullet."""
    for child in filled.children:
        if isinstance(child.of, Field):
            write(page, Filled(filled.of, None, children=[child]), look)
            continue
        page.write("\n" + "#" * depth + " ")
        page.heading(child.pointer, child.of.label)
        page.write("\n")
        _under(page, child, child.of, look, depth, titled=titled)


def _under(page: Page, filled: Filled, group: Group, look: Look, depth: int, *, titled: bool) -> None:
    if group.shape in (Shape.OBJECT, Shape.MAP):
        _chapter(page, filled, look, depth + 1, titled=titled)
        return
    for index, item in enumerate(filled.children):
        if isinstance(item.of, Field):
            page.write(look.bullet)
            page.put(item)
            page.write("\n")
        elif titled:
            page.write("#" * (depth + 1) + f" {index + 1}\n")
            _chapter(page, item, look, depth + 2, titled=titled)
        else:
            record(page, item, Look(joint=look.joint, around=look.around, tail=":", item="- "), "", index)


@dataclass(frozen=True, slots=True)
class _File:
    """How a file with sections is written."""

    joint: str
    quote: str
    doubled: bool
    """Items of lists stand under the name of the list in two pairs of brackets, else under their number."""
    base: int
    """Number of the first item."""
    path: bool
    """Headings name all sections that theirs lies in."""


def sections(page: Page, filled: Filled, rng: Random) -> None:
    """Write a file of assignments under headings in brackets."""
    style = _File(
        rng.choice((" = ", "=", " = ", ": ")),
        rng.choice(("", "", '"')),
        rng.random() < 0.4,
        rng.randint(0, 1),
        rng.random() < 0.8,
    )
    _assignments(page, filled, style, "")


def _sectioned(filled: Filled) -> bool:
    """Tell whether something has headings of its own, and so stands behind all that has none."""
    if isinstance(filled.of, Field) or filled.of.shape is Shape.SCALARS:
        return False
    return filled.of.shape is not Shape.RECORDS or bool(filled.children)


def _assignments(page: Page, filled: Filled, style: _File, path: str) -> None:
    for child in sorted(filled.children, key=_sectioned):
        if isinstance(child.of, Field):
            page.write((child.label or child.of.label) + style.joint)
            put_plain(page, child, style.quote)
            page.write("\n")
        elif not _sectioned(child):
            _listed(page, child, style)
        elif child.of.shape is Shape.RECORDS:
            _numbered(page, child, style, path)
        else:
            _header(page, child, path, "[", "]")
            _assignments(page, child, style, f"{path}{child.of.label}." if style.path else "")


def _header(page: Page, filled: Filled, path: str, before: str, behind: str) -> None:
    page.write("\n" + before + path)
    page.heading(filled.pointer, filled.of.label)
    page.write(behind + "\n")


def _listed(page: Page, filled: Filled, style: _File) -> None:
    page.heading(filled.pointer, filled.of.label)
    page.write(style.joint + "[" * bool(style.quote))
    for index, child in enumerate(filled.children):
        page.write(", " if index else "")
        put_plain(page, child, style.quote)
    page.write("]" * bool(style.quote) + "\n")


def _numbered(page: Page, filled: Filled, style: _File, path: str) -> None:
    for index, item in enumerate(filled.children):
        named = filled if index == 0 else Filled(filled.of, None)
        number = "" if style.doubled else f".{index + style.base}"
        _header(page, named, path, "[" * (1 + style.doubled), number + "]" * (1 + style.doubled))
        _assignments(page, item, style, f"{path}{filled.of.label}{number}." if style.path else "")


def lines(page: Page, filled: Filled, rng: Random) -> None:
    """Write the plain values on one line and each section on one of its own."""
    gaps = [gap for gap in (", ", "; ", " | ") if separable(filled, gap)] or [" / "]
    look = Look(joint=rng.choice((": ", ": ", "=", " ")), inline=rng.choice(gaps))
    fields = [child for child in filled.children if isinstance(child.of, Field)]
    _run(page, fields, look)
    page.write("\n")
    for child in filled.children:
        if isinstance(child.of, Group):
            label(page, child, look)
            page.write(rng.choice((": ", ": ", " - ")))
            _held(page, child, look)
            page.write("\n")


def _run(page: Page, members: list[Filled], look: Look) -> None:
    """Write members one behind the other; what holds others goes in parentheses."""
    for index, child in enumerate(members):
        page.write(look.inline if index else "")
        label(page, child, look)
        if isinstance(child.of, Field):
            page.write(look.joint)
            page.put(child)
        else:
            page.write(" (")
            _held(page, child, look)
            page.write(")")


def _held(page: Page, filled: Filled, look: Look) -> None:
    group = filled.of
    if isinstance(group, Field) or group.shape in (Shape.OBJECT, Shape.MAP):
        _run(page, filled.children, look)
    elif group.shape is Shape.SCALARS:
        plain_items(page, filled, look.inline)
    else:
        for index, item in enumerate(filled.children):
            page.write(" " if index else "")
            page.write("(")
            _run(page, item.children, look)
            page.write(")")
