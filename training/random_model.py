"""A GGUF of random weights, for tests and speed.

::

    python -m training.random_model --shape 135m --kind Q4_0 --out DIR

It has the shape of a real model and a GPT-2 tokenizer of made-up merges, so everything runs as with the real
one, but it knows nothing. Written with gguf and numpy alone, quantised by llama.cpp.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path

import click
import gguf
import numpy as np

from training.gguf_file import Header, gguf_file
from training.quantise import quantise

CONTROL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
LETTERS = "etaoinsrhldcumfpgwybvkxjqz"
"""English letters, frequent ones first."""
MARKS = (
    '":',
    'Ġ"',
    '",',
    '{"',
    '"}',
    '"]',
    '["',
    "},",
    "],",
    "}}",
    "}]",
    "\\n",
    '\\"',
    "Ċ",
    ".,",
    "--",
    "==",
    "//",
)
CHUNK_ROWS = 4096
"""Rows of a matrix drawn at once."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a Llama model; embeddings are tied."""

    layers: int
    width: int
    heads: int
    kv_heads: int
    hidden: int
    tokens: int
    context: int

    @property
    def matrices(self) -> dict[str, tuple[int, int]]:
        """Rows and columns of the matrices of one layer."""
        kv = self.width // self.heads * self.kv_heads
        return {
            "attn_q": (self.width, self.width),
            "attn_k": (kv, self.width),
            "attn_v": (kv, self.width),
            "attn_output": (self.width, self.width),
            "ffn_gate": (self.hidden, self.width),
            "ffn_up": (self.hidden, self.width),
            "ffn_down": (self.width, self.hidden),
        }

    @property
    def parameters(self) -> int:
        """Number of weights."""
        layer = sum(rows * columns for rows, columns in self.matrices.values()) + 2 * self.width
        return self.tokens * self.width + self.layers * layer + self.width


SHAPES = {
    "tiny": Shape(layers=2, width=64, heads=4, kv_heads=2, hidden=128, tokens=600, context=1024),
    "135m": Shape(layers=30, width=576, heads=9, kv_heads=3, hidden=1536, tokens=49_152, context=2048),
    "360m": Shape(layers=32, width=960, heads=15, kv_heads=5, hidden=2560, tokens=49_152, context=2048),
}


def byte_letters() -> list[str]:
    """Return how GPT-2 writes each byte: as itself where it is visible, else as a letter from 256 on."""
    visible = {*range(33, 127), *range(161, 173), *range(174, 256)}
    hidden = iter(range(256, 512))
    return [chr(byte if byte in visible else next(hidden)) for byte in range(256)]


def merges() -> Iterator[tuple[str, str]]:
    """Yield half a million merges, frequent letter pairs first; their parts exist by then."""
    for mark in MARKS:
        if len(mark) == 2:
            yield mark[0], mark[1]
    yield from (("Ġ", letter) for letter in LETTERS)
    yield from product(LETTERS, LETTERS)
    yield from (("Ġ" + one, two) for one, two in product(LETTERS, LETTERS))
    yield from ((one + two, three) for one, two, three in product(LETTERS, LETTERS, LETTERS))
    yield from (("Ġ" + one + two, three) for one, two, three in product(LETTERS, LETTERS, LETTERS))
    yield from product(LETTERS.upper(), LETTERS.upper())
    yield from ((one + two, three + four) for one, two, three, four in product(*[LETTERS] * 4))


def add_tokenizer(writer: gguf.GGUFWriter, count: int) -> None:
    """Write a byte-level BPE of ``count`` tokens, split as SmolLM splits: digits one by one."""
    letters = byte_letters()
    made = list(islice(merges(), count - len(letters) - len(CONTROL)))
    tokens = [*CONTROL, *letters, *(one + two for one, two in made)]
    types = [gguf.TokenType.CONTROL] * len(CONTROL) + [gguf.TokenType.NORMAL] * (count - len(CONTROL))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges([f"{one} {two}" for one, two in made])
    writer.add_bos_token_id(tokens.index("<|endoftext|>"))
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_add_bos_token(False)  # noqa: FBT003 - the library's signature


def matrix(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """Return random weights, scaled so that activations keep their size."""
    made = np.empty((rows, columns), np.float16)
    for first in range(0, rows, CHUNK_ROWS):
        part = made[first : first + CHUNK_ROWS]
        part[:] = rng.standard_normal(part.shape, np.float32) * columns**-0.5
    return made


def write(shape: Shape, path: Path, seed: int) -> None:
    """Write a GGUF with matrices in f16."""
    rng = np.random.default_rng(seed)
    with gguf_file(path, header(shape, path.stem)) as writer:
        add_tokenizer(writer, shape.tokens)
        writer.add_tensor("token_embd.weight", matrix(rng, shape.tokens, shape.width))
        writer.add_tensor("output_norm.weight", np.ones(shape.width, np.float32))
        for layer in range(shape.layers):
            for name in ("attn_norm", "ffn_norm"):
                writer.add_tensor(f"blk.{layer}.{name}.weight", np.ones(shape.width, np.float32))
            for name, (rows, columns) in shape.matrices.items():
                writer.add_tensor(f"blk.{layer}.{name}.weight", matrix(rng, rows, columns))


def header(shape: Shape, name: str) -> Header:
    """Return the metadata of a shape, with the constants of the real models."""
    return Header(
        name=name,
        context=shape.context,
        width=shape.width,
        layers=shape.layers,
        hidden=shape.hidden,
        heads=shape.heads,
        kv_heads=shape.kv_heads,
        norm_eps=1e-5,
        rope_base=100_000.0,
        tokens=shape.tokens,
    )


def make(shape: Shape, kind: str, out: Path, *, name: str = "random", seed: int = 1) -> Path:
    """Write a model folder: GGUF and, last, its manifest. Return the folder."""
    out.mkdir(parents=True, exist_ok=True)
    whole = out / f"{name}-F16.gguf"
    write(shape, whole, seed)
    target = out / f"{name}-{kind}.gguf"
    if kind != "F16":
        quantise(whole, target, kind)
        whole.unlink()
    manifest = {
        "name": name,
        "decoding": "generate",
        "gguf": target.name,
        "gguf_sha256": hashlib.sha256(target.read_bytes()).hexdigest(),
        "context": shape.context,
        "licence": "Apache-2.0",
        "parameters": shape.parameters,
        "quantisation": kind,
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return out


@click.command()
@click.option("--shape", type=click.Choice(list(SHAPES)), required=True)
@click.option(
    "--kind", default="Q4_0", show_default=True, help="Quantisation, in llama.cpp's name; F16 for none."
)
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--seed", default=1, show_default=True)
def main(shape: str, kind: str, out: Path, seed: int) -> None:
    """Write a model folder of random weights."""
    folder = make(SHAPES[shape], kind, out, name=f"random-{shape}", seed=seed)
    for path in sorted(folder.iterdir()):
        click.echo(f"{path} {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
