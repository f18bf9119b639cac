"""MQTT topics and filters: match, overlap, escape. Pure."""

from __future__ import annotations

import re
from itertools import zip_longest

SHARE = "$share/"
SHARED = re.compile(r"\$share/[^/+#]+/")
MAX_BYTES = 65_535
"""Bytes of the longest topic that MQTT has room for."""
UNSAFE = frozenset("%/+#$ \x7f")
"""Characters that may not stand in a device name, beside control characters."""


def bare(topic_filter: str) -> str:
    """Return the filter without a leading ``$share/<group>/``."""
    if not topic_filter.startswith(SHARE):
        return topic_filter
    return topic_filter.split("/", 2)[2]


def fault_of(topic_filter: str) -> str:
    """Say what is wrong with a topic filter; the empty string where nothing is."""
    if topic_filter.startswith(SHARE) and not SHARED.match(topic_filter):
        return "a shared subscription is $share/<group>/<filter>, the group without wildcards"
    levels = bare(topic_filter).split("/")
    if not bare(topic_filter):
        return "the filter is empty"
    if "\x00" in topic_filter or len(topic_filter.encode("utf-8", "replace")) > MAX_BYTES:
        return f"a NUL character, or more than {MAX_BYTES} bytes"
    if "#" in levels[:-1] or any("#" in level and level != "#" for level in levels):
        return "'#' stands only alone and last"
    if any("+" in level and level != "+" for level in levels):
        return "'+' stands only alone in its level"
    return ""


def matches(topic_filter: str, topic: str) -> bool:
    """Tell whether a topic is within a filter (MQTT 5, 4.7: wildcards do not reach ``$`` topics)."""
    pattern = bare(topic_filter)
    if topic.startswith("$") and pattern[:1] in {"+", "#"}:
        return False
    return _match(pattern.split("/"), topic.split("/"))


def _match(pattern: list[str], levels: list[str]) -> bool:
    for index, want in enumerate(pattern):
        if want == "#":
            return True
        if index >= len(levels) or want not in {"+", levels[index]}:
            return False
    return len(pattern) == len(levels)


def overlap(one: str, other: str) -> bool:
    """Tell whether some topic is within both filters."""
    for left, right in zip_longest(bare(one).split("/"), bare(other).split("/")):
        if "#" in {left, right}:
            return True
        if left is None or right is None:
            # "a/#" also matches "a": a rest of exactly "#" was caught above.
            return False
        if "+" not in {left, right} and left != right:
            return False
    return True


def covers(one: str, other: str) -> bool:
    """Tell whether every topic within `other` is within `one`."""
    pattern, levels = bare(one).split("/"), bare(other).split("/")
    if levels[0].startswith("$") and pattern[0] in {"+", "#"}:
        return False
    for index, want in enumerate(pattern):
        if want == "#":
            return True
        if index >= len(levels) or levels[index] == "#" or want not in {"+", levels[index]}:
            return False
    return len(pattern) == len(levels)


def escape(name: str) -> str:
    """Write any text as one topic level, reversibly: unsafe characters become ``%`` and their UTF-8 hex."""
    return "".join(c if c not in UNSAFE and c.isprintable() else _percent(c) for c in name) or "%"


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))


def device_of(topic: str, level: int | None) -> str:
    """Return the device that a topic names, as one level; the whole topic where the level is missing."""
    levels = topic.split("/")
    if level is None or not 0 <= level < len(levels):
        return escape(topic)
    return escape(levels[level])
