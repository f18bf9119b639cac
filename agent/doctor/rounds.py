"""Runs checks in their order, each within its time; a failure explains those that need what failed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from agent.clock import Clock
from agent.doctor.verdict import Finding, Mark, Says
from agent.errors import AgentError

BUDGET_S: Final = 28.0
"""Seconds for all checks together, where nobody gives more; the limits of the checks are made for it."""

Look = Callable[[], Sequence[Finding]]
"""Gathers facts and judges them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing to look at."""

    name: str
    look: Look
    limit_s: float
    """Seconds that it may take; with more time for all, more in proportion."""
    needs: tuple[str, ...] = ()
    """Checks without whose success this one says nothing. What is in no list of checks is not waited for."""
    slow: str = "look at the load of this machine, and call the doctor again with a larger --seconds"
    """What to do where it does not end in time."""


def examine(checks: Sequence[Check], *, seconds: float, clock: Clock) -> Iterator[Finding]:
    """Yield what each check finds, in order; all together take `seconds` at most."""
    until = clock.monotonic() + seconds
    patience = patience_of(seconds)
    fallen: dict[str, str] = {}
    """Check that said nothing or failed → the check that is the root of it."""
    for check in checks:
        root = next((fallen[name] for name in check.needs if name in fallen), None)
        left = until - clock.monotonic()
        if root is not None:
            fallen[check.name] = root
            yield Says(check.name).skip(f"because of: {root}")
        elif left <= 0:
            fallen[check.name] = check.name
            yield Says(check.name).skip(f"because {seconds:g} s are over", "give more with --seconds")
        else:
            found = within(check, min(check.limit_s * patience, left))
            if any(one.mark is Mark.FAULT for one in found):
                fallen[check.name] = check.name
            yield from found


def patience_of(seconds: float) -> float:
    """Return how many times the usual a check may take."""
    return max(1.0, seconds / BUDGET_S)


def within(check: Check, seconds: float) -> Sequence[Finding]:
    """Look, for so long at most; a look that hangs is left behind and ends with the process."""
    found: list[Finding] = []

    def look() -> None:
        found.extend(_looked(check))

    thread = threading.Thread(target=look, name=check.name, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        return [Says(check.name).fault(f"no answer within {seconds:.1f} s", check.slow)]
    return found


def _looked(check: Check) -> Sequence[Finding]:
    try:
        return check.look()
    except AgentError as error:
        return [Says(check.name).fault(f"{error.operation}: {error.cause}", error.remedy or check.slow)]
    except Exception as error:  # noqa: BLE001 - one check that breaks must not hide the others
        remedy = "this is a fault of maaza: report it with this text and `maaza --version`"
        return [Says(check.name).fault(f"could not be checked: {type(error).__name__}: {error}", remedy)]
