"""The retriever's settings: declared here, loaded and checked by ``kb.settings``."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from kb.errors import Invalid
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
class ReaderSettings:
    """The reader, which says which units of the found passages answer."""

    provider: str = option("local", "local: the model on this machine; endpoint: a chat model, else the local one; "
                           "none: neither", choices=("local", "endpoint", "none"))
    file: str = option("", "file of a reader that `kb train --reader` wrote; empty: the packaged one")
    local_seconds: float = option(0.15, "how long the model on this machine may read for a question, while it works",
                                  minimum=0.01, maximum=60)
    local_patience_seconds: float = option(1.0, "how long a question may wait for it on a busy machine", minimum=0.01,
                                           maximum=60)
    url: str = option("", "address of an OpenAI-compatible endpoint, usually ending in /v1; questions and passages are "
                      "sent there")
    model: str = option("", "the endpoint's name of the chat model")
    key: str = option("", "the endpoint's key: in KB__READER__KEY or KB__READER__KEY_FILE, never here", secret=True)
    seconds: float = option(4.0, "how long a question may wait for the endpoint, all tries together", minimum=0.1,
                            maximum=60)
    question_chars: int = option(12_000, "most characters sent for one question", minimum=4_000, maximum=200_000)
    hour_chars: int = option(5_000_000, "most characters that one process sends within an hour", minimum=10_000,
                             maximum=10_000_000_000)
    failures: int = option(3, "failures in a row after which the endpoint is left alone for a while", minimum=1,
                           maximum=100)
    pause_seconds: float = option(30.0, "how long it is left alone", minimum=1, maximum=3_600)

    def __post_init__(self) -> None:
        """Raise Invalid where an endpoint is wanted and the rest does not say which."""
        if self.provider != "endpoint":
            return
        for name in ("url", "model"):
            if not getattr(self, name):
                raise Invalid("missing_setting", "setting reader.{name} is required when reader.provider is endpoint",
                              name=name, key=f"reader.{name}")
        try:
            parts = urlsplit(self.url)
            is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
        except ValueError:
            is_address = False
        if not is_address:
            raise Invalid("bad_setting", "setting reader.url must be an address such as https://models.example/v1, "
                          "without user name and password", key="reader.url")


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """The check of a draft before it is submitted."""

    questions: int = option(600, "questions of the answer log, the last asked first, that a check looks at", minimum=0,
                            maximum=20_000)
    seconds: float = option(5.0, "how long a check may read, while it works; what it found until then is told",
                            minimum=0.1, maximum=300)
    patience_seconds: float = option(20.0, "how long a check may take for it on a busy machine", minimum=0.1,
                                     maximum=600)


@dataclass(frozen=True, slots=True)
class AskSettings:
    """Answering."""

    precision: float = option(0.85, "share of given answers that are right, on texts that taught nothing; 0: give "
                              "every answer, 1: none", minimum=0.0, maximum=1.0)
    max_sentences: int = option(4, "most sentences in an answer that no reader has read", minimum=1, maximum=20)
    answer_chars: int = option(600, "most characters in an answer", minimum=50, maximum=5000)
    notices: str = option("", "file of first lines for emergencies and greetings; empty: the packaged ones")
    nearest: int = option(3, "articles named when the answer abstains", minimum=0, maximum=20)
    log_questions: bool = option(True, "keep the question's text with the answer, for gap mining")
