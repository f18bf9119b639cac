"""What a small chain must come to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from training.chain.judge import Figures, faults

GOOD = Figures(
    trained={"leaf_f1": 0.5, "grounded": 1.0},
    untrained={"leaf_f1": 0.1, "grounded": None},
    agreement=0.99,
    losses=(4.0, 4.0, 4.0, 4.0, 3.0, 3.0, 3.0, 3.0),
    causal={"F16": {"grounded": 1.0}, "Q4_0": {"grounded": 1.0}},
)


def test_a_chain_that_came_to_something_has_no_faults() -> None:
    """The untrained model may refuse everything."""
    assert list(faults(GOOD)) == []


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no better than untrained": ({"untrained": {"leaf_f1": 0.4, "grounded": 1.0}}, "beats the untrained one"),
    "quantising changed the choices": ({"agreement": 0.9}, "quantising left 90.0%"),
    "a value that does not stand in its text": (
        {"trained": {"leaf_f1": 0.5, "grounded": 0.999}},
        "trained: of its values 0.999",
    ),
    "the causal model says nothing": ({"causal": {"Q4_0": {"grounded": None}}}, "Q4_0: of its values None"),
    "the loss stands still": ({"losses": (4.0,) * 8}, "from 16.00 to 16.00"),
    "the fine-tuning ended early": ({"losses": (4.0, 1.0)}, "fine-tuning"),
}


@pytest.mark.parametrize(("changed", "said"), WRONG.values(), ids=WRONG)
def test_one_that_did_not_says_why(changed: dict[str, Any], said: str) -> None:
    """Each bound alone, in words."""
    (fault,) = faults(replace(GOOD, **changed))
    assert said in fault
