"""The simulated devices: who they are, and what they say next. Pure, and the same for the same seed."""

from __future__ import annotations

import random
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Final

BASE: Final = "site"
"""First level of the devices' topics: ``site/<place>/<device>/raw``."""

CHATTER_SHARE: Final = 0.1
"""Share of messages that fit no schema."""

Draw = Sequence[float] | Sequence[str] | str
"""How a value is drawn; devices.toml explains it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Devices of one sort."""

    schema: str
    place: str
    devices: tuple[str, ...]
    voices: tuple[str, ...]
    values: Mapping[str, Draw]
    chatter: tuple[str, ...]

    @property
    def filter(self) -> str:
        """Return the topic filter of these devices."""
        return f"{BASE}/{self.place}/+/raw"

    def voice(self, device: str) -> str:
        """Return the one shape in which a device speaks."""
        return self.voices[self.devices.index(device) % len(self.voices)]


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a device says."""

    topic: str
    text: str


def kinds() -> tuple[Kind, ...]:
    """Return the sorts of devices, in the order of the file."""
    document = tomllib.loads(resources.files("agent.demo").joinpath("devices.toml").read_text("utf-8"))
    return tuple(_kind(entry) for entry in document["kind"])


def _kind(entry: Mapping[str, object]) -> Kind:
    return Kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()})  # type: ignore[arg-type]


def utterances(seed: int) -> Iterator[Utterance]:
    """Yield what the devices say, for ever."""
    dice = random.Random(seed)
    everyone = [(kind, device) for kind in kinds() for device in kind.devices]
    while True:
        kind, device = dice.choice(everyone)
        shape = dice.choice(kind.chatter) if dice.random() < CHATTER_SHARE else kind.voice(device)
        drawn = {name: draw(dice, how) for name, how in kind.values.items()}
        yield Utterance(f"{BASE}/{kind.place}/{device}/raw", shape.format(device=device, **drawn))


def draw(dice: random.Random, how: Draw) -> str:
    """Draw one value, written as a device writes it."""
    if not isinstance(how, str):
        return _number(dice, how) if isinstance(how[0], (int, float)) else str(dice.choice(how))
    if how == "ip":
        return ".".join(str(dice.randrange(1, 255)) for _ in range(4))
    if how.startswith("hex:"):
        return "".join(dice.choice("0123456789abcdef") for _ in range(int(how[4:])))
    return time.strftime(how, time.gmtime())


def _number(dice: random.Random, how: Sequence[float] | Sequence[str]) -> str:
    low, high, decimals = (float(part) for part in how)
    return f"{dice.uniform(low, high):.{int(decimals)}f}"
