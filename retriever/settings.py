"""The retriever's settings: declared here, loaded and checked by ``kb.settings``."""

from __future__ import annotations

from dataclasses import dataclass

from kb.settings import option


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """The search engine."""

    engine: str = option("embedded", "search engine", choices=("embedded",))
    candidates: int = option(100, "passages proposed by words and by vectors each", minimum=10, maximum=1000)
    model: str = option("", "file of fitted weights that `kb train` wrote; empty: the packaged one")
    spelling: bool = option(True, "also search what a typing error may have meant")
    lock_seconds: float = option(30.0, "how long a writer waits for another process's", minimum=0.1, maximum=600)
    wait_seconds: float = option(0.2, "how long an ask waits until the index has caught up", minimum=0, maximum=10)


@dataclass(frozen=True, slots=True)
class EmbeddingSettings:
    """The embedding model."""

    provider: str = option("local", "local: a packaged ONNX model; none: words only", choices=("local", "none"))
    model_dir: str = option("", "folder of your own model.onnx and tokenizer.json; empty: the packaged model")
    threads: int = option(2, "threads of the model", minimum=1, maximum=64)
    cache_dir: str = option("", "folder of cached vectors; empty: cache/ in the data folder")


@dataclass(frozen=True, slots=True)
class AskSettings:
    """Answering."""

    precision: float = option(0.90, "share of given answers whose question the knowledge base answers; 0: give every "
                              "answer, 1: none", minimum=0.0, maximum=1.0)
    max_sentences: int = option(4, "most sentences in an answer", minimum=1, maximum=20)
    answer_chars: int = option(600, "most characters in an answer", minimum=50, maximum=5000)
    nearest: int = option(3, "articles named when the answer abstains", minimum=0, maximum=20)
    log_questions: bool = option(True, "keep the question's text with the answer, for gap mining")
    notices: str = option("", "file of first lines for emergencies and greetings; empty: the packaged ones")
