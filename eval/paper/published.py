"""Figures that others have published of EdgeJSON v3 test, shares 0 to 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Published:
    """A model's figures as its authors give them; None where they give none."""

    name: str
    json_exact: float
    field_f1: float | None
    levels: tuple[float, float, float] | None
    """Simple, medium, complex."""


EDGEJSON: Final = (
    Published("Maaza-SLM-360M, published", 0.551, 0.780, (0.75, 0.50, 0.35)),
    Published("Maaza-MLM-135M, published", 0.247, 0.520, (0.447, 0.135, 0.0)),
)
"""CycleCore Technologies, model cards of Maaza-SLM-360M-JSON-v1 and Maaza-MLM-135M-JSON-v1; the levels of the
360M model are given there as about. 20 of the 158 rows have no level there."""
