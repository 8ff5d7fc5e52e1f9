"""From learned weights to the file that serves: ONNX of the layers in 7 bits, as the packaged embedder is built.

The word table stays outside: its rows are looked up in the packaged weights, so the file holds the layers alone.
Inputs: ``words`` (1, length, hidden), ``parts`` (1, length), ``pool`` (units, length), rows that average a unit's
tokens. Outputs: ``passage`` (1,) and ``units`` (units,), logits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retriever.embedding.convert import Graph, attention_constants, layer
from retriever.embedding.weights import MAX_TOKENS, Weights
from retriever.lab.training.reader.shape import FROZEN

Arrays = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True)
class _Learned:
    """The learned layers under the names of the weight file."""

    base: Weights
    arrays: Arrays

    @property
    def hidden(self) -> int:
        return self.base.hidden

    @property
    def heads(self) -> int:
        return self.base.heads

    @property
    def epsilon(self) -> float:
        return self.base.epsilon

    def vector(self, name: str) -> NDArray[np.float32]:
        return self._of(name)

    def matrix(self, name: str, columns: int) -> NDArray[np.float32]:
        return self._of(name).reshape(-1, columns)

    def _of(self, name: str) -> NDArray[np.float32]:
        number, part, kind = name.split(".")
        prefix, ending = f"layers.{number[1:]}.", "weight" if kind == "w" else "bias"
        if part in ("q", "k", "v"):
            return np.split(self.arrays[f"{prefix}qkv.{ending}"], 3)["qkv".index(part)]
        own = {"ao": "out", "fi": "wider", "fo": "back", "aln": "middle_norm", "oln": "out_norm"}[part]
        return self.arrays[f"{prefix}{own}.{ending}"]


def export(base: Weights, arrays: Arrays, path: Path) -> None:
    """Write the ONNX file."""
    g = Graph()
    helper, types = g.onnx.helper, g.onnx.TensorProto
    h = base.hidden
    learned = _Learned(base, arrays)
    places = base.vector("emb.pos").reshape(-1, h)[:MAX_TOKENS] + base.vector("emb.type")[:h]
    g.constant("position", places[None])
    g.constant("shape.flat", np.array([0, 0, h], np.int64))
    for name, value in (("zero", 0), ("one", 1), ("two", 2)):
        g.constant(name, np.array([value], np.int64))
    g.node("Shape", ["parts"], "parts.shape")
    g.node("Slice", ["parts.shape", "one", "two"], "length")
    g.node("Slice", ["position", "zero", "length", "one"], "positions")
    g.node("Add", ["words", "positions"], "sum")
    g.constant("ln.w", base.vector("emb.ln.w"))
    g.constant("ln.b", base.vector("emb.ln.b"))
    x = g.node("LayerNormalization", ["sum", "ln.w", "ln.b"], "x0", axis=-1, epsilon=base.epsilon)
    g.constant("part.vectors", arrays["parts"])
    g.node("Gather", ["part.vectors", "parts"], "part")
    attention_constants(g, learned, is_padded=False)
    for i in range(base.layers):
        if i == FROZEN:
            x = g.node("Add", [x, "part"], "x.parted")
        x = layer(g, learned, i, x, is_padded=False, is_fused=False)
    g.node("Squeeze", [x, "zero"], "tokens")  # (length, hidden)
    g.node("Slice", ["tokens", "zero", "one", "zero"], "first")  # (1, hidden)
    g.node("MatMul", ["pool", "tokens"], "means")
    g.node("Shape", ["means"], "means.shape")
    g.node("Expand", ["first", "means.shape"], "firsts")
    g.node("Concat", ["means", "firsts"], "both", axis=-1)
    _head(g, arrays, "passage_head", "first", "passage")
    _head(g, arrays, "unit_head", "both", "units")
    graph = helper.make_graph(
        g.nodes, "reader",
        [helper.make_tensor_value_info("words", types.FLOAT, [1, "length", h]),
         helper.make_tensor_value_info("parts", types.INT64, [1, "length"]),
         helper.make_tensor_value_info("pool", types.FLOAT, ["units", "length"])],
        [helper.make_tensor_value_info("passage", types.FLOAT, [1]),
         helper.make_tensor_value_info("units", types.FLOAT, ["units"])],
        g.constants)
    model = helper.make_model(graph, ir_version=8, opset_imports=[
        helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)])
    path.write_bytes(model.SerializeToString())


def _head(g: Graph, arrays: Arrays, name: str, source: str, output: str) -> None:
    """Two layers with GELU between; one number for each row."""
    for part in ("0", "2"):
        g.constant(f"{name}.{part}.w", np.ascontiguousarray(arrays[f"{name}.{part}.weight"].T))
        g.constant(f"{name}.{part}.b", arrays[f"{name}.{part}.bias"])
    g.node("MatMul", [source, f"{name}.0.w"], name + ".a")
    g.node("Add", [name + ".a", f"{name}.0.b"], name + ".b")
    g.node("Gelu", [name + ".b"], name + ".c", "com.microsoft")
    g.node("MatMul", [name + ".c", f"{name}.2.w"], name + ".d")
    g.node("Add", [name + ".d", f"{name}.2.b"], name + ".e")
    g.node("Squeeze", [name + ".e", "one"], output)
