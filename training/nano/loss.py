"""The loss: only decisions count, each over only the places that the decoder would allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from agent.endings import ENDING_FEATURES
from agent.features import LAYOUT
from agent.links import LINK_FEATURES
from agent.order import relations
from training.nano.encoding import ANY, NOWHERE, Encoded
from training.nano.model import Nano, visible

BLOCKED = -30.0
"""Score of a place that is not allowed; finite, so that half precision and empty rows stay finite."""


@dataclass(slots=True)
class Batch:
    """Encoded examples padded to one length: each holds its schema, then its message, then padding."""

    ids: Tensor
    schema: Tensor
    """Schema lengths."""
    total: Tensor
    """Whole lengths."""
    fits: Tensor
    points: Tensor
    """(n, 8): example, slot, first, behind, start, end, mask kind, answer."""
    relations: Tensor
    """(n, message length): how each place stands to the answer before a point's, by ``agent.order``."""
    ends: Tensor
    """(n, 6): example, slot, start, end, mask kind, answer."""
    endings: Tensor
    """(n, message length): what speaks for each place as an end, a bit each: of points, then of ends."""
    items: Tensor
    """(n, 4): example, slot, first, behind."""
    item_starts: Tensor
    """(n, message length): true where an item starts."""
    masks: Tensor
    """(examples, 6, message length)."""
    choices: Tensor
    """(examples, slots, choices): places of choices in the schema, -1 where there is none."""
    values: Tensor
    """(examples, slots): true where a slot asks for a value."""
    asks: Tensor
    """Place of the first question behind ``<ask>``, counted from ``<msg>``."""
    matches: Tensor
    """(n, 3): example, place, slot number."""
    match_weights: Tensor
    layout: Tensor
    """(examples, length, features)."""
    links: Tensor
    """(n, 3): example, slot in its order of asking, place in the message."""
    link_features: Tensor
    """(n, link features)."""

    def to(self, device: str) -> Batch:
        """Return the batch on a device."""
        return Batch(**{each.name: getattr(self, each.name).to(device) for each in fields(self)})


def collate(examples: Sequence[Encoded], length: int, pad: int = 0) -> Batch:
    """Stack examples, padded to ``length``, which must be one of few: kernels are compiled for each shape."""
    message = length
    ids = np.full((len(examples), length), pad, np.int64)
    masks = np.zeros((len(examples), 6, message), bool)
    slots = max(len(example.choices) for example in examples)
    widest = max([1, *(len(places) for example in examples for places in example.choices)])
    choices = np.full((len(examples), slots, widest), -1, np.int64)
    values = np.zeros((len(examples), slots), bool)
    points, ends, items, starts, matches, weights = [], [], [], [], [], []
    links, linked = [], []
    related: list[npt.NDArray[np.int8]] = []
    told: list[list[npt.NDArray[np.int64]]] = [[], []]
    shapes = np.zeros((len(examples), length, len(LAYOUT)), np.int32)
    for number, example in enumerate(examples):
        values[number, list(example.values)] = True
        ids[number, : len(example)] = example.schema_ids + example.message_ids
        masks[number, :, : example.masks.shape[1]] = example.masks
        for slot, places in enumerate(example.choices):
            choices[number, slot, : len(places)] = places
        first = len(example.schema_ids)
        shapes[number, first : first + len(example.layout)] = example.layout
        matches += [(number, place, slot) for place, slot in zip(*example.matches[:2], strict=True)]
        weights += example.matches[2]
        links += [(number, slot, place) for slot, place in zip(*example.links[:2], strict=True)]
        linked += example.links[2]
        points += [(number, *point) for point in example.points]
        related.append(relations_of(example, message))
        ends += [(number, *end) for end in example.ends]
        for kept, row in zip(told, endings_of(example, message), strict=True):
            kept.append(row)
        for slot, first, behind, firsts in example.items:
            items.append((number, slot, first, behind))
            row = np.zeros(message, bool)
            row[list(firsts)] = True
            starts.append(row)
    return Batch(
        ids=torch.from_numpy(ids),
        schema=torch.tensor([len(example.schema_ids) for example in examples]),
        total=torch.tensor([len(example) for example in examples]),
        fits=torch.tensor([float(example.fits) for example in examples]),
        points=torch.tensor(points, dtype=torch.long).view(-1, 8),
        relations=torch.from_numpy(np.concatenate(related)),
        ends=torch.tensor(ends, dtype=torch.long).view(-1, 6),
        endings=torch.from_numpy(np.concatenate([*told[0], *told[1]])),
        items=torch.tensor(items, dtype=torch.long).view(-1, 4),
        item_starts=torch.from_numpy(np.stack(starts) if starts else np.zeros((0, message), bool)),
        masks=torch.from_numpy(masks),
        choices=torch.from_numpy(choices),
        values=torch.from_numpy(values),
        asks=torch.tensor([len(example.message_ids) - len(example.choices) for example in examples]),
        matches=torch.tensor(matches, dtype=torch.long).view(-1, 3),
        match_weights=torch.tensor(weights),
        layout=torch.from_numpy(shapes),
        links=torch.tensor(links, dtype=torch.long).view(-1, 3),
        link_features=torch.tensor(linked, dtype=torch.float32).view(-1, len(LINK_FEATURES)),
    )


