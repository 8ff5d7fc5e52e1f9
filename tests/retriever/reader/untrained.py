"""A reader that has learned nothing: the packaged encoder's layers, and heads of random numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retriever.embedding.weights import packaged_weights, read_weights
from retriever.lab.training.reader.export import export
from retriever.lab.training.reader.shape import HEAD, PARTS

_NAMES = {"out": "ao", "wider": "fi", "back": "fo", "middle_norm": "aln", "out_norm": "oln"}


def untrained(path: Path, *, seed: int = 0) -> Path:
    """Write one, under the names that learning gives its numbers."""
    base, random = read_weights(packaged_weights()), np.random.default_rng(seed)
    h = base.hidden
    arrays: dict[str, NDArray[np.float32]] = {}
    for n in range(base.layers):
        own, prefix = f"layers.{n}.", f"l{n}."
        arrays[own + "qkv.weight"] = np.concatenate([base.matrix(f"{prefix}{part}.w", h) for part in "qkv"])
        arrays[own + "qkv.bias"] = np.concatenate([base.vector(f"{prefix}{part}.b") for part in "qkv"])
        wide = base.vector(prefix + "fi.b").size
        for name, part in _NAMES.items():
            is_norm, columns = name.endswith("norm"), wide if name == "back" else h
            arrays[f"{own}{name}.weight"] = base.vector(f"{prefix}{part}.w") if is_norm else \
                base.matrix(f"{prefix}{part}.w", columns)
            arrays[f"{own}{name}.bias"] = base.vector(f"{prefix}{part}.b")

    def numbers(*shape: int) -> NDArray[np.float32]:
        return random.normal(0, 0.1, shape).astype(np.float32)

    arrays["parts"] = numbers(PARTS, h)
    for name, columns in (("passage_head", h), ("unit_head", 2 * h)):
        arrays |= {f"{name}.0.weight": numbers(HEAD, columns), f"{name}.0.bias": numbers(HEAD),
                   f"{name}.2.weight": numbers(1, HEAD), f"{name}.2.bias": numbers(1)}
    export(base, arrays, path)
    return path
