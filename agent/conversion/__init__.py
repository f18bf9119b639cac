"""What a schema declares about how values are written (``x-maaza``), and what code makes of them.

A model points at characters; code reads them as declared, or says why it cannot. What comes of that is proved
once more, from its end, by `proof`.
"""

from __future__ import annotations

from typing import TypeAlias

from agent.conversion.declaration import KEYS, KEYWORD, DeclarationError, declared, nearest
from agent.conversion.moment import Moment
from agent.conversion.proof import proves
from agent.conversion.quantity import Quantity
from agent.conversion.reading import Converted, Reading, Unconvertible

__all__ = [
    "KEYS",
    "KEYWORD",
    "Conversion",
    "Converted",
    "DeclarationError",
    "Moment",
    "Quantity",
    "Reading",
    "Unconvertible",
    "declared",
    "nearest",
    "proves",
]

Conversion: TypeAlias = Quantity | Moment
"""What is declared of one field: ``spans`` it may stand at, ``raw`` reading, ``apply`` to convert."""
