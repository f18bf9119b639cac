"""A GGUF as a causal model: prompt beginnings kept and forked, several texts in a batch, logits on demand."""

from __future__ import annotations

import ctypes
from collections import OrderedDict
from collections.abc import Collection, Sequence
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

FIRST_PREFIX = 0
"""Sequence of a prompt beginning; texts are forks of one, numbered from 1, and further beginnings follow."""
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
    ask: Sequence[int] = ()
    """Places among them behind which logits are wanted."""


class LlamaCausal:
    """A causal model with its context."""

    def __init__(
        self,
        path: Path,
        *,
        cells: int,
        threads: int,
        sequences: int,
        prefixes: int = 1,
        prefix_bytes: int = MAX_PREFIX_BYTES,
        single: bool = False,
    ) -> None:
        """Load a model.

        Args:
            path: GGUF file.
            cells: tokens whose keys and values are held at once, of all texts together.
            threads: threads of computation.
            sequences: texts decoded at once.
            prefixes: prompt beginnings in the context at once.
            prefix_bytes: memory for prompt beginnings.
            single: keep keys and values in single precision, to compare with a trained model.

        Raises:
            EngineBroken: llama.cpp could not load the file, or it is no byte-level BPE model.
        """
        self._api: Any = library()
        self._model = load_model(path)
        self.vocabulary = LlamaVocabulary(self._api, self._api.llama_model_get_vocab(self._model), path)
        self.cells = cells
        self._context = self._open(cells, threads, sequences + prefixes, single=single)
        self._memory = self._api.llama_get_memory(self._context)
        self._batch = self._api.llama_batch_init(BATCH_TOKENS, 0, 1)
        self._kept = PrefixCache(prefix_bytes)
        slots = (FIRST_PREFIX, *range(sequences + 1, sequences + prefixes))
        self._slots: OrderedDict[int, Prefix] = OrderedDict((slot, ()) for slot in slots)
        """Sequences of prompt beginnings, the longest unused first."""
        self._held = FIRST_PREFIX
        self.prefix_reads = 0
        """Prompt beginnings that had to be computed."""

    def _open(self, cells: int, threads: int, sequences: int, *, single: bool) -> Any:  # noqa: ANN401 - ctypes
        params = self._api.llama_context_default_params()
        params.n_ctx = cells
        params.n_batch = params.n_ubatch = BATCH_TOKENS
        params.n_seq_max = sequences
        params.n_threads = params.n_threads_batch = threads
        params.kv_unified = True
        params.no_perf = True
        # Not flash attention: its kernel changes with the length of a call, and answers with the company.
        params.flash_attn_type = 0  # LLAMA_FLASH_ATTN_TYPE_DISABLED
        if single:
            params.type_k = params.type_v = self._api.GGML_TYPE_F32
        context = self._api.llama_init_from_model(self._model, params)
        if not context:
            raise EngineBroken(
                "open a context", cause="llama.cpp refused it", remedy="lower the context size"
            )
        return context

    @property
    def prefixes(self) -> int:
        """Prompt beginnings in the context at once."""
        return len(self._slots)

    @property
    def resident(self) -> set[Prefix]:
        """The prompt beginnings in the context."""
        return set(self._slots.values())

    def hold(self, prefix: Prefix, *, busy: Collection[Prefix] = ()) -> None:
        """Make a prompt beginning the one that texts are forked from: from memory, or by reading it.

        Args:
            prefix: its tokens.
            busy: beginnings that keep their place; there are fewer than ``prefixes``.
        """
        slot = next((slot for slot, held in self._slots.items() if held == prefix), None)
        if slot is None:
            slot = next(slot for slot, held in self._slots.items() if held not in busy)
            self._empty(slot)
            state = self._kept.get(prefix)
            if state is None or not self._restore(slot, state):
                self._read(slot, prefix)
            self._slots[slot] = prefix
        self._slots.move_to_end(slot)
        self._held = slot

    def _empty(self, slot: int) -> None:
        self.drop(slot)
        self._slots[slot] = ()

    def forget_all_but(self, busy: Collection[Prefix]) -> None:
        """Give the cells of prompt beginnings back that no text is a fork of."""
        for slot in [slot for slot, held in self._slots.items() if held not in busy]:
            self._empty(slot)

    def _read(self, slot: int, prefix: Prefix) -> None:
        self.prefix_reads += 1
        for place in range(0, len(prefix), BATCH_TOKENS):
            part = prefix[place : place + BATCH_TOKENS]
            self.decode([Step(slot, place, part)])
        self._kept.put(prefix, self._save(slot))

    def _save(self, slot: int) -> bytes:
        size = self._api.llama_state_seq_get_size(self._context, slot)
        memory = (ctypes.c_uint8 * size)()
        self._api.llama_state_seq_get_data(self._context, memory, size, slot)
        return bytes(memory)

    def _restore(self, slot: int, state: bytes) -> bool:
        memory = (ctypes.c_uint8 * len(state)).from_buffer_copy(state)
        return bool(self._api.llama_state_seq_set_data(self._context, memory, len(state), slot))

    def fork(self, sequence: int, length: int) -> None:
        """Begin a text with the first tokens of the held prompt beginning; they are shared, not copied."""
        self.drop(sequence)
        if length:
            self._api.llama_memory_seq_cp(self._memory, self._held, sequence, 0, length)

    def trim(self, sequence: int, length: int) -> None:
        """Forget all of a text but its first tokens."""
        self._api.llama_memory_seq_rm(self._memory, sequence, length, -1)

    def drop(self, sequence: int) -> None:
        """Forget a text."""
        self._api.llama_memory_seq_rm(self._memory, sequence, -1, -1)

    def clear(self) -> None:
        """Forget all texts and prompt beginnings, after a failed call left them in doubt."""
        self._api.llama_memory_clear(self._memory, True)  # noqa: FBT003 - a C function
        self._slots = OrderedDict.fromkeys(self._slots, ())

    def decode(self, steps: Sequence[Step]) -> list[int]:
        """Run the tokens of several texts in one call; return the batch row of the first token of each.

        Raises:
            WorkerFailed: llama.cpp reported a failure; all texts under way are forgotten.
        """
        firsts = self._fill(steps)
        status = self._api.llama_decode(self._context, self._batch)
        if status != 0:
            count = self._batch.n_tokens
            self.clear()
            raise WorkerFailed(
                "llama_decode",
                cause=f"status {status} for {count} tokens in a context of {self.cells}",
                remedy="lower the number of texts at once, or the context size in the manifest",
            )
        return firsts

    def _fill(self, steps: Sequence[Step]) -> list[int]:
        batch, row, firsts = self._batch, 0, []
        for step in steps:
            firsts.append(row)
            for offset, token in enumerate(step.ids):
                batch.token[row] = token
                batch.pos[row] = step.first + offset
                batch.n_seq_id[row] = 1
                batch.seq_id[row][0] = step.sequence
                batch.logits[row] = 0
                row += 1
            for place in step.ask:
                batch.logits[firsts[-1] + place] = 1
        batch.n_tokens = row
        return firsts

    def logits(self, row: int) -> Floats:
        """Return the logits behind a batch row that asked for them; they hold until ``decode`` is called."""
        pointer = self._api.llama_get_logits_ith(self._context, row)
        if not pointer:
            raise WorkerFailed("llama_get_logits_ith", cause=f"row {row} of the batch has no logits")
        return np.ctypeslib.as_array(pointer, shape=(self.vocabulary.size,))

    def try_out(self, threads: int, texts: int, tokens: int) -> None:
        """Decode tokens of several texts that say nothing, to see how long it takes; all is forgotten."""
        self.use_threads(threads)
        ids = [number % self.vocabulary.size for number in range(tokens)]
        self.decode([Step(sequence, 0, ids, [tokens - 1]) for sequence in range(1, texts + 1)])
        self.clear()

    def use_threads(self, threads: int) -> None:
        """Compute with so many threads from now on."""
        self._api.llama_set_n_threads(self._context, threads, threads)

    def close(self) -> None:
        """Free context and model."""
        self._api.llama_batch_free(self._batch)
        self._api.llama_free(self._context)
        self._api.llama_model_free(self._model)
