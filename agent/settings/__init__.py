"""Settings: TOML to frozen values. Every fault is reported at once, before anything starts."""

from __future__ import annotations

from agent.settings.check import check, examined, load
from agent.settings.model import (
    THRESHOLD,
    AuditSettings,
    BrokerSettings,
    BufferSettings,
    JoinSettings,
    LimitSettings,
    LogSettings,
    MetricsSettings,
    RouteSettings,
    Settings,
    TierSettings,
    TlsSettings,
)

__all__ = [
    "THRESHOLD",
    "AuditSettings",
    "BrokerSettings",
    "BufferSettings",
    "JoinSettings",
    "LimitSettings",
    "LogSettings",
    "MetricsSettings",
    "RouteSettings",
    "Settings",
    "TierSettings",
    "TlsSettings",
    "check",
    "examined",
    "load",
]
