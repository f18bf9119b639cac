"""The example file is the documentation of the settings: it may not drift."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from agent import settings as configuration
from agent.settings import Settings, check

EXAMPLE = Path(__file__).parents[3] / "systemd/maaza.example.toml"
TABLES: dict[str, type[BaseModel]] = {
    "input": configuration.BrokerSettings,
    "route": configuration.RouteSettings,
    "tier": configuration.TierSettings,
    "buffer": configuration.BufferSettings,
    "audit": configuration.AuditSettings,
    "limits": configuration.LimitSettings,
    "log": configuration.LogSettings,
    "metrics": configuration.MetricsSettings,
    "input.tls": configuration.TlsSettings,
    "route.join": configuration.JoinSettings,
}
INNER = {"tls", "join"}
"""Tables inside tables, which have a line of their own above."""
SHOWN_OTHERWISE = {"node", "filter", "schemas", "device_level", "name", "output", "tls", "route", "tier"}
"""Keys whose example is not their default: they are the operator's own."""


def uncommented() -> str:
    """Return the file with the keys that are commented out put in."""
    return re.sub(r"^# (\[[\w.]+\]$|\w+ = )", r"\1", EXAMPLE.read_text("utf-8"), flags=re.MULTILINE)


def test_example_is_valid() -> None:
    """An operator can begin with it as it is."""
    check(tomllib.loads(EXAMPLE.read_text("utf-8")))


@pytest.mark.parametrize("name", TABLES)
def test_example_shows_every_key(name: str) -> None:
    """No setting is a secret, and none is shown that is not there."""
    table = tomllib.loads(uncommented())
    for part in name.split("."):
        found = table[part]
        table = found[0] if isinstance(found, list) else found
    assert set(table) | INNER == set(TABLES[name].model_fields) | INNER


@pytest.mark.parametrize("name", [name for name in TABLES if "." not in name])
def test_example_shows_the_defaults(name: str) -> None:
    """What the file says is what happens without it."""
    found = tomllib.loads(EXAMPLE.read_text("utf-8"))[name]
    table = found[0] if isinstance(found, list) else found
    for key, value in table.items():
        field = TABLES[name].model_fields[key]
        if key not in SHOWN_OTHERWISE and not field.is_required():
            default = field.get_default(call_default_factory=True)
            assert value == (list(default) if isinstance(default, tuple) else default), key


def test_top_level_keys_are_all_there() -> None:
    """Tables included."""
    assert set(tomllib.loads(uncommented())) | {"output"} == set(Settings.model_fields)
