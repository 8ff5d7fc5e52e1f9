"""The retriever's errors; whether one may fall back to a lower level of service is in the type.

A message is an English text with named places and its values, said in the reader's language by :mod:`kb.messages`.
"""

from __future__ import annotations

from kb.messages.message import Telling


class RetrieverError(Telling):
    """Base of the retriever's errors; ``code`` is for programs, the message says what to do."""


class EngineDown(RetrieverError):
    """The engine cannot answer now; the ask goes on degraded and says so."""


class EmbeddingDown(RetrieverError):
    """The embedder cannot answer now; words alone are searched and the answer says so."""


class ReaderDown(RetrieverError):
    """The reader cannot read now; the answer is chosen without it and says so."""


class IndexMismatch(RetrieverError):
    """Index and configuration disagree (model, dimension, analyser, format); rebuild. Never falls back."""


class BadModel(RetrieverError):
    """The file of fitted weights cannot be used (damaged, another version, unknown features). Never falls back."""


class BadResponse(RetrieverError):
    """A component answered with something that breaks its contract. Never falls back."""


class BadQuestion(RetrieverError):
    """The question cannot be taken (empty, too long, not text)."""
