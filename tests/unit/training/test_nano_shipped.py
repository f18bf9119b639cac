"""A model folder can be trained on. Needs torch."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from agent.models import EMBEDDED  # noqa: E402 - only where torch is
from training.nano.mean import mean, read  # noqa: E402
from training.nano.model import Nano  # noqa: E402
from training.nano.shipped import shipped  # noqa: E402


def test_shipped_gives_every_weight_of_the_network() -> None:
    """What the wheel holds is the whole model: nothing is left as initialised."""
    kept = shipped(EMBEDDED)
    model = Nano(kept["shape"])
    assert model.load_state_dict(kept["model"]).missing_keys == []
    assert kept["state"]["tokens"] > 0


def test_mean_of_a_model_with_itself_is_the_model() -> None:
    """The mean adds nothing of its own."""
    kept = read(EMBEDDED)
    made = mean([kept, kept])
    assert made["shape"] == kept["shape"]
    assert all(torch.allclose(made["model"][name], kept["model"][name]) for name in kept["model"])


def test_mean_of_two_shapes_is_an_error() -> None:
    """Weights of different sizes are not added up by broadcasting."""
    kept = read(EMBEDDED)
    other = kept | {"shape": kept["shape"] | {"layers": 5}}
    with pytest.raises(ValueError, match="shapes"):
        mean([kept, other])
