"""How much of a set of cases a grounded answer can reach at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from agent.grounding import leaves as scalars
from agent.json_pointer import below
from agent.message import Json
from agent.validate import validate
from eval.dataset import Case
from eval.grounding import unreachable
from eval.values import leaves


def ceiling(cases: Sequence[Case]) -> dict[str, Any]:
    """Return the share of cases that can be right, and for each other one what stands in the way.

    ``uncued`` lists choices whose word stands nowhere in the text, ``silent`` items of arrays without any
    value, of which a text prints nothing or a bare label: reachable, but only by a guess.
    """
    blocked = _listed(cases, _blocked)
    levels = {
        level: {
            "cases": sum(case.complexity == level for case in cases),
            "reachable": sum(case.complexity == level and case.id not in blocked for case in cases),
        }
        for level in sorted({case.complexity for case in cases})
    }
    return {
        "cases": len(cases),
        "reachable": round(1 - len(blocked) / len(cases), 4) if cases else None,
        "by_complexity": levels,
        "unreachable": blocked,
        "uncued": _listed(cases, _uncued),
        "silent": _listed(cases, _silent),
    }


def _listed(cases: Sequence[Case], reasons: Callable[[Case], Iterator[str]]) -> dict[str, list[str]]:
    """Return the reasons of each case that has any, by id."""
    found = {case.id: list(reasons(case)) for case in cases}
    return {name: listed for name, listed in found.items() if listed}


def _blocked(case: Case) -> Iterator[str]:
    """Yield why no grounded and valid answer equals the expected one."""
    if case.schema is None:
        yield case.problem
    elif case.expected is not None:
        yield from (leaf.pointer for leaf in unreachable(case.text, case.expected, case.schema.root))
        yield from (f"{one.pointer}: {one.message}" for one in validate(case.expected, case.schema))


def _uncued(case: Case) -> Iterator[str]:
    """Yield the enum values that the text does not say, in whatever case."""
    if case.schema is None or case.expected is None:
        return
    for leaf in leaves(case.expected, case.schema.root):
        if leaf.chosen and isinstance(leaf.value, str) and leaf.value.lower() not in case.text.lower():
            yield leaf.pointer


def _silent(case: Case) -> Iterator[str]:
    """Yield the items of arrays that hold no value."""
    yield from _empty_items(case.expected, "")


def _empty_items(value: Json, pointer: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _empty_items(child, below(pointer, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            place = below(pointer, number)
            if not scalars(item):
                yield place
            yield from _empty_items(item, place)
