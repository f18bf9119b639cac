"""Texts that fit no schema: what else goes over the topics of real sites. Seeded; made for eval alone."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

_NAMES: Final = ("Amara", "Bence", "Chloé", "Dmitri", "Eun-ji", "Farid", "Greta", "Hiro", "Ngozi", "Olu")
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "tomorrow", "next week")
_THINGS: Final = (
    "the spare key",
    "the fire drill",
    "the new coffee machine",
    "the parking list",
    "the budget",
)
_VERBS: Final = ("check", "forget about", "bring up", "move", "cancel", "remember")
_SUBJECTS: Final = (
    "The river",
    "A quiet street",
    "The old orchard",
    "Her grandfather",
    "The ferry",
    "Nobody",
)
_ACTIONS: Final = (
    "waited for the rain",
    "kept its secrets",
    "smelled of bread",
    "turned slowly",
    "said nothing",
)
_PLACES: Final = ("behind the mill", "in the valley", "near the border", "under the bridge", "at the market")
_FILES: Final = ("render", "parser", "socket", "matrix", "queue", "shader", "codec")
_PACKAGES: Final = ("libxml", "tzdata", "zlib", "curl", "ncurses", "perl-base", "dbus")
_DISHES: Final = ("lentil soup", "baked fish", "potato salad", "apple strudel", "rice with peas")
_TEAMS: Final = ("Rovers", "United", "Athletic", "Dynamo", "Wanderers")

Maker = Callable[[Random], str]


def _chat(random: Random) -> str:
    name, verb, thing, day = (random.choice(words) for words in (_NAMES, _VERBS, _THINGS, _DAYS))
    return f"{name}, please {verb} {thing} {random.choice(('before', 'on', 'until'))} {day}, thanks!"


def _prose(random: Random) -> str:
    count = random.randint(2, 4)
    sentences = (
        " ".join(random.choice(words) for words in (_SUBJECTS, _ACTIONS, _PLACES)) for _ in range(count)
    )
    return ". ".join(sentences) + "."


def _build(random: Random) -> str:
    percent, name = random.randint(1, 99), random.choice(_FILES)
    return f"[{percent:3}%] Building CXX object src/CMakeFiles/core.dir/{name}.cpp.o"


def _package(random: Random) -> str:
    package, minor = random.choice(_PACKAGES), random.randint(1, 30)
    return f"Unpacking {package} (1.{minor}-2) over (1.{minor - 1}-5) ..."


def _trace(random: Random) -> str:
    name, line = random.choice(_FILES), random.randint(10, 900)
    place = f'File "/opt/{name}.py", line {line}, in <module>'
    return f"Traceback (most recent call last):\n  {place}\nKeyError: {name!r}"


def _settings(random: Random) -> str:
    workers = random.randint(1, 16)
    return f"[{random.choice(_FILES)}]\nenabled = yes\nworkers = {workers}\n; see manual, section 4\n"


def _menu(random: Random) -> str:
    first, second = random.sample(_DISHES, 2)
    return (
        f"Today in the canteen: {first} ({random.randint(4, 9)}.50) and {second} ({random.randint(3, 8)}.20)"
    )


def _match(random: Random) -> str:
    home, away = random.sample(_TEAMS, 2)
    goals, against, crowd = random.randint(0, 5), random.randint(0, 5), random.randint(10_000, 60_000)
    return f"Final score: {home} {goals} - {against} {away}, attendance {crowd:,}"


def _moves(random: Random) -> str:
    return " ".join(f"{turn}. {random.choice('abcdefgh')}4 N{random.choice('cf')}6" for turn in range(1, 6))


def _dump(random: Random) -> str:
    rows = (
        f"{row * 16:08x}  " + " ".join(f"{random.randrange(256):02x}" for _ in range(16)) for row in range(3)
    )
    return "\n".join(rows)


def _diff(random: Random) -> str:
    name, line = random.choice(_FILES), random.randint(1, 400)
    return f"--- a/{name}.c\n+++ b/{name}.c\n@@ -{line},3 +{line},3 @@\n-  return 0;\n+  return count;\n"


def _markup(random: Random) -> str:
    return f"<p>Welcome, <b>{random.choice(_NAMES)}</b>! You have {random.randint(2, 40)} unread notes.</p>"


def _departure(random: Random) -> str:
    hour, minute, platform = random.randint(0, 23), random.randint(0, 59), random.randint(1, 14)
    town = random.choice(("Brno", "Porto", "Lund"))
    return f"The {hour:02}:{minute:02} service to {town} leaves from platform {platform}"


def _banner(random: Random) -> str:
    version = f"{random.randint(1, 9)}.{random.randint(0, 20)}"
    return f"*** {random.choice(_FILES).upper()} v{version} ready, press ? for help ***"


MAKERS: Final[dict[str, Maker]] = {
    "banner": _banner,
    "build log": _build,
    "chat": _chat,
    "chess": _moves,
    "departure": _departure,
    "diff": _diff,
    "hex dump": _dump,
    "markup": _markup,
    "match": _match,
    "menu": _menu,
    "package log": _package,
    "prose": _prose,
    "settings": _settings,
    "stack trace": _trace,
}
"""Kinds of text, each with its maker."""
