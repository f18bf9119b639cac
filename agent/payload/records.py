"""A text in records: lines, or blocks between blank lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent.message import Reason
from agent.payload.unfit import Unfit
from agent.wrapping import BLOCKS, ONE

LINE = re.compile(r"[^\r\n]+")
LINE_END = re.compile(r"\r\n?|\n")
"""LF, CR LF, or CR alone, as serial devices send it. What else Unicode calls a line end is text."""


def split(text: str, records: str, *, most: int) -> list[str]:
    """Return the records of a text, in order; a text without a visible character is its own only record.

    Raises:
        Unfit: there are more than `most`.
    """
    if records == ONE:
        return [text]
    found: list[str] = []
    for record in blocks(text) if records == BLOCKS else lines(text):
        if len(found) == most:
            raise Unfit(Reason.TOO_MANY_RECORDS, f"more than {most} records; limits.records")
        found.append(record)
    return found or [text]


def lines(text: str) -> Iterator[str]:
    """Yield each line with a visible character, without its end."""
    return (match.group() for match in LINE.finditer(text) if match.group().strip())


def blocks(text: str) -> Iterator[str]:
    """Yield each run of lines without a blank line in it, as it stands."""
    begin = end = -1
    for match in LINE.finditer(text):
        if not match.group().strip():
            continue
        if begin >= 0 and len(LINE_END.findall(text, end, match.start())) > 1:
            yield text[begin:end]
            begin = -1
        begin = match.start() if begin < 0 else begin
        end = match.end()
    if begin >= 0:
        yield text[begin:end]
