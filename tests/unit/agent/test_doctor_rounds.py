"""The doctor's rounds: order, time, and what a failure explains."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from agent.cli import doctor as cli
from agent.clock import SystemClock
from agent.doctor.rounds import BUDGET_S, Check, examine, patience_of
from agent.doctor.verdict import Finding, Mark, Says
from agent.errors import Permanent


def check(name: str, look: Callable[[], Sequence[Finding]], *needs: str, limit_s: float = 5.0) -> Check:
    """Return a check."""
    return Check(name=name, look=look, limit_s=limit_s, needs=needs)


def good(name: str) -> Check:
    """Return a check that finds nothing wrong."""
    return check(name, lambda: [Says(name).good("well")])


def bad(name: str, *needs: str) -> Check:
    """Return a check that finds a fault."""
    return check(name, lambda: [Says(name).fault("broken", "mend it")], *needs)


def seen(*checks: Check, seconds: float = 10.0) -> list[tuple[str, str, str]]:
    """Return what was found."""
    found = examine(checks, seconds=seconds, clock=SystemClock())
    return [(one.check, str(one.mark), one.said) for one in found]


def test_failure_explains_all_that_follow_from_it() -> None:
    """Each says the root, not the link before it; what does not need it is looked at."""
    never = check("c", lambda: [Says("c").good("looked")], "b")
    assert seen(bad("a"), bad("b", "a"), never, good("d")) == [
        ("a", "fault", "broken"),
        ("b", "skipped", "because of: a"),
        ("c", "skipped", "because of: a"),
        ("d", "good", "well"),
    ]


def test_warning_explains_nothing() -> None:
    """What works is built upon."""
    warning = check("a", lambda: [Says("a").warn("so so", "see to it")])
    assert [mark for _, mark, _ in seen(warning, bad("b", "a"))] == ["warning", "fault"]


def test_check_that_hangs_is_left_behind() -> None:
    """It is a fault of its own, and the next one has its turn."""
    never = threading.Event()
    began = time.monotonic()

    def hang() -> Sequence[Finding]:
        never.wait(20)
        return []

    found = seen(check("a", hang, limit_s=0.1), good("b"))
    never.set()
    assert found == [("a", "fault", "no answer within 0.1 s"), ("b", "good", "well")]
    assert time.monotonic() - began < 10


def test_time_for_all_is_a_bound() -> None:
    """What is over by then is skipped and said so."""

    def dawdle() -> Sequence[Finding]:
        time.sleep(0.2)
        return []

    assert seen(check("a", dawdle), good("b"), seconds=0.05)[1][1:] == ("skipped", "because 0.05 s are over")


def test_more_time_for_all_is_more_for_each() -> None:
    """As the remedy of a slow check says."""
    assert [patience_of(seconds) for seconds in (1, BUDGET_S, 2 * BUDGET_S)] == [1.0, 1.0, 2.0]

    def dawdle() -> Sequence[Finding]:
        time.sleep(0.3)
        return [Says("a").good("late")]

    assert seen(check("a", dawdle, limit_s=0.1))[0][1] == "fault"
    assert seen(check("a", dawdle, limit_s=0.1), seconds=100 * BUDGET_S)[0][1] == "good"


def test_help_names_the_time_that_there_is() -> None:
    """The command has a copy of the number."""
    assert cli.BUDGET_S == BUDGET_S


def test_fault_of_a_probe_hides_no_other_check() -> None:
    """Errors of ours keep their remedy, others ask for a report."""

    def refuse() -> Sequence[Finding]:
        raise Permanent("look", cause="dark", remedy="light a candle")

    def break_down() -> Sequence[Finding]:
        raise KeyError("x")

    found = list(
        examine([check("a", refuse), check("b", break_down), good("c")], seconds=9, clock=SystemClock())
    )
    assert [one.mark for one in found] == [Mark.FAULT, Mark.FAULT, Mark.GOOD]
    assert (found[0].said, found[0].remedy) == ("look: dark", "light a candle")
    assert "KeyError" in found[1].said
