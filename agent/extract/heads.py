"""What a pointing model has beside the GGUF: input tables, and heads that choose places by hidden states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from agent.endings import Flags
from agent.errors import EngineBroken
from agent.features import LAYOUT, Matches
from agent.links import Links

Floats = npt.NDArray[np.float32]
Layout = npt.NDArray[np.int32]
BIASES = ("order_bias", "truth_bias", "link_in_bias", "link_out_bias", "ending_bias")


@dataclass(frozen=True, slots=True, eq=False)
class Heads:
    """Matrices of (pointer width, hidden width), as trained."""

    ask_start: Floats
    at_start: Floats
    ask_end: Floats
    from_start: Floats
    at_end: Floats
    ask_item: Floats
    at_item: Floats
    ask_choice: Floats
    from_cue: Floats
    at_choice: Floats
    truth: Floats
    truth_bias: Floats
    order: Floats
    """What each relation of ``agent.order`` but the first is worth to a question."""
    order_bias: Floats
    fits: Floats
    fits_bias: float
    item_bias: float
    rivalry: float
    """How much it speaks against a place that other fields claim it."""
    unclaimed: float
    """Log-odds that no field claims a place, against which claims are weighed."""
    embed: Floats
    """Token embeddings, (vocabulary, hidden width)."""
    match: Floats
    """Vectors of slot numbers, (slots, hidden width)."""
    link_in: Floats
    link_in_bias: Floats
    link_out: Floats
    link_out_bias: Floats
    link_ask: Floats
    """What each feature of a link is worth to a question, beside that: first for starts, then for items."""
    ending: Floats
    """What each feature of ``agent.endings`` is worth to a question and a beginning."""
    ending_bias: Floats
    layout: tuple[Floats, ...]
    """A table for each layout feature, in the order of ``agent.features.LAYOUT``."""

    @classmethod
    def load(cls, path: Path) -> Heads:
        """Read the file that training wrote beside the GGUF.

        Raises:
            EngineBroken: the file cannot be read, is damaged, or lacks a head of this version.
        """
        try:
            return cls._read(path)
        except (OSError, KeyError, ValueError, EOFError, BadZipFile) as error:
            remedy = (
                "the heads belong to another version of maaza or are damaged: copy the model folder again"
            )
            raise EngineBroken(f"read {path}", cause=str(error) or "end of file", remedy=remedy) from error

    @classmethod
    def _read(cls, path: Path) -> Heads:
        with path.open("rb") as file, np.load(file) as arrays:
            beside = {"embed", "match", "layout", "rivalry", "unclaimed"}
            names = [name for name in cls.__annotations__ if not name.endswith("_bias")]
            matrices = {name: f"{name}.weight" for name in names if name not in beside}
            matrices |= {name: name.replace("_bias", ".bias") for name in BIASES}
            matrices |= {"embed": "embed", "match": "match"}
            return cls(
                **{name: arrays[key].astype(np.float32) for name, key in matrices.items()},
                fits_bias=float(arrays["fits.bias"][0]),
                item_bias=float(arrays["item_bias"]),
                rivalry=float(arrays["rivalry"]),
                unclaimed=float(arrays["unclaimed"]),
                layout=tuple(arrays[f"layout.{name}"].astype(np.float32) for name in LAYOUT),
            )

    def worth(self, links: Links, asked: Floats) -> Floats:
        """Return what links add to the scores of start and item: (links, 2); ``asked`` are the questions."""
        seen = np.asarray(links.features, np.float32).reshape(-1, self.link_in.shape[1])
        hidden = np.maximum(seen @ self.link_in.T + self.link_in_bias, 0.0)
        gates = (asked @ self.link_ask.T).reshape(len(asked), 2, -1)[links.slots]
        found: Floats = hidden @ self.link_out.T + self.link_out_bias + np.einsum("nf,nkf->nk", seen, gates)
        return found

    def inputs(self, ids: Sequence[int], matches: Matches, layout: Layout | None = None) -> Floats:
        """Return what the encoder reads of each token: (tokens, hidden width)."""
        found: Floats = self.embed[np.asarray(ids)]
        if matches.places:
            spoken = self.match[matches.numbers] * np.asarray(matches.weights, np.float32)[:, None]
            np.add.at(found, matches.places, spoken)
        if layout is not None:
            inside = layout[:, 0] > 0
            for column, table in enumerate(self.layout):
                found[inside] += table[layout[inside, column]]
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Asks:
    """The questions put to one message."""

    states: Floats
    """Hidden states of the questions, (questions, width)."""
    choices: list[Floats]
    """Those of the choices of each."""
    values: tuple[int, ...]
    """The questions that ask for a value, and so are rivals for a place."""


class Scores:
    """What the heads say of one message: every question against every place.

    Place 0 is ``<msg>``, "nowhere"; place i is text token i - 1.
    """

    def __init__(self, heads: Heads, text: Floats, asks: Asks, links: Links) -> None:
        """Take the hidden states of the text's places, (places, width), and of what is asked."""
        self._heads, self._text, self._asked, self._choices = heads, text, asks.states, asks.choices
        asked = asks.states
        scale = np.float32(heads.ask_start.shape[0] ** -0.5)
        self._scale = scale
        self.start: Floats = (asked @ heads.ask_start.T) @ (text @ heads.at_start.T).T * scale
        """Log-odds that a field begins at a place: (questions, places)."""
        item = (asked @ heads.ask_item.T) @ (text @ heads.at_item.T).T * scale + heads.item_bias
        if links.slots:
            worth = heads.worth(links, asked)
            self.start[links.slots, links.places] += worth[:, 0]
            item[links.slots, links.places] += worth[:, 1]
        self._compete(list(asks.values))
        self.item: Floats = sigmoid(item)
        """Probability that an item of an array begins at a place: (questions, places)."""
        order = asked @ heads.order.T + heads.order_bias
        self.order: Floats = np.pad(order, ((0, 0), (1, 0)))
        """What each relation to the answer before adds to the log-odds: (questions, relations)."""
        self._ends: Floats = text @ heads.at_end.T
        self._asked_end: Floats = asked @ heads.ask_end.T
        self.fits = float(sigmoid(text[0] @ heads.fits[0] + heads.fits_bias))
        """Probability that the text is of this schema."""

    def _compete(self, values: list[int]) -> None:
        """Lower the score of a place for a field by how much others claim it; nowhere is free to all."""
        if not values:
            return
        claims = self.start[values, 1:]
        highest = np.maximum(claims.max(0), self._heads.unclaimed)
        shares = np.exp(claims - highest).sum(0) + np.exp(self._heads.unclaimed - highest)
        self.start[values, 1:] = claims + self._heads.rivalry * (claims - highest - np.log(shares))

    def end(self, slot: int, start: int, told: Flags) -> Floats:
        """Return log-odds that a field ends at each place from its beginning on: (places - start,).

        ``told``: what ``agent.endings`` says of these places.
        """
        heads, begun = self._heads, self._text[start]
        query = self._asked_end[slot] + heads.from_start @ begun
        worth = heads.ending @ np.concatenate([self._asked[slot], begun]) + heads.ending_bias
        found: Floats = (self._ends[start:] @ query) * self._scale + told @ worth
        return found

    def choice(self, slot: int, start: int, end: int) -> Floats:
        """Return the probability of each choice of an enum cued by ``[start, end]``."""
        cue = np.concatenate([self._text[start], self._text[end]])
        query = self._heads.ask_choice @ self._asked[slot] + self._heads.from_cue @ cue
        return softmax((self._choices[slot] @ self._heads.at_choice.T) @ query * self._scale)

    def truth(self, slot: int, start: int, end: int) -> float:
        """Return the probability that a boolean cued by ``[start, end]`` is true."""
        seen = np.concatenate([self._asked[slot], self._text[start], self._text[end]])
        return float(softmax(self._heads.truth @ seen + self._heads.truth_bias)[1])


def sigmoid(scores: Floats) -> Floats:
    """Return probabilities of log-odds, without overflow."""
    found: Floats = 0.5 * (1.0 + np.tanh(0.5 * scores))
    return found


def softmax(scores: Floats) -> Floats:
    """Return probabilities of scores along the last axis."""
    raised = np.exp(scores - scores.max(-1, keepdims=True))
    found: Floats = raised / raised.sum(-1, keepdims=True)
    return found
