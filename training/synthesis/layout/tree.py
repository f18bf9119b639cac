"""Trees as people lay them out: by indentation, by headings, or a line for each section."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from training.synthesis.form import Field, Filled, Group, Shape
from training.synthesis.page import Page


@dataclass(frozen=True, slots=True)
class Look:
    """How an indented tree is written."""

    indent: str = "  "
    joint: str = ": "
    around: tuple[str, str] = ("", "")
    """Before and behind each label."""
    tail: str = ":"
    """Behind a heading."""
    mark: str = ""
    """Before every line."""
    bullet: str = ""
    """Before each plain item; ``{}`` is its number."""
    item: str = ""
    """Before each item that is an object; on a line of its own where it ends with a line break."""
    gaps: tuple[bool, bool] = (False, False)
    """Blank lines before sections, and between items."""
    inline: str = ""
    """Between plain items on the line of their heading; empty where they stand below."""
    hollow: str = ""
    """Behind a heading with nothing below it."""


def draw_look(rng: Random) -> Look:
    """Draw how a tree is indented; the plainest way is the usual one."""
    gaps = rng.choice(((False, False), (False, False), (True, False), (True, True), (False, True)))
    plain = Look(hollow=rng.choice(("", "", "", "", " none", " -")))
    if rng.random() < 0.6:
        return replace(plain, gaps=gaps if rng.random() < 0.3 else (False, False))
    return replace(
        plain,
        indent=rng.choice(("  ", "    ", "    ", "\t", "\t", "   ", " ")),
        joint=rng.choice((": ", ": ", ": ", ":", " = ", "=", " : ", " - ", ":\t", "\t", " -> ")),
        tail=rng.choice((":", ":", ":", "", " -")),
        bullet=rng.choice(("", "- ", "- ", "* ", "{}. ", "• ")),
        item=rng.choice(("", "", "- ", "- ", "{}. ", "* ", "({}) ", "#{}\n", "Item {}:\n", "[{}]\n", "-\n")),
        gaps=gaps,
        inline=rng.choice(("", "", "", ", ", "; ", " | ")),
    )


def write(page: Page, filled: Filled, look: Look, indent: str = "", lead: str | None = None) -> None:
    """Write all members of an object, the first behind ``lead``."""
    for child in filled.children:
        page.write(_ahead(child, look, indent) if lead is None else lead)
        lead = None
        if isinstance(child.of, Field):
            label(page, child, look)
            page.write(look.joint)
            page.put(child)
            page.write("\n")
        else:
            _section(page, child, child.of, look, indent)


def _ahead(child: Filled, look: Look, indent: str) -> str:
    blank = look.gaps[0] and isinstance(child.of, Group) and not indent
    return ("\n" if blank else "") + indent + look.mark


def label(page: Page, filled: Filled, look: Look) -> None:
    """Write a label, as a heading where it is one."""
    page.write(look.around[0])
    name = filled.label or filled.of.label
    if isinstance(filled.of, Field):
        page.write(name)
    else:
        page.heading(filled.pointer, name)
    page.write(look.around[1])


def _section(page: Page, filled: Filled, group: Group, look: Look, indent: str) -> None:
    label(page, filled, look)
    if not filled.children:
        page.write(look.tail + look.hollow + "\n")
    elif group.shape is Shape.SCALARS and separable(filled, look.inline):
        page.write(look.joint)
        plain_items(page, filled, look.inline)
        page.write("\n")
    else:
        page.write(look.tail + "\n")
        _below(page, filled, group, look, indent + look.indent)


def _below(page: Page, filled: Filled, group: Group, look: Look, indent: str) -> None:
    if group.shape in (Shape.OBJECT, Shape.MAP):
        write(page, filled, look, indent)
        return
    for index, item in enumerate(filled.children):
        if isinstance(item.of, Field):
            page.write(indent + (look.bullet or look.mark).format(index + 1))
            page.put(item)
            page.write("\n")
        else:
            page.write("\n" if look.gaps[1] and index else "")
            record(page, item, look, indent, index)


def record(page: Page, item: Filled, look: Look, indent: str, index: int) -> None:
    """Write one item of a list of objects."""
    opening = look.item.format(index + 1)
    if not opening:
        write(page, item, look, indent)
    elif opening.endswith("\n"):
        page.write(indent + opening)
        write(page, item, look, indent + look.indent)
    else:
        write(page, item, look, indent + " " * len(opening), lead=indent + opening)


def separable(filled: Filled, joint: str) -> bool:
    """Tell whether items can stand on one line and still be told apart."""
    sign = joint.strip()
    return bool(joint) and all(sign not in leaf.shown for leaf in filled.leaves())


def plain_items(page: Page, filled: Filled, joint: str) -> None:
    """Write plain items on one line."""
    for index, child in enumerate(filled.children):
        page.write(joint if index else "")
        page.put(child)
