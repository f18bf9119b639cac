"""Reads the whole configuration, settings and schemas, and checks it before anything starts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agent import models
from agent import settings as configuration
from agent.app import credentials
from agent.errors import ConfigError, EngineBroken, Fault
from agent.message import Json
from agent.metrics import prometheus
from agent.schemas import Schema, SchemaError, bundled_schemas, load_folder
from agent.settings import MetricsSettings, Settings
from agent.settings.check import ranked
from agent.settings.effective import changes, document, needs_restart
from agent.settings.files import missing_files
from agent.settings.given import Given, plain
from agent.settings.sources import Sources
from agent.settings.sources import read as read_sources
from agent.settings.words import placed


@dataclass(frozen=True, slots=True)
class Configuration:
    """A configuration without fault."""

    settings: Settings
    schemas: Mapping[str, Schema]
    """Every schema that routes may name."""
    tree: Given
    """What was given, and where."""
    files: tuple[Path, ...]
    """The main file, then the drop-ins."""

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256, hex, of what decides about messages: settings in effect and schemas in use."""
        return hashlib.sha256(json.dumps(self.document, sort_keys=True).encode()).hexdigest()

    @property
    def document(self) -> dict[str, Json]:
        """Return the settings in effect by key, secrets hidden, and the schemas in use by fingerprint."""
        used = sorted({name for route in self.settings.route for name in route.schemas})
        prints: dict[str, Json] = {f"schema {name}": self.schemas[name].fingerprint for name in used}
        return document(self.settings) | prints


@dataclass(frozen=True, slots=True)
class Reading:
    """What could be read of a configuration, and everything that is wrong with it."""

    settings: Settings | None
    """None where they have no shape."""
    schemas: Mapping[str, Schema] | None
    """None where they do not load."""
    sources: Sources
    faults: tuple[Fault, ...]
    """By file, line and column; none of them: the configuration is sound."""


def read(
    path: Path, environment: Mapping[str, str], *, proposed: Mapping[str, bytes] | None = None
) -> Configuration:
    """Read main file, drop-ins, environment, and the schemas and files that they name.

    `proposed` holds drop-ins by name that are read as if they lay in conf.d.
    Touches no data, no network and no model; a full check is what comes before a start.

    Raises:
        ConfigError: with every fault, each with file, line, key, cause and remedy.
    """
    found = examine(path, environment, proposed=proposed)
    if found.faults or found.settings is None or found.schemas is None:
        raise ConfigError(found.faults)
    return Configuration(found.settings, found.schemas, found.sources.tree, found.sources.files)


def examine(
    path: Path, environment: Mapping[str, str], *, proposed: Mapping[str, bytes] | None = None
) -> Reading:
    """Read the same as `read`; faults are part of what is returned."""
    sources = read_sources(path, environment, proposed=proposed)
    schemas, wrong_schemas = _schemas(sources)
    settings, faults = configuration.examined(sources, known_schemas=schemas)
    unusable = credentials.unusable(settings, environment) if settings else ()
    files = missing_files(sources.tree, environment)
    extras = missing_extras(settings.metrics) if settings else []
    for more in (wrong_schemas, files, _wrong_models(sources), unusable, extras):
        # What is wrong with a value says why its file cannot be used; nobody needs both.
        known = [fault.key for fault in faults]
        found = [one for one in more if not any(key.startswith(one.key) for key in known)]
        faults.extend(one if one.file else placed(one, sources.tree) for one in found)
    return Reading(settings, schemas, sources, ranked(faults, sources.files))


@dataclass(frozen=True, slots=True)
class Effect:
    """What a service that runs under one configuration needs to do to run under another."""

    changed: tuple[str, ...]
    """Keys that differ, and ``schema NAME`` for schemas in use that do."""
    takes: str
    """``nothing``, ``reload`` or ``restart``."""


def effect(old: Configuration, new: Configuration) -> Effect:
    """Compare two configurations. Pure."""
    keys = changes(old.settings, new.settings)
    before, after = old.document, new.document
    schemas = [
        key for key in after if key.startswith("schema ") and before.get(key, after[key]) != after[key]
    ]
    takes = "restart" if needs_restart(keys) else "reload" if keys or schemas else "nothing"
    return Effect((*keys, *schemas), takes)


def missing_extras(wish: MetricsSettings) -> list[Fault]:
    """Return the settings that need an optional package which is not installed."""
    asked = [name for name, on in (("prometheus", wish.prometheus), ("textfile", wish.textfile)) if on]
    if not asked or prometheus.is_installed():
        return []
    cause = f"the package {prometheus.PACKAGE} is not installed"
    return [Fault(f"metrics.{name}", cause, prometheus.REMEDY) for name in asked]


def _schemas(sources: Sources) -> tuple[Mapping[str, Schema] | None, list[Fault]]:
    """Load the schemas; where that fails nobody knows their names, and routes are not asked about them."""
    folder = plain(sources.tree).get("schemas", "")
    if not isinstance(folder, str):
        return None, []
    try:
        return (load_folder(Path(folder)) if folder else bundled_schemas()), []
    except SchemaError as error:
        return None, [
            placed(Fault("schemas", f"{one.what} at {one.where}: {one.why}", one.remedy), sources.tree)
            for one in error.causes or (error,)
        ]


def _wrong_models(sources: Sources) -> list[Fault]:
    """Return the tiers whose model folder holds no model. The files' digests are the engine's to compare."""
    tiers = plain(sources.tree).get("tier", [])
    faults = []
    for index, tier in enumerate(tiers if isinstance(tiers, list) else []):
        folder = tier.get("model", "") if isinstance(tier, dict) else ""
        if isinstance(folder, str) and folder and (fault := _wrong_model(index, Path(folder))):
            faults.append(placed(fault, sources.tree))
    return faults


def _wrong_model(index: int, folder: Path) -> Fault | None:
    try:
        model = models.load(folder)
    except EngineBroken as error:
        return Fault(f"tier[{index}].model", f"{error.operation}: {error.cause}", error.remedy)
    if not model.gguf.is_file():
        remedy = "copy the whole model folder again"
        return Fault(f"tier[{index}].model", f"there is no file {str(model.gguf)!r}", remedy)
    return None
