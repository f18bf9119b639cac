"""Asks the kernel: disk, clock, processor."""

from __future__ import annotations

import contextlib
import ctypes
import getpass
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from agent.doctor.facts import Clock, Disk, Processor
from agent.metrics.machine import BITS, REMEDIES, SINCE_BOOT, Machine

SERVICE: Final = "maaza"
"""User of the service."""
STATE: Final = Path("/var/lib/maaza")
"""Its folder."""
WRITE, ENTER = 2, 1
"""Bits of a file's mode."""
SYNCS: Final = 5
"""Writes with fsync that are timed."""
BLOCK: Final = bytes(4096)
"""A page of the database."""
TIME_ERROR: Final = 5
"""What ``adjtimex`` returns while the clock is not synchronised."""
TIMEX_BYTES: Final = 512
"""More than ``struct timex`` has on any machine."""
LIBRARY_S: Final = 10.0
"""Longest wait for llama.cpp to load, seconds."""
FIRST_DAY: Final = datetime(2026, 11, 1, tzinfo=UTC)
"""No version is older; what the wheel says is nearer."""
FIELDS: Final = 10
"""Fields that a line of mountinfo has at least."""


def look_at_disk(database: Path) -> Disk:
    """Look at the folder of the database, and write a little."""
    folder = database.absolute().parent
    if not folder.is_dir():
        return Disk(folder=str(folder), exists=False)
    kind, read_only = file_system(folder.resolve())
    usage, who = os.statvfs(folder), writer_of(database)
    sync_s, fault = _syncs(folder)
    return Disk(
        folder=str(folder),
        writable=may_write(database, who),
        user=who.name,
        kind=kind,
        read_only=read_only or bool(usage.f_flag & os.ST_RDONLY),
        free_bytes=usage.f_bavail * usage.f_frsize,
        used_bytes=sum(_size(database.with_name(database.name + end)) for end in ("", "-wal")),
        sync_s=sync_s,
        fault=fault,
        owner=owner_of(database),
    )


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who is to write the database."""

    name: str
    uid: int
    groups: frozenset[int]


def writer_of(database: Path) -> User:
    """Return whose rights count: the service's user for its folder, where root asks; else who asks."""
    if os.geteuid() == 0 and STATE in database.absolute().parents:
        with contextlib.suppress(KeyError):
            found = pwd.getpwnam(SERVICE)
            return User(SERVICE, found.pw_uid, frozenset(os.getgrouplist(SERVICE, found.pw_gid)))
    return User(getpass.getuser(), os.geteuid(), frozenset((os.getegid(), *os.getgroups())))


def may_write(database: Path, who: User) -> bool:
    """Tell whether somebody may make files beside the database and write it."""
    folder = allows(database.absolute().parent.stat(), who, WRITE | ENTER)
    return folder and (not database.exists() or allows(database.stat(), who, WRITE))


def allows(of: os.stat_result, who: User, wanted: int) -> bool:
    """Tell whether a file's mode gives somebody these rights (path_resolution(7)); root has them all."""
    shift = 6 if of.st_uid == who.uid else 3 if of.st_gid in who.groups else 0
    return who.uid == 0 or of.st_mode >> shift & wanted == wanted


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _syncs(folder: Path) -> tuple[tuple[float, ...], str]:
    """Time writes with fsync in a file that has no name; say why one failed."""
    times: list[float] = []
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            for _ in range(SYNCS):
                began = time.monotonic()
                file.write(BLOCK)
                os.fsync(file.fileno())
                times.append(time.monotonic() - began)
    except OSError as error:
        return tuple(times), error.strerror or str(error)
    return tuple(times), ""


