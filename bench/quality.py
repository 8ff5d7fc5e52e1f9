"""Quality of the three systems on folders in the evaluation format, by the measures of ``kb eval``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from bench.rereading import WEIGHTS, reordered, write_documents
from kb.clock import utc_now
from kb.settings import Settings
from retriever.answering.fitted import load_fitted
from retriever.lab.evaluation import metrics
from retriever.lab.evaluation.dataset import Dataset, Query, read_dataset
from retriever.lab.evaluation.run import evaluate
from retriever.passages.cutting import embedding_text, split
from retriever.reader import PACKAGED

_MEASURES = ("ndcg@10", "passage_hit@1", "passage_hit@5")


class Runner(Protocol):
    """What of the bench is needed here."""

    work: Path

    def settings(self, folder: Path) -> Settings:
        """The settings of a data folder."""

    def peer(self, name: str, spec: dict[str, Any]) -> dict[str, Any] | None:
        """A step of another system; None when it is not installed."""


def compare(bench: Runner, folder: Path, peers: Sequence[str], *, limit: int | None) -> dict[str, Any]:
    """The measures of this system and the others on one folder, × 100; where their best passages are read too, also
    those of the order that reading gives."""
    dataset = read_dataset(folder)
    if dataset.articles:
        raise SystemExit(f"{folder}: the other systems know no revisions; give a folder with corpus.jsonl")
    ours = evaluate(bench.settings(bench.work / "quality"), dataset, now=utc_now(), limit=limit)
    found: dict[str, Any] = {"this system": {m: _percent(ours[m]) for m in _MEASURES}}
    places: list[metrics.Place] = []
    texts: list[str] = []
    for document in dataset.documents.values():
        for cut in split(document.text):
            places.append((document.id, cut.start, cut.end))
            texts.append(embedding_text(document.title, cut.heading_path, cut.context, cut.body))
    path = bench.work / "quality.jsonl"
    path.write_text("\n".join(json.dumps(text, ensure_ascii=False) for text in texts), encoding="utf-8")
    documents = bench.work / "documents.jsonl"
    write_documents(documents, [(d.title, d.lang, d.text) for d in dataset.documents.values()])
    queries = [q for q in dataset.queries[:limit] if q.answerable and q.id in dataset.relevant]
    for name in peers:
        done = bench.peer(name, {"step": "quality", "passages": str(path), "documents": str(documents),
                                 "folder": str(bench.work / "quality"),
                                 "questions": [_asked(query) for query in queries],
                                 "asked": [[*(t.text for t in query.history if t.role == "user"), query.text]
                                           for query in queries]})
        found[name] = None if done is None else _measured(dataset, queries, places, done["found"])
        if done and "reads" in done:
            found[f"{name}, read"] = _read(dataset, queries, places, done)
    return {"set": dataset.name, "questions": len(queries), "passages": len(places), "systems": found}


def _asked(query: Query) -> str:
    """Systems without a notion of dialogue get the earlier turns before the question."""
    return "\n".join((*(turn.text for turn in query.history), query.text))


def _read(dataset: Dataset, queries: Sequence[Query], places: Sequence[metrics.Place],
          done: dict[str, Any]) -> dict[str, float | None]:
    """The measures of the best order by rank and reader; nothing else is chosen by the questions that are measured."""
    order = load_fitted(PACKAGED.with_suffix(".json")).order
    orders = [[reordered(positions, reads, order, weight)
               for positions, reads in zip(done["found"], done["reads"], strict=True)] for weight in WEIGHTS]
    return max((_measured(dataset, queries, places, each) for each in orders),
               key=lambda found: sum(value or 0.0 for value in found.values()))


def _measured(dataset: Dataset, queries: Sequence[Query], places: Sequence[metrics.Place],
              found: Sequence[Sequence[int]]) -> dict[str, float | None]:
    """The measures over one system's passages, best first."""
    gains, hits = [], {1: [], 5: []}  # type: tuple[list[float], dict[int, list[float]]]
    for query, positions in zip(queries, found, strict=True):
        passages = [places[n] for n in positions]
        gains.append(metrics.ndcg(list(dict.fromkeys(p[0] for p in passages)), dataset.relevant[query.id]))
        gold = dataset.gold.get(query.id)
        if gold and gold.spans:
            for k, values in hits.items():
                values.append(float(any(metrics.overlaps(p, span) for p in passages[:k] for span in gold.spans)))
    return {"ndcg@10": _percent(metrics.mean(gains)), **{f"passage_hit@{k}": _percent(metrics.mean(v))
                                                        for k, v in hits.items()}}


def _percent(value: float | None) -> float | None:
    return None if value is None else round(100 * value, 1)
