"""Tokenizers of the hub are read in GGUF's terms, or refused with what is wrong with them."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from training.bpe import SETTINGS, TOKENIZER, read, spelt
from training.faults import Unusable

SMOLLM: dict[str, Any] = {
    "type": "Sequence",
    "pretokenizers": [
        {"type": "Digits", "individual_digits": True},
        {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True},
    ],
}
WHOLE: dict[str, Any] = {
    "normalizer": None,
    "pre_tokenizer": SMOLLM,
    "post_processor": None,
    "added_tokens": [
        {"id": 0, "content": "<|endoftext|>", "special": True},
        {"id": 5, "content": "<pad me>", "special": False},
    ],
    "model": {
        "type": "BPE",
        "vocab": {"<|endoftext|>": 0, "a": 1, "Ġ": 2, "Ġa": 3},
        "merges": [["Ġ", "a"]],
    },
}


def written(folder: Path, whole: dict[str, Any], **settings: Any) -> Path:
    """Write a tokenizer."""
    (folder / TOKENIZER).write_text(json.dumps(whole), encoding="utf-8")
    settings = {"eos_token": "<|endoftext|>"} | settings
    (folder / SETTINGS).write_text(json.dumps(settings), encoding="utf-8")
    return folder


def changed(place: str, value: Any) -> dict[str, Any]:
    """Return a tokenizer with one thing changed."""
    whole = deepcopy(WHOLE)
    at = whole
    *way, last = place.split("/")
    for step in way:
        at = at[step]
    at[last] = value
    return whole


def test_smollms_kind_is_read(tmp_path: Path) -> None:
    """Tokens by id, gaps empty, control tokens apart from those that only are added."""
    found = read(written(tmp_path, WHOLE), 7)
    assert found.tokens == ("<|endoftext|>", "a", "Ġ", "Ġa", "", "<pad me>", "")
    assert (found.control, found.literal) == (frozenset({0}), frozenset({5}))
    assert (found.merges, found.cutting, found.begin, found.end) == ((("Ġ", "a"),), "smollm", (), 0)


def test_older_forms_are_read(tmp_path: Path) -> None:
    """Merges as strings, the end as an object, GPT-2's cutting."""
    whole = changed("model/merges", ["Ġ a"])
    whole["pre_tokenizer"] = {"type": "ByteLevel", "add_prefix_space": False}
    found = read(written(tmp_path, whole, eos_token={"content": "<|endoftext|>"}), 6)
    assert (found.merges, found.cutting, found.end) == ((("Ġ", "a"),), "gpt-2", 0)


def test_a_token_before_every_text_is_read(tmp_path: Path) -> None:
    """What the tokenizer puts first, prompts begin with."""
    parts = [{"SpecialToken": {"id": "<|endoftext|>"}}, {"Sequence": {"id": "A"}}]
    assert read(written(tmp_path, changed("post_processor", {"single": parts})), 6).begin == (0,)


BEHIND = {"single": [{"Sequence": {"id": "A"}}, {"SpecialToken": {"id": "<|endoftext|>"}}]}
REFUSED = {
    "another model": ("model/type", "Unigram", "Unigram"),
    "bytes that are tokens": ("model/byte_fallback", True, "does not merge by rank"),
    "a normaliser": ("normalizer", {"type": "NFC"}, "changes texts"),
    "no cutting": ("pre_tokenizer", None, "cuts texts"),
    "a space before": ("pre_tokenizer", {"type": "ByteLevel", "add_prefix_space": True}, "cuts texts"),
    "digits in groups": (
        "pre_tokenizer",
        {"type": "Sequence", "pretokenizers": [{"type": "Digits"}, {"type": "ByteLevel"}]},
        "cuts texts",
    ),
    "a token behind": ("post_processor", BEHIND, "more around a text"),
    "more tokens than the model": ("model/vocab", {"z": 99}, "it has 100 tokens, the model 6"),
}


@pytest.mark.parametrize(("place", "value", "words"), REFUSED.values(), ids=REFUSED)
def test_what_llama_cpp_would_cut_otherwise_is_refused(
    tmp_path: Path, place: str, value: Any, words: str
) -> None:
    """The error says what is wrong, and what can be used."""
    with pytest.raises(Unusable, match=words) as refused:
        read(written(tmp_path, changed(place, value)), 6)
    assert "SmolLM2" in refused.value.remedy


def test_a_tokenizer_without_an_end_or_a_file_is_refused(tmp_path: Path) -> None:
    """No answer would end; no folder, no tokenizer."""
    with pytest.raises(Unusable, match="eos_token"):
        read(written(tmp_path, WHOLE, eos_token=None), 6)
    with pytest.raises(Unusable, match="No such file"):
        read(tmp_path / "none", 6)


def test_tokens_are_spelt_in_bytes() -> None:
    """GPT-2's letters for text, as it is for added tokens."""
    assert spelt("ĠÃ©", as_is=False) == b" \xc3\xa9"
    assert spelt("<Ġ>", as_is=True) == "<Ġ>".encode()
