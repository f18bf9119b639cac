"""Synthetic labelled texts: random schemas, written by families of layout, with noise.

``outline`` draws what a text is about, ``layout`` writes it, ``schema`` asks for it;
``stream`` ties them together.
"""

from __future__ import annotations

from training.synthesis.example import Example, violations
from training.synthesis.stream import FAMILIES, generate

__all__ = ["FAMILIES", "Example", "generate", "violations"]
