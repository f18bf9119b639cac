"""What the machine says: processor time and memory of the processes, bytes written, heat, throttling.

Everything is read from files of Linux, below a root that tests choose. What a machine lacks is left out.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from agent.metrics import catalogue
from agent.metrics.instruments import Labels, Reading, Value

THROTTLED: Final = (
    "sys/devices/platform/soc*/soc*firmware/get_throttled",
    "sys/devices/platform/*firmware/get_throttled",
    "sys/firmware/raspberrypi/get_throttled",
)
"""Where the firmware of a Raspberry Pi says what slows it, in hexadecimal; kernels differ."""
BITS: Final = {0: "under_voltage", 1: "frequency_capped", 2: "throttled", 3: "temperature_limit"}
"""Bits of that number, as Raspberry Pi's documentation of ``vcgencmd get_throttled`` gives them."""
SINCE_BOOT: Final = 16
"""The same bits, this much higher, say that it has happened since the machine started."""
REMEDIES: Final = {
    "under_voltage": "the supply is too weak: use the official one, or a better cable",
    "frequency_capped": "see under_voltage and temperature",
    "throttled": "see under_voltage and temperature",
    "temperature_limit": "it is too hot: give it air or a cooler",
}


class Machine:
    """Reads. Used by one thread."""

    def __init__(self, root: Path = Path("/")) -> None:
        """Read below a root."""
        self._root = root
        self._tick = os.sysconf("SC_CLK_TCK")
        self._page = os.sysconf("SC_PAGE_SIZE")

    def read(self, pids: Iterable[int]) -> list[Reading]:
        """Return all that is known; `pids`: the agent's process, then those of its models."""
        own = list(pids)
        return [*self._processes(own), *self._heat(), *self._speed(), *self._throttling()]

    def throttling(self) -> int | None:
        """Return the number that tells what slows the machine; None where it does not say."""
        for pattern in THROTTLED:
            for file in sorted(self._root.glob(pattern)):
                with contextlib.suppress(OSError, ValueError):
                    return int(file.read_text().strip(), 16)
        return None

    def slowed(self) -> str:
        """Say what slows the machine now, and what to do; empty where nothing does, or it does not say."""
        flags = self.throttling() or 0
        found = [name for bit, name in BITS.items() if flags >> bit & 1]
        return f"slowed by {', '.join(found)} ({REMEDIES[found[0]]})" if found else ""

    def _processes(self, pids: list[int]) -> Iterator[Reading]:
        fields = [found for pid in pids if (found := self._stat(pid))]
        if fields:
            spent = sum(int(one[11]) + int(one[12]) for one in fields) / self._tick
            yield catalogue.CPU, {(): spent}
            yield catalogue.MEMORY, {(): float(sum(int(one[21]) for one in fields) * self._page)}
        own = self._root / f"proc/{pids[0]}"
        with contextlib.suppress(OSError):
            yield catalogue.FILES, {(): float(sum(1 for _ in (own / "fd").iterdir()))}
        with contextlib.suppress(OSError, KeyError, ValueError):
            counts = dict(line.split(": ") for line in (own / "io").read_text().splitlines())
            yield catalogue.WRITTEN, {(): float(counts["write_bytes"])}

    def _stat(self, pid: int) -> list[str]:
        """Return the fields of a process behind its name; none where it has ended."""
        with contextlib.suppress(OSError):
            return (self._root / f"proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return []

    def _heat(self) -> Iterator[Reading]:
        zones: dict[Labels, Value] = {}
        for zone in sorted(self._root.glob("sys/class/thermal/thermal_zone*")):
            with contextlib.suppress(OSError, ValueError):
                name = (zone / "type").read_text().strip()
                zones[(f"{zone.name.removeprefix('thermal_zone')}:{name}",)] = (
                    int((zone / "temp").read_text()) / 1000
                )
        if zones:
            yield catalogue.TEMPERATURE, zones

    def _speed(self) -> Iterator[Reading]:
        cores: dict[Labels, Value] = {}
        for core in sorted(self._root.glob("sys/devices/system/cpu/cpu[0-9]*")):
            with contextlib.suppress(OSError, ValueError):
                kilohertz = int((core / "cpufreq/scaling_cur_freq").read_text())
                cores[(core.name.removeprefix("cpu"),)] = kilohertz * 1000.0
        if cores:
            yield catalogue.FREQUENCY, cores

    def _throttling(self) -> Iterator[Reading]:
        flags = self.throttling()
        yield catalogue.THROTTLING_KNOWN, {(): float(flags is not None)}
        if flags is not None:
            yield catalogue.THROTTLED, {(name,): float(flags >> bit & 1) for bit, name in BITS.items()}
            since: dict[Labels, Value] = {
                (name,): float(flags >> (bit + SINCE_BOOT) & 1) for bit, name in BITS.items()
            }
            yield catalogue.THROTTLED_EVER, since
