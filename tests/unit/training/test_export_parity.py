"""What counts as faithful; what the card of an exported model says."""

from __future__ import annotations

import numpy as np
import pytest

from agent.models import Manifest
from training.export.card import ATTRIBUTIONS, card
from training.export.parity import strange
from training.faults import Unfaithful
from training.parity import Parity, faithful, loss, measured, relative_errors
from training.record import Record


def parity(*, error: float = 0.0, agreement: float = 1.0, ties: float = 1.0) -> Parity:
    """Return a measurement."""
    return Parity(1000, 1000, error / 2, error, agreement, ties)


@pytest.mark.parametrize(
    ("found", "single", "passes"),
    [
        (parity(error=1e-3, agreement=0.999), True, True),
        (parity(error=1.1e-3), True, False),
        (parity(agreement=0.998, ties=1.0), True, False),
        (parity(error=3e-3, agreement=0.99, ties=0.999), False, True),
        (parity(ties=0.998), False, False),
    ],
)
def test_bounds(found: Parity, *, single: bool, passes: bool) -> None:
    """Error and likeliest token in single precision; ties aside, the likeliest token in half."""
    if passes:
        assert faithful(found, "x", single=single, ties=not single) is found
    else:
        with pytest.raises(Unfaithful, match="relative error"):
            faithful(found, "x", single=single, ties=not single)


def test_a_measurement_of_rows() -> None:
    """Errors are relative to the trained model's row; a choice costs what it lacks of the best."""
    trusted = np.array([[3.0, 4.0], [1.0, 0.0], [2.0, 1.99]], np.float32)
    found = np.array([[3.0, 4.5], [0.0, 1.0], [1.0, 1.5]], np.float32)
    made = measured(relative_errors(found, trusted), [*map(loss, found, trusted)])
    assert (made.positions, made.choices) == (3, 3)
    assert relative_errors(found, trusted)[0] == pytest.approx(0.1)
    assert made.agreement == pytest.approx(1 / 3)
    assert made.agreement_or_tie == pytest.approx(2 / 3)


def test_strange_texts_are_of_many_scripts_and_the_same_each_time() -> None:
    """A comparison of tokens means something."""
    texts = list(strange(200))
    assert texts == list(strange(200))
    letters = {letter for text in texts for letter in text}
    assert len(letters) > 1000
    assert {"\x85", "\u3000", "½"} <= letters
    assert all(text.encode() for text in texts)


def test_the_card_says_what_the_data_ask_for() -> None:
    """Sources, licence, hash, figures, and nothing of data that were not used."""
    manifest = Manifest(
        name="m-q4_0",
        decoding="generate",
        gguf="m.gguf",
        gguf_sha256="0" * 64,
        context=2048,
        licence="Apache-2.0",
        parameters=135_000_000,
        quantisation="Q4_0",
    )
    record = Record(base="base", licence="Apache-2.0", examples=500, sources=("edgejson",))
    text = card(manifest, record, 92_000_000, {"Q4_0": parity(error=0.1, agreement=0.91)}, 10_000)
    for words in (
        "CycleCore",
        "CC BY 4.0",
        "92.0 MB",
        "0" * 64,
        "91.00%",
        "10000 texts",
        "500 texts (edgejson)",
    ):
        assert words in text
    assert ATTRIBUTIONS["audit"] not in text
