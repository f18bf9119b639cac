"""How sure a tier must be: what its settings say, else what its model was measured to need."""

from __future__ import annotations

from pathlib import Path

from agent import models
from agent.errors import EngineBroken
from agent.models import Manifest
from agent.settings import THRESHOLD, TierSettings


def manifest_of(tier: TierSettings) -> Manifest:
    """Return the manifest of a tier's model.

    Raises:
        EngineBroken: there is none, or it is wrong.
    """
    return models.load(Path(tier.model) if tier.model else models.EMBEDDED).manifest


def threshold_of(tier: TierSettings) -> float:
    """Return the confidence under which a tier is not believed; that a model is broken, its worker says."""
    if tier.threshold is not None:
        return tier.threshold
    if tier.kind != "model":
        return THRESHOLD
    try:
        return manifest_of(tier).threshold
    except EngineBroken:
        return THRESHOLD
