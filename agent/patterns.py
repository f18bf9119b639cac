"""Regular expressions that a text could turn into an endless search are refused before they meet a text.

Python's matcher backtracks: a repeat inside a repeat, ``(a+)+``, tries every way to share out a run of
``a`` before it gives up, and thirty characters from a device would stop the daemon. A repeat inside a
repeat is kept where a fixed character that the inner one cannot match marks each round, as in
``([a-z]+-)*``: then there is one way only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

_TOKEN: Final = re.compile(
    r"(?P<open>\((?:\?(?::|=|!|<=|<!|P?<\w+>))?)"
    r"|(?P<close>\))"
    r"|(?P<bar>\|)"
    r"|(?P<repeat>(?:[*+?]|\{\d*(?:,\d*)?\})[?+]?)"
    r"|(?P<atom>\[\^?\]?(?:\\.|[^\]\\])*\]|\\.|.)",
    re.DOTALL,
)

_MANY: Final = 16
"""Rounds from which a repeat counts as endless; two nested ones of this size already try 16 times 16."""

_PROBE: Final = frozenset(chr(code) for code in range(9, 127))
"""Characters on which two atoms are compared."""


@dataclass(slots=True)
class _Part:
    """An atom or a group of a pattern."""

    source: str = ""
    """The atom as written; the empty string for a group."""
    branches: list[list[_Part]] = field(default_factory=list)
    """The alternatives of a group."""
    least: int = 1
    most: float = 1
    """How often it comes."""

    def atoms(self) -> Iterator[_Part]:
        """Yield the atoms inside, or the part itself."""
        if self.source:
            yield self
        for branch in self.branches:
            for part in branch:
                yield from part.atoms()


def is_explosive(pattern: str) -> bool:
    """Tell whether matching ``pattern`` may take time exponential in the text. It must compile."""
    return any(_explodes(part) for part in _walk(_parse(pattern)))


def _parse(pattern: str) -> _Part:
    root = _Part(branches=[[]])
    open_ = [root]
    for token in _TOKEN.finditer(pattern):
        branch = open_[-1].branches[-1]
        if token.lastgroup == "open":
            branch.append(_Part(branches=[[]]))
            open_.append(branch[-1])
        elif token.lastgroup == "close" and len(open_) > 1:
            open_.pop()
        elif token.lastgroup == "bar":
            open_[-1].branches.append([])
        elif token.lastgroup == "repeat" and branch:
            branch[-1].least, branch[-1].most = _times(token.group())
        else:
            branch.append(_Part(source=token.group()))
    return root


def _times(repeat: str) -> tuple[int, float]:
    """Return the least and most rounds of a repeat as written."""
    if repeat[0] in "*+?":
        return int(repeat[0] == "+"), 1 if repeat[0] == "?" else float("inf")
    low, comma, high = repeat[1 : repeat.index("}")].partition(",")
    least = int(low or 0)
    return least, least if not comma else float(high or "inf")


def _walk(part: _Part) -> Iterator[_Part]:
    yield part
    for branch in part.branches:
        for child in branch:
            yield from _walk(child)


def _explodes(group: _Part) -> bool:
    if not group.branches or group.most < _MANY:
        return False
    return _branches_overlap(group) or any(_ambiguous(branch) for branch in group.branches)


def _ambiguous(branch: list[_Part]) -> bool:
    """Tell whether one round of a repeated group can be read in several ways."""
    loose = [part for part in branch if part.least != part.most and part.most > 1]
    if not loose:
        return any(_ambiguous(inner) for part in branch for inner in part.branches)
    inner = _union(atom for part in branch for atom in part.atoms() if part.least != part.most)
    fences = (part for part in branch if part.source and part.least == part.most == 1)
    return not any(chars(part.source) and not chars(part.source) & inner for part in fences)


def _branches_overlap(group: _Part) -> bool:
    """Tell whether two alternatives of a repeated group may begin with the same character."""
    seen: frozenset[str] = frozenset()
    for branch in group.branches:
        first = next((atom for part in branch for atom in part.atoms()), None)
        begins = chars(first.source) if first else frozenset()
        if begins & seen:
            return True
        seen |= begins
    return False


def _union(atoms: Iterator[_Part]) -> frozenset[str]:
    return frozenset().union(*(chars(atom.source) for atom in atoms))


@lru_cache(maxsize=512)
def chars(atom: str) -> frozenset[str]:
    """Return the probe characters that ``atom`` matches; none for an anchor, all where it is unknown."""
    try:
        matcher = re.compile(atom)
    except re.error:
        # A back-reference or the like: what it matches is unknown, so it shares with everything.
        return _PROBE
    return frozenset(char for char in _PROBE if matcher.fullmatch(char))
