"""From an exported model folder back to weights, so that training can go on from the model in the wheel.

Quantisation has rounded them; the optimisers' memory is gone. Both are made up for in the first steps.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from torch import Tensor

from training.nano.model import Shape

_OF_BLOCK = {
    "attn_norm.weight": ("attn_norm",),
    "ffn_norm.weight": ("ffn_norm",),
    "qkv.weight": ("attn_q", "attn_k", "attn_v"),
    "out.weight": ("attn_output",),
    "gate_up.weight": ("ffn_gate", "ffn_up"),
    "down.weight": ("ffn_down",),
}
"""Weights of a block → the tensors of the GGUF that they are made of."""
_TABLES = {"match": "match.weight", "embed": "embed.weight"}


def shipped(folder: Path) -> dict[str, Any]:
    """Return a model folder as a checkpoint without optimisers.

    Raises:
        KeyError: the folder holds no pointing model.
        ValueError: a tensor's quantisation is not known to gguf.
    """
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    reader = gguf.GGUFReader(folder / manifest["gguf"])
    weights = {tensor.name: _whole(tensor) for tensor in reader.tensors}
    with np.load(folder / manifest["heads"]) as heads:
        model = {_name(key): torch.from_numpy(heads[key].astype(np.float32)) for key in heads.files}
    layers = sum(name.endswith("ffn_norm.weight") for name in weights)
    model["norm.weight"] = weights["output_norm.weight"]
    for number in range(layers):
        for name, parts in _OF_BLOCK.items():
            model[f"blocks.{number}.{name}"] = torch.cat(
                [weights[f"blk.{number}.{part}.weight"] for part in parts]
            )
    shape = Shape(
        vocabulary=len(model["embed.weight"]),
        width=len(model["norm.weight"]),
        layers=layers,
        heads=_number(reader, "llama.attention.head_count"),
        hidden=_number(reader, "llama.feed_forward_length"),
    )
    state = {"tokens": manifest["trained_tokens"], "examples": manifest["trained_examples"]}
    return {"model": model, "shape": shape, "state": {key: float(count) for key, count in state.items()}}


def _whole(tensor: gguf.ReaderTensor) -> Tensor:
    """Return a tensor in single precision."""
    data = gguf.dequantize(tensor.data, tensor.tensor_type)
    return torch.from_numpy(np.array(data, np.float32))


def _name(key: str) -> str:
    """Return the name in the network of an array beside the GGUF."""
    if key in _TABLES:
        return _TABLES[key]
    if key.startswith("layout."):
        return f"{key}.weight"
    return f"heads.{key}" if "." in key else key


def _number(reader: gguf.GGUFReader, key: str) -> int:
    field = reader.fields[key]
    return int(field.parts[field.data[0]][0])
