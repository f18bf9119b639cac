"""An ordinary GGUF of the Llama architecture: the metadata that every model has, in one order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import gguf


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What llama.cpp has to know of a Llama model; matrices are in f16."""

    name: str
    licence: str = ""
    """SPDX id in lower case; empty: the file names none."""
    context: int
    """Tokens."""
    width: int
    layers: int
    hidden: int
    """Width inside the feed-forward part."""
    heads: int
    kv_heads: int
    norm_eps: float
    rope_base: float
    tokens: int
    """Size of the vocabulary."""
    causal: bool = True
    """False: each place sees those behind it too."""


@contextmanager
def gguf_file(path: Path, header: Header) -> Iterator[gguf.GGUFWriter]:
    """Give a writer that has the metadata, for tokenizer and tensors; write the file when all went well."""
    writer = gguf.GGUFWriter(path, "llama")
    _add_name(writer, header)
    _add_sizes(writer, header)
    _add_reading(writer, header)
    yield writer
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_name(writer: gguf.GGUFWriter, header: Header) -> None:
    writer.add_name(header.name)
    if header.licence:
        writer.add_license(header.licence)


def _add_sizes(writer: gguf.GGUFWriter, header: Header) -> None:
    writer.add_context_length(header.context)
    writer.add_embedding_length(header.width)
    writer.add_block_count(header.layers)
    writer.add_feed_forward_length(header.hidden)
    writer.add_head_count(header.heads)
    writer.add_head_count_kv(header.kv_heads)


def _add_reading(writer: gguf.GGUFWriter, header: Header) -> None:
    writer.add_layer_norm_rms_eps(header.norm_eps)
    writer.add_rope_freq_base(header.rope_base)
    writer.add_rope_dimension_count(header.width // header.heads)
    writer.add_vocab_size(header.tokens)
    if not header.causal:
        writer.add_causal_attention(header.causal)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
