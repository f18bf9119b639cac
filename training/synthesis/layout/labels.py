"""Flat lists: one label and one value on each line, in the many ways people and programs write that."""

from __future__ import annotations

from random import Random

from training.synthesis import casing, outline, words
from training.synthesis.fill import fill
from training.synthesis.form import Filled
from training.synthesis.layout import Written
from training.synthesis.layout.report import draw_style, put_line
from training.synthesis.naming import dialect
from training.synthesis.page import Page


def labels(rng: Random, level: float) -> Written:
    """Write a flat list of labels and values."""
    how = dialect(rng, level, casing.SPACED if rng.random() < 0.7 else casing.JOINED)
    fields = outline.flat(rng, level, how, outline.count(rng, level, 18))
    root = outline.asked_of(fields, rng, level)
    outline.ask(root, rng, how)
    filled = fill(root, rng)
    by_field = {id(leaf.of): leaf for leaf in filled.leaves()}
    style, page = draw_style(rng, flat=True), Page()
    wrap = rng.choice(_WRAPS) if rng.random() < 0.3 else None
    if rng.random() < 0.25:
        page.write(words.phrase(rng) + rng.choice((":\n", "\n", "\n\n")))
    for field in fields:
        if (leaf := by_field.get(id(field))) is not None:
            if wrap is None:
                put_line(page, leaf, style, style.indent if style.gap else "")
            else:
                _wrapped(page, leaf, wrap)
        elif rng.random() < 0.15:
            page.write(f"{field.label}{style.joint}{rng.choice(('', '-', 'N/A', 'n/a', '--'))}\n")
    return Written(root, filled, page)


_WRAPS = (
    ("<tr><td>", "</td><td>", "</td></tr>\n"), ("| ", " | ", " |\n"), ("- **", "**: ", "\n"),
    ("* ", ": ", "\n"), ("<b>", "</b>: ", "<br>\n"), ("", ",", "\n"), ("$", " = ", ";\n"),
    ("export ", "=", "\n"), ("set ", " ", "\n"), ("", "(", ")\n"), ("@", " ", "\n"),
    ("<dt>", "</dt><dd>", "</dd>\n"), ("[", "] ", "\n"), ("", " [", "]\n"), ('"', '": ', ",\n"),
    ("--", "=", " "),
    ("- ", ": ", "\n"), ("<", ">", "\n"), ("", " ", "\n"), ("  ", "  ", "\n"), (".", ": ", "\n"),
    ("", ': "', '"\n'), ("", "='", "' "), ("#define ", " ", "\n"), ("", " is ", ".\n"),
    ("• ", " – ", "\n"),
    ("", "\n  ", "\n"), ("", ":\n", "\n"), ("let ", " = ", "\n"), ("/", "/", "\n"), ("X-", ": ", "\n"),
    ("{", "}=", "\n"), ("", ";", ";\n"), ("*", "*: ", "\n"), ("", " … ", "\n"), ("(", ": ", ")\n"),
)  # fmt: skip
"""Before the label, between label and value, behind the value."""


def _wrapped(page: Page, leaf: Filled, wrap: tuple[str, str, str]) -> None:
    page.write(wrap[0] + leaf.of.label + wrap[1])
    page.put(leaf)
    page.write(wrap[2])