def relations_of(example: Encoded, length: int) -> npt.NDArray[np.int8]:
    """Return how each place stands to the answer before each point's: (points, length)."""
    found = np.zeros((len(example.points), length), np.int8)
    for row, (start, end) in zip(found, example.before, strict=True):
        if start >= 0:
            row[: len(example.grid)] = relations(example.grid, start, end)
    return found


def endings_of(example: Encoded, length: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the features of ends, a bit each: of points with an end, and of ends; (n, length) each."""
    starts = [point[3] for point in example.points if point[4] > 0], [end[1] for end in example.ends]
    found = tuple(np.zeros((len(each), length), np.int64) for each in starts)
    for rows, each in zip(found, starts, strict=True):
        for row, start in zip(rows, each, strict=True):
            row[start : start + len(example.endings[start])] = example.endings[start]
    return found[0], found[1]


@dataclass(frozen=True, slots=True)
class Reading:
    """A batch as the model has read it, by hidden states in single precision."""

    model: Nano
    batch: Batch
    hidden: Tensor
    """(examples, length, width)."""
    text: Tensor
    """The message part, ``<msg>`` first: (examples, message length, width)."""
    asked: Tensor
    """The questions behind ``<ask>``: (examples, slots, width)."""
    starts: Tensor
    """Log-odds that a field begins at a place: (examples, slots, message length)."""
    items: Tensor
    """Log-odds that an item begins at a place: (examples, slots, message length)."""

    @property
    def place(self) -> Tensor:
        """Places of the message part in one row."""
        return torch.arange(self.text.shape[1], device=self.text.device)[None]

    def scores(self, query: Tensor, places: Tensor, example: Tensor) -> Tensor:
        """Return the score of each place of its example for each query: (n, message length).

        Queries are laid out by example first, so that one matrix product does it.
        """
        count = torch.zeros(len(places), dtype=torch.long, device=query.device)
        order = torch.argsort(example, stable=True)
        count = count.index_add(0, example, torch.ones_like(example))
        before = count.cumsum(0) - count
        rank = torch.empty_like(example)
        rank[order] = torch.arange(len(example), device=query.device) - before[example[order]]
        laid = query.new_zeros(len(places), int(count.max()), query.shape[-1])
        laid = laid.index_put((example, rank), query)
        found = laid @ places.transpose(1, 2) * query.shape[-1] ** -0.5
        return found[example, rank]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The loss of each kind of decision (a mean), and how often it was right."""

    loss: dict[str, Tensor] = field(default_factory=dict)
    right: dict[str, Tensor] = field(default_factory=dict)


def losses(model: Nano, batch: Batch) -> Outcome:
    """Return what the model makes of a batch.

    The encoder runs in half precision, the heads in single: they are cheap, and their shapes vary.
    """
    with torch.autocast(batch.ids.device.type, torch.bfloat16):
        hidden = encode(model, batch)
    reading, outcome = arrange(model, batch, hidden.float()), Outcome()
    _fits(reading, outcome)
    _starts(reading, outcome)
    _ends(reading, outcome)
    _items(reading, outcome)
    _answers(reading, outcome)
    return outcome


def encode(model: Nano, batch: Batch) -> Tensor:
    """Return the hidden states of a batch: (examples, length, width)."""
    seen = visible(batch.schema, batch.total, batch.ids.shape[1])
    hidden: Tensor = model(batch.ids, batch.matches, batch.match_weights, batch.layout, seen)
    return hidden


def arrange(model: Nano, batch: Batch, hidden: Tensor) -> Reading:
    """Take the text and the questions out of the hidden states."""
    message, width, device = batch.masks.shape[2], hidden.shape[2], hidden.device
    place = batch.schema[:, None] + torch.arange(message, device=device)[None]
    text = hidden.gather(1, place.clamp(max=hidden.shape[1] - 1)[..., None].expand(-1, -1, width))
    ask = batch.asks[:, None] + torch.arange(batch.choices.shape[1], device=device)[None]
    asked = text.gather(1, ask.clamp(max=message - 1)[..., None].expand(-1, -1, width))
    worth = model.heads["link_out"](functional.relu(model.heads["link_in"](batch.link_features)))
    gates = model.heads["link_ask"](asked).unflatten(-1, (2, -1))[batch.links[:, 0], batch.links[:, 1]]
    worth = worth + torch.einsum("nf,nkf->nk", batch.link_features, gates)
    bias = torch.zeros(*batch.choices.shape[:2], message, 2, device=device)
    bias = bias.index_put(tuple(batch.links.T), worth, accumulate=True)
    starts = compete(model, scores_of(model, "start", asked, text) + bias[..., 0], batch.values)
    items = scores_of(model, "item", asked, text) + bias[..., 1] + model.item_bias
    return Reading(model, batch, hidden, text, asked, starts, items)


def scores_of(model: Nano, decision: str, asked: Tensor, text: Tensor) -> Tensor:
    """Return the score of each place for each question: (examples, slots, message length)."""
    query = model.heads[f"ask_{decision}"](asked)
    found: Tensor = query @ model.heads[f"at_{decision}"](text).transpose(1, 2) * query.shape[-1] ** -0.5
    return found


def compete(model: Nano, starts: Tensor, values: Tensor) -> Tensor:
    """Lower the score of a place for a field by how much other fields claim it; nowhere is free to all."""
    claims = starts.masked_fill(~values[..., None], -torch.inf)
    nobody = model.unclaimed.expand(len(claims), 1, claims.shape[2])
    shares = torch.cat([claims, nobody], 1).logsumexp(1, keepdim=True)
    lowered = starts + model.rivalry * (starts - shares)
    free = ~values[..., None] | (torch.arange(starts.shape[2], device=starts.device) == NOWHERE)
    return torch.where(free, starts, lowered)


def _fits(reading: Reading, outcome: Outcome) -> None:
    """Is the text of this schema."""
    wanted = reading.batch.fits
    scores = reading.model.heads["fits"](reading.text[:, 0]).squeeze(-1)
    outcome.loss["fits"] = functional.binary_cross_entropy_with_logits(scores, wanted)
    outcome.right["fits"] = ((scores > 0) == (wanted > 0)).float().mean()


def _starts(reading: Reading, outcome: Outcome) -> None:
    """Where does the field begin, or is it nowhere."""
    if not len(reading.batch.points):
        return
    place = reading.place
    example, slot, first, behind, start, _, mask, _ = reading.batch.points.T
    order = functional.pad(reading.model.heads["order"](reading.asked[example, slot]), (1, 0))
    scores = reading.starts[example, slot] + order.gather(1, reading.batch.relations.long())
    allowed = reading.batch.masks[example, mask] & (place >= first[:, None]) & (place < behind[:, None])
    allowed[:, NOWHERE] = True
    allowed.scatter_(1, start[:, None], value=True)
    scores = scores.masked_fill(~allowed, BLOCKED)
    outcome.loss["start"] = functional.cross_entropy(scores, start, reduction="none").mean()
    hit = (scores.argmax(1) == start).float()
    given = start > 0
    outcome.right["start"] = hit[given].mean() if given.any() else torch.tensor(1.0)
    outcome.right["absent"] = hit[~given].mean() if (~given).any() else torch.tensor(1.0)


def _ends(reading: Reading, outcome: Outcome) -> None:
    """Given where it begins, where does it end."""
    points = reading.batch.points
    rows = torch.cat([points[points[:, 5] > 0][:, [0, 1, 4, 5, 6]], reading.batch.ends[:, :5]])
    if not len(rows):
        return
    example, _, start, end, mask = rows.T
    scores = ends_of(reading, rows)
    allowed = reading.batch.masks[example, 3 + mask] & (reading.place >= start[:, None])
    allowed.scatter_(1, end[:, None], value=True)
    scores = scores.masked_fill(~allowed, BLOCKED)
    outcome.loss["end"] = functional.cross_entropy(scores, end)
    outcome.right["end"] = (scores.argmax(1) == end).float().mean()


def ends_of(reading: Reading, rows: Tensor) -> Tensor:
    """Return the score of each place as an end for rows of example, slot, start: (n, message length)."""
    heads = reading.model.heads
    example, slot, start = rows[:, :3].T
    query = heads["ask_end"](reading.asked[example, slot]) + heads["from_start"](reading.text[example, start])
    worth = heads["ending"](torch.cat([reading.asked[example, slot], reading.text[example, start]], -1))
    bits = torch.arange(len(ENDING_FEATURES), device=worth.device)
    told = (reading.batch.endings[..., None] >> bits & 1).to(worth.dtype)
    scores = reading.scores(query, heads["at_end"](reading.text), example)
    return scores + torch.einsum("nlf,nf->nl", told, worth)


def _items(reading: Reading, outcome: Outcome) -> None:
    """At each place: does an item of the array begin here."""
    if not len(reading.batch.items):
        return
    place, starts = reading.place, reading.batch.item_starts
    example, slot, first, behind = reading.batch.items.T
    scores = reading.items[example, slot]
    inside = reading.batch.masks[example, ANY] & (place >= first[:, None]) & (place < behind[:, None])
    each = functional.binary_cross_entropy_with_logits(scores, starts.float(), reduction="none")
    outcome.loss["item"] = ((each * inside).sum(1) / (1.0 + starts.sum(1))).mean()
    outcome.right["item"] = (((scores > 0) == starts) | ~inside).all(1).float().mean()


def _answers(reading: Reading, outcome: Outcome) -> None:
    """Given the words that cue it: which choice of an enum, true or false."""
    points, ends, choices = reading.batch.points, reading.batch.ends, reading.batch.choices
    rows = points[(points[:, 7] >= 0) & (points[:, 5] > 0)][:, [0, 1, 4, 5, 7]]
    rows = torch.cat([rows, ends[ends[:, 5] >= 0][:, [0, 1, 2, 3, 5]]])
    if not len(rows):
        return
    has_choices = choices[rows[:, 0], rows[:, 1], 0] >= 0
    for name, score, asked in (("choice", _choice, rows[has_choices]), ("truth", _truth, rows[~has_choices])):
        if len(asked):
            scores, answer = score(reading, asked), asked[:, 4]
            outcome.loss[name] = functional.cross_entropy(scores, answer)
            outcome.right[name] = (scores.argmax(1) == answer).float().mean()


def _choice(reading: Reading, rows: Tensor) -> Tensor:
    """Return scores of the choices: (n, choices)."""
    heads = reading.model.heads
    example, slot, start, end, _ = rows.T
    cue = torch.cat([reading.text[example, start], reading.text[example, end]], dim=-1)
    query = heads["ask_choice"](reading.asked[example, slot]) + heads["from_cue"](cue)
    places = reading.batch.choices[example, slot]
    options = heads["at_choice"](reading.hidden[example[:, None], places.clamp(min=0)])
    scores = (query[:, None] * options).sum(-1) * query.shape[-1] ** -0.5
    return scores.masked_fill(places < 0, BLOCKED)


def _truth(reading: Reading, rows: Tensor) -> Tensor:
    """Return scores of false and true: (n, 2)."""
    example, slot, start, end, _ = rows.T
    seen = [reading.asked[example, slot], reading.text[example, start], reading.text[example, end]]
    scores: Tensor = reading.model.heads["truth"](torch.cat(seen, dim=-1))
    return scores
