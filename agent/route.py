"""Which route a topic takes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from agent import topics
from agent.message import Route

TOPICS_REMEMBERED = 4096
"""Topics whose route is remembered; more devices than that only cost time."""


class Router:
    """Finds the first route whose filter matches."""

    def __init__(self, routes: Sequence[Route]) -> None:
        """Keep the routes in the order of the configuration."""
        self.routes = tuple(routes)
        self.find = lru_cache(maxsize=TOPICS_REMEMBERED)(self._find)

    def _find(self, topic: str) -> Route | None:
        return next((route for route in self.routes if topics.matches(route.filter, topic)), None)

    @property
    def filters(self) -> tuple[str, ...]:
        """Return what to subscribe to, each filter once; the order is that of the routes."""
        return tuple(dict.fromkeys(route.filter for route in self.routes))
