"""What changing the subject costs in a dialogue: `python -m retriever.evaluation.topics DIR`.

Each question that is not a follow-up is asked alone, and then again after another question of the set and its answer,
with which it shares no relevant document, as when an agent's next caller comes to the same box. The set's own
follow-ups are measured beside them: what helps the one may harm the other. The seed stands below, so that anyone gets
the same pairs.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kb.settings import load_settings
from retriever.lab.evaluation.dataset import Dataset, Query, read_dataset
from retriever.lab.evaluation.run import evaluate
from retriever.lab.evaluation.shell import print_measures
from retriever.records import Turn

SEED = 20_261_128
_ANSWER = 200  # characters of the earlier answer
_MEASURES = ("queries", "ndcg@10", "passage_hit@1", "answer_f1", "auroc_answerable")


def following(dataset: Dataset, *, seed: int = SEED) -> list[tuple[Query, Query]]:
    """The questions that are no follow-ups, each with itself after another one of its language."""
    chance = random.Random(seed)
    first = [query for query in dataset.queries if not query.history]
    found = []
    for query in first:
        relevant = dataset.relevant.get(query.id, {}).keys()
        others = [other for other in first if other is not query and other.lang == query.lang and other.answerable
                  and relevant.isdisjoint(dataset.relevant.get(other.id, {}))]
        if others:
            found.append((query, replace(query, history=_exchange(dataset, chance.choice(others)))))
    return found


def _exchange(dataset: Dataset, query: Query) -> tuple[Turn, ...]:
    gold = dataset.gold.get(query.id)
    answer = (gold.answer or " ".join(text for _, _, _, text in gold.spans)) if gold else ""
    return (Turn("user", query.text), *((Turn("agent", answer[:_ANSWER]),) if answer else ()))


def measure(folder: Path, *, root: Path | None = None) -> dict[str, Any]:
    """Measures of :func:`evaluate` for questions alone, after another one, and for follow-ups."""
    dataset = read_dataset(folder)
    both = following(dataset)
    asked = {"alone": [pair[0] for pair in both], "after another question": [pair[1] for pair in both],
             "follow-ups": [query for query in dataset.queries if query.history]}
    result: dict[str, Any] = {"set": dataset.name, "seed": SEED}
    for name, queries in asked.items():
        if queries:
            measured = evaluate(load_settings(root), replace(dataset, queries=queries), now=datetime.now(UTC))
            given = {key: measured["abstention"].get(key) for key in ("given_precision", "answered")}
            result[name] = {**{key: measured.get(key) for key in _MEASURES}, **given}
    return result


def main(argv: Sequence[str] | None = None) -> int:
    """Measure one folder and print the figures."""
    return print_measures("retriever.lab.evaluation.topics", (
        "Ask each question of a set alone and after another question, and the set's follow-ups as they are; "
        "print the measures of each as JSON."), measure, argv)


if __name__ == "__main__":
    sys.exit(main())
