"""Which lines make one record, where they come as messages of their own. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from agent.message import Fragment, Reason
from agent.wrapping import Joining

LINE_CHARS = 4096
"""First characters of a line in which patterns are looked for: a first line shows itself at its beginning."""


@dataclass(frozen=True, slots=True)
class Line:
    """What the patterns say of one line."""

    continues: bool
    """It goes on with a record; otherwise it begins one."""
    ends: bool
    """Nothing can follow it in its record."""


@dataclass(frozen=True, slots=True)
class Run:
    """The lines of one record so far."""

    head: Fragment
    """The first line."""
    parts: tuple[int, ...] = ()
    """Rows of the others."""
    size: int = 0
    """Bytes of all, UTF-8."""
    reason: Reason | None = None
    """Why no record comes of it; None: one does."""
    detail: str = ""

    @property
    def seqs(self) -> tuple[int, ...]:
        """Return the rows of all lines."""
        return (self.head.seq, *self.parts)


def look(text: str, joining: Joining) -> Line:
    """Say what the patterns make of a line; one that is neither a start nor more stands alone."""
    seen = text[:LINE_CHARS]
    starts = joining.start is not None and re.search(joining.start, seen) is not None
    more = re.search(joining.more, seen) is not None if joining.more is not None else not starts
    alone = joining.start is not None and not starts and not more
    ends = joining.end is not None and re.search(joining.end, seen) is not None
    return Line(continues=more and not starts, ends=ends or alone)


def take(run: Run | None, fragment: Fragment, joining: Joining) -> tuple[Run | None, tuple[Run, ...]]:
    """Add a line to what is open; return what is open then, and what is complete, in order."""
    line = look(fragment.text, joining)
    if line.continues and run is None:
        detail = "it continues a record that is complete already, or that never began"
        return None, (Run(fragment, reason=Reason.CONTINUES_NOTHING, detail=detail),)
    if line.continues and run is not None:
        grown = _grown(run, fragment, joining)
        return (None, (grown,)) if line.ends or grown.reason else (grown, ())
    begun = _bounded(Run(fragment, size=fragment.size), joining)
    before = () if run is None else (run,)
    return (None, (*before, begun)) if line.ends or begun.reason else (begun, before)


def _grown(run: Run, fragment: Fragment, joining: Joining) -> Run:
    longer = replace(run, parts=(*run.parts, fragment.seq), size=run.size + 1 + fragment.size)
    return _bounded(longer, joining)


def _bounded(run: Run, joining: Joining) -> Run:
    """Return a run, with the reason where it is past its limits."""
    lines = 1 + len(run.parts)
    if run.size <= joining.max_bytes and lines <= joining.max_lines:
        return run
    limits = f"{joining.max_bytes} bytes and {joining.max_lines} lines are the limits"
    return replace(run, reason=Reason.TOO_LARGE, detail=f"{run.size} bytes in {lines} lines; {limits}")
