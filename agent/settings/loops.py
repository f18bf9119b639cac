"""What topics do to each other: outputs that would come in again, routes that no message reaches. Pure."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
from collections.abc import Iterator
from typing import Final

from agent import topics
from agent.errors import Fault
from agent.settings.model import BrokerSettings, Settings

NARROW: Final = "narrow the filter, or set another base or node: the agent would read what it writes"
LOOPBACK: Final = frozenset({"localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback"})
"""Names of the loopback that systems come with."""


def same_broker(one: BrokerSettings, other: BrokerSettings) -> bool:
    """Tell whether two connections lead to one broker, as far as names show."""
    return (host(one), one.port) == (host(other), other.port)


def host(broker: BrokerSettings) -> str:
    """Return a broker's host; all names of this machine that are known without asking anybody are one."""
    name = broker.host.casefold().rstrip(".")
    if name in own_names():
        return "localhost"
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(name)
        plain = getattr(address, "ipv4_mapped", None) or address
        # To connect to the unspecified address is to connect to oneself.
        return "localhost" if plain.is_loopback or plain.is_unspecified else str(plain)
    return name


def own_names() -> frozenset[str]:
    """Return the names that this machine gives itself."""
    own = socket.gethostname().casefold().rstrip(".")
    return LOOPBACK | {own, f"{own.partition('.')[0]}.local", own.partition(".")[0]}


def loops(settings: Settings) -> Iterator[Fault]:
    """Yield each route that would receive what the agent publishes, whichever route that came from."""
    if same_broker(settings.sink, settings.input):
        yield from crossings(settings)


def crossings(settings: Settings) -> Iterator[Fault]:
    """Yield what is a loop where input and output are one broker."""
    written = list(outputs(settings))
    for index, route in enumerate(settings.route):
        if topics.fault_of(route.filter):
            continue
        hit = next((one for one in written if topics.overlap(route.filter, one[0])), None)
        if hit:
            cause = f"{route.filter!r} would receive {hit[1]}, on the output topic {hit[0]!r}"
            yield Fault(f"route[{index}].filter", cause, NARROW)


def outputs(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield what is published: a topic filter, and whose it is. Records of each route come first."""
    root = f"{settings.base}/{settings.node}"
    for index, route in enumerate(settings.route):
        if not topics.fault_of(route.filter):
            # A name out of the payload may be any.
            level = route.device_level if route.device_at is None else None
            yield f"{root}/data/{device(route.filter, level)}", f"the records of route[{index}]"
    yield f"{root}/data/+", "records"
    yield f"{root}/rejected/+", "dead letters"
    yield f"{root}/status", "the status"
    yield f"{root}/info", "the description of this node"
    yield f"{root}/health", "how this node is"
    yield f"{root}/metrics", "the metrics"


def device(topic_filter: str, level: int | None) -> str:
    """Return the device's level of an output topic; ``+`` where the filter leaves it open."""
    levels = topics.bare(topic_filter).split("/")
    if level is None or level >= len(levels) or levels[level] in {"+", "#"}:
        return "+"
    return topics.escape(levels[level])


def unreached(settings: Settings) -> Iterator[Fault]:
    """Yield routes whose messages an earlier route takes, all of them."""
    sound = [(index, one) for index, one in enumerate(settings.route) if not topics.fault_of(one.filter)]
    for place, (index, route) in enumerate(sound):
        for before, earlier in sound[:place]:
            if topics.covers(earlier.filter, route.filter):
                cause = f"no message reaches it: route[{before}] ({earlier.filter!r}) takes them all"
                remedy = f"put it before route[{before}], narrow that one, or remove one of the two"
                yield Fault(f"route[{index}].filter", cause, remedy)
                break
