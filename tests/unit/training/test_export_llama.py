"""A Llama model of the hub in GGUF's terms: sizes, names, order of rows; what is not known is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("gguf")

from training.export import llama
from training.faults import Unusable

CONFIG: dict[str, Any] = {
    "model_type": "llama",
    "hidden_act": "silu",
    "hidden_size": 8,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "num_hidden_layers": 1,
    "intermediate_size": 16,
    "max_position_embeddings": 64,
    "rms_norm_eps": 1e-5,
    "rope_parameters": {"rope_type": "default", "rope_theta": 100_000.0},
    "vocab_size": 10,
    "tie_word_embeddings": True,
}


def folder_of(tmp_path: Path, **changed: Any) -> Path:
    """Write a configuration."""
    (tmp_path / "config.json").write_text(json.dumps(CONFIG | changed), encoding="utf-8")
    return tmp_path


def test_sizes_are_read(tmp_path: Path) -> None:
    """Also where older files keep the rotation's base."""
    head = llama.header(llama.read_config(folder_of(tmp_path)), name="x", licence="Apache-2.0")
    assert (head.rope_base, head.kv_heads, head.context, head.licence) == (100_000.0, 1, 64, "apache-2.0")
    older = llama.read_config(folder_of(tmp_path, rope_parameters=None, rope_theta=5.0))
    assert llama.header(older, name="x", licence="").rope_base == 5.0


REFUSED = {
    "another architecture": ({"model_type": "qwen2"}, "model_type is 'qwen2'"),
    "biases": ({"attention_bias": True}, "attention_bias"),
    "another activation": ({"hidden_act": "gelu"}, "hidden_act"),
    "wide heads": ({"head_dim": 16}, "heads are not 8 / 2 wide"),
    "a scaled rotation": ({"rope_parameters": {"rope_type": "llama3"}}, "rotation is scaled"),
}


@pytest.mark.parametrize(("changed", "words"), REFUSED.values(), ids=REFUSED)
def test_other_architectures_are_refused(tmp_path: Path, changed: dict[str, Any], words: str) -> None:
    """What would be written wrongly without a word is not written."""
    with pytest.raises(Unusable, match=words):
        llama.read_config(folder_of(tmp_path, **changed))


def test_a_folder_without_a_configuration_is_refused(tmp_path: Path) -> None:
    """An adapter's folder has none: it says what to do."""
    with pytest.raises(Unusable, match="merge an adapter first"):
        llama.read_config(tmp_path)


def test_rows_of_a_head_are_paired() -> None:
    """The hub's row i and row i + half of a head stand side by side in llama.cpp's order."""
    weight = np.arange(8, dtype=np.float32)[:, None] * np.ones((1, 3), np.float32)
    assert llama.rows(weight, 2)[:, 0].tolist() == [0, 2, 1, 3, 4, 6, 5, 7]


def test_weights_get_llama_cpps_names() -> None:
    """Inside a block and outside; the head only where it is not the embedding once more."""
    ones = np.ones((8, 8), np.float32)
    names = [
        "model.embed_tokens.weight",
        "lm_head.weight",
        "model.layers.11.self_attn.q_proj.weight",
        "model.layers.0.post_attention_layernorm.weight",
    ]
    weights = dict.fromkeys(names, ones)
    tied = [name for name, _ in llama.tensors(weights, CONFIG)]
    assert tied == ["token_embd.weight", "blk.11.attn_q.weight", "blk.0.ffn_norm.weight"]
    apart = [name for name, _ in llama.tensors(weights, CONFIG | {"tie_word_embeddings": False})]
    assert apart[1] == "output.weight"


@pytest.mark.parametrize("name", ["model.layers.0.self_attn.q_norm.weight", "base_model.model.x", "x"])
def test_unknown_weights_are_refused(name: str) -> None:
    """Adapters not merged, and parts of other architectures."""
    with pytest.raises(Unusable, match="has no place in a Llama model"):
        llama.place(name)


@pytest.mark.parametrize("value", [7e4, np.inf, np.nan])
def test_weights_that_half_precision_cannot_hold_are_refused(value: float) -> None:
    """Or that are no numbers."""
    weights = {"model.norm.weight": np.array([1.0, value], np.float32)}
    with pytest.raises(Unusable, match="half precision"):
        list(llama.tensors(weights, CONFIG))
