"""Builds a wheelhouse: all that a node of this machine's kind needs to install maaza without a network.

usage: .venv/bin/python .ci/wheelhouse.py [FOLDER]      (`make wheelhouse`)

The folder holds a wheel per package; `requirements.txt`, what pip is told, with the hash of each, and
`metrics.txt`, the same with the optional package for Prometheus; `manifest.json`, what machines it is for.
llama.cpp's wheel is the one that `.ci/setup` compiled here, for this processor.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LLAMA = "llama-cpp-python"
MANIFEST = "manifest.json"
LISTS = {"requirements.txt": "run.txt", "metrics.txt": "metrics.txt"}
"""What pip is told on a node, and the lock that names the packages."""
FORMAT = 1
"""Number of the manifest's layout."""
COMPILED_FOR = re.compile(r"v?(s?sse|avx|fma|f16c|bmi|abm|popcnt|movbe|adx|aes|gfni|p?clmul|sha_ni|amx)")
"""Flags of x86 that decide what a compiler writes; the others are the kernel's business."""


def main() -> None:
    """Build into a new folder, which takes its place when all is there."""
    wanted = (Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / f"dist/{name()}").absolute()
    if wanted.exists() and not (wanted / MANIFEST).exists():
        sys.exit(f"{wanted} is there and is no wheelhouse. Next: name a folder that is not there yet.")
    draft = wanted.with_name(f".{wanted.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    collect(draft)
    wheels = describe(draft)
    total = sum(wheel.stat().st_size for wheel in wheels)
    shutil.rmtree(wanted, ignore_errors=True)
    draft.rename(wanted)
    print(f"Ready: {wanted} ({len(wheels)} wheels, {total / 1e6:.0f} MB)")  # noqa: T201 - says what it made


def name() -> str:
    """Return the name of a wheelhouse for machines as this one."""
    return f"wheelhouse-{platform.machine()}-cp{sys.version_info.major}{sys.version_info.minor}"


def collect(folder: Path) -> None:
    """Put the locked wheels, those of the extra too, llama.cpp's and our own into a folder."""
    lock = folder / "lock.txt"
    lock.write_text(without_llama((ROOT / "requirements/metrics.txt").read_text("utf-8")), "utf-8")
    # Ready-made wheels alone: what a node gets has the hash that the lock names.
    options = ["--quiet", "--progress-bar=off", "--only-binary=:all:", "--no-deps", "--require-hashes"]
    call("-m", "pip", "download", *options, f"--dest={folder}", "-r", str(lock))
    lock.unlink()
    shutil.copy(Path((ROOT / ".venv/.llama").read_text("utf-8").strip()), folder)
    call("-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder))


def call(*words: str) -> None:
    """Run a module of this Python; stop where it fails."""
    subprocess.run([sys.executable, *words], cwd=ROOT, check=True, stdout=sys.stderr)  # noqa: S603 - our words


def without_llama(lock: str) -> str:
    """Return a lock without the package that comes as source; its wheel is made in a step of its own."""
    return re.sub(rf"^{LLAMA}==.*?(?=^\S|\Z)", "", lock, flags=re.MULTILINE | re.DOTALL)


def describe(folder: Path) -> list[Path]:
    """Write down beside the wheels what pip is told and what the wheelhouse is for; return the wheels."""
    wheels = sorted(folder.glob("*.whl"))
    for file, lock in LISTS.items():
        wanted = {"maaza", *locked((ROOT / "requirements" / lock).read_text("utf-8"))}
        chosen = [wheel for wheel in wheels if normal(wheel.name.split("-")[0]) in wanted]
        (folder / file).write_text(requirements(chosen), "utf-8")
    (folder / MANIFEST).write_text(manifest(folder, wheels), "utf-8")
    return wheels


def locked(lock: str) -> set[str]:
    """Return the names of the packages in a lock."""
    return {normal(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", lock, re.MULTILINE)}


def normal(name: str) -> str:
    """Return a package's name as it is compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements(wheels: list[Path]) -> str:
    """Return what pip is told on a node: each package with the hash of its one file."""
    lines = [f"{'=='.join(wheel.name.split('-')[:2])} --hash=sha256:{sha256(wheel)}\n" for wheel in wheels]
    return "".join(lines)


def manifest(folder: Path, wheels: list[Path]) -> str:
    """Return what the wheelhouse is for, and the SHA-256 of everything in it."""
    named = {wheel.name.split("-")[0]: wheel for wheel in wheels}
    files = sorted([*wheels, *(folder / name for name in LISTS)])
    known = {
        "format": FORMAT,
        "maaza": named["maaza"].name.split("-")[1],
        "machine": platform.machine(),
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "libc": platform.libc_ver()[1],
        "features": features(Path("/proc/cpuinfo").read_text("utf-8")),
        "pip": named["pip"].name,
        "installed_bytes": sum(unpacked(wheel) for wheel in wheels),
        "files": {file.name: sha256(file) for file in files},
    }
    return json.dumps(known, indent=2) + "\n"


def features(cpuinfo: str) -> list[str]:
    """Return what this processor can do and llama.cpp was compiled to use."""
    line = re.search(r"^(flags|Features)\s*:(.*)$", cpuinfo, re.MULTILINE)
    words = line[2].split() if line else []
    every = line is not None and line[1] == "Features"
    return sorted(word for word in words if every or COMPILED_FOR.match(word))


def unpacked(wheel: Path) -> int:
    """Return the bytes of a wheel's files once installed, without what Python compiles of them."""
    with zipfile.ZipFile(wheel) as archive:
        return sum(one.file_size for one in archive.infolist())


def sha256(file: Path) -> str:
    """Return the SHA-256 of a file, hex."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
