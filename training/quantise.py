"""Quantising by llama.cpp's own quantiser."""

from __future__ import annotations

from pathlib import Path

from agent.extract.llama.loading import library


def quantise(source: Path, target: Path, kind: str) -> None:
    """Write a GGUF in another precision; ``kind`` as llama.cpp names it, without ``MOSTLY``.

    Raises:
        RuntimeError: llama.cpp reported a failure.
    """
    api = library()
    params = api.llama_model_quantize_default_params()
    params.ftype = getattr(api, f"LLAMA_FTYPE_MOSTLY_{kind}")
    params.nthread = 1
    if api.llama_model_quantize(str(source).encode(), str(target).encode(), params) != 0:
        message = f"llama_model_quantize failed on {source}"
        raise RuntimeError(message)
