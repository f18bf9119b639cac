"""How near an exported file is to its trained model, and what every export asks of it.

One measure for pointing and causal models: errors of what flows out (hidden states, logits), and choices
(where a question points, a place's likeliest token), of which some are ties.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.faults import Unfaithful

Floats = npt.NDArray[np.float32]

SEED = 990_001
"""Of the texts compared: no seed of a training run."""
TEXTS_LEVEL = 0.2
"""Difficulty of the synthetic texts whose tokens are compared; short ones, for there are many."""
MAX_ERROR = 1e-3
"""Relative error that the order of sums may bring, in single precision."""
MIN_AGREEMENT = 0.999
"""Share of choices that must be the same."""
TIE = 0.02
"""Choices whose scores (log-odds) in the trained model are as near as this are equally good."""


@dataclass(frozen=True, slots=True)
class Parity:
    """How near a file is to the trained model."""

    positions: int
    choices: int
    mean: float
    """Of the relative errors of the positions, |file - trained| / |trained|."""
    error: float
    """Relative error that 999 of 1,000 positions keep."""
    agreement: float
    """Share of choices that are the same."""
    agreement_or_tie: float
    """Share of choices that are the same or, to the trained model, as good."""

    def __str__(self) -> str:
        """Return a line for the terminal."""
        return (
            f"relative error {self.mean:.1e} (99.9 % below {self.error:.1e}) at {self.positions} places, "
            f"same choice in {self.agreement:.2%} of {self.choices}, with ties {self.agreement_or_tie:.2%}"
        )


def measured(errors: Sequence[float], losses: Sequence[float]) -> Parity:
    """Return what relative errors of positions and losses of choices come to."""
    lost = np.array(losses)
    return Parity(
        positions=len(errors),
        choices=len(lost),
        mean=float(np.mean(errors)),
        error=float(np.quantile(errors, 0.999)),
        agreement=float((lost == 0).mean()),
        agreement_or_tie=float((lost < TIE).mean()),
    )


def relative_errors(found: Floats, trusted: Floats) -> list[float]:
    """Return the error of each row, as a share of the trained model's."""
    errors: list[float] = (np.linalg.norm(found - trusted, axis=1) / np.linalg.norm(trusted, axis=1)).tolist()
    return errors


def loss(found: Floats, trusted: Floats) -> float:
    """Return what a file's choice costs: how far below the best the trained model scores it."""
    return float(trusted.max() - trusted[found.argmax()])


def faithful(found: Parity, what: str, *, single: bool, ties: bool) -> Parity:
    """Return what was measured, if it keeps the bounds.

    Args:
        found: what was measured.
        what: the file.
        single: it is in single precision, so that its error is bounded. llama.cpp multiplies matrices of half
            precision in half precision; what that does grows with the layers and with how sharply a model
            attends, so there the choices alone are.
        ties: choices that the trained model finds as good count as the same.

    Raises:
        Unfaithful: it does not.
    """
    same = found.agreement_or_tie if ties else found.agreement
    if (single and found.error > MAX_ERROR) or same < MIN_AGREEMENT:
        raise Unfaithful(
            f"compare {what} with the model",
            cause=f"{found}; allowed are {MAX_ERROR:.0e} in single precision, and {MIN_AGREEMENT:.1%}",
            remedy="the export writes this model otherwise than it was trained; nothing was put in place",
        )
    return found
