"""Export a checkpoint to a model folder.

``python -m training.nano.export --checkpoint runs/nano/checkpoint.pt --out agent/models/nano``

Writes an ordinary GGUF (Llama architecture), quantised by llama.cpp, the heads beside it, and the manifest
last. The files are compared with the checkpoint first (``training/nano/verify.py``); where they differ by
more than half precision brings, the model folder stays as it was.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import gguf
import numpy as np
import torch

from agent.extract.heads import Heads
from agent.models import Manifest, Model
from agent.vocabulary import GLUED
from training.faults import in_words
from training.gguf_file import Header, gguf_file
from training.nano.encoding import load_vocabulary
from training.nano.model import Nano, Shape
from training.nano.verify import compare, same_tokens, trained
from training.parity import Parity, faithful
from training.quantise import quantise
from training.scored import CASES, bearable

SINGLE = ("item_bias", "rivalry", "unclaimed")
"""Weights that are single numbers."""
WORD_START = "\u2581"
"""How GGUF marks word starts in WordPiece vocabularies."""


def load(path: Path) -> tuple[Nano, dict[str, Any]]:
    """Return the model of a checkpoint and its training state."""
    kept = torch.load(path, weights_only=True, map_location="cpu")
    model = Nano(Shape(**kept["shape"]))
    model.load_state_dict(kept["model"])
    return model.eval(), kept["state"]


def tensors(model: Nano) -> dict[str, torch.Tensor]:
    """Return the weights under llama.cpp's names; our rotation is already in llama.cpp's order."""
    found = {"token_embd.weight": model.embed.weight, "output_norm.weight": model.norm.weight}
    for number, block in enumerate(model.blocks):
        query, key, value = block.qkv.weight.chunk(3)
        gate, up = block.gate_up.weight.chunk(2)
        found |= {
            f"blk.{number}.{name}.weight": weight
            for name, weight in {
                "attn_norm": block.attn_norm.weight,
                "attn_q": query,
                "attn_k": key,
                "attn_v": value,
                "attn_output": block.out.weight,
                "ffn_norm": block.ffn_norm.weight,
                "ffn_gate": gate,
                "ffn_up": up,
                "ffn_down": block.down.weight,
            }.items()
        }
    return found


def write_gguf(
    model: Nano, path: Path, name: str, context: int, matrices: type[np.floating[Any]] = np.float16
) -> None:
    """Write a GGUF, its matrices in half precision or as told."""
    shape = model.shape
    header = Header(
        name=name,
        licence="apache-2.0",
        context=context,
        width=shape.width,
        layers=shape.layers,
        hidden=shape.hidden,
        heads=shape.heads,
        kv_heads=shape.heads,
        norm_eps=shape.norm_eps,
        rope_base=shape.rope_base,
        tokens=shape.vocabulary,
        causal=False,
    )
    with gguf_file(path, header) as writer:
        add_vocabulary(writer)
        for key, tensor in tensors(model).items():
            data = tensor.detach().float().numpy()
            writer.add_tensor(key, data.astype(matrices) if data.ndim == 2 else data)


def add_vocabulary(writer: gguf.GGUFWriter) -> None:
    """Write the vocabulary as WordPiece in GGUF's form."""
    vocabulary = load_vocabulary()
    strings = [
        token.removeprefix(GLUED) if token.startswith(GLUED) and len(token) > 2 else WORD_START + token
        for token in vocabulary.tokens
    ]
    writer.add_tokenizer_model("bert")
    writer.add_token_list(strings)
    writer.add_token_types([gguf.TokenType.NORMAL] * len(strings))
    writer.add_pad_token_id(vocabulary.ids["<pad>"])
    writer.add_unk_token_id(vocabulary.ids["<unk>"])
    writer.add_bos_token_id(vocabulary.ids["<schema>"])
    writer.add_eos_token_id(vocabulary.ids["<ask>"])
    writer.add_sep_token_id(vocabulary.ids["<ask>"])
    writer.add_mask_token_id(vocabulary.ids["<msg>"])


