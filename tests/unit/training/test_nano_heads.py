"""The heads in training and in the agent say the same of a text. Needs torch."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from agent.endings import Endings  # noqa: E402 - only where torch is
from agent.extract.heads import Asks, Heads, Scores  # noqa: E402
from agent.lexicon import Lexicon  # noqa: E402
from agent.links import links  # noqa: E402
from agent.page import Page  # noqa: E402
from agent.prompt import schema_prompt  # noqa: E402
from training.nano.encoding import Encoder, load_vocabulary, root_of  # noqa: E402
from training.nano.export import write_heads  # noqa: E402
from training.nano.loss import arrange, collate, ends_of  # noqa: E402
from training.nano.model import Nano, Shape  # noqa: E402
from training.synthesis import generate  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path

VOCABULARY = load_vocabulary()


@pytest.fixture(scope="module")
def model() -> Nano:
    """Give a model whose every head counts."""
    torch.manual_seed(3)
    model = Nano(Shape(len(VOCABULARY.tokens), width=32, layers=1, heads=2, hidden=32))
    with torch.no_grad():
        for name in ("link_out", "link_ask", "ending"):
            model.heads[name].weight.normal_(std=0.3)
        model.heads["ending"].bias.normal_()
    model.eval()
    return model


@pytest.mark.parametrize("number", range(8))
def test_starts_and_ends_agree(model: Nano, number: int, tmp_path: Path) -> None:
    """Whatever the hidden states, each question finds the same scores in both."""
    example = next(islice(generate(61), number, None))
    root = root_of(example)
    made = Encoder(VOCABULARY).encode(example, root)
    batch = collate([made], len(made))
    hidden = torch.randn(1, len(made), 32, generator=torch.Generator().manual_seed(number))
    write_heads(model, tmp_path / "heads.npz", np.float32)
    page, lexicon = Page(example.text, VOCABULARY), Lexicon(schema_prompt(root, VOCABULARY))
    states = hidden[0, len(made.schema_ids) :].numpy()
    asks = Asks(states[page.behind + 1 :], [], lexicon.values)
    scores = Scores(Heads.load(tmp_path / "heads.npz"), states[: page.behind], asks, links(lexicon, page))
    with torch.no_grad():
        reading = arrange(model, batch, hidden)
        rows = torch.cat([batch.points[batch.points[:, 5] > 0][:, [0, 1, 4]], batch.ends[:, :3]])
        ends = ends_of(reading, rows)[:, : page.behind].numpy() if len(rows) else np.zeros((0, page.behind))
    np.testing.assert_allclose(
        scores.start, reading.starts[0, :, : page.behind].numpy(), rtol=1e-3, atol=2e-3
    )
    told = Endings(page)
    for (_, slot, start), wanted in zip(rows.tolist(), ends, strict=True):
        found = scores.end(slot, start, told.of(start))
        np.testing.assert_allclose(found, wanted[start:], rtol=1e-3, atol=2e-3)
