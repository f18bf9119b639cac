"""A GGUF as a causal model: prompt beginnings kept and forked, several texts in a batch, logits on demand."""

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
from agent.extract.llama.prefix import Prefix, PrefixCache
from agent.extract.llama.vocabulary import LlamaVocabulary

Floats = npt.NDArray[np.float32]

PREFIX_SEQUENCE = 0
"""Sequence that holds the prompt beginning in use; texts are forks of it, numbered from 1."""
BATCH_TOKENS = 512
"""Tokens of one call of ``llama_decode``; bounds the time between two looks at the clock."""
MAX_PREFIX_BYTES = 64 * 1024 * 1024
"""Keys and values of prompt beginnings kept; SmolLM2-135M takes 23 kB per token."""


@dataclass(frozen=True, slots=True)
class Step:
    """Tokens that one text adds to a batch."""

    sequence: int
    first: int
    """Position of the first of them."""
    ids: Sequence[int]
    ask: bool
    """Whether the logits behind the last of them are wanted."""


class LlamaCausal:
    """A causal model with its context."""

    def __init__(
        self,
        path: Path,
        *,
        cells: int,
        threads: int,
        sequences: int,
        prefix_bytes: int = MAX_PREFIX_BYTES,
        single: bool = False,
    ) -> None:
        """Load a model.

        Args:
            path: GGUF file.
            cells: tokens whose keys and values are held at once, of all texts together.
            threads: threads of computation.
            sequences: texts decoded at once.
            prefix_bytes: memory for prompt beginnings.
            single: keep keys and values in single precision, to compare with a trained model.

        Raises:
            EngineBroken: llama.cpp could not load the file, or it is no byte-level BPE model.
        """
        self._api: Any = library()
        self._model = load_model(path)
        self.vocabulary = LlamaVocabulary(self._api, self._api.llama_model_get_vocab(self._model), path)
        self.cells = cells
        self._context = self._open(cells, threads, sequences, single=single)
        self._memory = self._api.llama_get_memory(self._context)
        self._batch = self._api.llama_batch_init(BATCH_TOKENS, 0, 1)
        self._kept = PrefixCache(prefix_bytes)
        self._resident: Prefix = ()
        self.prefix_reads = 0
        """Prompt beginnings that had to be computed."""

    def _open(self, cells: int, threads: int, sequences: int, *, single: bool) -> Any:  # noqa: ANN401 - ctypes
        params = self._api.llama_context_default_params()
        params.n_ctx = cells
        params.n_batch = params.n_ubatch = BATCH_TOKENS
        params.n_seq_max = sequences + 1
        params.n_threads = params.n_threads_batch = threads
        params.kv_unified = True
        params.no_perf = True
        if single:
            params.type_k = params.type_v = self._api.GGML_TYPE_F32
            params.flash_attn_type = 0  # LLAMA_FLASH_ATTN_TYPE_DISABLED: it computes in half precision
        context = self._api.llama_init_from_model(self._model, params)
        if not context:
            raise EngineBroken(
                "open a context", cause="llama.cpp refused it", remedy="lower the context size"
            )
        return context

    def hold(self, prefix: Prefix) -> None:
        """Make a prompt beginning the one that texts are forked from: from memory, or by reading it."""
        if prefix == self._resident:
            return
        self.drop(PREFIX_SEQUENCE)
        self._resident = ()
        state = self._kept.get(prefix)
        if state is None or not self._restore(state):
            self._read(prefix)
        self._resident = prefix

    def _read(self, prefix: Prefix) -> None:
        self.prefix_reads += 1
        for place in range(0, len(prefix), BATCH_TOKENS):
            part = prefix[place : place + BATCH_TOKENS]
            self.decode([Step(PREFIX_SEQUENCE, place, part, ask=False)])
        self._kept.put(prefix, self._save())

    def _save(self) -> bytes:
        size = self._api.llama_state_seq_get_size(self._context, PREFIX_SEQUENCE)
        memory = (ctypes.c_uint8 * size)()
        self._api.llama_state_seq_get_data(self._context, memory, size, PREFIX_SEQUENCE)
        return bytes(memory)

    def _restore(self, state: bytes) -> bool:
        memory = (ctypes.c_uint8 * len(state)).from_buffer_copy(state)
        return bool(self._api.llama_state_seq_set_data(self._context, memory, len(state), PREFIX_SEQUENCE))

    def fork(self, sequence: int, length: int) -> None:
        """Begin a text with the first tokens of the prompt beginning; they are shared, not copied."""
        self.drop(sequence)
        if length:
            self._api.llama_memory_seq_cp(self._memory, PREFIX_SEQUENCE, sequence, 0, length)

    def drop(self, sequence: int) -> None:
        """Forget a text."""
        self._api.llama_memory_seq_rm(self._memory, sequence, -1, -1)

    def clear(self) -> None:
        """Forget all texts and the prompt beginning in use, after a failed call left them in doubt."""
        self._api.llama_memory_clear(self._memory, True)  # noqa: FBT003 - a C function
        self._resident = ()

    def decode(self, steps: Sequence[Step]) -> list[int]:
        """Run the tokens of several texts in one call; return the batch row of the last token of each.

        Raises:
            WorkerFailed: llama.cpp reported a failure; all texts under way are forgotten.
        """
        last = self._fill(steps)
        status = self._api.llama_decode(self._context, self._batch)
        if status != 0:
            count = self._batch.n_tokens
            self.clear()
            raise WorkerFailed(
                "llama_decode",
                cause=f"status {status} for {count} tokens in a context of {self.cells}",
                remedy="lower the number of texts at once, or the context size in the manifest",
            )
        return last

    def _fill(self, steps: Sequence[Step]) -> list[int]:
        batch, row, last = self._batch, 0, []
        for step in steps:
            for offset, token in enumerate(step.ids):
                batch.token[row] = token
                batch.pos[row] = step.first + offset
                batch.n_seq_id[row] = 1
                batch.seq_id[row][0] = step.sequence
                batch.logits[row] = 0
                row += 1
            batch.logits[row - 1] = step.ask
            last.append(row - 1)
        batch.n_tokens = row
        return last

    def logits(self, row: int) -> Floats:
        """Return the logits behind a batch row that asked for them; they hold until ``decode`` is called."""
        pointer = self._api.llama_get_logits_ith(self._context, row)
        if not pointer:
            raise WorkerFailed("llama_get_logits_ith", cause=f"row {row} of the batch has no logits")
        return np.ctypeslib.as_array(pointer, shape=(self.vocabulary.size,))

    def close(self) -> None:
        """Free context and model."""
        self._api.llama_batch_free(self._batch)
        self._api.llama_free(self._context)
        self._api.llama_model_free(self._model)
