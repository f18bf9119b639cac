"""What a node says of itself when it connects."""

from __future__ import annotations

import json
from pathlib import Path

from bench import make_schema

from agent import models
from agent.app.introduction import configuration_schema, described, tier_of
from agent.message import Route
from agent.plans import Plans, plan
from agent.settings import Settings, TierSettings, check

TOKEN = "token-zq7"  # noqa: S105 - a name to look for, not a password


def settings(**more: object) -> Settings:
    """Return settings with a secret in each place that takes one."""
    broker = {"username": TOKEN, "password_file": f"/etc/{TOKEN}"}
    route = [{"filter": "load/+/raw", "schemas": ["load"]}]
    return check({"node": "n", "route": route, "input": broker, "output": broker, **more})


def plans() -> Plans:
    """Return one plan."""
    return Plans(plan(7, [Route("load/+/raw", ("load",), ("nano",))], {"load": make_schema()}))


def test_what_runs_is_said_with_its_fingerprints() -> None:
    """An operator can tell which model and schema made what, from the broker alone."""
    said = described(settings(), plans())
    manifest = models.load(models.EMBEDDED).manifest
    assert said["configuration"] == 7
    assert said["tiers"] == [
        {
            "name": "nano",
            "kind": "model",
            "threshold": manifest.threshold,
            "model": manifest.name,
            "sha256": manifest.gguf_sha256,
            "decoding": manifest.decoding,
            "parameters": manifest.parameters,
            "quantisation": manifest.quantisation,
        }
    ]
    assert said["schemas"] == {"load": {"version": "1", "sha256": make_schema().fingerprint}}


def test_no_secret_is_said() -> None:
    """The schema of the settings goes out, their values stay."""
    said = json.dumps(described(settings(), plans()))
    assert TOKEN not in said
    assert '"password_file"' in said


def test_schema_of_the_settings_accepts_them() -> None:
    """It is the schema of what the agent reads, not of something like it."""
    schema = configuration_schema()
    assert isinstance(schema["properties"], dict)
    assert set(schema["properties"]) == set(Settings.model_fields)


def test_model_that_cannot_be_read_is_said_so(tmp_path: Path) -> None:
    """The network thread that says it must not fail."""
    said = tier_of(TierSettings(name="t", model=str(tmp_path / "nowhere")))
    assert said["model"] is None
    assert said["fault"]
