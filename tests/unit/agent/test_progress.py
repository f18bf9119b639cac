"""Alive is not the same as getting on: the judgement as a table."""

from __future__ import annotations

import pytest

from agent.progress import BROKER_S, DELIVERY, EXTRACTION, Look, Watch, advance

PATIENCE_S = 150.0


def look(at: float, *, undecided: int = 0, decided: int = 0, outbox: int = 0, confirmed: int = 0) -> Look:
    """Return a look with a connection to the output broker."""
    return Look(at, undecided, decided, outbox, confirmed, sending=True)


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (look(0), look(1000), {}),
        (look(0, undecided=5), look(149, undecided=5), {}),
        (
            look(0, undecided=5),
            look(151, undecided=5),
            {EXTRACTION: "nothing was finished for 151 s, 5 messages wait"},
        ),
        (
            look(0, undecided=5),
            look(151, undecided=400),
            {EXTRACTION: "nothing was finished for 151 s, 400 messages wait, 395 more than then"},
        ),
        (look(0, undecided=5, decided=1), look(151, undecided=5, decided=2), {}),
        (look(0, undecided=5), look(151, undecided=0), {}),
        (look(0, outbox=3), look(BROKER_S - 1, outbox=3), {}),
        (
            look(0, outbox=3),
            look(BROKER_S + 1, outbox=7),
            {DELIVERY: "the output broker has confirmed nothing for 61 s, 7 wait for it"},
        ),
        (look(0, outbox=3, confirmed=1), look(BROKER_S + 1, outbox=7, confirmed=2), {}),
    ],
)
def test_standstill_is_judged(first: Look, last: Look, words: dict[str, str]) -> None:
    """Messages that wait while nothing is finished; nothing else."""
    watch, none = advance(Watch(), first, patience_s=PATIENCE_S)
    assert none == {}
    assert advance(watch, last, patience_s=PATIENCE_S)[1] == words


def test_missing_connection_is_no_standstill_of_delivery() -> None:
    """That there is no connection is said already; the wait begins when there is one."""
    watch, _ = advance(Watch(), Look(0, 0, 0, 9, 0, sending=False), patience_s=PATIENCE_S)
    watch, words = advance(watch, Look(500, 0, 0, 9, 0, sending=False), patience_s=PATIENCE_S)
    assert words == {}
    assert advance(watch, look(501, outbox=9), patience_s=PATIENCE_S)[1] == {}


def test_first_finished_message_ends_it() -> None:
    """What gets on again is not stuck."""
    watch, _ = advance(Watch(), look(0, undecided=5), patience_s=PATIENCE_S)
    watch, words = advance(watch, look(200, undecided=5), patience_s=PATIENCE_S)
    assert words
    assert advance(watch, look(205, undecided=4, decided=1), patience_s=PATIENCE_S)[1] == {}
