"""One connection to one broker, kept up. Shared by intake and publish."""

from __future__ import annotations

from agent.mqtt.endpoint import Endpoint, Listener, Opened, Will
from agent.mqtt.ends import End, Why
from agent.mqtt.link import Link
from agent.mqtt.secrets import Login, Secrets, Tls, tls_context
from agent.mqtt.wire import json_properties, variable_length

__all__ = [
    "End",
    "Endpoint",
    "Link",
    "Listener",
    "Login",
    "Opened",
    "Secrets",
    "Tls",
    "Why",
    "Will",
    "json_properties",
    "tls_context",
    "variable_length",
]