def file_system(folder: Path, mounts: Path = Path("/proc/self/mountinfo")) -> tuple[str, bool]:
    """Return the type of the file system that a folder lies on, and whether it is read-only."""
    best, found = -1, ("", False)
    for line in mounts.read_text("utf-8", "replace").splitlines():
        fields = line.split()
        if len(fields) < FIELDS or "-" not in fields:
            continue
        # Spaces in the name of a mount point are written as \040 (proc(5)).
        point = Path(fields[4].replace("\\040", " "))
        # Of mounts on one point the last one counts: it hides the others.
        if (folder == point or point in folder.parents) and len(point.parts) >= best:
            best = len(point.parts)
            found = fields[fields.index("-") + 1], "ro" in fields[5].split(",")
    return found


def owner_of(database: Path, locks: Path = Path("/proc/locks")) -> int | None:
    """Return the process that holds the agent's lock; to try it would stop an agent that is starting."""
    with contextlib.suppress(OSError, ValueError):
        inode = database.with_name(database.name + ".lock").stat().st_ino
        for line in locks.read_text("utf-8").splitlines():
            fields = line.split()
            if fields[1] == "FLOCK" and fields[5].rpartition(":")[2] == str(inode):
                return int(fields[4])
    return None


def look_at_clock(now: float) -> Clock:
    """Ask the kernel whether the clock is synchronised."""
    return Clock(now=now, built=built_at(), synchronised=_synchronised())


def built_at() -> float:
    """Return when the package was built, Unix seconds; of a checkout, a day before which there was none."""
    stamp = Path(__file__).resolve().parents[2] / "bundled" / "BUILT"
    with contextlib.suppress(OSError, ValueError):
        return datetime.fromisoformat(stamp.read_text("utf-8").strip()).timestamp()
    return FIRST_DAY.timestamp()


def _synchronised() -> bool | None:
    with contextlib.suppress(OSError, AttributeError):
        # Modes 0 at the beginning: only read (adjtimex(2)).
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(TIMEX_BYTES))
        if state >= 0:
            return bool(state != TIME_ERROR)
    return _synchronised_by_systemd()


def _synchronised_by_systemd() -> bool | None:
    program = shutil.which("timedatectl")
    if program is None:
        return None
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        asked = [program, "show", "--property=NTPSynchronized", "--value"]
        said = subprocess.run(asked, capture_output=True, text=True, timeout=2, check=False).stdout.strip()  # noqa: S603 - a program of the system, fixed words
        return {"yes": True, "no": False}.get(said)
    return None


def look_at_processor(root: Path = Path("/"), *, seconds: float = LIBRARY_S) -> Processor:
    """Read the processor's flags and brakes, and ask llama.cpp in a process of its own: it may crash."""
    facts = _asked(flags_of((root / "proc/cpuinfo").read_text("utf-8", "replace")), seconds)
    bits = Machine(root).throttling() or 0
    return replace(facts, slowed=brakes(bits), slowed_before=brakes(bits >> SINCE_BOOT))


def brakes(bits: int) -> dict[str, str]:
    """Return what the firmware's number says, each with its remedy."""
    return {name: REMEDIES[name] for bit, name in BITS.items() if bits >> bit & 1}


def _asked(flags: frozenset[str], seconds: float) -> Processor:
    asked = [sys.executable, "-P", "-m", "agent.extract.llama.features"]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, timeout=seconds, check=False)  # noqa: S603 - ourselves
    except subprocess.TimeoutExpired:
        return Processor(flags=flags, built=frozenset(), fault=f"it said nothing within {seconds:g} s")
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return Processor(flags=flags, built=frozenset(), fault=f"exit code {done.returncode}: {last}")
    return Processor(flags=flags, built=features_of(done.stdout))


def flags_of(cpuinfo: str) -> frozenset[str]:
    """Return the flags of the first core: ``flags`` on x86, ``Features`` on ARM."""
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        if name.strip() in {"flags", "Features"}:
            return frozenset(value.split())
    return frozenset()


def features_of(info: str) -> frozenset[str]:
    """Return the features that ``llama_print_system_info`` says are on, as in ``AVX2 = 1 | FMA = 1``."""
    parts = (part.rpartition(":")[2].split("=") for part in info.split("|"))
    return frozenset(part[0].strip() for part in parts if part[-1].strip() == "1")
