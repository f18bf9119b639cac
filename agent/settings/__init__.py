"""Settings: TOML to frozen values. Every fault is reported at once, before anything starts."""

from __future__ import annotations

from agent.settings.check import check, load, unknown_schemas
from agent.settings.model import (
    THRESHOLD,
    BrokerSettings,
    BufferSettings,
    LimitSettings,
    LogSettings,
    RouteSettings,
    Settings,
    TierSettings,
    TlsSettings,
)

__all__ = [
    "THRESHOLD",
    "BrokerSettings",
    "BufferSettings",
    "LimitSettings",
    "LogSettings",
    "RouteSettings",
    "Settings",
    "TierSettings",
    "TlsSettings",
    "check",
    "load",
    "unknown_schemas",
]
