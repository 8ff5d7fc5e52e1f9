"""Two other retrieval systems over the same passages and the same vectors, set up as their own guides have it.

Run in the peers' own environment, one process for each: ``python -m bench.peers SPEC`` reads a JSON object and prints
one. Chinese is cut by jieba for both, since neither cuts it by itself; neither of them filters or cites. Where the spec
says who reads, what they find is read by this system's reader too.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bench.memory import disk_of, memory
from bench.rereading import open_rereader
from retriever.embedding.cache import CachingEmbedder, VectorCache
from retriever.embedding.local import LocalEmbedder

_ADDED = 3  # passages published one by one
_DEEP = 50  # passages fetched to rank ten documents
_WARM = 20  # questions before the clock starts


class Peer(Protocol):
    """A retrieval system that holds passages by their position."""

    def build(self, texts: Sequence[str]) -> None:
        """Index these texts."""

    def add(self, text: str) -> None:
        """Index one more, so that the next search finds it."""

    def search(self, question: str, k: int) -> list[int]:
        """Positions of the best passages."""

    def save(self, folder: Path) -> None:
        """Keep what can be kept."""

    def load(self, folder: Path, texts: Sequence[str]) -> None:
        """Be ready again in another process."""


def _cut(text: str) -> list[str]:
    """Words, Chinese ones by jieba, punctuation left out."""
    import jieba

    return [word.lower() for word in jieba.cut(text) if any(c.isalnum() for c in word)]


class LangChain:
    """EnsembleRetriever of BM25Retriever and FAISS with equal weights."""

    def __init__(self, embedder: CachingEmbedder) -> None:
        from langchain_core.embeddings import Embeddings

        class Ours(Embeddings):
            """The product's embedder in LangChain's form."""

            def embed_documents(self, texts: list[str]) -> list[list[float]]:
                return [[float(x) for x in row] for row in embedder.embed_passages(texts)]

            def embed_query(self, text: str) -> list[float]:
                return [float(x) for x in embedder.embed_query(text)]

        self._embeddings = Ours()
        self._texts: list[str] = []

    def build(self, texts: Sequence[str]) -> None:
        """See the protocol."""
        from langchain_community.vectorstores import FAISS

        self._texts = list(texts)
        self._dense = FAISS.from_texts(self._texts, self._embeddings, [{"n": n} for n in range(len(texts))])
        self._words()

    def _words(self) -> None:
        from langchain_community.retrievers import BM25Retriever

        self._sparse = BM25Retriever.from_texts(self._texts, [{"n": n} for n in range(len(self._texts))],
                                                preprocess_func=_cut)

    def add(self, text: str) -> None:
        """See the protocol: FAISS takes one more, BM25Retriever is made anew."""
        self._texts.append(text)
        self._dense.add_texts([text], [{"n": len(self._texts) - 1}])
        self._words()

    def search(self, question: str, k: int) -> list[int]:
        """See the protocol."""
        from langchain_classic.retrievers import EnsembleRetriever

        self._sparse.k = k
        both = EnsembleRetriever(retrievers=[self._sparse, self._dense.as_retriever(search_kwargs={"k": k})],
                                 weights=[0.5, 0.5])
        return [int(document.metadata["n"]) for document in both.invoke(question)][:k]

    def save(self, folder: Path) -> None:
        """See the protocol; BM25Retriever has no form on disk."""
        self._dense.save_local(str(folder))

    def load(self, folder: Path, texts: Sequence[str]) -> None:
        """See the protocol."""
        from langchain_community.vectorstores import FAISS

        self._texts = list(texts)
        self._dense = FAISS.load_local(str(folder), self._embeddings, allow_dangerous_deserialization=True)
        self._words()


class Txtai:
    """txtai's hybrid index with content, vectors from outside (``method: external``).

    Words reach its tokenizer with zero-width spaces between them, which the transform takes out again.
    """

    def __init__(self, embedder: CachingEmbedder) -> None:
        self._embedder = embedder
        self._is_question = False
        self._next = 0

    def _called(self) -> Callable[[Sequence[str]], NDArray[np.float32]]:
        """txtai calls a plain function as it is, but takes a method for a class to be made."""
        return lambda texts: self._vectors(texts)

    def _vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        plain = [text.replace("\u200b", "") for text in texts]
        if self._is_question:
            return np.stack([self._embedder.embed_query(text) for text in plain])
        return self._embedder.embed_passages(plain)

    @staticmethod
    def _marked(text: str) -> str:
        import jieba

        return "\u200b".join(jieba.cut(text))

    def build(self, texts: Sequence[str]) -> None:
        """See the protocol."""
        from txtai import Embeddings

        scoring = {"method": "bm25", "terms": True, "normalize": True, "tokenizer": {"regexp": r"\w+"}}
        self._index = Embeddings(method="external", transform=self._called(), content=True, hybrid=True,
                                 scoring=scoring)
        self._index.index((n, self._marked(text), None) for n, text in enumerate(texts))
        self._next = len(texts)

    def add(self, text: str) -> None:
        """See the protocol."""
        self._index.upsert([(self._next, self._marked(text), None)])
        self._next += 1

    def search(self, question: str, k: int) -> list[int]:
        """See the protocol."""
        self._is_question = True
        try:
            return [int(hit["id"]) for hit in self._index.search(self._marked(question), k)]
        finally:
            self._is_question = False

    def save(self, folder: Path) -> None:
        """See the protocol."""
        self._index.save(str(folder))

    def load(self, folder: Path, texts: Sequence[str]) -> None:
        """See the protocol."""
        from txtai import Embeddings

        self._next = len(texts)
        self._index = Embeddings()
        self._index.load(str(folder), config={"transform": self._called()})


PEERS: dict[str, type[LangChain] | type[Txtai]] = {"LangChain ensemble": LangChain, "txtai hybrid": Txtai}


def _milliseconds(work: Any) -> float:
    began = perf_counter()
    work()
    return (perf_counter() - began) * 1000


def measure(spec: dict[str, Any], began: float) -> dict[str, Any]:
    """The figures of one peer; ``spec`` names peer, step, model, cache, folder, passages and questions.

    Where it says by whom (``reading``), what is found is read too, for the questions as they were ``asked``: the
    caller's earlier turns, and the question.
    """
    texts = [json.loads(line) for line in Path(spec["passages"]).read_text(encoding="utf-8").split("\n")]
    questions: list[str] = spec["questions"]
    embedder = CachingEmbedder(LocalEmbedder(Path(spec["model"]), threads=spec["threads"]),
                               VectorCache(Path(spec["cache"])))
    peer: Peer = PEERS[spec["peer"]](embedder)
    folder = Path(spec["folder"])
    if spec["step"] == "cold":
        peer.load(folder, texts)
        peer.search(questions[0], 10)
        return {"cold_start_s": perf_counter() - began}
    build_ms = _milliseconds(lambda: peer.build(texts))
    if spec["step"] == "quality":
        deep = [peer.search(question, _DEEP) for question in questions]
        return {"found": deep, **_reread(spec, deep)}
    folder.mkdir(parents=True, exist_ok=True)
    peer.save(folder)
    for question in questions[:_WARM]:
        peer.search(question, 10)
    found: list[list[int]] = []
    search_ms = [_milliseconds(lambda q=question: found.append(peer.search(q, 10))) for question in questions]
    after = memory()
    read = _reread(spec, found)
    added = [f"{text}\n第{n}号补充 supplement {n}" for n, text in enumerate(texts[:_ADDED])]
    embedder.embed_passages(added)  # so that the vectors of new passages are not timed here either
    publish_ms = [_milliseconds(lambda t=text: peer.add(t)) + _milliseconds(lambda t=text: peer.search(t[-20:], 10))
                  for text in added]
    return {"build_s": build_ms / 1000, "search_ms": search_ms, "publish_ms": publish_ms, "memory": after,
            "disk_bytes": disk_of(folder), **read}


def _reread(spec: dict[str, Any], found: Sequence[Sequence[int]]) -> dict[str, Any]:
    """Of every question what was read, and the milliseconds that reading took; nothing where nobody reads."""
    if not spec.get("reading"):
        return {}
    rereader = open_rereader(spec["reading"], Path(spec["documents"]))
    texts = [rereader.texts(positions) for positions in found]  # ours are kept cut, so cutting is not timed
    for (*earlier, question), given in list(zip(spec["asked"], texts, strict=True))[:_WARM]:
        rereader.read(question, earlier, given)
    reads, took = [], []
    for (*earlier, question), given in zip(spec["asked"], texts, strict=True):
        began = perf_counter()
        reads.append(rereader.read(question, earlier, given))
        took.append((perf_counter() - began) * 1000)
    return {"reads": reads, "reading_ms": took, "memory_reading": memory()}


if __name__ == "__main__":
    started = perf_counter()
    logging.disable(logging.INFO)  # jieba tells on standard error that it loads its dictionary
    sys.stdout.write(json.dumps(measure(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), started)) + "\n")
