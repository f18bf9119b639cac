"""Loading: llama.cpp once, silent, and a GGUF from a file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from agent.errors import EngineBroken


@lru_cache(maxsize=1)
def library() -> Any:  # noqa: ANN401 - ctypes has no types
    """Return llama.cpp's functions; it is loaded on the first call and made silent."""
    import llama_cpp  # noqa: PLC0415 - heavy, and only these adapters need it

    api: Any = llama_cpp.llama_cpp
    api.llama_log_set(_silence(api), None)
    api.llama_backend_init()
    return api


@lru_cache(maxsize=1)
def _silence(api: Any) -> Any:  # noqa: ANN401 - ctypes has no types
    """Return a log callback that does nothing; the cache keeps it alive, for C holds no reference."""
    return api.llama_log_callback(lambda _level, _text, _data: None)


def load_model(path: Path) -> Any:  # noqa: ANN401 - ctypes has no types
    """Return a handle of a GGUF's weights, on the CPU.

    Raises:
        EngineBroken: llama.cpp could not load the file.
    """
    api = library()
    options = api.llama_model_default_params()
    options.n_gpu_layers = 0
    # A mapped file would stay in memory beside the copy that llama.cpp repacks for the processor.
    options.load_mode = api.LLAMA_LOAD_MODE_NONE
    model = api.llama_model_load_from_file(str(path).encode(), options)
    if not model:
        raise EngineBroken(
            f"load {path}", cause="llama.cpp refused the file", remedy="verify it with `maaza models verify`"
        )
    return model
