"""Configurations of a fine-tuning: the published recipes, bounds, faults in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.faults import Unusable
from training.finetune.recipe import load
from training.record import PROMPT, Record, read

CONFIGS = Path(__file__).resolve().parents[3] / "training/configs"


@pytest.mark.parametrize(("name", "r", "alpha"), [("135m", 16, 32), ("360m", 32, 64)])
def test_the_published_recipes_stand_in_the_configurations(name: str, r: int, alpha: int) -> None:
    """Rank, alpha, dropout, targets, rate, batch, epochs and prompt of the Maaza models."""
    recipe = load(CONFIGS / f"{name}.toml")
    assert recipe.base == f"HuggingFaceTB/SmolLM2-{name.upper()}"
    assert (recipe.r, recipe.alpha, recipe.dropout) == (r, alpha, 0.1)
    assert recipe.targets == ("q_proj", "k_proj", "v_proj", "o_proj")
    assert (recipe.lr, recipe.batch, recipe.epochs) == (3e-4, 32, 3)
    assert recipe.prompt == (
        "Extract the structured JSON data from the following text.\n\nInput: {text}\n\nOutput:"
    )
    assert (recipe.prompt, recipe.loss, recipe.ungrounded) == (PROMPT, "answer", True)


FAULTS = {
    "an unknown key": ('base = "x"\nrank = 3', "rank: Extra inputs"),
    "no base": ("r = 3", "base: Field required"),
    "out of bounds": ('base = "x"\ndropout = 1.5', "dropout: Input should be less than 1"),
    "several": ('base = "x"\nr = 0\nlr = 2', "r: .*; lr: "),
    "no place for a text": ('base = "x"\nprompt = "hello"', "write {text} in it once"),
    "a contradiction": ('base = "x"\nungrounded = true\nloss = "decisions"', "no ungrounded|has none"),
    "no TOML": ("base =", "TOML"),
}


@pytest.mark.parametrize(("text", "words"), FAULTS.values(), ids=FAULTS)
def test_faults_are_named(tmp_path: Path, text: str, words: str) -> None:
    """Key and reason, all at once."""
    path = tmp_path / "x.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Unusable, match=words):
        load(path)


def test_what_is_given_goes_before_the_file(tmp_path: Path) -> None:
    """A base of this machine in place of the hub's."""
    assert load(CONFIGS / "135m.toml", base="here", adapter=None).base == "here"


def test_a_record_is_read_back(tmp_path: Path) -> None:
    """What a merged folder says of itself; a damaged file is refused."""
    record = Record(base="b", licence="MIT", examples=3, sources=("audit",), left_out={"leak": 1})
    record.write(tmp_path)
    assert read(tmp_path) == record
    (tmp_path / "maaza-training.json").write_text("{", encoding="utf-8")
    with pytest.raises(Unusable, match="maaza-training"):
        read(tmp_path)
    assert read(tmp_path / "other").prompt == PROMPT
