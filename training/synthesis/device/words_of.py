"""States and switches: choices of an enum, booleans, and the words that texts have for them."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

from training.synthesis import value
from training.synthesis.device.part import Part, Role
from training.synthesis.device.units import listed, rows

_FLAGS: Final = tuple(
    (tuple(name.split()), listed(shorts), listed(yes), listed(no))
    for name, shorts, yes, no in rows("flags.tsv")
)
_PLAIN: Final = (
    ("yes", "no"), ("true", "false"), ("1", "0"), ("on", "off"), ("Y", "N"), ("ok", "no"), ("YES", "NO"),
    ("True", "False"), ("ON", "OFF"),
)  # fmt: skip
OTHERWISE: Final[dict[str, tuple[str, ...]]] = {
    "running": ("RUN", "run", "RUNS", "started", "active"), "stopped": ("STOP", "halted", "STOPP", "stop"),
    "fault": ("FLT", "FAULTY", "tripped", "faulted"), "idle": ("IDL", "waiting", "idling"),
    "online": ("came online", "up", "is up"), "offline": ("went offline", "down", "lost", "is down"),
    "heating": ("HEAT", "heats", "heat"), "cooling": ("COOL", "cools"), "opened": ("OPEN", "open"),
    "closed": ("CLOSE", "shut", "CLSD"), "locked": ("LOCK", "lock"), "unlocked": ("UNLOCK", "unlock"),
    "filling": ("FILL", "being filled"), "draining": ("DRAIN", "emptying"), "moving": ("MOVE", "in motion"),
    "parked": ("PARK", "standing"), "sleeping": ("SLEEP", "asleep"), "booting": ("BOOT", "starting up"),
    "updating": ("UPDATE", "update in progress"), "degraded": ("DEGR", "limited"), "setup": ("SETUP",
    "set-up"),
    "maintenance": ("MAINT", "under maintenance", "service"), "irrigating": ("IRRIG", "watering"),
    "leak": ("leaking", "LEAKAGE"), "steady": ("unchanged",), "rebooting": ("REBOOT", "restarting"),
    "up": ("UP", "came up"), "forced": ("forced open",), "held": ("held open",), "overflow": ("overflowing",),
    "calibrating": ("CAL", "being calibrated"), "import": ("importing",), "export": ("exporting",
    "feeding in"),
    "scanning": ("SCAN",), "roaming": ("ROAM",), "defrost": ("defrosting", "DEFR"), "expired": ("EXP",),
    "allowed": ("ALLOW", "allow", "permitted"), "denied": ("DENY", "deny", "refused"),
    "dropped": ("DROP", "drop"), "blocked": ("BLOCK", "block"), "rejected": ("REJECT", "reject"),
    "accepted": ("ACCEPT", "accept"), "passed": ("PASS", "pass"), "closed by peer": ("FIN",),
}  # fmt: skip
"""Choice → what a text may print in its stead."""
_CASES: Final[tuple[Callable[[str], str], ...]] = (
    str,
    str,
    str,
    str.upper,
    str.upper,
    str.capitalize,
    str.lower,
)


def chosen(choices: tuple[str, ...], rng: Random, *, otherwise: float = 0.12) -> value.Source:
    """Draw one of some choices, literally but for the case, or seldom by another word."""
    listed_as = rng.choice((str, str, str, str.upper, str.capitalize))
    choices = tuple(listed_as(choice) for choice in choices)
    case = rng.choice(_CASES)
    free = rng.random() < 0.12

    def draw(r: Random) -> value.Drawn:
        choice = r.choice(choices)
        others = OTHERWISE.get(choice.lower(), ()) if r.random() < otherwise and not free else ()
        printed = r.choice(others) if others else (choice if free else case(choice))
        return printed, choice

    return value.Source("string", draw, () if free else choices)


def state(states: tuple[str, ...], rng: Random) -> Part:
    """Make what a device is doing."""
    some = tuple(rng.sample(states, rng.randint(min(3, len(states)), len(states))))
    name = rng.choice(
        (("state",), ("status",), ("state",), ("mode",), ("condition",), ("operating", "state"))
    )
    return Part(name, chosen(some, rng), ("st", "s", "sta", "state", "m", "mode"), role=Role.STATE)


def flag(rng: Random, *, labelled: bool) -> Part:
    """Make a switch: with a label it says yes or no, without one a word of its own."""
    name, shorts, yes, no = rng.choice(_FLAGS)
    if labelled and (rng.random() < 0.75 or " " in yes[0] + no[0]):
        words_of = rng.choice(_PLAIN)
    else:
        case = rng.choice(_CASES)
        words_of = case(rng.choice(yes)), case(rng.choice(no))
    source = value.Source(
        "boolean", lambda r: (words_of[1], False) if r.random() < 0.5 else (words_of[0], True)
    )
    return Part(name, source, shorts, role=Role.FLAG)
