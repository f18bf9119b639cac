"""What a payload holds: gunzipped, decoded, split into records, each out of its envelope. Pure.

Nothing here trusts a payload: gzip is unpacked up to a limit, records are counted as they are made, and what
is not as the route declares is named with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass

from agent.message import Reason
from agent.payload.decoding import decoded
from agent.payload.envelope import opened
from agent.payload.gunzip import unpacked
from agent.payload.records import split
from agent.payload.unfit import Content, Unfit
from agent.wrapping import JSON_LINES, Wrapping

__all__ = ["Content", "Limits", "contents"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a payload may be."""

    payload_bytes: int
    """Bytes as received."""
    unpacked_bytes: int = 1 << 20
    """Bytes behind gzip."""
    records: int = 1000
    """Records in one payload."""


def contents(payload: bytes, wrapping: Wrapping, limits: Limits) -> tuple[Content, ...]:
    """Return the records of a payload, in order; one with a reason where the whole payload is unfit."""
    if len(payload) > limits.payload_bytes:
        cause = f"{len(payload)} bytes, the limit is {limits.payload_bytes}"
        return (Content(None, reason=Reason.TOO_LARGE, detail=cause),)
    try:
        plain = unpacked(payload, wrapping.gzip, most=limits.unpacked_bytes)
        return _records(decoded(plain, wrapping.charset), wrapping, most=limits.records)
    except Unfit as unfit:
        return (Content(None, reason=unfit.reason, detail=unfit.detail),)


def _records(text: str, wrapping: Wrapping, *, most: int) -> tuple[Content, ...]:
    if wrapping.records == JSON_LINES:
        return tuple(_opened(line, wrapping) for line in split(text, wrapping.records, most=most))
    whole = Content(text) if wrapping.text_at is None else opened(text, wrapping)
    return tuple(
        Content(record, device=whole.device)
        for record in split(whole.text or "", wrapping.records, most=most)
    )


def _opened(line: str, wrapping: Wrapping) -> Content:
    """Return the record of one line; a line that is unfit spoils no other."""
    try:
        return opened(line, wrapping)
    except Unfit as unfit:
        return Content(None, reason=unfit.reason, detail=unfit.detail, raw=line.encode())
