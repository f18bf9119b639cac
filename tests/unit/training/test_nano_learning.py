"""The nano model learns: batches, loss, optimiser, checkpoints. Needs torch."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from training.nano.config import Config  # noqa: E402 - only where torch is
from training.nano.encoding import Encoded, load_vocabulary  # noqa: E402
from training.nano.feed import LENGTHS, Buckets, produce  # noqa: E402
from training.nano.loss import BLOCKED, collate, losses  # noqa: E402
from training.nano.model import Nano, Shape, visible  # noqa: E402
from training.nano.muon import orthogonal  # noqa: E402
from training.nano.train import Run, difficulty, optimisers, schedule  # noqa: E402

CONFIG = Config(width=64, layers=2, heads=2, hidden=128, batch_tokens=2048)


@pytest.fixture(scope="module")
def examples() -> list[Encoded]:
    """Encode some examples as the worker process does."""
    return produce(3, 0.6, CONFIG, 48)


def fresh() -> Run:
    """Return a small model at the beginning of a run."""
    torch.manual_seed(0)
    shape = Shape(len(load_vocabulary().tokens), CONFIG.width, CONFIG.layers, CONFIG.heads, CONFIG.hidden)
    model = Nano(shape)
    return Run(model, optimisers(model, CONFIG), CONFIG, "cpu")


def test_collate_shapes(examples: list[Encoded]) -> None:
    """Everything is padded to one length; labels know their example."""
    length = max(len(example) for example in examples)
    batch = collate(examples, length)
    assert batch.ids.shape == (len(examples), length)
    assert batch.masks.shape == (len(examples), 6, length)
    assert batch.layout.shape[:2] == (len(examples), length)
    assert batch.points.shape == (sum(len(example.points) for example in examples), 8)
    assert batch.ends.shape == (sum(len(example.ends) for example in examples), 6)
    assert batch.items.shape[0] == batch.item_starts.shape[0] == sum(len(one.items) for one in examples)
    for number, example in enumerate(examples):
        row = batch.ids[number].tolist()
        assert row[: len(example)] == example.schema_ids + example.message_ids
        assert not any(row[len(example) :])
        assert batch.item_starts[batch.items[:, 0] == number].sum() == sum(
            len(one[3]) for one in example.items
        )


def test_asked_places_are_slot_tokens(examples: list[Encoded]) -> None:
    """The questions behind ``<ask>`` are found where the batch says."""
    batch = collate(examples, max(len(example) for example in examples))
    tokens = load_vocabulary().tokens
    for number in range(len(examples)):
        place = int(batch.schema[number] + batch.asks[number])
        asked = batch.ids[number, place : int(batch.total[number])].tolist()
        assert len(asked) == len(examples[number].choices)
        assert all(tokens[token].startswith("<f") for token in asked)


def test_schema_never_sees_the_message() -> None:
    """So that its keys and values can be kept; padding is seen by nobody."""
    seen = visible(torch.tensor([3]), torch.tensor([5]), 6)[0, 0]
    assert not seen[:3, 3:].any()
    assert seen[3:5, :5].all()
    assert not seen[:, 5].any()


def test_padding_changes_nothing(examples: list[Encoded]) -> None:
    """The loss of an example is the same at any padded length."""
    model, example = fresh().model, [examples[0]]
    short, long = (losses(model, collate(example, len(example[0]) + more)).loss for more in (0, 32))
    assert short.keys() == long.keys()
    assert all(abs(short[key] - long[key]) < 0.02 for key in short)
    assert all(0 <= value < -BLOCKED for value in short.values())


def test_loss_falls_on_one_batch(examples: list[Encoded]) -> None:
    """Thirty steps on the same few examples are enough to see it."""
    few = [example for example in examples if len(example) <= 512][:12]
    run, batch = fresh(), collate(few, 512)
    totals = [sum(value.item() for value in run.step(batch, 1.0).loss.values()) for _ in range(30)]
    assert totals[-1] < 0.6 * totals[0]


def test_muon_update_is_near_orthogonal() -> None:
    """All singular values of an update are brought near one, for wide, square and tall matrices."""
    torch.manual_seed(0)
    for shape in ((3, 32, 64), (2, 48, 48), (2, 64, 32)):
        values = torch.linalg.svdvals(orthogonal(torch.randn(shape)))
        assert 0.5 < values.median() < 1.3
        assert values.max() < 1.3


def test_buckets_give_few_shapes_and_lose_nothing(examples: list[Encoded]) -> None:
    """Each example is in a batch or still waiting, once."""
    buckets, many = Buckets(CONFIG), examples * 4
    batches = buckets.add(many, random.Random(0))  # noqa: S311 - an order, no secret
    waiting = sum(len(each) for each in buckets.waiting.values())
    assert sum(len(batch.ids) for batch in batches) + waiting == len(many)
    assert {batch.ids.shape[1] for batch in batches} <= set(LENGTHS)
    assert all(batch.ids.numel() <= CONFIG.batch_tokens for batch in batches)
    found = Counter(int(total) for batch in batches for total in batch.total)
    found.update(len(example) for each in buckets.waiting.values() for example in each)
    assert found == Counter(len(example) for example in many)


def test_examples_depend_on_the_seed_alone(examples: list[Encoded]) -> None:
    """A run can be repeated."""
    again = produce(3, 0.6, CONFIG, 8)
    assert [one.message_ids for one in again] == [one.message_ids for one in examples[:8]]
    assert [one.points for one in again] == [one.points for one in examples[:8]]


def test_checkpoint_goes_on_where_it_stopped(examples: list[Encoded], tmp_path: Path) -> None:
    """A step after resuming is the step that would have come."""
    batch, path = collate(examples[:6], 512), tmp_path / "checkpoint.pt"
    run, resumed = fresh(), fresh()
    run.step(batch, 1.0)
    run.save(path)
    resumed.resume(path)
    assert resumed.state == run.state
    run.step(batch, 0.5)
    resumed.step(batch, 0.5)
    pairs = zip(run.model.parameters(), resumed.model.parameters(), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)


@pytest.mark.parametrize(("done", "rate"), [(0.0, 0.02), (0.005, 0.5), (0.3, 1.0), (0.825, 0.5), (1.0, 0.0)])
def test_learning_rate_over_a_run(done: float, rate: float) -> None:
    """It rises, holds, and falls to zero."""
    assert schedule(done, CONFIG) == pytest.approx(rate)


def test_texts_grow_harder() -> None:
    """From the first level to the full mix, then no more."""
    assert [difficulty(done, CONFIG) for done in (0.0, 0.175, 0.35, 1.0)] == pytest.approx([0, 0.5, 1, 1])
