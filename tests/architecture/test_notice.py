"""The notice names what the training texts are made of."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTICE = (ROOT / "NOTICE").read_text("utf-8")
LISTS = sorted(path for kind in ("txt", "tsv") for path in (ROOT / "training").rglob(f"*.{kind}"))


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.name)
def test_each_list_of_the_training_texts_has_its_origin_stated(path: Path) -> None:
    """A new list of words or facts does not come in without a word about where it is from."""
    assert re.search(rf"\b{re.escape(path.name)}\b", NOTICE)
    assert path.parent.relative_to(ROOT).as_posix() in NOTICE


def test_size_of_the_word_list_is_the_one_stated() -> None:
    """A share of a list that has grown since would be wrong."""
    words = (ROOT / "training/synthesis/words.txt").read_text("utf-8").split()
    assert f"of its {len(words):,} words" in NOTICE
