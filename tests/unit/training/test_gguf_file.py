"""The metadata of a GGUF: one writer for all models. Needs gguf."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

gguf = pytest.importorskip("gguf")

from training.gguf_file import Header, gguf_file  # noqa: E402 - only where gguf is
from training.random_model import SHAPES, write  # noqa: E402

SIZES: dict[str, Any] = {"context": 512, "width": 64, "layers": 2, "hidden": 96, "heads": 4, "kv_heads": 2}
HEADER: dict[str, Any] = {"name": "small", **SIZES, "norm_eps": 1e-5, "rope_base": 10_000.0, "tokens": 600}


def fields(path: Path) -> dict[str, Any]:
    """Return the metadata of a file in its order, without what counts the file's own parts."""
    read = gguf.GGUFReader(path).fields
    return {key: field.contents() for key, field in read.items() if not key.startswith("GGUF.")}


def written(path: Path, **others: Any) -> dict[str, Any]:
    """Write a file with one tensor; return its metadata."""
    with gguf_file(path, Header(**HEADER | others)) as writer:
        writer.add_tensor("token_embd.weight", np.ones((4, 2), np.float16))
    return fields(path)


def test_metadata_are_those_of_the_header(tmp_path: Path) -> None:
    """Each size stands at llama.cpp's name for it; the rotated part is a head's width."""
    found = written(tmp_path / "a.gguf")
    assert {
        key.removeprefix("llama."): value for key, value in found.items() if key.startswith("llama.")
    } == {
        "context_length": 512,
        "embedding_length": 64,
        "block_count": 2,
        "feed_forward_length": 96,
        "attention.head_count": 4,
        "attention.head_count_kv": 2,
        "attention.layer_norm_rms_epsilon": pytest.approx(1e-5),
        "rope.freq_base": 10_000.0,
        "rope.dimension_count": 16,
        "vocab_size": 600,
    }
    assert (found["general.architecture"], found["general.name"]) == ("llama", "small")
    assert found["general.file_type"] == int(gguf.LlamaFileType.MOSTLY_F16)
    assert "general.license" not in found


def test_licence_and_attention_in_both_directions_are_added_where_asked(tmp_path: Path) -> None:
    """They are the embedded model's; everything else stays."""
    plain = written(tmp_path / "a.gguf")
    found = written(tmp_path / "b.gguf", licence="apache-2.0", causal=False)
    more = {"general.license": "apache-2.0", "llama.attention.causal": False}
    assert found == plain | more


def test_file_is_not_written_where_the_body_fails(tmp_path: Path) -> None:
    """No half a model is left behind."""
    with pytest.raises(ValueError, match="broken"), gguf_file(tmp_path / "a.gguf", Header(**HEADER)):
        raise ValueError("broken")
    assert not (tmp_path / "a.gguf").exists()


def test_random_model_has_the_same_metadata_and_a_tokenizer(tmp_path: Path) -> None:
    """What tests run on is written as what ships."""
    write(SHAPES["tiny"], tmp_path / "tiny.gguf", seed=1)
    found = fields(tmp_path / "tiny.gguf")
    ours = [key for key in found if not key.startswith("tokenizer.")]
    assert ours == list(written(tmp_path / "a.gguf"))
    assert found["tokenizer.ggml.model"] == "gpt2"
