"""A Llama model of the hub in GGUF: its sizes from ``config.json``, its weights under llama.cpp's names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import numpy.typing as npt

from training.bpe import Bpe
from training.faults import Unusable
from training.gguf_file import Header, gguf_file

Floats = npt.NDArray[np.float32]

OUTER = {
    "model.embed_tokens.weight": "token_embd.weight",
    "model.norm.weight": "output_norm.weight",
    "lm_head.weight": "output.weight",
}
INNER = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
"""Parts of a block: the hub's name → llama.cpp's."""
REQUIRED: dict[str, object] = {
    "model_type": "llama",
    "hidden_act": "silu",
    "attention_bias": False,
    "mlp_bias": False,
}
"""What this exporter writes down without a word, so it must be so."""
LARGEST_HALF = float(np.finfo(np.float16).max)


def read_config(folder: Path) -> dict[str, Any]:
    """Read ``config.json``.

    Raises:
        Unusable: it is missing, or of another architecture than Llama's plain one.
    """
    path = folder / "config.json"
    try:
        config: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Unusable(
            f"read {path}",
            cause=str(error),
            remedy="name a folder as the hub has them; merge an adapter first",
        ) from error
    for key, wanted in REQUIRED.items():
        if config.get(key, wanted) != wanted:
            raise _unknown(folder, f"{key} is {config[key]!r}; {wanted!r} is known")
    width, heads = config["hidden_size"], config["num_attention_heads"]
    if width % heads or config.get("head_dim", width // heads) != width // heads:
        raise _unknown(folder, f"its heads are not {width} / {heads} wide")
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    if rope.get("rope_type", rope.get("type", "default")) != "default":
        raise _unknown(folder, f"its rotation is scaled: {rope}")
    return config


def _unknown(folder: Path, cause: str) -> Unusable:
    return Unusable(
        f"export {folder}", cause=cause, remedy="Llama's plain architecture can be exported, as SmolLM2's"
    )


def header(config: Mapping[str, Any], *, name: str, licence: str) -> Header:
    """Return a model's metadata in GGUF's terms."""
    rope = config.get("rope_parameters") or {}
    return Header(
        name=name,
        licence=licence.lower(),
        context=config["max_position_embeddings"],
        width=config["hidden_size"],
        layers=config["num_hidden_layers"],
        hidden=config["intermediate_size"],
        heads=config["num_attention_heads"],
        kv_heads=kv_heads(config),
        norm_eps=config["rms_norm_eps"],
        rope_base=rope.get("rope_theta", config.get("rope_theta", 10_000.0)),
        tokens=config["vocab_size"],
    )


def kv_heads(config: Mapping[str, Any]) -> int:
    """Return the number of heads of keys and values."""
    return int(config.get("num_key_value_heads") or config["num_attention_heads"])


def tensors(weights: Mapping[str, Floats], config: Mapping[str, Any]) -> Iterator[tuple[str, Floats]]:
    """Yield the weights under llama.cpp's names and in its order of rows.

    Raises:
        Unusable: one has a name that is not known, or is too large for half precision.
    """
    heads = {"attn_q": config["num_attention_heads"], "attn_k": kv_heads(config)}
    for name, weight in weights.items():
        if name == "lm_head.weight" and config.get("tie_word_embeddings"):
            continue
        if not np.isfinite(weight).all() or np.abs(weight).max(initial=0.0) > LARGEST_HALF:
            raise Unusable(
                f"write {name} in half precision",
                cause="a weight is too large, or no number",
                remedy="train anew with a lower learning rate",
            )
        block, part = place(name)
        yield block + part + ".weight" * bool(block), rows(weight, heads[part]) if part in heads else weight


def place(name: str) -> tuple[str, str]:
    """Return a weight's block and part in llama.cpp's terms; the block is empty outside of all.

    Raises:
        Unusable: the name is not known.
    """
    if name in OUTER:
        return "", OUTER[name]
    number, _, part = name.removeprefix("model.layers.").partition(".")
    known = INNER.get(part.removesuffix(".weight"))
    if known is None or not number.isdigit():
        raise Unusable(
            "export a model",
            cause=f"its weight {name!r} has no place in a Llama model",
            remedy="merge an adapter first",
        )
    return f"blk.{number}.", known


def rows(weight: Floats, heads: int) -> Floats:
    """Return a matrix of queries or keys with each head's rows in pairs.

    The hub's Llama rotates the first half of a head against the second, llama.cpp each row against the next.
    """
    out, columns = weight.shape
    half = out // heads // 2
    return weight.reshape(heads, 2, half, columns).swapaxes(1, 2).reshape(out, columns)


def write(
    path: Path,
    head: Header,
    bpe: Bpe,
    found: Iterator[tuple[str, Floats]],
    kind: type[np.floating[Any]] = np.float16,
) -> None:
    """Write a GGUF, its matrices in half precision or as told."""
    with gguf_file(path, head) as writer:
        add_tokenizer(writer, bpe)
        for name, weight in found:
            writer.add_tensor(name, weight.astype(kind) if weight.ndim == 2 else weight)


def add_tokenizer(writer: gguf.GGUFWriter, bpe: Bpe) -> None:
    """Write a byte-level BPE; ids without a token become unused ones."""
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(bpe.cutting)
    writer.add_token_list([token or f"[PAD{number}]" for number, token in enumerate(bpe.tokens)])
    writer.add_token_types([_type(number, bpe) for number in range(len(bpe.tokens))])
    writer.add_token_merges([f"{one} {two}" for one, two in bpe.merges])
    writer.add_eos_token_id(bpe.end)
    writer.add_bos_token_id(bpe.begin[0] if bpe.begin else bpe.end)
    writer.add_add_bos_token(bool(bpe.begin))


def _type(number: int, bpe: Bpe) -> gguf.TokenType:
    if number in bpe.control:
        return gguf.TokenType.CONTROL
    if number in bpe.literal:
        return gguf.TokenType.USER_DEFINED
    return gguf.TokenType.NORMAL if bpe.tokens[number] else gguf.TokenType.UNUSED
