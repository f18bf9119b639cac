"""Two names may lead to one broker: asked at a start, where that would make a loop."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from agent.app.configuration import Configuration
from agent.errors import ConfigError
from agent.settings import BrokerSettings
from agent.settings.check import ranked
from agent.settings.loops import crossings, same_broker
from agent.settings.words import placed

OWN: Final = "this machine"
"""Stands for all addresses of this machine: a broker mostly listens on several."""


def require(configuration: Configuration) -> None:
    """Refuse routes that would receive our output where input and output lead to one broker by two names.

    Part of a start and a reload, and not of the check, which asks nobody. A name that cannot be looked up now
    says nothing: what comes back in spite of it is recognised when it does.

    Raises:
        ConfigError: with each route that would.
    """
    settings = configuration.settings
    if settings.output is None or same_broker(settings.input, settings.output):
        return
    faults = list(crossings(settings))
    if faults and meet(settings.input, settings.output):
        names = f"{settings.input.host!r} and {settings.output.host!r} lead to one broker"
        said = (placed(replace(one, cause=f"{one.cause}: {names}"), configuration.tree) for one in faults)
        raise ConfigError(ranked(said, configuration.files))


def meet(one: BrokerSettings, other: BrokerSettings) -> bool:
    """Tell whether two brokers have an address in common."""
    return one.port == other.port and bool(set(addresses(one)) & set(addresses(other)))


def addresses(broker: BrokerSettings) -> Iterator[str]:
    """Yield the addresses of a broker; nothing where its name cannot be looked up."""
    with contextlib.suppress(OSError, UnicodeError):
        for family, _kind, _protocol, _name, place in socket.getaddrinfo(
            broker.host, broker.port, type=socket.SOCK_STREAM
        ):
            yield OWN if is_own(family, str(place[0])) else str(place[0])


def is_own(family: int, address: str) -> bool:
    """Tell whether an address is this machine's: the kernel lets nobody bind another's. Nothing is sent."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True
