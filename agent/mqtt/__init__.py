"""One connection to one broker, kept up. Shared by intake and publish."""

from __future__ import annotations

from agent.mqtt.endpoint import Endpoint, Listener, Opened, Tls, Will, tls_context
from agent.mqtt.link import Link
from agent.mqtt.wire import JsonProperties, variable_length

__all__ = [
    "Endpoint",
    "JsonProperties",
    "Link",
    "Listener",
    "Opened",
    "Tls",
    "Will",
    "tls_context",
    "variable_length",
]
