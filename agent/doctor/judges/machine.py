"""The machine: disk, clock, processor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from statistics import median
from typing import Final

from agent.doctor.facts import Clock, Disk, Processor
from agent.doctor.verdict import Finding, Says

MEMORY_KINDS: Final = frozenset({"tmpfs", "ramfs", "devtmpfs"})
"""File systems that end with the power."""
SLOW_SYNC_S: Final = 0.1
"""A commit that waits longer bounds the flow to a few messages a second, unless they come together."""
LYING_SYNC_S: Final = 0.000_015
"""No disk writes faster: whoever answers sooner has not written."""
FEW: Final = 10
"""Mebibytes below which a tenth counts."""
FAR_S: Final = 20 * 365 * 86_400
"""Seconds after the build from which a date is no date."""
FEATURES: Final[Mapping[str, str]] = {
    "ssse3": "SSSE3",
    "avx": "AVX",
    "avx_vnni": "AVX_VNNI",
    "avx2": "AVX2",
    "f16c": "F16C",
    "fma": "FMA",
    "bmi2": "BMI2",
    "avx512f": "AVX512",
    "avx512_vbmi": "AVX512_VBMI",
    "avx512vbmi": "AVX512_VBMI",
    "avx512_vnni": "AVX512_VNNI",
    "avx512_bf16": "AVX512_BF16",
    "amx_int8": "AMX_INT8",
    "asimd": "NEON",
    "asimddp": "DOTPROD",
    "asimdhp": "FP16_VA",
    "i8mm": "MATMUL_INT8",
    "sve": "SVE",
    "sme": "SME",
}
"""Flag of ``/proc/cpuinfo`` → the name that llama.cpp reports."""
REBUILD: Final = (
    "compile llama.cpp on this processor: `.ci/llama-wheel FOLDER`, then install the wheel from there"
)


def disk(says: Says, facts: Disk, *, max_bytes: int, min_free_bytes: int) -> list[Finding]:
    """Judge the place of the database."""
    unusable = _unusable(facts)
    if unusable:
        return [says.fault(*unusable)]
    room = facts.free_bytes - min_free_bytes
    found = [*_fullness(says, facts, room, max_bytes, min_free_bytes), *_honesty(says, facts)]
    return found or [says.good(_summary(facts, room, max_bytes))]


def _unusable(facts: Disk) -> tuple[str, str] | None:
    if not facts.exists:
        return f"{facts.folder} is not there", f"`sudo install -d -o maaza -g maaza -m 750 {facts.folder}`"
    if facts.read_only:
        remedy = (
            "see `dmesg` for faults of the disk, then mount it writable; until then nothing is acknowledged"
        )
        return f"{facts.folder} is on a file system that is read-only", remedy
    if not facts.writable:
        remedy = f"call the doctor as the agent's user, or `sudo chown -R {facts.user}: {facts.folder}`"
        return f"{facts.folder} is not writable for {facts.user}", remedy
    return None


def _fullness(says: Says, facts: Disk, room: int, max_bytes: int, min_free_bytes: int) -> Iterator[Finding]:
    if facts.fault or room <= 0:
        why = facts.fault or f"{mib(facts.free_bytes)} free, {mib(min_free_bytes)} are left to others"
        remedy = "free space or lower buffer.min_free_bytes: nothing is acknowledged until then"
        yield says.fault(f"{facts.folder} is full: {why}", remedy)
    elif room < max_bytes - facts.used_bytes:
        wanted = mib(max_bytes - facts.used_bytes)
        said = f"{mib(room)} to use, less than buffer.max_bytes still allows ({wanted})"
        yield says.warn(said, f"free space, or set buffer.max_bytes to {facts.used_bytes + room}")


def _honesty(says: Says, facts: Disk) -> Iterator[Finding]:
    elsewhere = "set buffer.path to a disk, as /var/lib/maaza/maaza.db"
    if facts.kind in MEMORY_KINDS:
        said = f"{facts.folder} is memory ({facts.kind}): what was acknowledged is lost with the power"
        yield says.fault(said, elsewhere)
    elif facts.kind == "overlay":
        said = f"{facts.folder} is an overlay, whose changes may live in memory alone"
        yield says.warn(said, f"{elsewhere}; on a Raspberry Pi end the overlay mode with raspi-config")
    elif facts.sync_s and median(facts.sync_s) < LYING_SYNC_S:
        said = f"fsync answers in {1e6 * median(facts.sync_s):.0f} µs, faster than a disk writes: it may lie"
        yield says.warn(
            said, "look for eatmydata, a hypervisor that ignores flushes, or a mount with nobarrier"
        )
    if facts.sync_s and median(facts.sync_s) > SLOW_SYNC_S:
        said = f"a commit waits {1000 * median(facts.sync_s):.0f} ms for the disk"
        yield says.warn(said, "use a better card or an SSD; messages that come together share one commit")


def _summary(facts: Disk, room: int, max_bytes: int) -> str:
    wait = f", a commit waits {1000 * median(facts.sync_s):.2f} ms" if facts.sync_s else ""
    owner = f"; the agent, process {facts.owner}, has the database open" if facts.owner else ""
    used = f"{mib(facts.used_bytes)} of {mib(max_bytes)} used"
    return f"{facts.folder} ({facts.kind}): {used}, {mib(room)} free to use{wait}{owner}"


def mib(size: float) -> str:
    """Write bytes for people."""
    amount = size / (1 << 20)
    return f"{amount:,.1f} MiB" if 0 < amount < FEW else f"{amount:,.0f} MiB"


def clock(says: Says, facts: Clock) -> list[Finding]:
    """Judge the time: records carry it, certificates depend on it."""
    today = datetime.fromtimestamp(facts.now, UTC)
    built = datetime.fromtimestamp(facts.built, UTC).date()
    remedy = "set it: `sudo timedatectl set-ntp true`; without a network add a clock with a battery (RTC)"
    if facts.now < facts.built:
        return [
            says.fault(f"it is {today:%Y-%m-%d %H:%M} UTC, before this version was built ({built})", remedy)
        ]
    if facts.now > facts.built + FAR_S:
        return [says.fault(f"it is {today:%Y-%m-%d %H:%M} UTC, decades after this version was built", remedy)]
    if facts.synchronised is None:
        return [says.good(f"{today:%Y-%m-%d %H:%M} UTC; the system does not say whether it is synchronised")]
    if not facts.synchronised:
        return [says.warn(f"{today:%Y-%m-%d %H:%M} UTC, synchronised with no server: it drifts", remedy)]
    return [says.good(f"{today:%Y-%m-%d %H:%M} UTC, synchronised")]


def processor(says: Says, facts: Processor) -> list[Finding]:
    """Judge whether llama.cpp uses what the processor has, and whether it may run as fast as it can."""
    return [*_features(says, facts), *_brakes(says, facts)]


def _brakes(says: Says, facts: Processor) -> Iterator[Finding]:
    for name, remedy in facts.slowed.items():
        yield says.warn(f"slowed now: {name}", remedy)
    for name, remedy in facts.slowed_before.items():
        if name not in facts.slowed:
            yield says.warn(f"slowed since the machine started: {name}", remedy)


def _features(says: Says, facts: Processor) -> list[Finding]:
    if facts.fault:
        return [says.fault(f"llama.cpp does not load: {facts.fault}", REBUILD)]
    has = {FEATURES[flag] for flag in facts.flags if flag in FEATURES}
    known = facts.built & set(FEATURES.values())
    lacking, idle = sorted(known - has), sorted(has - known)
    if lacking and facts.flags:
        said = f"llama.cpp was compiled for {', '.join(lacking)}, which this processor lacks: it will crash"
        return [says.fault(said, REBUILD)]
    if idle:
        used = f"; in use: {', '.join(sorted(known))}" if known else ""
        return [says.warn(f"idle in this build of llama.cpp: {', '.join(idle)}{used}", REBUILD)]
    return [says.good(f"all in use: {', '.join(sorted(known)) or 'nothing that llama.cpp knows'}")]
