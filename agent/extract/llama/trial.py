"""Loads a GGUF as the agent would, and says how that went: ``python -m agent.extract.llama.trial FILE``.

In a process of its own, because llama.cpp may crash on a damaged file. The last line of standard output is
JSON: ``{"tokens": 49152}``, or ``{"cause": …, "remedy": …}`` with exit code 1.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

from agent.errors import EngineBroken
from agent.extract.llama.loading import library
from agent.extract.llama.vocabulary import LlamaVocabulary

ERROR: Final = 4
"""``GGML_LOG_LEVEL_ERROR``."""
REFUSED: Final = "get the file again; if it stays so, this version of llama.cpp does not know such models"


def load(path: Path, *, vocabulary: bool) -> int:
    """Load weights, each checked for numbers that are none, and the vocabulary; return its size.

    Raises:
        EngineBroken: llama.cpp refuses the file, or grounded decoding cannot use its tokens.
    """
    api = library()
    said: list[str] = []
    listener = api.llama_log_callback(lambda level, text, _data: _hear(said, level, text))
    api.llama_log_set(listener, None)
    options = api.llama_model_default_params()
    options.n_gpu_layers = 0
    options.check_tensors = True
    model = api.llama_model_load_from_file(str(path).encode(), options)
    if not model:
        cause = said[0] if said else "llama.cpp refuses the file"
        raise EngineBroken(f"load {path}", cause=cause, remedy=REFUSED)
    handle = api.llama_model_get_vocab(model)
    return LlamaVocabulary(api, handle, path).size if vocabulary else int(api.llama_vocab_n_tokens(handle))


def _hear(said: list[str], level: int, text: Any) -> None:  # noqa: ANN401 - ctypes has no types
    if level == ERROR:
        said.append(text.decode("utf-8", "replace").rpartition("error loading model: ")[2].strip())


def main(arguments: list[str]) -> int:
    """Load one file."""
    try:
        tokens = load(Path(arguments[0]), vocabulary="--weights-only" not in arguments)
    except EngineBroken as error:
        sys.stdout.write(json.dumps({"cause": error.cause, "remedy": error.remedy}) + "\n")
        return 1
    sys.stdout.write(json.dumps({"tokens": tokens}) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
