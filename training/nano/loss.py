"""The loss: only decisions count, each over only the places that the decoder would allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from agent.features import LAYOUT
from training.nano.encoding import ANY, NOWHERE, Encoded
from training.nano.model import Nano, visible

BLOCKED = -30.0
"""Score of a place that is not allowed; finite, so that half precision and empty rows stay finite."""


@dataclass(slots=True)
class Batch:
    """Encoded examples padded to one length. Example ``b`` holds its schema, then its message, then padding."""

    ids: Tensor
    schema: Tensor
    """Schema lengths."""
    total: Tensor
    """Whole lengths."""
    fits: Tensor
    points: Tensor
    """(n, 8): example, slot, first, behind, start, end, mask kind, answer."""
    ends: Tensor
    """(n, 6): example, slot, start, end, mask kind, answer."""
    items: Tensor
    """(n, 4): example, slot, first, behind."""
    item_starts: Tensor
    """(n, message length): true where an item starts."""
    masks: Tensor
    """(examples, 6, message length)."""
    choices: Tensor
    """(examples, slots, choices): places of choices in the schema, -1 where there is none."""
    asks: Tensor
    """Place of the first question behind ``<ask>``, counted from ``<msg>``."""
    matches: Tensor
    """(n, 3): example, place, slot number."""
    match_weights: Tensor
    layout: Tensor
    """(examples, length, features)."""


def collate(examples: Sequence[Encoded], length: int, pad: int = 0) -> Batch:
    """Stack examples, padded to ``length``, which must be one of few: kernels are compiled for each shape."""
    message = length
    ids = np.full((len(examples), length), pad, np.int64)
    masks = np.zeros((len(examples), 6, message), bool)
    slots = max(len(example.choices) for example in examples)
    widest = max([1, *(len(places) for example in examples for places in example.choices)])
    choices = np.full((len(examples), slots, widest), -1, np.int64)
    points, ends, items, starts, matches, weights = [], [], [], [], [], []
    shapes = np.zeros((len(examples), length, len(LAYOUT)), np.int32)
    for number, example in enumerate(examples):
        ids[number, : len(example)] = example.schema_ids + example.message_ids
        masks[number, :, : example.masks.shape[1]] = example.masks
        for slot, places in enumerate(example.choices):
            choices[number, slot, : len(places)] = places
        first = len(example.schema_ids)
        shapes[number, first : first + len(example.layout)] = example.layout
        matches += [(number, place, slot) for place, slot in zip(*example.matches[:2], strict=True)]
        weights += example.matches[2]
        points += [(number, *point) for point in example.points]
        ends += [(number, *end) for end in example.ends]
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
        ends=torch.tensor(ends, dtype=torch.long).view(-1, 6),
        items=torch.tensor(items, dtype=torch.long).view(-1, 4),
        item_starts=torch.from_numpy(np.stack(starts)) if starts else torch.zeros(0, message, dtype=torch.bool),
        masks=torch.from_numpy(masks),
        choices=torch.from_numpy(choices),
        asks=torch.tensor([len(example.message_ids) - len(example.choices) for example in examples]),
        matches=torch.tensor(matches, dtype=torch.long).view(-1, 3),
        match_weights=torch.tensor(weights),
        layout=torch.from_numpy(shapes),
    )


def losses(model: Nano, batch: Batch) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Return the loss of each kind of decision (a mean), and how often it was right.

    The encoder runs in half precision, the heads in single: they are cheap, and their shapes vary.
    """
    kind = batch.ids.device.type
    with torch.autocast(kind, torch.bfloat16):
        hidden = model(batch.ids, batch.matches, batch.match_weights, batch.layout, visible(batch.schema, batch.total, batch.ids.shape[1]))
    hidden = hidden.float()
    examples, message = torch.arange(len(batch.ids)), batch.masks.shape[2]
    place = (batch.schema[:, None] + torch.arange(message)[None]).clamp(max=hidden.shape[1] - 1)
    text = hidden.gather(1, place[..., None].expand(-1, -1, hidden.shape[2]))
    ask = batch.asks[:, None] + torch.arange(batch.choices.shape[1])[None]
    asked = text.gather(1, ask.clamp(max=message - 1)[..., None].expand(-1, -1, hidden.shape[2]))
    found: dict[str, Tensor] = {}
    right: dict[str, Tensor] = {}

    fits = model.heads["fits"](text[:, 0]).squeeze(-1)
    found["fits"] = functional.binary_cross_entropy_with_logits(fits, batch.fits)
    right["fits"] = ((fits > 0) == (batch.fits > 0)).float().mean()
    _starts(model, batch, text, asked, found, right)
    _ends(model, batch, text, asked, found, right)
    _items(model, batch, text, asked, found, right)
    _answers(model, batch, hidden, text, asked, examples, found, right)
    return found, right


