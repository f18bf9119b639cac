"""How text is wrapped in payloads: what a route declares about them. Values only."""

from __future__ import annotations

from dataclasses import dataclass

UTF_8 = "utf-8"
LATIN_1 = "latin-1"
EITHER = "utf-8-or-latin-1"
"""UTF-8, and latin-1 where a payload is no UTF-8."""

ONE, LINES, BLOCKS, JSON_LINES = "one", "lines", "blocks", "json-lines"
"""The records of a payload: itself, its lines, blocks between blank lines, a JSON document in each line."""

NEVER, AUTO, ALWAYS = "never", "auto", "always"
"""When a payload is gunzipped: not at all, where it begins as gzip does, or in any case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """How the lines of one record that come as several messages are told from those of the next."""

    start: str | None = None
    """Regular expression found in the first line of a record; None: whatever does not match ``more``."""
    more: str | None = None
    """Regular expression found in every later line; None: whatever does not match ``start``."""
    end: str | None = None
    """Regular expression found in the last line; None: nothing tells it."""
    wait_s: float = 2.0
    """Seconds without another line after which a record is complete."""
    max_bytes: int = 65_536
    """Bytes, UTF-8, of the longest record."""
    max_lines: int = 500
    """Lines of the longest record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapping:
    """What the payloads of a route look like."""

    charset: str = UTF_8
    gzip: str = AUTO
    text_at: str | None = None
    """JSON pointer (RFC 6901) of the text in the envelope; None: there is no envelope."""
    device_at: str | None = None
    """JSON pointer of the device's name in the envelope; None: the topic names it."""
    records: str = ONE
    joining: Joining | None = None
    """None: every record is a message of its own."""


PLAIN = Wrapping()
