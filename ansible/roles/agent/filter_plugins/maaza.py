"""What the role decides: pure functions over what the controller holds and what a node says about itself."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

FORMAT = 1
"""Layout of wheelhouses that this role reads."""
OLDEST_SYSTEMD = 252
"""The unit takes secrets by name from /etc/credstore."""
GROWTH = 1.4
"""Disk that an environment takes over the bytes of its files: what Python compiles of them, and blocks."""
SECRETS = ("username", "password", "key", "output.username", "output.password", "output.key")
"""Names that the unit asks for (LoadCredential=maaza.NAME)."""
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def sha256(file: Path) -> str:
    """Return the SHA-256 of a file, hex."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


# ── What the controller holds ──


def wheelhouse(folder: str, *, metrics: bool = False) -> dict[str, Any]:
    """Return a wheelhouse's manifest with the name of its environment, and what is wrong with its files.

    With `metrics` the environment also has the package that serves Prometheus.
    """
    home = Path(folder).expanduser()
    if not folder or not (home / "manifest.json").is_file():
        return {"faults": [f"there is no wheelhouse in {folder!r}: `make wheelhouse` builds one"]}
    text = (home / "manifest.json").read_bytes()
    known: dict[str, Any] = json.loads(text)
    if known.get("format") != FORMAT:
        return {
            "faults": [f"{folder} is of another layout: build it with the maaza that this role came with"]
        }
    digest = hashlib.sha256(text).hexdigest()
    wrong = wrong_files(home, known["files"])
    faults = [f"{one}: build the wheelhouse anew, or copy it again" for one in wrong]
    listed = "metrics.txt" if metrics else "requirements.txt"
    if metrics and listed not in known["files"]:
        faults.append(f"{folder} has no {listed}, which maaza_metrics needs: build the wheelhouse anew")
    name = f"{known['maaza']}-{digest[:8]}{'-metrics' if metrics else ''}"
    return {**known, "digest": digest, "name": name, "list": listed, "faults": faults}


def wrong_files(folder: Path, digests: Mapping[str, str]) -> list[str]:
    """Return the files that are missing or whose SHA-256 differs."""
    missing = [f"{folder / name} is missing" for name in digests if not (folder / name).is_file()]
    present = [folder / name for name in digests if (folder / name).is_file()]
    damaged = [f"{file} is damaged" for file in present if sha256(file) != digests[file.name]]
    return missing + damaged


def model(folder: str) -> dict[str, Any]:
    """Return what a model folder on the controller holds, and what is wrong with it."""
    home = Path(folder).expanduser()
    manifest = home / "manifest.json"
    known: dict[str, Any] = {"source": str(home), "name": home.name, "files": {}, "bytes": 0, "digest": ""}
    if not manifest.is_file():
        return {**known, "faults": [f"{folder} holds no manifest.json: name the folder of a model"]}
    said = json.loads(manifest.read_bytes())
    pairs = (("gguf", "gguf_sha256"), ("heads", "heads_sha256"))
    files = {said[name]: said[digest] for name, digest in pairs if said.get(name)}
    faults = [f"{one}: copy the model again" for one in wrong_files(home, files)]
    size = sum((home / name).stat().st_size for name in files if (home / name).is_file())
    return {**known, "files": files, "bytes": size, "digest": sha256(manifest), "faults": faults}


def schemas(folder: str) -> dict[str, Any]:
    """Return the schema files of a folder on the controller, and the name of the folder for a node."""
    if not folder:
        return {"name": "", "files": [], "faults": []}
    files = sorted(Path(folder).expanduser().glob("*.schema.json"))
    faults = [] if files else [f"{folder} holds no *.schema.json"]
    digest = hashlib.sha256("".join(f"{file.name} {sha256(file)}\n" for file in files).encode()).hexdigest()
    return {"name": digest[:12], "files": list(map(str, files)), "faults": faults}


def missing_secrets(secrets: Mapping[str, str]) -> list[str]:
    """Return what is wrong with the names and files of secrets; never what is in them."""
    unknown = [
        f"no secret is called {name!r}: use {', '.join(SECRETS)}" for name in secrets if name not in SECRETS
    ]
    absent = [
        f"there is no file {file!r} for the secret {name}"
        for name, file in secrets.items()
        if not Path(file).expanduser().is_file()
    ]
    return unknown + absent


# ── Whether a node can take it ──


def unfit(
    node: Mapping[str, Any], *, house: Mapping[str, Any], models: Sequence[Any], spare: int
) -> list[str]:
    """Return why a wheelhouse and models cannot be installed on a node; nothing where they can."""
    return [*_wrong_machine(node, house), *_clashing(node, models), *_no_room(node, house, models, spare)]


