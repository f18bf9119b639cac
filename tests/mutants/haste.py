"""A monitor in a hurry: what takes minutes in the field takes seconds in a test."""

from __future__ import annotations

from agent import progress
from agent.app import drifting, monitor


def plant() -> None:
    """Look ten times a second, compare groups of half a second, lose patience after two seconds."""
    monitor.TICK_S = 0.1
    monitor.DEPTH_EVERY_S, monitor.DEPTH_SHARE = 0.3, 1.0
    monitor.DEADLINES = 0
    monitor.SLACK_S = 2.0
    drifting.GROUP_S = 0.5
    progress.BROKER_S = 2.0
