"""The leak check: a training text that is a test text in disguise is found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from eval.__main__ import main
from eval.dataset import load_edgejson
from eval.leak import THRESHOLD, leaks

DATA = Path(__file__).parents[4] / "shared" / "data" / "edgejson"
TEST = [
    "Sensor: attic-2\nTemperature: 21.5\nHumidity: 40",
    "Order 17 shipped to Porto by rail on Friday evening",
]


def test_copy_with_other_digits_and_case_is_a_leak() -> None:
    """Digits are masked, case is folded."""
    (leak,) = leaks(["SENSOR: attic-7\nTemperature: 19.8\nHumidity: 55"], TEST)
    assert (leak.train, leak.test, leak.similarity) == (0, 0, 1.0)


def test_text_of_the_same_kind_with_other_words_is_none() -> None:
    """Sharing labels is no leak."""
    assert not list(leaks(["Sensor: boiler room\nPressure: 1.5\nState: fine"], TEST))


@pytest.mark.parametrize("texts", [[], [""], ["a"], ["a b"]])
def test_short_texts_are_compared_whole(texts: list[str]) -> None:
    """Texts shorter than a trigram still equal themselves, and nothing breaks."""
    assert len(list(leaks(texts, texts))) == len(texts)


@pytest.mark.skipif(not DATA.is_dir(), reason=f"EdgeJSON is not at {DATA}")
def test_edgejson_train_rows_too_near_a_test_row_are_three() -> None:
    """Of 629 training rows 3 leak and must be left out of training; all others are below the threshold."""
    train = [case.text for case in load_edgejson(DATA, "train")]
    test = [case.text for case in load_edgejson(DATA, "test")]
    assert [leak.train for leak in leaks(train, test)] == [1, 190, 508]
    assert THRESHOLD > 0.77


def test_command_fails_where_there_is_a_leak(tmp_path: Path) -> None:
    """Exit code 1 and the pair; 0 and none otherwise."""
    train, test = tmp_path / "train.jsonl", tmp_path / "test.jsonl"
    train.write_text(json.dumps({"text": TEST[0]}) + "\n")
    test.write_text(json.dumps({"prompt": TEST[0]}) + "\n")
    found = CliRunner().invoke(main, ["leak", "--train", str(train), "--test", str(test)])
    assert found.exit_code == 1
    assert json.loads(found.output)["leaks"][0]["similarity"] == 1.0
    test.write_text(json.dumps({"prompt": TEST[1]}) + "\n")
    assert CliRunner().invoke(main, ["leak", "--train", str(train), "--test", str(test)]).exit_code == 0
