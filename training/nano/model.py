"""The network: a Llama encoder in two parts (schema, then message) and the heads that point.

Every part that llama.cpp runs is a plain Llama block (RMSNorm, rotary attention, SwiGLU), so the weights
export to an ordinary GGUF. Attention looks both ways: schema tokens see the schema, message tokens see
everything. That is what llama.cpp does when the schema is decoded first with causal attention off and kept in
the KV cache, then the message. The heads are small projections of the last hidden states, applied outside
llama.cpp.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from agent.endings import ENDING_FEATURES
from agent.features import LAYOUT
from agent.links import LINK_FEATURES
from agent.order import RELATIONS
from agent.vocabulary import MAX_SLOTS

HEAD_NAMES = ("ask_start", "at_start", "ask_end", "from_start", "at_end", "ask_item", "at_item")
"""Projections from hidden width to pointer width; ``ask_`` of questions, ``at_`` of text places."""

LINK_WIDTH = 64
"""Width of the small network that weighs links."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of a model."""

    vocabulary: int
    width: int = 256
    layers: int = 6
    heads: int = 4
    hidden: int = 640
    pointer: int = 64
    rope_base: float = 10_000.0
    norm_eps: float = 1e-5

    @property
    def head_width(self) -> int:
        """Width of one attention head."""
        return self.width // self.heads


class Norm(nn.Module):
    """Root mean square norm with a learned scale."""

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """Scale to unit mean square."""
        return functional.rms_norm(x, (x.shape[-1],), self.weight.to(x.dtype), self.eps)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotate neighbouring pairs of channels (llama.cpp's order for the Llama architecture).

    ``cos`` and ``sin`` are as wide as a head, the sine of even channels negative: whole rows are multiplied,
    which is five times faster on a CPU than taking even and odd channels apart.
    """
    swapped = x.unflatten(-1, (-1, 2)).flip(-1).flatten(-2)
    return x * cos + swapped * sin


class Block(nn.Module):
    """One layer: attention, then SwiGLU, each behind a norm and added to the stream."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width, hidden = shape.width, shape.hidden
        self.heads = shape.heads
        self.attn_norm = Norm(width, shape.norm_eps)
        self.ffn_norm = Norm(width, shape.norm_eps)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.gate_up = nn.Linear(width, 2 * hidden, bias=False)
        self.down = nn.Linear(hidden, width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor) -> Tensor:
        """Return the stream after this layer; ``x`` is (batch, length, width)."""
        batch, length, width = x.shape
        qkv = self.qkv(self.attn_norm(x)).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        query, key = rotate(qkv[:2], cos, sin)
        seen = functional.scaled_dot_product_attention(query, key, qkv[2], attn_mask=mask)
        x = x + self.out(seen.transpose(1, 2).reshape(batch, length, width))
        gate, up = self.gate_up(self.ffn_norm(x)).chunk(2, dim=-1)
        return x + self.down(functional.silu(gate) * up)


class Nano(nn.Module):
    """The encoder and its heads."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embed = nn.Embedding(shape.vocabulary, shape.width)
        self.match = nn.Embedding(MAX_SLOTS, shape.width)
        self.layout = nn.ModuleDict({name: nn.Embedding(size, shape.width) for name, size in LAYOUT.items()})
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = Norm(shape.width, shape.norm_eps)
        width, pointer = shape.width, shape.pointer
        self.heads = nn.ModuleDict({name: nn.Linear(width, pointer, bias=False) for name in HEAD_NAMES})
        self.heads["ask_choice"] = nn.Linear(width, pointer, bias=False)
        self.heads["from_cue"] = nn.Linear(2 * width, pointer, bias=False)
        self.heads["at_choice"] = nn.Linear(width, pointer, bias=False)
        self.heads["truth"] = nn.Linear(3 * width, 2)
        self.heads["order"] = nn.Linear(width, len(RELATIONS) - 1)
        self.heads["fits"] = nn.Linear(width, 1)
        self.heads["link_in"] = nn.Linear(len(LINK_FEATURES), LINK_WIDTH)
        self.heads["link_out"] = nn.Linear(LINK_WIDTH, 2)
        self.heads["link_ask"] = nn.Linear(width, 2 * len(LINK_FEATURES), bias=False)
        self.heads["ending"] = nn.Linear(2 * width, len(ENDING_FEATURES))
        self.item_bias = nn.Parameter(torch.tensor(-3.0))
        self.rivalry = nn.Parameter(torch.tensor(0.1))
        self.unclaimed = nn.Parameter(torch.tensor(0.0))
        self.apply(_initialise)
        for table in self.layout.values():
            nn.init.normal_(table.weight, std=0.05)
        nn.init.zeros_(self.heads["link_out"].weight)
        for name in ("order", "link_ask", "ending"):
            nn.init.zeros_(self.heads[name].weight)
        for block in self.blocks:  # the stream starts as the identity, which lets a deep stack learn at once
            nn.init.zeros_(block.out.weight)
            nn.init.zeros_(block.down.weight)
        angles = shape.rope_base ** (-torch.arange(0, shape.head_width, 2) / shape.head_width)
        self.register_buffer("angles", angles, persistent=False)

    def forward(self, ids: Tensor, matches: Tensor, weights: Tensor, layout: Tensor, mask: Tensor) -> Tensor:
        """Return last hidden states (batch, length, width).

        Args:
            ids: token ids, (batch, length).
            matches: (n, 3): example, place and slot number of each match.
            weights: (n,): of each match.
            layout: (batch, length, features), 0 outside the text.
            mask: who sees whom, boolean, (batch, 1, length, length).
        """
        turn = torch.arange(ids.shape[1], device=ids.device)[:, None] * self.angles
        x = self.embed_all(ids, matches, weights, layout)
        kind = torch.bfloat16 if torch.is_autocast_enabled(ids.device.type) else torch.float32
        cos = turn.cos().repeat_interleave(2, -1).to(kind)
        sin = torch.stack((-turn.sin(), turn.sin()), -1).flatten(-2).to(kind)
        for block in self.blocks:
            x = block(x, cos, sin, mask)
        return self.norm(x)

    def embed_all(self, ids: Tensor, matches: Tensor, weights: Tensor, layout: Tensor) -> Tensor:
        """Return the sum of what is known of each place before the first layer."""
        x = self.embed(ids)
        spoken = self.match(matches[:, 2]) * weights[:, None]
        x = x.index_put((matches[:, 0], matches[:, 1]), spoken, accumulate=True)
        inside = (layout[..., :1] > 0).to(x.dtype)
        for number, table in enumerate(self.layout.values()):
            x = x + table(layout[..., number]) * inside
        return x


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, std=module.in_features**-0.5)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Embedding):
        nn.init.normal_(module.weight, std=0.5)


def visible(schema: Tensor, total: Tensor, length: int) -> Tensor:
    """Return who sees whom: (batch, 1, length, length), from schema lengths and whole lengths (batch,)."""
    place = torch.arange(length, device=schema.device)
    real = place[None, :] < total[:, None]
    of_schema = place[None, :] < schema[:, None]
    sees = real[:, None, :] & (of_schema[:, None, :] | ~of_schema[:, :, None])
    return sees[:, None]


def grown(known: Tensor, wanted: Tensor) -> Tensor:
    """Return weights in the shape of a larger model: new outputs as initialised, new inputs of old ones 0."""
    made, kept = wanted.clone(), tuple(slice(size) for size in known.shape)
    made[kept[:1]] = 0.0
    made[kept] = known
    return made
