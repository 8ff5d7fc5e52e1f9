"""What came of each question, and the lines of ``kb eval --run`` that hold it.

A line holds all that the measures need, so that an outcome read from a file scores as the one that was written; lines
written before answers had a third state read as answered or not known.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kb.errors import Invalid
from kb.markup.language import language
from retriever.answer import State
from retriever.lab.evaluation import metrics
from retriever.lab.evaluation.dataset import Dataset, Query


@dataclass(frozen=True)
class Outcome:
    """One query's result as far as the measures need it, in the corpus's own ids and offsets.

    Answer, citations and confidence are those of the best candidate, given or withheld; ``choices`` are what an asker
    was offered to check.
    """

    query: Query
    ranking: list[tuple[str, float]]
    passages: list[metrics.Place]
    answer: str
    state: State
    confidence: float
    citations: list[tuple[str, int, int, str]]
    took_ms: float
    lang: str
    choices: tuple[tuple[str, int, int, str], ...] = ()

    @property
    def abstained(self) -> bool:
        """Whether the answer was withheld."""
        return self.state is not State.ANSWERED

    @property
    def places(self) -> list[metrics.Place]:
        """Where the quotes stand."""
        return [(document, start, end) for document, start, end, _ in self.citations]

    @property
    def quotes(self) -> list[str]:
        """What is quoted, in the order of the citations."""
        return [quote for _, _, _, quote in self.citations]

    def line(self) -> str:
        """The query's line of ``--run FILE``."""
        return json.dumps({
            "query_id": self.query.id,
            "ranking": [{"corpus_id": d, "score": round(s, 6)} for d, s in self.ranking],
            "passages": [{"corpus_id": d, "start": a, "end": b} for d, a, b in self.passages],
            "answer": self.answer, "abstained": self.abstained, "state": str(self.state),
            "confidence": round(self.confidence, 6),
            "citations": [{"corpus_id": d, "start": a, "end": b, "quote": q} for d, a, b, q in self.citations],
            "choices": [{"corpus_id": d, "start": a, "end": b, "text": t} for d, a, b, t in self.choices],
            "took_ms": round(self.took_ms, 2),
        }, ensure_ascii=False)

    @classmethod
    def read(cls, line: Mapping[str, Any], query: Query) -> Outcome:
        """The outcome of which :meth:`line` wrote this object."""
        state = State(line.get("state") or (State.UNKNOWN if line["abstained"] else State.ANSWERED))
        return cls(query, [(r["corpus_id"], r["score"]) for r in line["ranking"]],
                   [(p["corpus_id"], p["start"], p["end"]) for p in line["passages"]],
                   line["answer"], state, line["confidence"],
                   [(c["corpus_id"], c["start"], c["end"], c["quote"]) for c in line["citations"]],
                   line["took_ms"], query.lang or language(query.text),
                   tuple((c["corpus_id"], c["start"], c["end"], c["text"]) for c in line.get("choices") or ()))


def read_run(path: Path, dataset: Dataset) -> list[Outcome]:
    """The outcomes of a ``--run`` file, in its order; Invalid names the line that is none of the set."""
    queries = {query.id: query for query in dataset.queries}
    found = []
    try:
        lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")  # texts hold other ends of lines
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid("run_file", "{path}: cannot be read: {error}", path=path, error=error) from error
    for number, text in enumerate(lines, 1):
        try:
            line = json.loads(text)
            found.append(Outcome.read(line, queries[line["query_id"]]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Invalid("run_file", "{path}: line {number} is not of a run of {name} ({error!r}): name a file that "
                          "`kb eval --run` wrote, and the set it was run on", path=path, number=number,
                          name=dataset.name, error=error) from error
    return found
