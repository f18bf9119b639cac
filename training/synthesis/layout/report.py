"""Reports: a label and a value on each line, nested by indentation under headings."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from training.synthesis import casing, nesting, outline, value, words
from training.synthesis.fill import fill
from training.synthesis.form import Field, Filled, Group, Shape
from training.synthesis.layout import Written
from training.synthesis.naming import Dialect, dialect
from training.synthesis.page import Page

_ASKS = (
    "Please extract the {} information as JSON.", "Extract the data as JSON.", "Return the {} as JSON.",
    "Please report any fault to the desk.",
    "Generated automatically, do not reply.", "-- end of {} --", "Convert this {} to structured data.",
)  # fmt: skip
_SUBJECTS = (
    "report",
    "record",
    "reading",
    "entry",
    "status",
    "summary",
    "notification",
    "log",
    "details",
    "profile",
    "update",
    "list",
    "results",
    "overview",
)


@dataclass(frozen=True, slots=True)
class Style:
    """How a report writes labels, headings, lists and units."""

    indent: str
    joint: str
    heading_tail: str
    bullet: str
    """Before each item of a list; ``{}`` is its number."""
    gap: bool
    """Blank lines between groups."""
    unit_joint: str | None
    """Between number and unit; None where units are left out."""
    aligned: int
    """Column at which values begin; 0 for right behind the label."""
    fill: str
    inline: str
    """Joins the items of a list of scalars on the line of their heading; empty where they stand below."""


def report(rng: Random, level: float) -> Written:
    """Write an indented report."""
    plain = rng.random() < 0.55
    how = (
        Dialect(
            casing.STYLES["snake"],
            casing.STYLES["title"],
            rng.choice((0.0, 1.0, 0.5)),
            0.0,
            foreign=False,
            unit_in_label=False,
        )
        if plain
        else dialect(rng, level)
    )
    deep = rng.random() < 0.65
    size = (
        outline.count(rng, level, 14)
        if rng.random() < 0.65
        else rng.randint(2, 3 + round(level * rng.choice((16, 28, 42))))
    )
    rare = rng.choice((0.0, 0.3, 0.6, 0.9)) * level if plain else None
    root = nesting.nested(
        rng,
        level,
        how,
        leaves=size,
        depth=rng.choice((1, 1, 2, 3)) if deep and level > 0.15 else 0,
        rare=rare,
        plain=plain,
    )
    if plain:
        _as_forms_do(root, rng)
    outline.ask(root, rng, how)
    filled = fill(root, rng)
    style = (
        Style("  ", ": ", ":", "", gap=False, unit_joint=None, aligned=0, fill=" ", inline="")
        if plain
        else draw_style(rng)
    )
    page = Page()
    title = words.phrase(rng, 1, 3).title() + " " + rng.choice(_SUBJECTS).title()
    with_title = rng.random() < (0.9 if plain else 0.4)
    if with_title:
        page.write(
            rng.choice(
                ("{}", "{}", "New {}", "=== {} ===", "# {}", "[{}]", "*** {} ***", "{}:", "{}\n--------")
            ).format(title)
            + rng.choice(("\n\n", "\n\n", "\n"))
        )
    put_members(page, filled, style, rng, "")
    if rng.random() < (0.85 if plain else 0.12):
        page.write("\n" + rng.choice(_ASKS[:1] if plain else _ASKS).format(title.lower()))
    return Written(root, filled, page, title=title if rng.random() < 0.8 else "")


_FORM_KINDS = (
    "word", "word", "word", "name", "name", "sentence", "prose", "title", "company", "city", "street",
    "email", "phone", "uuid", "uuid", "money", "money", "int:1:100",
    "int:0:1000", "float:0:100:2", "float:-180:180:6", "bool", "anyenum", "anyenum", "anyenum", "date",
    "version", "zip", "level", "clock", "address",
)  # fmt: skip


def _as_forms_do(root: Group, rng: Random) -> None:
    """Ask for everything, and let half of the values be of the kinds that forms and tickets hold."""
    share = rng.choice((0.0, 0.5, 0.9))
    capital = rng.random() < 0.6
    for field in root.fields():
        field.asked = True
        if rng.random() < share:
            kind = rng.choice(_FORM_KINDS)
            field.source = value.source(kind, rng)
            field.unit = ""
            if kind == "word" and capital:
                field.source = value.capitalised
            elif kind == "date" and rng.random() < 0.5:
                field.source = value.microseconds


def draw_style(rng: Random, *, flat: bool = False) -> Style:
    """Draw a style; of flat lists the values are aligned more often."""
    joint = rng.choice(
        (": ", ": ", ": ", ":", " = ", "=", " : ", "\t", " - ", " -> ", ":\t", "\t: ", " => ", " | ")
    )
    aligned = (
        rng.choice((0, 0, 0, rng.randint(12, 34)))
        if not flat
        else rng.choice((0, 0, rng.randint(10, 34), rng.randint(-24, -12)))
    )
    return Style(
        indent=rng.choice(("  ", "  ", "    ", "\t", "   ", " ")),
        joint=joint,
        heading_tail=rng.choice((":", ":", ":", "", " =", ":")),
        bullet=rng.choice(("", "- ", "- ", "* ", "{}. ", "{}) ", "• ", "[{}] ", "#{}: ", "+ ")),
        gap=rng.random() < 0.25,
        unit_joint=rng.choice((None, " ", " ", "", " [", " (")),
        aligned=aligned,
        fill=rng.choice((" ", " ", " ", ".", " ")),
        inline=rng.choice(("", "", ", ", " ", "; ", ",", " | ", "/")),
    )


def put_members(page: Page, filled: Filled, style: Style, rng: Random, indent: str) -> None:
    """Write all that a tree holds."""
    for child in filled.children:
        if isinstance(child.of, Field):
            put_line(page, child, style, indent)
        else:
            _section(page, child, child.of, style, rng, indent)


def put_line(page: Page, leaf: Filled, style: Style, indent: str) -> None:
    """Write label and value on a line."""
    label = leaf.label or leaf.of.label
    page.write(indent + _padded(label, style))
    put_value(page, leaf, style.unit_joint)
    page.write("\n")


def _padded(label: str, style: Style) -> str:
    if not style.aligned:
        return label + style.joint
    joint = style.joint.strip() or ":"
    if style.aligned < 0:
        return label.rjust(-style.aligned) + style.joint
    if style.fill == ".":
        return label + " " + "." * max(2, style.aligned - len(label)) + " "
    return (
        (label + joint).ljust(style.aligned) + " "
        if joint == ":"
        else label.ljust(style.aligned) + joint + " "
    )


def put_value(page: Page, leaf: Filled, unit_joint: str | None) -> None:
    """Write a value and, where units are printed, its unit."""
    page.put(leaf)
    field = leaf.of
    if (
        unit_joint is not None
        and isinstance(field, Field)
        and field.unit
        and field.source.type in ("number", "integer")
        and field.unit not in field.label
    ):
        page.write(unit_joint + field.unit + {" [": "]", " (": ")"}.get(unit_joint, ""))


def _section(page: Page, filled: Filled, group: Group, style: Style, rng: Random, indent: str) -> None:
    if style.gap and rng.random() < 0.5:
        page.write("\n")
    page.write(indent)
    page.heading(filled.pointer, group.label)
    inner = indent + style.indent
    if group.shape is Shape.SCALARS and _separable(filled, style.inline):
        page.write(style.joint)
        for index, child in enumerate(filled.children):
            page.write(style.inline if index else "")
            page.put(child)
        page.write("\n")
        return
    page.write(style.heading_tail + "\n")
    match group.shape:
        case Shape.OBJECT:
            put_members(page, filled, style, rng, inner)
        case Shape.MAP:
            for child in filled.children:
                put_line(page, child, style, inner)
        case Shape.SCALARS:
            _items(page, filled, style, inner)
        case Shape.RECORDS:
            for index, item in enumerate(filled.children):
                _record(page, item, style, rng, inner, index)


def _items(page: Page, filled: Filled, style: Style, indent: str) -> None:
    for index, child in enumerate(filled.children):
        page.write(indent + style.bullet.format(index + 1))
        page.put(child)
        page.write("\n")


def _separable(filled: Filled, joint: str) -> bool:
    """Tell whether items can stand on one line and still be told apart."""
    mark = joint.strip() or joint
    return bool(joint) and all(
        mark not in child.shown and "\n" not in child.shown for child in filled.children
    )


def _record(page: Page, item: Filled, style: Style, rng: Random, indent: str, index: int) -> None:
    if not style.bullet:
        put_members(page, item, style, rng, indent)
        return
    bullet = style.bullet.format(index + 1)
    page.write(indent + bullet)
    first, rest = item.children[0], item.children[1:]
    if isinstance(first.of, Field):
        put_line(page, first, style, "")
    else:
        page.write("\n")
        _section(page, first, first.of, style, rng, indent + style.indent)
    inner = indent + " " * len(bullet)
    for child in rest:
        if isinstance(child.of, Field):
            put_line(page, child, style, inner)
        else:
            _section(page, child, child.of, style, rng, inner)
