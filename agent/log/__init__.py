"""Structured logging: one event name per line, the message id where one is concerned, never a payload."""

from __future__ import annotations

from agent.log.setting import configure, held_back, is_enabled, said
from agent.log.words import PRIORITY, Logger, logger

__all__ = ["PRIORITY", "Logger", "configure", "held_back", "is_enabled", "logger", "said"]
