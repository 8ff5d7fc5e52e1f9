"""The reader as torch learns it: the packaged encoder's layers over a window, and two small heads.

BERT order (post-layer-norm, GELU by erf), as retriever/embedding/convert.py builds it. The word table stays as it is
and is shared with the embedder. The lowest layers stay as they are too: they know words, not tasks, and without their
gradients a step takes a fifth less time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from retriever.embedding.weights import BLOCK, MAX_TOKENS, Weights
from retriever.lab.training.reader.shape import FROZEN, HEAD, PARTS
from retriever.reader.layout import Window


class Layer(nn.Module):
    """One transformer layer."""

    def __init__(self, weights: Weights, number: int, dropout: float) -> None:
        super().__init__()
        h, p = weights.hidden, f"l{number}."
        self.heads, self.dropout = weights.heads, dropout
        self.scale = (h // weights.heads) ** -0.5
        joint = np.concatenate([weights.matrix(p + n + ".w", h) for n in "qkv"])
        bias = np.concatenate([weights.vector(p + n + ".b") for n in "qkv"])
        wide = weights.vector(p + "fi.b").size
        self.qkv = _linear(joint, bias)
        self.out = _linear(weights.matrix(p + "ao.w", h), weights.vector(p + "ao.b"))
        self.wider = _linear(weights.matrix(p + "fi.w", h), weights.vector(p + "fi.b"))
        self.back = _linear(weights.matrix(p + "fo.w", wide), weights.vector(p + "fo.b"))
        self.middle_norm = _norm(weights, p + "aln")
        self.out_norm = _norm(weights, p + "oln")

    def forward(self, x: Tensor, bounds: Sequence[tuple[int, int]]) -> Tensor:
        """(tokens, h) -> (tokens, h); ``bounds`` are the windows, each of which attends to itself alone."""
        rate = self.dropout if self.training else 0.0
        q, k, v = (part.view(len(x), self.heads, -1).transpose(0, 1) for part in self.qkv(x).chunk(3, -1))
        # written out: torch's fused attention takes five times as long backwards on a CPU for heads this narrow
        read = torch.cat([torch.softmax(q[:, a:b] @ k[:, a:b].transpose(1, 2) * self.scale, -1).to(v.dtype) @ v[:, a:b]
                          for a, b in bounds], 1).transpose(0, 1).reshape(x.shape)
        x = self.middle_norm(x + functional.dropout(self.out(read), rate))
        wide = functional.gelu(self.wider(x))
        return self.out_norm(x + functional.dropout(self.back(wide), rate))


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Windows one after another, without padding: what is padded is computed for nothing.

    ``ids``, ``places`` (in the window) and ``parts`` are (tokens,); ``bounds`` the windows' first and end tokens;
    ``tokens`` and ``unit`` (n,) say which tokens belong to which unit, ``owner`` (units,) a unit's window.
    """

    ids: Tensor
    places: Tensor
    parts: Tensor
    bounds: list[tuple[int, int]]
    tokens: Tensor
    unit: Tensor
    owner: Tensor

    @classmethod
    def of(cls, windows: Sequence[Window], device: str = "cpu") -> Batch:
        """The batch of these windows."""
        ids: list[int] = []
        places: list[int] = []
        parts: list[int] = []
        bounds: list[tuple[int, int]] = []
        tokens: list[int] = []
        unit: list[int] = []
        owner: list[int] = []
        for n, window in enumerate(windows):
            begin = len(ids)
            bounds.append((begin, begin + len(window.ids)))
            ids += window.ids
            parts += window.parts
            places += range(len(window.ids))
            for _, first, end in window.units:
                tokens += range(begin + first, begin + end)
                unit += [len(owner)] * (end - first)
                owner.append(n)

        def numbers(values: list[int]) -> Tensor:
            return torch.tensor(values, dtype=torch.int64, device=device)
        return cls(numbers(ids), numbers(places), numbers(parts), bounds, numbers(tokens), numbers(unit),
                   numbers(owner))


class Reading(nn.Module):
    """Windows in; a logit for each window and for each of its units out."""

    def __init__(self, weights: Weights, dropout: float = 0.0) -> None:
        super().__init__()
        h, blocks = weights.hidden, weights.hidden // BLOCK
        values, scales = weights.blocks("emb.word")
        words = (values.astype(np.float32) * scales[:, None]).reshape(weights.vocabulary, blocks * BLOCK)
        places = weights.vector("emb.pos").reshape(-1, h)[:MAX_TOKENS] + weights.vector("emb.type")[:h]
        self.words: Tensor
        self.places: Tensor
        self.register_buffer("words", torch.from_numpy(words).to(torch.float16), persistent=False)
        self.register_buffer("places", torch.from_numpy(places.copy()), persistent=False)
        self.word_norm = _norm(weights, "emb.ln")
        self.layers = nn.ModuleList([Layer(weights, n, dropout) for n in range(weights.layers)])
        self.parts = nn.Parameter(torch.zeros(PARTS, h))
        self.passage_head = nn.Sequential(nn.Linear(h, HEAD), nn.GELU(), nn.Linear(HEAD, 1))
        self.unit_head = nn.Sequential(nn.Linear(2 * h, HEAD), nn.GELU(), nn.Linear(HEAD, 1))
        for frozen in (self.word_norm, *self.layers[:FROZEN]):
            frozen.requires_grad_(requires_grad=False)

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """(windows,) and (units,) logits."""
        with torch.no_grad():
            x = self.word_norm(self.words[batch.ids].float() + self.places[batch.places])
            for layer in self.layers[:FROZEN]:
                x = layer(x, batch.bounds)
        x = x + self.parts[batch.parts]
        for layer in self.layers[FROZEN:]:
            x = layer(x, batch.bounds)
        x = x.float()
        first = x[[a for a, _ in batch.bounds]]
        units = len(batch.owner)
        total = torch.zeros(units, x.shape[1], device=x.device).index_add(0, batch.unit, x[batch.tokens])
        sizes = torch.bincount(batch.unit, minlength=units).clamp(min=1)[:, None]
        both = torch.cat((total / sizes, first[batch.owner]), -1)
        return self.passage_head(first).squeeze(-1).float(), self.unit_head(both).squeeze(-1).float()

    def groups(self, body: float, heads: float) -> list[dict[str, Any]]:
        """What the optimiser learns, and how fast."""
        own = [*self.passage_head.parameters(), *self.unit_head.parameters(), self.parts]
        known = {id(p) for p in own}
        rest = [p for p in self.parameters() if p.requires_grad and id(p) not in known]
        return [{"params": rest, "lr": body}, {"params": own, "lr": heads}]


def _linear(weight: NDArray[np.float32], bias: NDArray[np.float32]) -> nn.Linear:
    made = nn.Linear(weight.shape[1], weight.shape[0])
    with torch.no_grad():
        made.weight.copy_(torch.from_numpy(np.ascontiguousarray(weight)))
        made.bias.copy_(torch.from_numpy(bias.copy()))
    return made


def _norm(weights: Weights, name: str) -> nn.LayerNorm:
    scale, shift = weights.vector(name + ".w"), weights.vector(name + ".b")
    made = nn.LayerNorm(scale.size, weights.epsilon)
    with torch.no_grad():
        made.weight.copy_(torch.from_numpy(scale.copy()))
        made.bias.copy_(torch.from_numpy(shift.copy()))
    return made


def parameters_of(network: nn.Module) -> int:
    """How many numbers are learned."""
    return sum(math.prod(p.shape) for p in network.parameters() if p.requires_grad)
