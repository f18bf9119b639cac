"""Finds and reads the configuration of a Mosquitto on this machine."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

from agent.doctor.facts import BrokerFile

PROC: Final = Path("/proc")
DEFAULT_PORT: Final = 1883
MAX_FILE_BYTES: Final = 1 << 20
"""A configuration is smaller; whatever is larger is none."""

Pairs = list[tuple[str, str]]


def find(port: int, *, is_local: bool, proc: Path = PROC) -> BrokerFile:
    """Return what the configuration of the Mosquitto on this port says."""
    if not is_local:
        return BrokerFile(fault="the broker is on another machine")
    faults = ["no Mosquitto with this port is among the processes that can be seen"]
    for path, ports in _commands(proc):
        if path is None:
            if port in (ports or {DEFAULT_PORT}):
                return BrokerFile(path="the command line of mosquitto, which names no file")
            continue
        try:
            pairs = list(_lines(path))
        except OSError as error:
            faults.append(f"{path}: {error.strerror} (call the doctor with sudo)")
            continue
        if port in (_ports(pairs) | ports or {DEFAULT_PORT}):
            return described(path, pairs)
    return BrokerFile(fault=faults[-1])


def _commands(proc: Path) -> Iterator[tuple[Path | None, set[int]]]:
    """Yield configuration file and ports of the command line of each Mosquitto."""
    for folder in sorted(proc.glob("[0-9]*")):
        with contextlib.suppress(OSError, ValueError):
            words = (folder / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
            if Path(words[0]).name == "mosquitto":
                yield _option(words, folder)


def _option(words: list[str], folder: Path) -> tuple[Path | None, set[int]]:
    path: Path | None = None
    ports: set[int] = set()
    for flag, value in pairwise(words):
        if flag in {"-c", "--config-file"}:
            path = Path(value) if value.startswith("/") else (folder / "cwd").resolve() / value
        elif flag in {"-p", "--port"}:
            ports.add(int(value))
    return path, ports


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """Yield keys and values of a file and of those that it includes."""
    with path.open(encoding="utf-8", errors="replace") as file:
        text = file.read(MAX_FILE_BYTES)
    for line in text.splitlines():
        key, _, value = line.strip().partition(" ")
        if key == "include_dir":
            for included in sorted(Path(value.strip()).glob("*.conf")):
                yield from _lines(included)
        elif key and not key.startswith("#"):
            yield key, value.strip()


def _ports(pairs: Pairs) -> set[int]:
    named = [value.split()[0] for key, value in pairs if key in {"listener", "port"} and value]
    return {int(one) for one in named if one.isdecimal()}


def described(path: Path, pairs: Pairs) -> BrokerFile:
    """Return what matters of a configuration; the defaults are Mosquitto's (mosquitto.conf(5))."""
    said = dict(pairs)

    def number(key: str, default: int) -> int:
        value = said.get(key, "")
        return int(value) if value.isdecimal() else default

    return BrokerFile(
        path=str(path),
        persistence=said.get("persistence", "false").lower() == "true",
        autosave_s=number("autosave_interval", 1800),
        queued_messages=number("max_queued_messages", 1000),
        queued_bytes=number("max_queued_bytes", 0),
    )
