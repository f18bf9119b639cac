"""The only package that touches llama.cpp: a GGUF as an encoder, a GGUF as a causal model.

The low-level API of llama-cpp-python is used, so that keys and values of what was read once are kept and
forked.
"""

from __future__ import annotations

from agent.extract.llama.causal import LlamaCausal, Step
from agent.extract.llama.encoder import LlamaEncoder, ReadSchema
from agent.extract.llama.vocabulary import LlamaVocabulary

__all__ = ["LlamaCausal", "LlamaEncoder", "LlamaVocabulary", "ReadSchema", "Step"]
