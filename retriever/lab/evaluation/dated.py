"""``kb eval`` of a folder with dated.jsonl beside texts.jsonl: which stretches of a text had their time behind them.

A stretch that is found is right where one that is labelled holds it or is held by it.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from kb.errors import Invalid
from kb.markup.facts.gone import gone_by
from retriever.lab.evaluation.facts import LabelledText, figures, labels, read_texts

DATED = "dated.jsonl"


def measure_dated(folder: Path, run_file: TextIO | None = None) -> dict[str, Any]:
    """Precision, recall and F1 over all stretches; one line a text to ``run_file``."""
    right = found_right = given = wanted = 0
    texts = read_texts(folder)
    for text, gold in labels(folder, DATED, "expired", texts):
        found = _expired(text, folder)
        same = [(quote, own) for quote in gold for own in found if quote in own or own in quote]
        right += len({quote for quote, _ in same})
        found_right += len({own for _, own in same})
        given += len(found)
        wanted += len(gold)
        if run_file:
            run_file.write(json.dumps({"id": text.id, "expired": found}, ensure_ascii=False) + "\n")
    recalled = figures(right, wanted, wanted)["recall"]
    precise = figures(found_right, given, given)["precision"]
    both = precise + recalled
    return {"set": folder.name, "texts": len(texts), "expired": wanted, "precision": precise, "recall": recalled,
            "f1": round(2 * precise * recalled / both if both else 0.0, 4)}


def _expired(text: LabelledText, folder: Path) -> list[str]:
    source, begin = text.source
    try:
        effective_from, as_of = date.fromisoformat(text.effective_from), date.fromisoformat(text.as_of)
    except ValueError as error:
        raise Invalid("eval_set", "{folder}: {id}: effective_from and as_of must be days: {error}", folder=folder,
                      id=text.id, error=error) from error
    return [source[gone.start:gone.end] for gone in gone_by(source, effective_from=effective_from, as_of=as_of,
                                                            title=text.title) if gone.start >= begin]
