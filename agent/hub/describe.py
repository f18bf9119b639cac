"""A GGUF's facts and a person's wishes to a manifest, or to words why the model cannot serve. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from agent.errors import Permanent
from agent.hub.gguf import Facts
from agent.models import Manifest

CAUSAL: Final = frozenset(
    {
        "ernie4_5",
        "exaone",
        "falcon",
        "granite",
        "gpt2",
        "gptneox",
        "internlm2",
        "llama",
        "olmo",
        "olmo2",
        "phi2",
        "phi3",
        "qwen2",
        "qwen3",
        "smollm3",
        "stablelm",
        "starcoder2",
    }
)
"""Architectures of llama.cpp that write token after token, and whose keys and values can be forked."""
BYTE_LEVEL: Final = "gpt2"
"""Kind of tokenizer whose tokens are the bytes of a text: grounded decoding needs that."""
CONTEXT: Final = 2048
"""Tokens of prompt and answer where nobody says more: memory grows with it."""
LEAST_CONTEXT: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the user says about a model; empty or 0: take it from the file, or the default."""

    name: str = ""
    tier: str = ""
    prompt: str = ""
    context: int = 0
    licence: str = ""


def manifest_of(facts: Facts, wishes: Wishes, *, name: str, gguf: str, sha256: str) -> Manifest:
    """Return the manifest of a causal model.

    Raises:
        Permanent: the model cannot serve, or a wish contradicts it.
    """
    fault = unfit(facts)
    if fault:
        raise Permanent(f"use {gguf}", cause=fault[0], remedy=fault[1])
    licence = wishes.licence or str(facts.values.get("general.license") or "")
    if not licence:
        remedy = "name it with --licence, as its author states it; say 'unknown' if nobody does"
        raise Permanent(f"describe {gguf}", cause="the file names no licence", remedy=remedy)
    prompt = wishes.prompt or Manifest.model_fields["prompt"].default
    try:
        return Manifest(
            name=name,
            decoding="generate",
            gguf=gguf,
            gguf_sha256=sha256,
            context=_context(facts, wishes, gguf),
            licence=licence,
            tier=wishes.tier,
            parameters=facts.parameters,
            quantisation=facts.quantisation,
            prompt=prompt,
        )
    except ValidationError as error:
        cause = " ".join(str(error).split())
        raise Permanent(f"describe {gguf}", cause=cause, remedy="correct the option") from error


def unfit(facts: Facts) -> tuple[str, str] | None:
    """Say why a model cannot extract, and what to do; None where it can."""
    kind = str(facts.values.get("general.type") or "model")
    tokenizer = str(facts.values.get("tokenizer.ggml.model") or "")
    encodes = facts.values.get(f"{facts.architecture}.attention.causal") is False
    findings = (
        (
            not facts.architecture or not facts.parameters,
            "it holds no model, only metadata or a vocabulary",
            "name the file with the weights",
        ),
        (kind != "model", f"it is no model but a {kind}", "merge an adapter into its base and export that"),
        (
            facts.architecture not in CAUSAL,
            f"its architecture is {facts.architecture!r}, which cannot be decoded under a grammar here",
            f"use one of {', '.join(sorted(CAUSAL))}",
        ),
        (
            encodes,
            "it is an encoder",
            "a pointing model needs its heads: import its folder with its manifest",
        ),
        (
            not tokenizer or not facts.tokens,
            "it has no tokenizer",
            "convert the model anew, with its tokenizer's files beside it",
        ),
        (
            tokenizer != BYTE_LEVEL,
            f"its tokenizer is of kind {tokenizer!r}, whose tokens are not the bytes of a text",
            f"use a model with a tokenizer of kind {BYTE_LEVEL!r}, as SmolLM2, Qwen and Granite have",
        ),
    )
    return next(((cause, remedy) for wrong, cause, remedy in findings if wrong), None)


def _context(facts: Facts, wishes: Wishes, gguf: str) -> int:
    most = facts.context or CONTEXT
    if wishes.context > most:
        remedy = f"give --context {most} or less"
        raise Permanent(f"describe {gguf}", cause=f"it was trained for {most} tokens", remedy=remedy)
    return wishes.context or max(LEAST_CONTEXT, min(CONTEXT, most))
