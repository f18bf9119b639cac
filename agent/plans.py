"""Which configuration a message is under: the routes and schemas in force, and earlier ones still in use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.message import Route
from agent.route import Router
from agent.schemas import Complexity, Schema

KEPT = 8
"""Earlier plans that are kept in any case: the database does not know yet of what waits to be stored."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Routes and schemas that belong together."""

    number: int
    """Number of the configuration in the database; rises with each one."""
    router: Router
    schemas: Mapping[str, Schema]
    """Every schema that a route names."""
    complexity: Mapping[str, Complexity]
    """The same, by what they ask for."""

    @property
    def joins(self) -> bool:
        """Tell whether a route makes records of several messages."""
        return any(route.wrapping.joining for route in self.router.routes)

    @property
    def fingerprints(self) -> dict[str, str]:
        """Return the fingerprint of each schema by its name."""
        return {name: schema.fingerprint for name, schema in self.schemas.items()}


def plan(number: int, routes: Sequence[Route], schemas: Mapping[str, Schema]) -> Plan:
    """Put routes and the schemas that they name together."""
    used = {name: schemas[name] for route in routes for name in route.schemas}
    return Plan(number, Router(routes), used, {name: schema.complexity for name, schema in used.items()})


class Plans:
    """The plan in force, and those before it whose messages are not decided yet.

    One thread replaces the plan, others read: each call sees all plans before the change, or all after it.
    """

    def __init__(self, first: Plan) -> None:
        """Begin with one plan."""
        self._plans: tuple[Plan, ...] = (first,)

    @property
    def current(self) -> Plan:
        """Return the plan in force."""
        return self._plans[0]

    @property
    def joining(self) -> bool:
        """Tell whether a message may still come in that is a part of a record."""
        return any(one.joins for one in self._plans)

    def numbered(self, number: int) -> Plan:
        """Return the plan under which a message was taken in; the one in force where that is gone."""
        plans = self._plans
        return next((one for one in plans if one.number == number), plans[0])

    def taking(self, topic: str) -> tuple[Plan, Route | None]:
        """Return the newest plan with a route for a topic, and the route.

        What the broker still sends of subscriptions that a reload has ended was asked for under an earlier
        plan, and is processed under that.
        """
        plans = self._plans
        found = ((one, route) for one in plans if (route := one.router.find(topic)) is not None)
        return next(found, (plans[0], None))

    def follow(self, following: Plan, *, oldest: int) -> None:
        """Put a plan in force; keep the latest before it, and those from `oldest` on, which have messages."""
        kept = [one for index, one in enumerate(self._plans) if index < KEPT or one.number >= oldest > 0]
        self._plans = (following, *kept)
