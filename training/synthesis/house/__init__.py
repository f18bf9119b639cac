"""Texts of the schemas that ship with the product, each written in many ways.

What a schema is asked for every day should be learned once and well: the order of its cells, its short
labels, its sentences. The recipes were written beside the bundled examples, none of which is used here; so
these examples tell how well the bundled schemas are served, and not how the model does on one it never saw.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

from training.synthesis import casing
from training.synthesis.device.brief import brief_of
from training.synthesis.device.cast import THEMES, Cast
from training.synthesis.device.cells import apart_of, cells_of
from training.synthesis.device.part import Part, Role
from training.synthesis.device.plain import plain_of
from training.synthesis.device.spoken import spoken_of
from training.synthesis.example import Example
from training.synthesis.form import Group, Shape
from training.synthesis.house import sheets
from training.synthesis.house.dispatch import gateway
from training.synthesis.house.grammar import expand
from training.synthesis.house.lines import line_of
from training.synthesis.house.recipe import DECIDED, Recipe, recipes
from training.synthesis.layout import Written
from training.synthesis.naming import dialect

TRIES: Final = 30
"""Texts drawn until one has all that its schema requires."""
GATEWAY_SHARE: Final = 0.2
_WRITERS: Final[tuple[tuple[Callable[[Cast, Random, float], Written], int], ...]] = (
    (brief_of, 12), (cells_of, 10), (apart_of, 5), (plain_of, 10), (spoken_of, 10), (sheets.pairs_of, 8),
    (sheets.report_of, 8), (sheets.markup_of, 8), (sheets.table_of, 8),
)  # fmt: skip
"""How a cast may be written, with weights."""
_LOGS: Final = frozenset({"app_log", "syslog_line"})
"""Recipes whose texts are lines of their own kind and nothing else."""
_LINES: Final = 0.5
"""Share of texts from the lines of a recipe."""


def house(rng: Random, level: float) -> Written:
    """Write one text of a bundled schema."""
    if rng.random() < GATEWAY_SHARE:
        return gateway(rng)
    recipe = rng.choice(list(recipes().values()))
    made = _written(recipe, rng, level)
    for _ in range(TRIES):
        if recipe.validator.is_valid(made.filled.json()):
            break
        made = _written(recipe, rng, level)
    made.document = recipe.document
    return made


def _written(recipe: Recipe, rng: Random, level: float) -> Written:
    parts = recipe.parts(rng)
    cast = Cast(rng.choice(THEMES), dialect(rng, level, casing.MOSTLY_JOINED), parts)
    cast.root = tree(recipe, parts)
    if recipe.name in _LOGS or rng.random() < _LINES:
        return line_of(recipe, cast, rng)
    _hide(recipe, cast, rng)
    writers, weights = zip(*_WRITERS, strict=True)
    written: Written = rng.choices(writers, weights)[0](cast, rng, level)
    return written


def tree(recipe: Recipe, parts: list[Part]) -> Group:
    """Put the parts under a root as the schema has them."""
    root = Group((), Shape.OBJECT)
    groups: dict[str, Group] = {}
    for row, part in zip(recipe.rows, parts, strict=True):
        parent, _, _ = row.key.rpartition("/")
        if not parent:
            root.children.append(part)
            continue
        if parent not in groups:
            groups[parent] = Group((parent,), Shape.OBJECT, label=parent, key=parent)
            root.children.append(groups[parent])
        groups[parent].children.append(part)
    return root


def _hide(recipe: Recipe, cast: Cast, rng: Random) -> None:
    """Draw which of the optional parts the text prints."""
    absent = rng.choice((0.0, 0.15, 0.35, 0.5, 0.7))
    required = set(recipe.document.get("required", []))
    for row, part in zip(recipe.rows, cast.parts, strict=True):
        sure = row.key.partition("/")[0] in required and part.key != "port"
        part.presence = 1.0 if sure or rng.random() >= absent else 0.0
    for part in cast.parts:  # without a label nothing tells a bare word from another
        if part.role is Role.TEXT and rng.random() < 0.3 and part.presence and part.key not in required:
            part.presence = 0.0


def refused_by(example: Example, rng: Random) -> Example:
    """Make of a text of a bundled schema one that a bundled schema must refuse."""
    own = next((one for one in recipes().values() if one.document is example.schema), None)
    if own is None or rng.random() < 0.65:  # no text of another recipe is surely none of a gateway's
        told = own or rng.choice(list(recipes().values()))
        return Example(example.schema, _refused(told, rng), None, {}, {}, "refused")
    others = [one for name, one in recipes().items() if one is not own and name in DECIDED]
    return Example(rng.choice(others).document, example.text, None, {}, {}, "refused")


def _refused(recipe: Recipe, rng: Random) -> str:
    """Write a text of a recipe that has nothing of what is asked."""
    text = "".join(piece for piece in expand(rng.choice(recipe.refused), rng) if isinstance(piece, str))
    return text[:1].upper() + text[1:] if rng.random() < 0.4 else text
