"""Small GGUFs for tests: heads that say anything, and whole models that llama.cpp loads."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

from training import random_model

TWO_MEGABYTES = random_model.Shape(
    layers=4, width=128, heads=4, kv_heads=2, hidden=384, tokens=4000, context=1024
)


def write_gguf(
    path: Path,
    *,
    architecture: str = "llama",
    tokenizer: str = "gpt2",
    licence: str = "Apache-2.0",
    causal: bool = True,
    context: int = 4096,
    rows: int = 256,
    kind: str = "",
) -> Path:
    """Write a file that has all that a head must say, and some weights; llama.cpp would not load it."""
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_name("tiny")
    if licence:
        writer.add_license(licence)
    if kind:
        writer.add_type(kind)
    writer.add_context_length(context)
    if not causal:
        writer.add_causal_attention(causal)
    if tokenizer:
        writer.add_tokenizer_model(tokenizer)
        writer.add_token_list([f"t{number}" for number in range(300)])
        writer.add_token_types([1] * 300)
    noise = np.random.default_rng(1).random((rows, 64), dtype=np.float32)
    writer.add_tensor("token_embd.weight", noise)
    packed = gguf.quants.quantize(noise, gguf.GGMLQuantizationType.Q8_0)
    writer.add_tensor("blk.0.attn_q.weight", packed, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    writer.add_tensor("blk.0.attn_k.weight", packed, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def write_whole(path: Path, shape: random_model.Shape = random_model.SHAPES["tiny"]) -> Path:
    """Write a causal model of random weights, which can be loaded; it names no licence."""
    random_model.write(shape, path, seed=1)
    return path