def write_heads(model: Nano, path: Path, kind: type[np.floating[Any]] = np.float16) -> None:
    """Write what llama.cpp does not run: the input tables and the heads, by name."""
    arrays = {
        f"{name}.{part}": tensor.detach().float().numpy().astype(kind)
        for name, head in model.heads.items()
        for part, tensor in head.named_parameters()
    }
    tables = {"embed": model.embed, "match": model.match} | {
        f"layout.{name}": t for name, t in model.layout.items()
    }
    arrays |= {name: table.weight.detach().float().numpy().astype(kind) for name, table in tables.items()}
    single = {name: getattr(model, name).detach().float().numpy() for name in SINGLE}
    np.savez(path, **single, **arrays)


@dataclass(frozen=True, slots=True)
class Exported:
    """The files of a model, and how near they are to it."""

    gguf: Path
    heads: Path
    parity: Parity
    whole: Path
    """The GGUF in half precision, which is the same where nothing was quantised."""


def build(model: Nano, folder: Path, name: str, kind: str, context: int) -> Exported:
    """Write the files of a model and compare them with it.

    Raises:
        Unfaithful: they do not say what the model says.
    """
    vocabulary = load_vocabulary()
    wanted = trained(model, vocabulary)
    heads, whole = folder / f"{name}-heads.npz", folder / f"{name}-F16.gguf"
    write_heads(model, heads, np.float32)
    write_gguf(model, whole, name, context, np.float32)
    same_tokens(whole, vocabulary)
    exact = compare(wanted, whole, Heads.load(heads), vocabulary, single=True)
    click.echo(f"F32: {faithful(exact, whole.name, single=True, ties=True)}")
    write_heads(model, heads)
    write_gguf(model, whole, name, context)
    half = compare(wanted, whole, Heads.load(heads), vocabulary)
    parity = faithful(half, whole.name, single=False, ties=True)
    click.echo(f"F16: {parity}")
    if kind == "F16":
        return Exported(whole, heads, parity, whole)
    target = folder / f"{name}-{kind}.gguf"
    quantise(whole, target, kind)
    parity = compare(wanted, target, Heads.load(heads), vocabulary)
    click.echo(f"{kind}: {parity}")
    return Exported(target, heads, parity, whole)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def said(model: Nano, made: Exported, name: str, kind: str, context: int) -> dict[str, Any]:
    """Return what the manifest says of the files."""
    return {
        "name": name,
        "decoding": "pointer",
        "gguf": made.gguf.name,
        "gguf_sha256": sha256(made.gguf),
        "heads": made.heads.name,
        "heads_sha256": sha256(made.heads),
        "context": context,
        "licence": "Apache-2.0",
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "quantisation": kind,
        "agreement": round(made.parity.agreement, 4),
        "thresholds": {"missing": 0.6, "item": 0.4},
    }


@click.command()
@click.option("--checkpoint", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--name", default="maaza-nano", show_default=True)
@click.option(
    "--kind", default="Q8_0", show_default=True, help="Quantisation, in llama.cpp's name; F16 for none."
)
@click.option("--context", default=4096, show_default=True)
@click.option(
    "--scored",
    default=CASES,
    show_default=True,
    help="Texts on which quantised weights may lose a point; 0: none.",
)
def main(*, checkpoint: Path, out: Path, name: str, kind: str, context: int, scored: int) -> None:
    """Write GGUF, heads and manifest."""
    torch.set_num_threads(1)
    model, state = load(checkpoint)
    out.mkdir(parents=True, exist_ok=True)
    with in_words(), TemporaryDirectory() as folder:
        made = build(model, Path(folder), name, kind, context)
        told = said(model, made, name, kind, context)
        if scored and kind != "F16":
            whole = {"gguf": made.whole.name, "gguf_sha256": sha256(made.whole), "quantisation": "F16"}
            manifests = (Manifest.model_validate(told | one) for one in (whole, {}))
            first, second = (Model(Path(folder), one) for one in manifests)
            bearable(first, [second], scored)
        gguf_file, heads = (Path(shutil.move(path, out / path.name)) for path in (made.gguf, made.heads))
    manifest = told | {
        "trained_tokens": int(state["tokens"] + state.get("tokens_before", 0)),
        "trained_examples": int(state["examples"] + state.get("examples_before", 0)),
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    click.echo(
        f"{gguf_file} {gguf_file.stat().st_size / 1e6:.2f} MB, heads {heads.stat().st_size / 1e6:.2f} MB"
    )


if __name__ == "__main__":
    main()
