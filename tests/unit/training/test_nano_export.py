"""An export says what the model says, or there is none. Needs torch, gguf and llama.cpp."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("gguf")
pytest.importorskip("llama_cpp")

from agent.extract.heads import Heads  # noqa: E402 - only where torch is
from agent.vocabulary import Vocabulary  # noqa: E402
from training.faults import Unfaithful  # noqa: E402
from training.nano import verify  # noqa: E402
from training.nano.encoding import load_vocabulary  # noqa: E402
from training.nano.export import Exported, build  # noqa: E402
from training.nano.model import Nano, Shape  # noqa: E402
from training.parity import MIN_AGREEMENT, faithful  # noqa: E402

VOCABULARY = load_vocabulary()


def random_model(seed: int) -> Nano:
    """Return a small model whose every matrix counts."""
    torch.manual_seed(seed)
    model = Nano(Shape(len(VOCABULARY.tokens), width=64, layers=2, heads=2, hidden=128))
    with torch.no_grad():
        for block in model.blocks:
            block.out.weight.normal_(std=0.1)
            block.down.weight.normal_(std=0.1)
    model.eval()
    return model


@pytest.fixture(scope="module")
def model() -> Nano:
    """Give the model that is exported."""
    return random_model(1)


@pytest.fixture(scope="module")
def exported(model: Nano, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """Export in half precision, with fewer texts than a release has."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verify, "EXAMPLES", 12)
        patch.setattr(verify, "TEXTS", 100)
        return build(model, tmp_path_factory.mktemp("exported"), "small", "F16", 1024)


def test_half_precision_keeps_the_bounds(exported: Exported) -> None:
    """The files stand for the model; what was measured is of a useful size."""
    assert exported.parity.agreement_or_tie >= MIN_AGREEMENT
    assert exported.parity.positions > 500
    assert exported.parity.choices > 50


def test_files_of_another_model_are_refused(exported: Exported, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights that are not the checkpoint's do not pass."""
    monkeypatch.setattr(verify, "EXAMPLES", 4)
    wanted = verify.trained(random_model(2), VOCABULARY)
    found = verify.compare(wanted, exported.gguf, Heads.load(exported.heads), VOCABULARY)
    with pytest.raises(Unfaithful, match="relative error"):
        faithful(found, "x", single=True, ties=True)


def test_swapped_tokens_are_refused(exported: Exported) -> None:
    """A vocabulary in another order does not pass."""
    tokens = list(VOCABULARY.tokens)
    tokens[400], tokens[401] = tokens[401], tokens[400]
    with pytest.raises(Unfaithful, match="token 400"):
        verify.same_tokens(exported.gguf, Vocabulary(tokens))


def test_same_tokens_pass(exported: Exported, monkeypatch: pytest.MonkeyPatch) -> None:
    """The vocabulary that the file was made with is the one that is read back."""
    monkeypatch.setattr(verify, "TEXTS", 50)
    verify.same_tokens(exported.gguf, VOCABULARY)
