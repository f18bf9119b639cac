"""What does not go together in what settings say about payloads and their texts. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from agent.errors import Fault
from agent.patterns import is_explosive
from agent.settings.model import JoinSettings, RouteSettings

TEXT_AT = "name where the text stands, as in text_at = '/message'"


def payload_faults(key: str, route: RouteSettings) -> Iterator[Fault]:
    """Yield contradictions among a route's keys about payloads."""
    if route.device_at is not None and route.text_at is None:
        yield Fault(f"{key}.device_at", "there is no envelope without text_at", TEXT_AT)
    if route.records == "json-lines" and route.text_at is None:
        yield Fault(f"{key}.records", "'json-lines' needs text_at", TEXT_AT)
    if route.join is not None:
        yield from _join_faults(f"{key}.join", route.join)


def redaction_faults(patterns: Sequence[str]) -> Iterator[Fault]:
    """Yield what is wrong with patterns of what is to be hidden."""
    for index, pattern in enumerate(patterns):
        if wrong := fault_of(pattern):
            yield Fault(f"audit.redact[{index}]", f"{pattern!r}: {wrong[0]}", wrong[1])
        elif re.fullmatch(pattern, ""):
            remedy = "write one that needs a character, as in 'id-\\d+'"
            yield Fault(f"audit.redact[{index}]", f"{pattern!r} matches where nothing stands", remedy)


def _join_faults(key: str, join: JoinSettings) -> Iterator[Fault]:
    if join.start is None and join.more is None:
        remedy = r"set start = '^\d{4}-', what a first line begins with, or more = '^\s', a later one"
        yield Fault(key, "neither start nor more says which lines belong together", remedy)
    for name in ("start", "more", "end"):
        pattern = getattr(join, name)
        if pattern is not None and (wrong := fault_of(pattern)):
            yield Fault(f"{key}.{name}", f"{pattern!r}: {wrong[0]}", wrong[1])


def fault_of(pattern: str) -> tuple[str, str] | None:
    """Say what is wrong with a regular expression, and what to do; None where nothing is."""
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return f"not a regular expression: {error}", "correct it; in TOML, 'single quotes' keep backslashes"
    if is_explosive(pattern):
        why = "a repeat inside a repeat can be read in so many ways that matching may never end"
        return why, "write it with one repeat"
    return None
