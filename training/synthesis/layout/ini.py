"""INI and TOML files: sections of assignments."""

from __future__ import annotations

from random import Random

from training.synthesis import casing, nesting, outline, words
from training.synthesis.fill import fill
from training.synthesis.form import Field, Group, Shape
from training.synthesis.layout import Written
from training.synthesis.layout.markup import put_plain
from training.synthesis.naming import dialect
from training.synthesis.page import Page


def ini(rng: Random, level: float) -> Written:
    """Write an INI or TOML file: sections of assignments."""
    how = dialect(rng, level, casing.JOINED)
    root = nesting.nested(
        rng, level, how, leaves=outline.count(rng, level, 16), depth=1 if level > 0.2 else 0
    )
    for part in root.children:
        if isinstance(part, Group) and part.shape is Shape.RECORDS:
            part.shape = Shape.OBJECT
    root.children.sort(key=lambda part: isinstance(part, Group))
    outline.ask(root, rng, how)
    filled = fill(root, rng)
    page, joint, quote = Page(), rng.choice(("=", " = ", "=", ": ", " : ")), rng.choice(("", "", '"'))
    mark = rng.choice("#;")
    for child in filled.children:
        if rng.random() < 0.06:
            page.write(f"{mark} {words.sentence(rng)}\n")
        if isinstance(child.of, Field):
            page.write(child.of.label + joint)
            put_plain(page, child, quote)
            page.write("\n")
            continue
        if child.of.shape is Shape.SCALARS:
            page.heading(child.pointer, child.of.label)
            page.write(joint)
            for index, item in enumerate(child.children):
                page.write(", " if index else "")
                page.put(item)
            page.write("\n")
            continue
        page.write("\n[")
        page.heading(child.pointer, child.of.label)
        page.write("]\n")
        for leaf in child.children:
            page.write((leaf.label or leaf.of.label) + joint)
            put_plain(page, leaf, quote)
            page.write("\n")
    return Written(root, filled, page)