def _wrong_machine(node: Mapping[str, Any], house: Mapping[str, Any]) -> Iterator[str]:
    if not node["root"]:
        yield "changes need root: set `become: true`"
    if node["systemd"] < OLDEST_SYSTEMD:
        yield f"systemd {node['systemd'] or 'does not run'}: {OLDEST_SYSTEMD} or later is needed (Debian 12)"
    for what in ("machine", "python"):
        if node[what] != house[what]:
            remedy = "name a wheelhouse that was built on a machine of this kind"
            yield f"{what} {node[what]}: the wheelhouse is for {house[what]}; {remedy}"
    if _version(node["libc"]) < _version(house["libc"]):
        yield f"glibc {node['libc']}: the wheelhouse needs {house['libc']}; build it on the oldest system"
    if node["machine"] == house["machine"] and (lacking := set(house["features"]) - set(node["features"])):
        named = ", ".join(sorted(lacking))
        yield f"the processor lacks {named}: llama.cpp was compiled for it; build on such a machine"


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text))


def _clashing(node: Mapping[str, Any], models: Sequence[Any]) -> Iterator[str]:
    for one in models:
        if node["models"].get(one["name"], one["digest"]) != one["digest"]:
            yield f"the node has another model {one['name']!r}: a changed one needs another name"


def _no_room(
    node: Mapping[str, Any], house: Mapping[str, Any], models: Sequence[Any], spare: int
) -> Iterator[str]:
    """Compare what comes with what is free; the wheels lie beside the environment while it is made."""
    is_there = any(Path(one).name == house["name"] for one in node["environments"])
    environment = 0 if is_there else int(house["installed_bytes"] * GROWTH)
    coming = sum(one["bytes"] for one in models if one["name"] not in node["models"])
    needed = {"prefix": environment, "state": coming}
    if node["prefix"]["device"] == node["state"]["device"]:
        needed = {"prefix": environment + coming}
    for where, count in needed.items():
        if count and node[where]["bytes"] < count + spare:
            free, wanted = node[where]["bytes"] // 10**6, (count + spare) // 10**6
            yield f"{free} MB are free for the {where} folder, {wanted} MB are needed: make room"


# ── Settings ──


def toml(settings: Mapping[str, Any]) -> str:
    """Write settings as TOML: plain keys first, then tables and lists of tables.

    Raises:
        ValueError: a value that TOML has no form for.
    """
    return "".join(_table(settings, ()))


def _table(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    below = {key: value for key, value in table.items() if _is_table(value) or _are_tables(value)}
    for key, value in table.items():
        if key not in below:
            yield f"{_key(key)} = {_value(value)}\n"
    for key, value in below.items():
        here = (*path, _key(key))
        for one in value if _are_tables(value) else [value]:
            yield f"\n[[{'.'.join(here)}]]\n" if _are_tables(value) else f"\n[{'.'.join(here)}]\n"
            yield from _table(one, here)


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


def _are_tables(value: object) -> bool:
    return isinstance(value, Sequence) and bool(value) and all(_is_table(one) for one in value)


def _key(key: object) -> str:
    return str(key) if BARE_KEY.fullmatch(str(key)) else _value(str(key))


def _value(value: object) -> str:
    if isinstance(value, (bool, int, float)):
        return json.dumps(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Sequence):
        return f"[{', '.join(map(_value, value))}]"
    raise ValueError(f"{value!r} is nothing that a settings file can hold")


def has_secret(settings: Mapping[str, Any]) -> bool:
    """Tell whether settings hold what logs must not show: some brokers take a token as user name."""
    return any(
        key == "username" or (isinstance(value, Mapping) and has_secret(value))
        for key, value in settings.items()
    )


# ── Words for a failure ──


def reason(result: Mapping[str, Any]) -> str:
    """Return why a task failed: what the command said for programs, else its message."""
    try:
        errors = json.loads(str(result.get("stdout", "")))["errors"]
    except (ValueError, LookupError, TypeError):
        said = result.get("stderr") or result.get("stdout") or result.get("msg") or "no reason was given"
        return str(said).strip()
    return "\n".join(_said(one) for one in errors)


def _said(error: Mapping[str, Any]) -> str:
    where = f" in {error['where']}" if error.get("where") else ""
    return f"{error.get('what', 'failed')}{where}: {error.get('why', '')}\n  next: {error.get('next', '')}"


class FilterModule:
    """The filters, as Ansible asks for them."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return them by name."""
        named = (wheelhouse, model, schemas, missing_secrets, unfit, toml, has_secret, reason)
        return {f"maaza_{one.__name__}": one for one in named}
