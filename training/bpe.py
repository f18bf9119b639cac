"""A byte-level BPE tokenizer as the hub keeps it: read, and used as the agent uses its own.

Training splits prompts through the same code as the daemon (``agent/extract/asking.py``); only what turns
characters into tokens differs, and every export compares the two.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.faults import Unusable
from training.random_model import byte_letters

TOKENIZER, SETTINGS = "tokenizer.json", "tokenizer_config.json"
KNOWN = "SmolLM2's and GPT-2's kind can be exported: byte-level BPE without a normaliser"


@dataclass(frozen=True, slots=True)
class Bpe:
    """A vocabulary, in the terms of GGUF."""

    tokens: tuple[str, ...]
    """By id, bytes written as GPT-2 writes them; the empty string where an id has no token."""
    control: frozenset[int]
    """Ids of tokens that stand for no text."""
    literal: frozenset[int]
    """Ids of other added tokens: found whole in any text, before it is cut."""
    merges: tuple[tuple[str, str], ...]
    cutting: str
    """What cuts a text before merging, as llama.cpp names it."""
    begin: tuple[int, ...]
    """Tokens that every prompt begins with; mostly none."""
    end: int
    """Token that ends an answer."""


def read(folder: Path, size: int) -> Bpe:
    """Read a tokenizer of ``size`` ids.

    Raises:
        Unusable: it is none, or of a kind that llama.cpp does not cut as its author meant.
    """
    whole, settings = _document(folder / TOKENIZER), _document(folder / SETTINGS)
    model, added = whole["model"], whole["added_tokens"]
    cutting = _cutting(whole, folder)
    ids = model["vocab"] | {one["content"]: one["id"] for one in added}
    if max(ids.values()) >= size:
        raise _refused(folder, f"it has {max(ids.values()) + 1} tokens, the model {size}")
    tokens = [""] * size
    for token, number in ids.items():
        tokens[number] = token
    return Bpe(
        tokens=tuple(tokens),
        control=frozenset(one["id"] for one in added if one["special"]),
        literal=frozenset(one["id"] for one in added if not one["special"]),
        merges=tuple(_merge(one) for one in model["merges"]),
        cutting=cutting,
        begin=_begin(whole, ids, folder),
        end=_end(settings, ids, folder),
    )


def _document(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Unusable(
            f"read {path}", cause=str(error), remedy="name a folder as the hub has them, with its tokenizer"
        ) from error
    return found


def _refused(folder: Path, cause: str) -> Unusable:
    return Unusable(f"use the tokenizer of {folder}", cause=cause, remedy=KNOWN)


def _cutting(whole: dict[str, Any], folder: Path) -> str:
    """Return llama.cpp's name for what comes before merging.

    Raises:
        Unusable: llama.cpp has no such thing.
    """
    model = whole["model"]
    if model.get("type", "BPE") != "BPE" or model.get("byte_fallback") or model.get("ignore_merges"):
        raise _refused(folder, f"its model is {model.get('type')!r}, or it does not merge by rank alone")
    if whole.get("normalizer"):
        raise _refused(folder, f"it changes texts before it cuts them: {whole['normalizer']}")
    before = whole.get("pre_tokenizer") or {}
    steps = before.get("pretokenizers", [before])
    kinds = [step.get("type") for step in steps]
    words = bool(steps) and steps[-1].get("use_regex", True) and not steps[-1].get("add_prefix_space")
    if words and kinds == ["ByteLevel"]:
        return "gpt-2"
    if words and kinds == ["Digits", "ByteLevel"] and steps[0].get("individual_digits"):
        return "smollm"
    raise _refused(folder, f"it cuts texts in a way that is not known here: {json.dumps(before)[:200]}")


def _merge(written: str | list[str]) -> tuple[str, str]:
    """Return a merge; older files write both parts in one string."""
    one, two = written.split(" ") if isinstance(written, str) else written
    return one, two


def _begin(whole: dict[str, Any], ids: dict[str, int], folder: Path) -> tuple[int, ...]:
    """Return what the tokenizer puts before every text.

    Raises:
        Unusable: it puts something behind it too.
    """
    parts = (whole.get("post_processor") or {}).get("single", [{"Sequence": {}}])
    place = next(number for number, part in enumerate(parts) if "Sequence" in part)
    if place > 1 or parts[place + 1 :]:
        raise _refused(folder, f"it puts more around a text than one token before it: {parts}")
    return tuple(ids[part["SpecialToken"]["id"]] for part in parts[:place])


def _end(settings: dict[str, Any], ids: dict[str, int], folder: Path) -> int:
    """Return the id of the token that ends an answer.

    Raises:
        Unusable: none is named.
    """
    named = settings.get("eos_token")
    token = named.get("content") if isinstance(named, dict) else named
    if token not in ids:
        raise _refused(folder, f"{SETTINGS} names no eos_token that it has")
    return ids[token]


class HubVocabulary:
    """A tokenizer of the hub under the names by which the agent asks its own (``agent.extract.bridge``)."""

    def __init__(self, folder: Path, size: int) -> None:
        """Read a tokenizer of ``size`` ids.

        Raises:
            Unusable: it is not of the kind that can be exported.
        """
        from tokenizers import Tokenizer  # noqa: PLC0415 - training's environment only

        self.bpe = read(folder, size)
        self._plain = Tokenizer.from_file(str(folder / TOKENIZER))
        self._plain.encode_special_tokens = True  # their names in a text are characters
        self._all = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokens = tuple(
            spelt(token, as_is=number in self.added) for number, token in enumerate(self.bpe.tokens)
        )

    @property
    def added(self) -> frozenset[int]:
        """Tokens that are written as they are, not by GPT-2's letters."""
        return self.bpe.control | self.bpe.literal

    @property
    def size(self) -> int:
        """Number of ids."""
        return len(self.bpe.tokens)

    @property
    def tokens(self) -> Sequence[bytes]:
        """Bytes of each token."""
        return self._tokens

    @property
    def control(self) -> Collection[int]:
        """Tokens that stand for no text, unused ids among them."""
        return self.bpe.control | {number for number, token in enumerate(self.bpe.tokens) if not token}

    @property
    def begin(self) -> Sequence[int]:
        """Tokens that every prompt begins with."""
        return self.bpe.begin

    @property
    def end(self) -> int:
        """Token that ends an answer."""
        return self.bpe.end

    def encode(self, text: bytes, *, control: bool = False) -> list[int]:
        """Return the tokens of a text; ``control``: names of control tokens are read as those."""
        tokenizer = self._all if control else self._plain
        ids: list[int] = tokenizer.encode(text.decode(errors="replace"), add_special_tokens=False).ids
        return ids


LETTERS = {letter: byte for byte, letter in enumerate(byte_letters())}


def spelt(token: str, *, as_is: bool) -> bytes:
    """Return a token's bytes."""
    return token.encode() if as_is else bytes(LETTERS[letter] for letter in token)
