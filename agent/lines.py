"""Order per device: what is finished early waits for what came before it in its own line only."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

Fate = TypeVar("Fate")


class Lines(Generic[Fate]):
    """The messages in hand, by device, in order of arrival."""

    def __init__(self, *, per_line: int) -> None:
        """Hold a device back once so many of its messages are in hand."""
        self._per_line = per_line
        self._lines: dict[str, deque[int]] = {}
        self._device: dict[int, str | None] = {}
        self._finished: dict[int, Fate] = {}

    def __len__(self) -> int:
        """Return the number of messages in hand."""
        return len(self._device)

    @property
    def seqs(self) -> list[int]:
        """Return the messages in hand."""
        return list(self._device)

    def enter(self, seq: int, device: str, *, ordered: bool) -> None:
        """Take a message in hand; messages of a device come in order."""
        self._device[seq] = device if ordered else None
        if ordered:
            self._lines.setdefault(device, deque()).append(seq)

    def finish(self, seq: int, fate: Fate) -> list[Fate]:
        """Note a message's fate; return the fates that are free to be settled, in order."""
        device = self._device[seq]
        if device is None:
            del self._device[seq]
            return [fate]
        self._finished[seq] = fate
        return self._release(device)

    def _release(self, device: str) -> list[Fate]:
        line, free = self._lines[device], []
        while line and line[0] in self._finished:
            seq = line.popleft()
            del self._device[seq]
            free.append(self._finished.pop(seq))
        if not line:
            del self._lines[device]
        return free

    def held(self) -> list[str]:
        """Return the devices that have enough in hand."""
        return [device for device, line in self._lines.items() if len(line) >= self._per_line]

    def clear(self) -> list[int]:
        """Let everything go; return what was in hand."""
        seqs = self.seqs
        self._lines.clear()
        self._device.clear()
        self._finished.clear()
        return seqs
