"""What the agent says of itself when it connects: that it is there, what runs, and what can be configured."""

from __future__ import annotations

import json
from functools import cache
from importlib import metadata

from agent.app.believing import manifest_of, threshold_of
from agent.errors import EngineBroken
from agent.message import Json
from agent.mqtt import Link
from agent.plans import Plans
from agent.publish import Addresses
from agent.settings import Settings, TierSettings


def greet(sink: Link, addresses: Addresses, settings: Settings, plans: Plans) -> None:
    """Say that we are online, and what we are."""
    sink.publish(addresses.status, "online", retain=True)
    sink.publish(addresses.info, json.dumps(described(settings, plans), ensure_ascii=False), retain=True)


def described(settings: Settings, plans: Plans) -> dict[str, Json]:
    """Return what runs here. Of the settings it has the schema, and no value that could be a secret."""
    plan = plans.current
    schemas: dict[str, Json] = {
        name: {"version": schema.version, "sha256": schema.fingerprint}
        for name, schema in plan.schemas.items()
    }
    return {
        "version": version(),
        "node": settings.node,
        "configuration": plan.number,
        "tiers": [tier_of(tier) for tier in settings.tier],
        "routes": [{"filter": one.filter, "schemas": list(one.schemas)} for one in plan.router.routes],
        "schemas": schemas,
        "configuration_schema": configuration_schema(),
    }


@cache
def tier_of(tier: TierSettings) -> dict[str, Json]:
    """Return what a tier runs; read once, because the network thread asks."""
    said: dict[str, Json] = {"name": tier.name, "kind": tier.kind, "threshold": threshold_of(tier)}
    if tier.kind != "model":
        return said
    try:
        manifest = manifest_of(tier)
    except EngineBroken as error:
        return {**said, "model": None, "fault": error.cause}
    return {
        **said,
        "model": manifest.name,
        "sha256": manifest.gguf_sha256,
        "decoding": manifest.decoding,
        "parameters": manifest.parameters,
        "quantisation": manifest.quantisation,
    }


@cache
def configuration_schema() -> dict[str, Json]:
    """Return the JSON Schema of the settings file."""
    made: dict[str, Json] = Settings.model_json_schema()
    return made


@cache
def version() -> str:
    """Return the version of the installed product."""
    try:
        return metadata.version("maaza")
    except metadata.PackageNotFoundError:
        return "0+checkout"
