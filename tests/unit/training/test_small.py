"""The small causal model: what it learns from, and that it learns."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="needs the environment of training: make test-train")
pytest.importorskip("transformers", reason="needs the environment of training: make test-train")

from training import small  # noqa: E402 - only where torch is
from training.bpe import HubVocabulary  # noqa: E402
from training.finetune.answers import Decision, Example  # noqa: E402
from training.small import Rows, Told, decided, loss_of, optimisers  # noqa: E402

pytestmark = [pytest.mark.timeout(600), pytest.mark.filterwarnings("default")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return random weights with a tokenizer of few texts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(small, "TEXTS", 200)
        return small.base(tmp_path_factory.mktemp("small"), seed=1)


def test_no_token_joins_a_blank_to_a_word(folder: Path) -> None:
    """A value is cut alike behind a blank in the text and behind a quote in the answer."""
    vocabulary = HubVocabulary(folder, small.SHAPE.tokens)
    inside, behind = (vocabulary.encode(text) for text in (b'"running"', b"is running now"))
    word = vocabulary.encode(b"running")
    assert inside[1:-1] == word
    assert any(behind[at : at + len(word)] == word for at in range(len(behind)))


def test_examples_grow_longer_and_rates_fall() -> None:
    """Short texts first; the last steps are small."""
    assert [Told(share).longest for share in (0.0, 0.5, 0.9)] == [150, 260, 512]
    assert [round(Told(share).rate, 2) for share in (0.0, 0.5, 0.75, 1.0)] == [1.0, 1.0, 0.5, 0.0]
    assert Told(0.0).level < Told(1.0).level


def test_decisions_count_over_what_is_allowed_alone() -> None:
    """A token that the grammar forbids costs nothing, however likely."""
    example = Example((5, 0, 1), 1, (Decision(1, torch.tensor([0, 2]).numpy()),))
    places = [(0, 1), (0, 2)]
    logits = torch.tensor([[0.0, 50.0, 0.0], [0.0, 0.0, 0.0]])
    loss = decided(logits, torch.tensor([0, 1]), [example], places)
    assert loss.item() == pytest.approx(0.693, abs=1e-3)


def test_learns(folder: Path) -> None:
    """The loss of a batch that is seen again and again falls."""
    from transformers import LlamaForCausalLM  # noqa: PLC0415 - takes seconds

    torch.manual_seed(1)
    model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32).train()
    batch = Rows(folder, [], seed=1).batches(Told(0.0))[0][:8]
    assert max(len(one.ids) for one in batch) <= 150
    learners, seen = optimisers(model), []
    for _ in range(8):
        loss = loss_of(model, batch)
        loss.backward()
        for learner in learners:
            learner.step()
            learner.zero_grad(set_to_none=True)
        seen.append(loss.item())
    assert seen[-1] < 0.8 * seen[0]
