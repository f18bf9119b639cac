"""Reads what is configured: the main file, ``conf.d/*.toml`` beside it in name order, the environment."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from agent.errors import Fault
from agent.settings import shape
from agent.settings.given import Given, Location, Origin, given, merged, put
from agent.settings.positions import positions
from agent.settings.words import dotted, suggestion

PREFIX: Final = "MAAZA__"
"""Begin of variables that set a value: ``MAAZA__INPUT__HOST``, ``MAAZA__ROUTE__0__FILTER``."""
DROP_INS: Final = "conf.d"
"""Folder beside the main file."""
PLACE: Final = re.compile(r"\(at (?:line (\d+), column (\d+)|end of document)\)$")
"""How the TOML parser says where."""
MAX_FILE_BYTES: Final = 1 << 20
"""Bytes of a file of settings; what is longer is something else, and would take minutes to read."""
NUMBER: Final = re.compile(r"[0-9]{1,9}")
"""Part of a variable's name that counts routes and tiers."""


@dataclass(frozen=True, slots=True)
class Sources:
    """All that is configured, and what could not be read."""

    tree: Given
    """The layers over each other."""
    files: tuple[Path, ...]
    """The main file, then the drop-ins in their order."""
    whole: bool = True
    """False where a file could not be read: what it would say is unknown."""
    faults: tuple[Fault, ...] = ()
    """Files that are no TOML, variables that name no setting."""


def read(
    path: Path, environment: Mapping[str, str], *, proposed: Mapping[str, bytes] | None = None
) -> Sources:
    """Read the main file, the drop-ins and the environment.

    `proposed` holds drop-ins by name that are read as if they lay in the folder, in place of those that do.
    """
    layers: list[Given] = []
    faults: list[Fault] = []
    files = [path]
    texts = {path.parent / DROP_INS / name: text for name, text in (proposed or {}).items()}
    try:
        files.extend(sorted({*drop_ins(path), *texts}))
    except _Unusable as unusable:
        faults.append(unusable.fault)
    for file in files:
        try:
            layers.append(_read_file(file, texts.get(file)))
        except _Unusable as unusable:
            faults.append(unusable.fault)
    tree, wrong = _with_variables(merged(layers), environment)
    return Sources(tree, tuple(files), not faults, (*faults, *wrong))


def drop_ins(path: Path) -> list[Path]:
    """Return the drop-ins in the order of their names; hidden files are an editor's."""
    folder = path.parent / DROP_INS
    try:
        names = sorted(one.name for one in folder.iterdir()) if folder.exists() else []
    except OSError as error:
        remedy = "let it be a folder that this user may read, or remove it"
        raise _Unusable(Fault("", error.strerror or str(error), remedy, str(folder))) from error
    return [folder / name for name in names if name.endswith(".toml") and not name.startswith(".")]


