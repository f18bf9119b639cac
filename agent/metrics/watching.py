"""Which rates are watched for drift, what is known of each, and what has changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Final

from agent.message import Json
from agent.metrics.drift import Alarm, Rate, advance
from agent.metrics.instruments import Counter, Distribution, Family
from agent.metrics.meter import Meter

REJECTED: Final = "rejected"
ESCALATED: Final = "escalated"
NOT_THIS_SCHEMA: Final = "not_this_schema"
RATES: Final = (REJECTED, ESCALATED, NOT_THIS_SCHEMA)
"""Shares of a route's messages that are watched."""

Key = tuple[str, str]
"""A route's filter, and the name of a rate."""


@dataclass(frozen=True, slots=True)
class Count:
    """What has happened on a route since the start."""

    messages: int = 0
    """Messages that were published or rejected; what was dropped says nothing about texts."""
    hits: Mapping[str, int] | None = None
    """By rate: messages that count for it."""

    def of(self, rate: str) -> int:
        """Return the messages that count for a rate."""
        return (self.hits or {}).get(rate, 0)


@dataclass(frozen=True, slots=True)
class Kept:
    """A rate as the database keeps it over a restart."""

    route: str
    rate: str
    basis: str
    """Fingerprint of what decides about the route's messages: another one needs another baseline."""
    state: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Change:
    """An alarm was raised, or is over."""

    route: str
    rate: str
    alarm: Alarm
    """What it is now; NONE: it is over."""
    before: Alarm
    usual: float
    """The long-run rate that it is compared with."""
    now: float
    """The rate of late."""
    accepted: bool = False
    """True where it is over because the new rate has become the usual one."""


def counts(meter: Meter) -> dict[str, Count]:
    """Return what has happened on each route."""
    messages: dict[str, int] = {}
    hits: dict[str, dict[str, int]] = {}

    def add(route: str, number: int, rate: str = "") -> None:
        if rate:
            hits.setdefault(route, dict.fromkeys(RATES, 0))[rate] += number
        else:
            messages[route] = messages.get(route, 0) + number

    for (route, state), number in numbers(meter.decided):
        add(route, number if state in {"ready", "rejected"} else 0)
        add(route, number if state == "rejected" else 0, REJECTED)
    for (route, _reason), number in numbers(meter.refused):
        add(route, number)
        add(route, number, REJECTED)
    for (route,), number in numbers(meter.escalated):
        add(route, number, ESCALATED)
    for (route, reason), number in numbers(meter.rejected):
        add(route, number if reason == NOT_THIS_SCHEMA else 0, NOT_THIS_SCHEMA)
    return {route: Count(number, hits.get(route)) for route, number in messages.items()}


def numbers(family: Family[Counter]) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield the counters of a family."""
    for labels, value in family.read()[1].items():
        if not isinstance(value, Distribution):
            yield labels, int(value)


class Rates:
    """All rates of the routes in force. Used by one thread; others may read."""

    def __init__(self, kept: Mapping[Key, Kept]) -> None:
        """Begin with what an earlier run has learned."""
        self._kept = dict(kept)
        self._basis: dict[str, str] = {}
        self._rates: dict[Key, Rate] = {}
        self._before: dict[str, Count] = {}

    def __iter__(self) -> Iterator[tuple[Key, Rate]]:
        """Yield what is known of each rate."""
        return iter(list(self._rates.items()))

    def step(self, now: Mapping[str, Count], basis: Mapping[str, str]) -> list[Change]:
        """Take a group of messages in; `basis`: the fingerprint of each route in force."""
        changes = self._follow(basis)
        for route in basis:
            changes.extend(self._advance(route, now.get(route, Count())))
        self._before = dict(now)
        return changes

    def _follow(self, basis: Mapping[str, str]) -> list[Change]:
        """Forget routes that are gone or decide otherwise than before; begin those that are new."""
        over = [(key, one) for key, one in self if basis.get(key[0]) != self._basis.get(key[0])]
        for key, _one in over:
            del self._rates[key]
        for route, print_ in basis.items():
            for rate in RATES:
                self._rates.setdefault((route, rate), self._remembered(route, rate, print_))
        self._basis = dict(basis)
        return [
            Change(*key, Alarm.NONE, one.alarm, one.baseline, one.recent) for key, one in over if one.alarm
        ]

    def _remembered(self, route: str, rate: str, basis: str) -> Rate:
        kept = self._kept.pop((route, rate), None)
        if kept is None or kept.basis != basis:
            return Rate()
        return restored(kept.state)

    def _advance(self, route: str, count: Count) -> Iterator[Change]:
        earlier = self._before.get(route, Count())
        messages = count.messages - earlier.messages
        for rate in RATES:
            old = self._rates[route, rate]
            new = self._rates[route, rate] = advance(old, count.of(rate) - earlier.of(rate), messages)
            if new.alarm is not old.alarm:
                accepted = not new.alarm and new.baseline != old.baseline
                yield Change(route, rate, new.alarm, old.alarm, old.baseline, new.recent, accepted)

    def kept(self) -> list[Kept]:
        """Return what a later run may begin with."""
        return [Kept(route, rate, self._basis[route], stored(one)) for (route, rate), one in self]


def stored(rate: Rate) -> dict[str, Json]:
    """Return a rate as JSON."""
    return {name: str(value) if name == "alarm" else value for name, value in asdict(rate).items()}


def restored(state: Mapping[str, Json]) -> Rate:
    """Return a rate from JSON; one that another version wrote otherwise begins anew."""
    try:
        fields = {
            name: float(str(value)) for name, value in state.items() if name not in {"alarm", "alarmed"}
        }
        return Rate(**fields, alarm=Alarm(str(state["alarm"])), alarmed=int(str(state["alarmed"])))
    except (KeyError, TypeError, ValueError):
        return Rate()
