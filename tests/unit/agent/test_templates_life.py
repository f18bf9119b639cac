"""The life of a template: each decision of it as a table."""

from __future__ import annotations

import pytest

from agent.templates.budget import SAVED_S, Budget
from agent.templates.life import (
    FORGIVEN,
    MAX_DOUBLINGS,
    Check,
    Origin,
    Standing,
    State,
    Turn,
    checked,
    needed,
    unsettled,
)

LEARNED, TAUGHT = Origin.LEARNED, Origin.TAUGHT
CANDIDATE, ACTIVE, DEMOTED, DISABLED = State.CANDIDATE, State.ACTIVE, State.DEMOTED, State.DISABLED
AGREED, DIFFERED, OPEN = Check.AGREED, Check.DIFFERED, Check.OPEN
LAST = MAX_DOUBLINGS + 1


@pytest.mark.parametrize(
    ("before", "check", "after", "turn"),
    [
        # Probation: five checks in a row, and one that differs begins it anew.
        (Standing(LEARNED, CANDIDATE), AGREED, Standing(LEARNED, CANDIDATE, 1), Turn.NONE),
        (Standing(LEARNED, CANDIDATE, 3), AGREED, Standing(LEARNED, CANDIDATE, 4), Turn.NONE),
        (Standing(LEARNED, CANDIDATE, 4), AGREED, Standing(LEARNED, ACTIVE, 5), Turn.PROMOTED),
        (Standing(LEARNED, CANDIDATE, 4), OPEN, Standing(LEARNED, CANDIDATE, 4), Turn.NONE),
        (Standing(LEARNED, CANDIDATE, 4), DIFFERED, Standing(LEARNED, CANDIDATE, 0, 1), Turn.FAILED),
        # Twice as many after each contradiction.
        (Standing(LEARNED, CANDIDATE, 4, 1), AGREED, Standing(LEARNED, CANDIDATE, 5, 1), Turn.NONE),
        (Standing(LEARNED, CANDIDATE, 9, 1), AGREED, Standing(LEARNED, ACTIVE, 10, 1), Turn.PROMOTED),
        # At last it is given up.
        (
            Standing(LEARNED, CANDIDATE, 4, MAX_DOUBLINGS),
            DIFFERED,
            Standing(LEARNED, DEMOTED, 0, LAST),
            Turn.FAILED,
        ),
        (Standing(LEARNED, DEMOTED, 999, LAST), AGREED, Standing(LEARNED, DEMOTED, 1000, LAST), Turn.NONE),
        # In force: one contradiction is enough.
        (Standing(LEARNED, ACTIVE, 80), AGREED, Standing(LEARNED, ACTIVE, 81), Turn.NONE),
        (Standing(LEARNED, ACTIVE, 80), OPEN, Standing(LEARNED, ACTIVE, 80), Turn.NONE),
        (Standing(LEARNED, ACTIVE, 80), DIFFERED, Standing(LEARNED, DEMOTED, 0, 1), Turn.DEMOTED),
        (Standing(LEARNED, DEMOTED, 9, 1), AGREED, Standing(LEARNED, ACTIVE, 10, 1), Turn.PROMOTED),
        (Standing(LEARNED, DEMOTED, 9, 1), DIFFERED, Standing(LEARNED, DEMOTED, 0, 2), Turn.FAILED),
        # What was thought constant and is not cannot be earned again.
        (Standing(LEARNED, ACTIVE, 80), Check.UNFOUNDED, Standing(LEARNED, DEMOTED, 0, LAST), Turn.DEMOTED),
        (Standing(LEARNED, CANDIDATE), Check.UNFOUNDED, Standing(LEARNED, DEMOTED, 0, LAST), Turn.FAILED),
        # A long run of agreement forgives.
        (
            Standing(LEARNED, ACTIVE, FORGIVEN - 1, 1),
            AGREED,
            Standing(LEARNED, ACTIVE, FORGIVEN, 0),
            Turn.NONE,
        ),
        # A person outranks the model.
        (Standing(TAUGHT, ACTIVE, 7), DIFFERED, Standing(TAUGHT, ACTIVE), Turn.DISPUTED),
        (Standing(TAUGHT, ACTIVE, 7), AGREED, Standing(TAUGHT, ACTIVE, 8), Turn.NONE),
        (Standing(TAUGHT, CANDIDATE, 3), DIFFERED, Standing(TAUGHT, CANDIDATE), Turn.DISPUTED),
        (Standing(TAUGHT, CANDIDATE, 4), AGREED, Standing(TAUGHT, ACTIVE, 5), Turn.PROMOTED),
        # What a person has switched off stays so.
        (Standing(LEARNED, DISABLED), AGREED, Standing(LEARNED, DISABLED), Turn.NONE),
        (Standing(TAUGHT, DISABLED), DIFFERED, Standing(TAUGHT, DISABLED), Turn.NONE),
    ],
)
def test_check_of_a_template(before: Standing, check: Check, after: Standing, turn: Turn) -> None:
    """What the model says of one text leads to this, and to nothing else."""
    assert checked(before, check, agreeing=5) == (after, turn)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Standing(LEARNED, ACTIVE, 90, 1), Standing(LEARNED, CANDIDATE, 0, 1)),
        (Standing(LEARNED, CANDIDATE, 4), Standing(LEARNED, CANDIDATE)),
        (Standing(LEARNED, DEMOTED, 4, 2), Standing(LEARNED, DEMOTED, 0, 2)),
        (Standing(LEARNED, DISABLED, 4), Standing(LEARNED, DISABLED, 4)),
        (Standing(TAUGHT, ACTIVE, 90), Standing(TAUGHT, ACTIVE, 90)),
    ],
)
def test_change_of_model_or_threshold(before: Standing, after: Standing) -> None:
    """What rests on the model begins anew, what a person has said does not."""
    assert unsettled(before) == after


def test_needed_agreement_doubles_up_to_a_bound() -> None:
    """Trust that was lost is dear, not beyond price, until it is given up."""
    asked = [needed(Standing(LEARNED, CANDIDATE, 0, lost), 5) for lost in range(8)]
    assert asked == [5, 10, 20, 40, 80, 160, 160, 160]


def test_budget_is_a_share_of_the_time_that_passes() -> None:
    """An hour of plenty of work costs 2 % of an hour, and what was saved up."""
    budget, now = Budget(0.02, 0.0), 0.0
    for _ in range(36_000):
        now += 0.1
        if budget.allows(now):
            budget.spend(0.08)
    assert budget.spent == pytest.approx(0.02 * 3600 + SAVED_S, abs=0.1)


def test_budget_saves_up_no_more_than_a_little() -> None:
    """A quiet night does not buy a busy morning."""
    budget = Budget(0.02, 0.0)
    assert budget.allows(86_400.0)
    assert budget.left == SAVED_S
    budget.spend(SAVED_S + 1.0)
    assert not budget.allows(86_400.0 + 49.0)
    assert budget.allows(86_400.0 + 51.0)


def test_budget_of_a_clock_that_jumps_back_gives_nothing() -> None:
    """Monotonic time does not; a fault of it must not be paid for."""
    budget = Budget(0.5, 100.0, left=0.0)
    assert not budget.allows(50.0)
