"""The tokens of a model, as llguidance wants to see them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Protocol

from llguidance import LLTokenizer, TokenizerWrapper


class Vocabulary(Protocol):
    """What is asked of a model's vocabulary."""

    @property
    def size(self) -> int:
        """Number of tokens."""

    @property
    def tokens(self) -> Sequence[bytes]:
        """Bytes of each token."""

    @property
    def control(self) -> Collection[int]:
        """Tokens that stand for no text."""

    @property
    def begin(self) -> Sequence[int]:
        """Tokens that every prompt begins with; mostly none."""

    @property
    def end(self) -> int:
        """Token that ends an answer."""

    def encode(self, text: bytes, *, control: bool = False) -> list[int]:
        """Return the tokens of a text."""


class _Shown:
    """A vocabulary under the names that ``TokenizerWrapper`` looks for."""

    bos_token_id = None

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.eos_token_id = vocabulary.end
        self.tokens = list(vocabulary.tokens)
        self.special_token_ids = sorted({*vocabulary.control, vocabulary.end})
        self._encode = vocabulary.encode

    def __call__(self, text: bytes) -> list[int]:
        """Return the tokens of a text; llguidance asks so that forced text is split as the model expects."""
        return self._encode(text)


def tokenizer(vocabulary: Vocabulary) -> Any:  # noqa: ANN401 - the package has no types here
    """Return llguidance's tokenizer of a vocabulary; about a second for 50,000 tokens, so keep it.

    Its slices, which speed up free JSON strings, are of no use to strings that copy from a text.
    """
    return LLTokenizer(TokenizerWrapper(_Shown(vocabulary)), n_vocab=vocabulary.size, slices=[])
