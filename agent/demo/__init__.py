"""The demo: broker, devices, agent and consumer as processes of their own, and the proof at the end."""

from __future__ import annotations
