"""When to connect again, and what a row of short connections means. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from agent.mqtt.ends import CONTEST, End, Why
from agent.retry import CONTESTED, RECONNECT, Backoff

STOOD_S: Final = 10.0
"""Seconds after which a connection counts as one that stood: what follows is a new trouble."""
CALM_S: Final = 60.0
"""Seconds for which a connection must stand until nobody contests it any more; above the longest wait."""
SHORT_S: Final = 30.0
"""Seconds under which a connection was short; above the longest wait of a second agent of our id."""
SHORT_ROW: Final = 3
"""Short connections in a row, closed without a word, that look as if another client used our client id."""


@dataclass(frozen=True, slots=True)
class History:
    """What came before, as far as it matters."""

    failures: int = 0
    """Connections in a row that did not stand."""
    contests: int = 0
    """Times that another client took our id, without calm in between."""
    short: int = 0
    """Accepted connections in a row that were short and ended without a word."""


def after(history: History, end: End, *, stood_s: float | None) -> tuple[History, End]:
    """Return the history with one more end, and the end as it looks in its light.

    `stood_s` is how long the connection stood, None where the broker never accepted it. MQTT 5 has a
    word for a client id that another one took, 3.1.1 has none, and Mosquitto 2.0.11 does not say it: then it
    shows in a row of connections that were accepted and soon closed.
    """
    if stood_s is None:
        # It says nothing about a contest, for or against.
        return replace(history, failures=history.failures + 1), end
    looks_contested = end.why is Why.LOST and stood_s < SHORT_S
    short = history.short + 1 if looks_contested else 0
    if short >= SHORT_ROW:
        end = CONTEST
    contests = 0 if stood_s >= CALM_S else history.contests
    if end.why in {Why.TAKEN_OVER, Why.CONTESTED}:
        contests += 1
    return History(0 if stood_s >= STOOD_S else history.failures + 1, contests, short), end


def wait(history: History, chance: float, usual: Backoff = RECONNECT) -> float:
    """Return seconds to wait before the next connection; `chance` is from 0 to 1."""
    if history.contests:
        return CONTESTED.wait(history.contests, chance)
    return usual.wait(max(history.failures, 1), chance)
