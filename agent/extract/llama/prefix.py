"""Keys and values of prompt beginnings that were read before, the oldest forgotten first."""

from __future__ import annotations

from collections import OrderedDict

Prefix = tuple[int, ...]


class PrefixCache:
    """States of prefixes by their tokens, bounded in bytes."""

    def __init__(self, max_bytes: int) -> None:
        """Start empty."""
        self._max_bytes = max_bytes
        self._kept: OrderedDict[Prefix, bytes] = OrderedDict()
        self.bytes = 0

    def get(self, prefix: Prefix) -> bytes | None:
        """Return the state of a prefix, and count it as used."""
        state = self._kept.get(prefix)
        if state is not None:
            self._kept.move_to_end(prefix)
        return state

    def put(self, prefix: Prefix, state: bytes) -> None:
        """Keep a state, and forget the longest unused above the limit; one that is larger is not kept."""
        self.drop(prefix)
        if len(state) > self._max_bytes:
            return
        self._kept[prefix] = state
        self.bytes += len(state)
        while self.bytes > self._max_bytes:
            self.drop(next(iter(self._kept)))

    def drop(self, prefix: Prefix) -> None:
        """Forget a state, where there is one."""
        self.bytes -= len(self._kept.pop(prefix, b""))
