"""Looks at a node and changes nothing: what decides whether a wheelhouse can be installed there, as JSON.

usage: python3 - PREFIX STATE < look.py

Any Python 3.7 or later reads it: that a node's Python is too old shall be said, and not be a fault of syntax.
"""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys


def free(folder: str) -> dict[str, int]:
    """Return the device and the free bytes of the file system that a folder is, or will be, on."""
    place = pathlib.Path(folder)
    while not place.exists():
        place = place.parent
    return {"device": place.stat().st_dev, "bytes": shutil.disk_usage(place).free}


def systemd() -> int:
    """Return systemd's version; 0 where there is none, or where it does not run the machine."""
    if not pathlib.Path("/run/systemd/system").is_dir():
        return 0
    said = subprocess.run(
        ["/usr/bin/systemctl", "--version"], capture_output=True, text=True, check=False
    ).stdout
    found = re.match(r"systemd (\d+)", said)
    return int(found.group(1)) if found else 0


def features() -> list[str]:
    """Return what the processor says it can do."""
    found = re.search(
        r"^(?:flags|Features)\s*:(.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE
    )
    return sorted(found.group(1).split()) if found else []


def models(state: str) -> dict[str, str]:
    """Return the SHA-256 of the manifest of each model folder."""
    found = sorted(pathlib.Path(state, "models").glob("*/manifest.json"))
    return {one.parent.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in found}


def main(prefix: str, state: str) -> None:
    """Say what was seen."""
    seen = {
        "root": os.geteuid() == 0,
        "machine": platform.machine(),
        "python": f"{sys.version_info[0]}.{sys.version_info[1]}",
        "libc": platform.libc_ver()[1],
        "features": features(),
        "systemd": systemd(),
        "prefix": free(prefix),
        "state": free(state),
        "environments": sorted(str(one.parent) for one in pathlib.Path(prefix).glob("*/.complete")),
        "models": models(state),
    }
    sys.stdout.write(json.dumps(seen))


main(*sys.argv[1:])
