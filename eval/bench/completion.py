"""The peer: llama-cpp-python's ``create_completion`` with the grammar of the JSON Schema, as documented.

The known token's logit is raised before each sampling, one number of the array that the model has written;
everything else is done as it always is. Keywords that the peer's grammar cannot read, or that forbid what the
texts say (``format``, ``pattern``), are taken out of its schema.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from agent.extract.answer import write
from agent.extract.source import prepare
from agent.extract.template import Template
from agent.models import Model
from agent.schemas import Node
from eval.bench.works import Work

CERTAIN = 1e30
"""A logit above all others."""
LEFT_OUT = ("format", "pattern")
SPARE_TOKENS = 8


class Completion:
    """The peer with its model."""

    def __init__(self, model: Model, *, threads: int | None = None, cache: bool = False) -> None:
        """Load it; without ``threads`` with its own default, which is half of the cores."""
        import llama_cpp  # noqa: PLC0415 - heavy

        self._api = llama_cpp
        chosen = {} if threads is None else {"n_threads": threads, "n_threads_batch": threads}
        self._llama: Any = llama_cpp.Llama(
            str(model.gguf), n_ctx=model.manifest.context, verbose=False, **chosen
        )
        if cache:
            self._llama.set_cache(llama_cpp.LlamaRAMCache())
        self._template = Template.parse(model.manifest.prompt)
        self._sample = self._llama.sample
        self._llama.sample = self._forced
        self._wanted: list[int] = []
        self._at = 0
        self._answers: dict[tuple[str, str], bytes] = {}
        self.tokens = 0
        """Tokens written in the last run."""
        self.wrong = 0

    @property
    def threads(self) -> int:
        """Threads that it decodes with."""
        return int(self._llama.n_threads)

    def _forced(self, **options: Any) -> int:  # noqa: ANN401 - passed through
        token = self._wanted[self._at] if self._at < len(self._wanted) else self._llama.token_eos()
        self._at += 1
        self._api.llama_get_logits_ith(self._llama._ctx.ctx, -1)[token] = CERTAIN  # noqa: SLF001 - no other way
        return int(self._sample(**options))

    def run(self, works: Sequence[Work]) -> int:
        """Complete one message after the other."""
        self.tokens = self.wrong = 0
        for one in works:
            self.wrong += self._complete(one) != self.answer(one)
        return len(works)

    def answer(self, one: Work) -> bytes:
        """Return the answer in the order of the peer's grammar: required properties first."""
        key = (one.job.text, one.job.schema.fingerprint)
        if key not in self._answers:
            root = required_first(one.job.schema.root)
            self._answers[key] = write(one.expected, root, prepare(one.job.text)).encode()
        return self._answers[key]

    def _complete(self, one: Work) -> bytes:
        before, behind = self._template.around(one.job.schema)
        self._wanted = self._llama.tokenize(self.answer(one), add_bos=False)
        self._at = 0
        grammar = self._api.LlamaGrammar.from_json_schema(
            json.dumps(plain(one.job.schema.document)), verbose=False
        )
        made = self._llama.create_completion(
            before + one.job.text + behind,
            max_tokens=len(self._wanted) + SPARE_TOKENS,
            temperature=0.0,
            grammar=grammar,
        )
        self.tokens += made["usage"]["completion_tokens"]
        return str(made["choices"][0]["text"]).encode()

    def writable(self, works: Sequence[Work]) -> list[Work]:
        """Return the messages whose record its grammar lets it write."""
        return [one for one in works if self._complete(one) == self.answer(one)]

    def close(self) -> None:
        """Free the model."""
        self._llama.close()


def required_first(node: Node) -> Node:
    """Return a tree whose objects name their required properties first."""
    below = sorted((required_first(child) for child in node.properties), key=lambda child: not child.required)
    item = required_first(node.item) if node.item else None
    return replace(node, properties=tuple(below), item=item)


def plain(fragment: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a schema without the keywords that the peer's grammar fails on."""
    if isinstance(fragment, dict):
        return {
            key: plain(value)
            for key, value in fragment.items()
            if key not in LEFT_OUT or not isinstance(value, str)
        }
    return [plain(one) for one in fragment] if isinstance(fragment, list) else fragment
