"""The tokens of a GGUF: their bytes, which of them are control tokens, and the way from text to tokens."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

from agent.errors import EngineBroken, WorkerFailed

MAX_PIECE_BYTES = 1024
"""Bytes of the longest token; SmolLM2's longest has 128."""


class LlamaVocabulary:
    """The vocabulary of a loaded model, byte-level BPE: its tokens are bytes, joined they are the text."""

    def __init__(self, api: Any, handle: Any, path: Path) -> None:  # noqa: ANN401 - ctypes has no types
        """Read every token once.

        Raises:
            EngineBroken: the vocabulary is of another kind.
        """
        self._api, self._handle = api, handle
        if api.llama_vocab_type(handle) != api.LLAMA_VOCAB_TYPE_BPE:
            raise EngineBroken(
                f"read the vocabulary of {path}",
                cause="it is no byte-level BPE, so its tokens are not the bytes of a text",
                remedy="use a GGUF whose tokenizer is GPT-2's kind, such as SmolLM2's",
            )
        self.size: int = api.llama_vocab_n_tokens(handle)
        self.control = frozenset(number for number in range(self.size) if self._is_control(number))
        self.tokens = tuple(self._piece(number) for number in range(self.size))
        self.begin = (api.llama_vocab_bos(handle),) if api.llama_vocab_get_add_bos(handle) else ()
        self.end: int = api.llama_vocab_eos(handle)

    def _is_control(self, number: int) -> bool:
        """Tell whether a token stands for no text: a control token, or one that was left unused."""
        marks = self._api.LLAMA_TOKEN_ATTR_CONTROL | self._api.LLAMA_TOKEN_ATTR_UNUSED
        return bool(self._api.llama_vocab_get_attr(self._handle, number) & marks)

    def _piece(self, number: int) -> bytes:
        buffer = ctypes.create_string_buffer(MAX_PIECE_BYTES)
        show_control = True
        length = self._api.llama_token_to_piece(
            self._handle, number, buffer, MAX_PIECE_BYTES, 0, show_control
        )
        if length < 0:
            raise EngineBroken(
                f"read token {number}",
                cause=f"it has {-length} bytes, the limit is {MAX_PIECE_BYTES}",
                remedy="use another model",
            )
        return buffer.raw[:length]

    def encode(self, text: bytes, *, control: bool = False) -> list[int]:
        """Return the tokens of a text.

        Args:
            text: UTF-8.
            control: read the names of control tokens as those tokens; never for a text from outside.
        """
        room = len(text) + 1
        ids = (ctypes.c_int32 * room)()
        add_special = False
        count = self._api.llama_tokenize(self._handle, text, len(text), ids, room, add_special, control)
        if count < 0:
            raise WorkerFailed(
                "split a text into tokens", cause=f"llama_tokenize wants room for {-count} of {room}"
            )
        return list(ids[:count])
