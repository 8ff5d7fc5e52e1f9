"""Computing the vectors that an engine waits for, newest texts first; safe to stop and to resume at any time."""

from __future__ import annotations

from retriever.embedding import Embedder
from retriever.engines import Engine

_BATCH = 64  # texts embedded between two looks at what is newest


def embed_pending(engine: Engine, embedder: Embedder | None, limit: int | None = None) -> int:
    """Compute missing vectors, at most ``limit``; how many were done. Nothing is locked while the model works."""
    done = 0
    while embedder is not None and (limit is None or done < limit):
        texts = engine.pending_texts(_BATCH if limit is None else min(_BATCH, limit - done))
        if not texts:
            break
        engine.put_vectors([t.key for t in texts], embedder.embed_passages([t.text for t in texts]))
        done += len(texts)
    return done
