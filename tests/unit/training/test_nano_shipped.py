"""A model folder can be trained on. Needs torch."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from agent.models import EMBEDDED  # noqa: E402 - only where torch is
from training.nano.model import Nano  # noqa: E402
from training.nano.shipped import shipped  # noqa: E402


def test_shipped_gives_every_weight_of_the_network() -> None:
    """What the wheel holds is the whole model: nothing is left as initialised."""
    kept = shipped(EMBEDDED)
    model = Nano(kept["shape"])
    assert model.load_state_dict(kept["model"]).missing_keys == []
    assert kept["state"]["tokens"] > 0