class _Unusable(Exception):  # noqa: N818 - names what was found; it ends as a fault among others
    """A file that is no TOML, or a variable that names no setting."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


def _read_file(file: Path, proposed: bytes | None = None) -> Given:
    text = ""
    try:
        raw = _bytes_of(file) if proposed is None else proposed
        if len(raw) > MAX_FILE_BYTES:
            cause = f"more than {MAX_FILE_BYTES} bytes, so it is no file of settings"
            raise _Unusable(Fault("", cause, "name the right file", str(file)))
        text = raw.decode("utf-8").replace("\r\n", "\n")
        return given(tomllib.loads(text), positions(text), str(file))
    except OSError as error:
        remedy = "name a file that exists and that this user may read; `maaza config init` writes one"
        raise _Unusable(Fault("", error.strerror or str(error), remedy, str(file))) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        fault = Fault("", f"byte {error.start} is not UTF-8", "save the file as UTF-8", str(file), line)
        raise _Unusable(fault) from error
    except tomllib.TOMLDecodeError as error:
        raise _Unusable(_no_toml(str(error), file, text)) from error
    except RecursionError as error:
        raise _Unusable(Fault("", "nested too deeply", "write fewer levels", str(file))) from error
    except ValueError as error:
        # Not bad grammar: a number of thousands of digits.
        raise _Unusable(Fault("", str(error), "write a smaller number", str(file))) from error


def _bytes_of(file: Path) -> bytes:
    """Read a file, or as much of it as shows that it is too long."""
    with file.open("rb") as opened:
        return opened.read(MAX_FILE_BYTES + 1)


def _no_toml(said: str, file: Path, text: str) -> Fault:
    """Say where the TOML breaks; the key is the one that stands on that line."""
    found = PLACE.search(said)
    lines = text.splitlines() or [""]
    line, column = (int(found[1]), int(found[2])) if found and found[1] else (len(lines), len(lines[-1]) + 1)
    on_line = lines[min(line, len(lines)) - 1]
    key = re.match(r"\s*\[{0,2}\s*([\w.-]+)", on_line)
    cause = f"no TOML: {PLACE.sub('', said).strip().lower()}"
    return Fault(key[1] if key else "", cause, _toml_remedy(said, on_line), str(file), line, column)


def _toml_remedy(said: str, line: str) -> str:
    """Name the usual slips."""
    if "overwrite" in said or "twice" in said or "declare" in said:
        return "it is there twice: keep one; tables that repeat are headed [[name]]"
    if "Unescaped '\\'" in said or "\\" in line:
        return "write the text in 'single quotes', or double each backslash"
    if re.match(r"\s*[\w.-]+\s*=\s*[A-Za-z/$*][^\"']*$", line):
        return 'put text in quotes: key = "text"'
    if re.match(r"\s*[\w.-]+\s*:", line):
        return "write key = value; a colon is YAML"
    return "write key = value, text in quotes, lists in [ ], tables as [name]"


def _with_variables(tree: Given, environment: Mapping[str, str]) -> tuple[Given, list[Fault]]:
    """Lay the variables over the files, in the order of their names."""
    faults: list[Fault] = []
    for name in sorted(name for name in environment if name.startswith(PREFIX)):
        try:
            tree = _apply(tree, name, environment[name])
        except _Unusable as unusable:
            faults.append(unusable.fault)
    return tree, faults


def _apply(tree: Given, name: str, text: str) -> Given:
    """Set the value that a variable names."""
    location = _location(name)
    try:
        return put(tree, location, _given(value_of(text, location), Origin(variable=name)))
    except LookupError as error:
        remedy = "use a number that is there, or the next one"
        raise _Unusable(Fault(dotted(location), str(error), remedy, f"environment {name}")) from error


def _given(value: Any, origin: Origin) -> Given:  # noqa: ANN401 - any TOML value
    """Return a value as a tree of one origin."""
    if isinstance(value, list):
        return Given(tuple(_given(one, origin) for one in value), origin)
    return Given(value, origin)


def _location(name: str) -> Location:
    """Return the place that a variable names; numbers stand for items of a list."""
    parts = name.removeprefix(PREFIX).lower().split("__")
    location: Location = tuple(int(part) if NUMBER.fullmatch(part) else part for part in parts)
    node = shape.at(location)
    if node is not None and "properties" not in node:
        return location
    known = [variable(one) for one in leaves()]
    below = [one for one in known if one.startswith(f"{name}__")]
    cause = "this is a table, not a value" if below else "no setting has this name"
    remedy = suggestion(re.sub(r"__\d+__", "__0__", name), below[:1] or known, "variables")
    raise _Unusable(Fault(dotted(location), cause, remedy, f"environment {name}"))


def leaves() -> Iterator[Location]:
    """Yield the place of every setting that is no table and no list of tables."""
    for location, node in shape.tables():
        below = {one[: len(location) + 1] for one, _ in shape.tables() if len(one) > len(location)}
        yield from ((*location, key) for key in node["properties"] if (*location, key) not in below)


def variable(location: Location) -> str:
    """Return the name of the variable that sets a value."""
    return PREFIX + "__".join(str(part).upper() for part in location)


def value_of(text: str, location: Location) -> object:
    """Read a variable's text: as it is where text is wanted, else as TOML; lists also as ``a,b``."""
    kind = (shape.at(location) or {}).get("type")
    if kind == "string":
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        # No TOML, or a number or nesting without end.
        parts = [part.strip() for part in text.split(",")]
        return [part for part in parts if part] if kind == "array" else text
