"""Answers of the model, put together by format until there are enough of one to learn it. Bounded. Pure."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from agent.templates.observed import Sample

Key = tuple[str, str, str]
"""Fingerprint of the schema, topic filter of the route, signature."""
MAX_FORMATS: Final = 256
"""Formats that are kept in mind; those not seen for longest are forgotten first."""
MAX_BYTES: Final = 2 << 20
"""Bytes that their texts take together."""
TRIES: Final = 3
"""Times that a format is tried, each time with twice as many answers; then it stays with the model."""


@dataclass(slots=True)
class _Format:
    wanted: int
    samples: list[Sample] = field(default_factory=list)
    tries: int = 0

    @property
    def size(self) -> int:
        return sum(one.size for one in self.samples)


class Samples:
    """Answers by format."""

    def __init__(self, agreeing: int) -> None:
        """Try a format when there are `agreeing` different texts of it."""
        self._agreeing = agreeing
        self._formats: OrderedDict[Key, _Format] = OrderedDict()
        self.size = 0
        """Bytes of what is kept."""

    def __len__(self) -> int:
        """Return how many formats are in mind."""
        return len(self._formats)

    def add(self, key: Key, sample: Sample) -> bool:
        """Keep an answer; tell whether there are enough of its format to try."""
        one = self._formats.setdefault(key, _Format(self._agreeing))
        self._formats.move_to_end(key)
        # The same text again says nothing new.
        if one.tries < TRIES and all(sample.text != other.text for other in one.samples):
            one.samples.append(sample)
            self.size += sample.size
            self._forget()
        return one.tries < TRIES and len(one.samples) >= one.wanted

    def of(self, key: Key) -> tuple[Sample, ...]:
        """Return the answers of a format."""
        one = self._formats.get(key)
        return tuple(one.samples) if one else ()

    def failed(self, key: Key) -> None:
        """Note that a format could not be learned from what there is: more may tell, for a while."""
        one = self._formats.get(key)
        if one is None:
            return
        one.tries, one.wanted = one.tries + 1, 2 * one.wanted
        if one.tries >= TRIES:
            # It stays in mind without its texts, so that it is not begun anew with the next message.
            self.size -= one.size
            one.samples = []

    def learned(self, key: Key) -> None:
        """Let go of a format that is known now."""
        one = self._formats.pop(key, None)
        self.size -= one.size if one else 0

    def clear(self) -> None:
        """Forget everything."""
        self._formats.clear()
        self.size = 0

    def _forget(self) -> None:
        while len(self._formats) > MAX_FORMATS or (self.size > MAX_BYTES and len(self._formats) > 1):
            _key, one = self._formats.popitem(last=False)
            self.size -= one.size
