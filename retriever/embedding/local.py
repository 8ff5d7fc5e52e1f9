"""Embedding on this machine: an ONNX model and a tokenizer in one folder, run by onnxruntime.

The packaged model by default; any e5, bge or gte export works when its folder holds model.onnx and tokenizer.json. A
``recipe.json`` beside them may name the model, its prefixes and its pooling (mean or cls).
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retriever.embedding import Recipe
from retriever.embedding.everyday import TABLE, write_everyday
from retriever.embedding.pieces import pieces_of
from retriever.embedding.runtime import onnxruntime
from retriever.errors import EmbeddingDown

log = logging.getLogger(__name__)


def default_model_dir(data_dir: Path) -> Path:
    """Where the packaged model is kept once converted."""
    return data_dir / "model" / "e5-small-int7"


def ensure_model(data_dir: Path) -> Path:
    """The packaged model's folder, converting it first when it is not there (about 15 s, once)."""
    folder = default_model_dir(data_dir)
    if not (folder / "recipe.json").is_file():
        from retriever.embedding.convert import convert
        from retriever.embedding.weights import packaged_weights

        log.info("converting the embedding model, once, into %s", folder)
        try:
            convert(packaged_weights(), folder)
        except OSError as error:
            raise EmbeddingDown("model_write", "the model cannot be written to {folder}: {strerror}", folder=folder,
                                strerror=error.strerror) from error
    elif not (folder / TABLE).is_file():  # as an earlier release left it
        with suppress(OSError):  # without it all is the same, but slower to start
            write_everyday(folder)
    return folder


# What tokenizers split off ordinary English words.
_ENDINGS = frozenset(["s", "es", "ed", "d", "ing", "ings", "er", "ers", "y", "ly", "ies", "ment", "ments", "ness",
                      "nt"])


def _recipe_file(folder: Path) -> dict[str, Any]:
    """The folder's recipe; an export without one is taken for an e5 model and its hash is computed and kept."""
    path = folder / "recipe.json"
    given: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if "sha256" not in given:
        with (folder / "model.onnx").open("rb") as file:
            given["sha256"] = hashlib.file_digest(file, "sha256").hexdigest()
    return {"model": folder.name, "quantisation": "as exported", "query_prefix": "query: ",
            "passage_prefix": "passage: ", "pooling": "mean", **given}


class LocalEmbedder:
    """See :class:`retriever.embedding.Embedder`. Safe for use from several threads."""

    def __init__(self, folder: Path, *, threads: int = 2) -> None:
        try:
            given = _recipe_file(folder)
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = threads
            options.log_severity_level = 3
            # measured: the arena keeps what the longest text needed and saves no time; threads that spin while they
            # wait make a question slower, not faster, as soon as anything else runs
            options.enable_cpu_mem_arena = False
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
            with ThreadPoolExecutor(1, "model") as beside:  # the runtime leaves Python's lock while it opens a model
                session = beside.submit(onnxruntime.InferenceSession, str(folder / "model.onnx"), options,
                                        providers=["CPUExecutionProvider"])
                self._pieces = pieces_of(folder)
                self._session = session.result()
        except Exception as error:  # the runtime raises many kinds; all mean that this folder does not serve
            raise EmbeddingDown("model", "no usable model in {folder} ({kind}): run `make setup`, or set "
                                "embedding.model_dir to a folder with model.onnx and tokenizer.json", folder=folder,
                                kind=type(error).__name__) from error
        self._prefixes = (str(given["query_prefix"]), str(given["passage_prefix"]))
        self._pooling = str(given["pooling"])
        self._inputs = {i.name: np.int32 if "int32" in i.type else np.int64 for i in self._session.get_inputs()}
        names = [o.name for o in self._session.get_outputs()]
        self._output = next((n for n in ("embedding", "sentence_embedding") if n in names), names[0])
        dimension = len(self._run([0, 2]))
        identity = repr((given["model"], given["sha256"], given["quantisation"], dimension, self._prefixes,
                         self._pooling, "unit, one text a run"))
        self.recipe = Recipe("local", str(given["model"]), dimension, hashlib.sha256(identity.encode()).hexdigest())

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See the protocol. One text at a time: a text's vector then does not hang on its neighbours, with which it
        would share the scales of dynamic quantisation, and on two threads it takes less time than a batch.
        """
        found = np.empty((len(texts), self.recipe.dimension), np.float32)
        for row, ids in enumerate(self._pieces.ids(texts, prefix=self._prefixes[1])):
            found[row] = self._run(ids)
        return found

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """See the protocol."""
        return self._run(self._pieces.ids([text], prefix=self._prefixes[0])[0])

    def embed_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See the protocol."""
        found = [self.embed_query(text) for text in texts]
        return np.array(found, np.float32).reshape(-1, self.recipe.dimension)

    def is_word(self, word: str) -> bool:
        """See the protocol: the tokenizer breaks what it does not know into pieces."""
        if len(self._pieces.cut(word.capitalize())) == 1:
            return True
        _, *rest = self._pieces.cut(word) or [""]
        ending = "".join(piece.removeprefix("##") for piece in rest)
        return not rest or (len(word) - len(ending) > 2 and ending in _ENDINGS and not word.endswith("ss"))

    def _run(self, ids: Sequence[int]) -> NDArray[np.float32]:
        """(d,) the text's unit vector."""
        tokens = np.array([ids], np.int64)
        feed = {"input_ids": tokens, "attention_mask": np.ones_like(tokens), "token_type_ids": np.zeros_like(tokens)}
        result = self._session.run([self._output], {n: feed[n].astype(t) for n, t in self._inputs.items()})[0][0]
        if result.ndim == 2:  # (length, d): a vector for each token
            result = result[0] if self._pooling == "cls" else result.mean(axis=0)
        # not numpy's norm, which adds in another order on another processor
        return np.asarray(result / max(math.hypot(*result.tolist()), 1e-12), np.float32)