def _starts(
    model: Nano, batch: Batch, text: Tensor, asked: Tensor, found: dict[str, Tensor], right: dict[str, Tensor]
) -> None:
    """Where does the field begin, or is it nowhere."""
    if not len(batch.points):
        return
    example, slot, first, behind, start, _, mask, _ = batch.points.T
    query = model.heads["ask_start"](asked[example, slot])
    scores = _scores(query, model.heads["at_start"](text), example)
    place = torch.arange(text.shape[1])[None]
    allowed = batch.masks[example, mask] & (place >= first[:, None]) & (place < behind[:, None])
    allowed[:, NOWHERE] = True
    allowed[torch.arange(len(start)), start] = True
    scores = scores.masked_fill(~allowed, BLOCKED)
    each = functional.cross_entropy(scores, start, reduction="none")
    found["start"] = each.mean()
    hit = (scores.argmax(1) == start).float()
    given = start > 0
    right["start"] = hit[given].mean() if given.any() else torch.tensor(1.0)
    right["absent"] = hit[~given].mean() if (~given).any() else torch.tensor(1.0)


def _ends(
    model: Nano, batch: Batch, text: Tensor, asked: Tensor, found: dict[str, Tensor], right: dict[str, Tensor]
) -> None:
    """Given where it begins, where does it end."""
    rows = batch.points[batch.points[:, 5] > 0]
    rows = torch.cat([rows[:, [0, 1, 4, 5, 6]], batch.ends[:, :5]])
    if not len(rows):
        return
    example, slot, start, end, mask = rows.T
    query = model.heads["ask_end"](asked[example, slot]) + model.heads["from_start"](text[example, start])
    scores = _scores(query, model.heads["at_end"](text), example)
    place = torch.arange(text.shape[1])[None]
    allowed = batch.masks[example, 3 + mask] & (place >= start[:, None])
    allowed[torch.arange(len(end)), end] = True
    scores = scores.masked_fill(~allowed, BLOCKED)
    found["end"] = functional.cross_entropy(scores, end)
    right["end"] = (scores.argmax(1) == end).float().mean()


def _items(
    model: Nano, batch: Batch, text: Tensor, asked: Tensor, found: dict[str, Tensor], right: dict[str, Tensor]
) -> None:
    """At each place: does an item of the array begin here."""
    if not len(batch.items):
        return
    example, slot, first, behind = batch.items.T
    query = model.heads["ask_item"](asked[example, slot])
    scores = _scores(query, model.heads["at_item"](text), example) + model.item_bias
    place = torch.arange(text.shape[1])[None]
    inside = batch.masks[example, ANY] & (place >= first[:, None]) & (place < behind[:, None])
    each = functional.binary_cross_entropy_with_logits(scores, batch.item_starts.float(), reduction="none")
    wanted = 1.0 + batch.item_starts.sum(1)
    found["item"] = ((each * inside).sum(1) / wanted).mean()
    right["item"] = (((scores > 0) == batch.item_starts) | ~inside).all(1).float().mean()


def _answers(  # noqa: PLR0913 - the parts of one step
    model: Nano,
    batch: Batch,
    hidden: Tensor,
    text: Tensor,
    asked: Tensor,
    examples: Tensor,
    found: dict[str, Tensor],
    right: dict[str, Tensor],
) -> None:
    """Given the words that cue it: which choice of an enum, true or false."""
    del examples
    rows = batch.points[(batch.points[:, 7] >= 0) & (batch.points[:, 5] > 0)][:, [0, 1, 4, 5, 7]]
    rows = torch.cat([rows, batch.ends[batch.ends[:, 5] >= 0][:, [0, 1, 2, 3, 5]]])
    if not len(rows):
        return
    has_choices = batch.choices[rows[:, 0], rows[:, 1], 0] >= 0
    enums, truths = rows[has_choices], rows[~has_choices]
    if len(enums):
        example, slot, start, end, answer = enums.T
        cue = torch.cat([text[example, start], text[example, end]], dim=-1)
        query = model.heads["ask_choice"](asked[example, slot]) + model.heads["from_cue"](cue)
        places = batch.choices[example, slot]
        options = model.heads["at_choice"](hidden[example[:, None], places.clamp(min=0)])
        scores = (query[:, None] * options).sum(-1) * query.shape[-1] ** -0.5
        scores = scores.masked_fill(places < 0, BLOCKED)
        found["choice"] = functional.cross_entropy(scores, answer)
        right["choice"] = (scores.argmax(1) == answer).float().mean()
    if len(truths):
        example, slot, start, end, answer = truths.T
        scores = model.heads["truth"](torch.cat([asked[example, slot], text[example, start], text[example, end]], dim=-1))
        found["truth"] = functional.cross_entropy(scores, answer)
        right["truth"] = (scores.argmax(1) == answer).float().mean()


def _scores(query: Tensor, places: Tensor, example: Tensor) -> Tensor:
    """Return the score of each place of its example for each query: (n, message length)."""
    return (query[:, None] * places[example]).sum(-1) * query.shape[-1] ** -0.5
