"""The token vocabulary of the pointing models: greedy longest match within words, one token for the rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from agent.pieces import SPACE_CLASSES, Piece, pieces

MAX_SLOTS = 128
"""Fields, objects and arrays of one schema that a model can be asked for at once."""

KINDS = ("<str>", "<num>", "<int>", "<bool>", "<enum>", "<obj>", "<arr>", "<map>", "<any>", "<key>")
MARKS = ("<pad>", "<unk>", "<schema>", "<msg>", "<ask>", "<opt>", "<in>", "<o>", "<unit>", "<desc>")
SLOTS = tuple(f"<f{number}>" for number in range(MAX_SLOTS))
SPACES = (*(f"<sp{size}>" for size in SPACE_CLASSES), "<tab>", "\n")
SPECIAL = (*MARKS, *KINDS, *SLOTS, *SPACES)
GLUED = "##"
"""Prefix of a token that goes on from the one before: a word's later parts, later digit pairs."""

MAX_CACHED_WORDS = 50_000
"""Words whose tokens are kept; about 10 MB at most."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token of a text and the characters it stands for."""

    id: int
    start: int
    end: int
    blank: bool
    """White space: no span begins or ends here."""


@dataclass(slots=True)
class Vocabulary:
    """Token strings by id, and the way from text to ids."""

    tokens: Sequence[str]
    ids: dict[str, int] = field(init=False)
    longest: int = field(init=False)
    """Characters of the longest token."""
    _words: dict[str, tuple[tuple[int, int], ...]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Index the tokens."""
        self.ids = {token: number for number, token in enumerate(self.tokens)}
        self.longest = max((len(token) for token in self.tokens), default=1)

    def encode(self, text: str) -> list[Token]:
        """Return the tokens of a text, each with its place."""
        return self.tokens_of(pieces(text))

    def tokens_of(self, found: Iterable[Piece]) -> list[Token]:
        """Return the tokens of a text's pieces, each with its place."""
        made: list[Token] = []
        for piece in found:
            if piece.kind == "word":
                place = piece.start
                for token, length in self.split(piece.text):
                    made.append(Token(token, place, place + length, blank=False))
                    place += length
            else:
                blank = piece.kind in ("space", "newline")
                token = self.lookup(piece.text, glued=piece.glued)
                made.append(Token(token, piece.start, piece.end, blank=blank))
        return made

    def encode_ids(self, text: str) -> list[int]:
        """Return the token ids alone, white space left out: for names and descriptions."""
        return [token.id for token in self.encode(text) if not token.blank]

    def lookup(self, text: str, *, glued: bool) -> int:
        """Return the id of a piece that is no word; long runs of a mark are known by their first three."""
        unknown = self.ids["<unk>"]
        if glued:
            return self.ids.get(GLUED + text, unknown)
        return self.ids.get(text, self.ids.get(text[:3], self.ids.get(text[:1], unknown)))

    def split(self, word: str) -> tuple[tuple[int, int], ...]:
        """Return (id, length) of a word's parts: the longest known beginning, then the same of the rest."""
        known = self._words.get(word)
        if known is None:
            known = tuple(self._parts(word))
            if len(self._words) >= MAX_CACHED_WORDS:
                self._words.clear()
            self._words[word] = known
        return known

    def _parts(self, word: str) -> Iterable[tuple[int, int]]:
        place = 0
        while place < len(word):
            prefix = GLUED if place else ""
            for end in range(min(len(word), place + self.longest), place, -1):
                token = self.ids.get(prefix + word[place:end])
                if token is not None:
                    yield token, end - place
                    place = end
                    break
            else:
                yield self.ids["<unk>"], 1
                place += 1
