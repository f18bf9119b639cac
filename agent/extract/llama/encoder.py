"""A GGUF as an encoder: read a schema once, read messages, hand back hidden states.

What goes in are vectors, not token ids, because a token's vector holds more than its embedding
(``agent/features.py``). The low-level API of llama-cpp-python is used, with attention looking both ways: a
schema's keys and values are computed once and kept, each message is then one call of ``llama_decode``.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from agent.errors import EngineBroken, WorkerFailed
from agent.extract.llama.loading import library, load_model

Floats = npt.NDArray[np.float32]

SCHEMA_SEQUENCE = 0
"""Sequence of the context that holds the schema being asked."""


@dataclass(frozen=True, slots=True, eq=False)
class ReadSchema:
    """A schema that the model has read."""

    states: Floats
    """Last hidden states, (tokens, width)."""
    memory: bytes
    """Keys and values, as llama.cpp lays them out."""


class LlamaEncoder:
    """A GGUF of the Llama architecture, used as an encoder."""

    def __init__(
        self, path: Path, *, context: int, threads: int, sequences: int = 9, single: bool = False
    ) -> None:
        """Load a model.

        Args:
            path: GGUF file.
            context: tokens of schema and messages that fit at once.
            threads: threads of computation.
            sequences: messages of one call, and one for the schema.
            single: keep keys and values in single precision, to compare with a trained model.

        Raises:
            EngineBroken: llama.cpp could not load the file.
        """
        self._api: Any = library()
        self._model = load_model(path)
        self.width: int = self._api.llama_model_n_embd(self._model)
        self.context = context
        self.sequences = sequences
        self._vocab = self._api.llama_model_get_vocab(self._model)
        self._open(context, threads, sequences, single=single)
        self._resident: ReadSchema | None = None

    def _open(self, context: int, threads: int, sequences: int, *, single: bool) -> None:
        params = self._api.llama_context_default_params()
        params.n_ctx = params.n_batch = params.n_ubatch = context
        params.n_seq_max = sequences
        params.n_threads = params.n_threads_batch = threads
        params.embeddings = True
        if single:
            params.type_k = params.type_v = self._api.GGML_TYPE_F32
        params.kv_unified = True
        params.pooling_type = self._api.LLAMA_POOLING_TYPE_NONE
        params.attention_type = 1  # LLAMA_ATTENTION_TYPE_NON_CAUSAL
        # Not flash attention: its kernel changes with the length of a call, and answers with the company.
        params.flash_attn_type = 0  # LLAMA_FLASH_ATTN_TYPE_DISABLED
        params.no_perf = True
        self._context = self._api.llama_init_from_model(self._model, params)
        if not self._context:
            raise EngineBroken(
                "open a context", cause="llama.cpp refused it", remedy="lower the context size"
            )
        self._memory = self._api.llama_get_memory(self._context)
        self._api.llama_set_causal_attn(self._context, False)  # noqa: FBT003 - a C function
        self._batch = self._api.llama_batch_init(context, self.width, 1)
        self._inputs: Floats = np.ctypeslib.as_array(self._batch.embd, shape=(context, self.width))
        self._positions = np.ctypeslib.as_array(self._batch.pos, shape=(context,))
        np.ctypeslib.as_array(self._batch.n_seq_id, shape=(context,))[:] = 1
        np.ctypeslib.as_array(self._batch.logits, shape=(context,))[:] = 1

    def tokens(self) -> list[str]:
        """Return the vocabulary's strings by id."""
        count = self._api.llama_vocab_n_tokens(self._vocab)
        return [self._api.llama_vocab_get_text(self._vocab, number).decode() for number in range(count)]

    def read_schema(self, inputs: Floats) -> ReadSchema:
        """Read a schema's input vectors (tokens, width) and return what later messages need of it."""
        self._api.llama_memory_clear(self._memory, True)  # noqa: FBT003 - a C function
        states = self._decode([(SCHEMA_SEQUENCE, 0, inputs)])[0]
        size = self._api.llama_state_seq_get_size(self._context, SCHEMA_SEQUENCE)
        memory = (ctypes.c_uint8 * size)()
        self._api.llama_state_seq_get_data(self._context, memory, size, SCHEMA_SEQUENCE)
        self._resident = ReadSchema(states, bytes(memory))
        return self._resident

    def read_messages(self, schema: ReadSchema, messages: Sequence[Floats]) -> list[Floats]:
        """Read messages beside a schema; inputs and last hidden states are (tokens, width) each."""
        self._recall(schema)
        first = len(schema.states)
        parts = []
        for number, inputs in enumerate(messages, start=1):
            self._api.llama_memory_seq_cp(self._memory, SCHEMA_SEQUENCE, number, -1, -1)
            parts.append((number, first, inputs))
        states = self._decode(parts)
        for number in range(1, len(messages) + 1):
            self._api.llama_memory_seq_rm(self._memory, number, -1, -1)
        return states

    def _recall(self, schema: ReadSchema) -> None:
        """Bring a schema's keys and values back, unless they are there."""
        if self._resident is schema:
            return
        self._api.llama_memory_clear(self._memory, True)  # noqa: FBT003 - a C function
        memory = (ctypes.c_uint8 * len(schema.memory)).from_buffer_copy(schema.memory)
        self._api.llama_state_seq_set_data(self._context, memory, len(schema.memory), SCHEMA_SEQUENCE)
        self._resident = schema

    def _decode(self, parts: Sequence[tuple[int, int, Floats]]) -> list[Floats]:
        """Run (sequence, first position, inputs) in one call; return the states of each part."""
        batch = self._batch
        place = 0
        for sequence, first, inputs in parts:
            behind = place + len(inputs)
            self._inputs[place:behind] = inputs
            self._positions[place:behind] = np.arange(first, first + len(inputs))
            for number in range(place, behind):
                batch.seq_id[number][0] = sequence
            place = behind
        count = place
        batch.n_tokens = count
        status = self._api.llama_decode(self._context, batch)
        if status != 0:
            self._resident = None
            raise WorkerFailed(
                "llama_decode",
                cause=f"status {status} for {count} tokens in a context of {self.context}",
                remedy="raise the model's context size or shorten the texts",
            )
        pointer = self._api.llama_get_embeddings(self._context)
        flat = np.ctypeslib.as_array(pointer, shape=(count, self.width)).copy()
        lengths = [len(inputs) for _, _, inputs in parts]
        return np.split(flat, np.cumsum(lengths)[:-1])

    def close(self) -> None:
        """Free the context and the model."""
        self._api.llama_batch_free(self._batch)
        self._api.llama_free(self._context)
        self._api.llama_model_free(self._model)
