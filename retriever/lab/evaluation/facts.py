"""``kb eval`` of a folder with facts.jsonl beside texts.jsonl: how well the extractor reads, in all and by kind.

A fact is right where its kind, value, unit and bound are; the quote is for people. Only the kinds that such sets name
are counted: addresses and what is free are read too, and no set labels them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from kb.errors import Invalid
from kb.markup.facts.fact import MEASURES, Fact
from kb.markup.facts.stated import facts_of
from retriever.lab.evaluation.dataset import json_lines

FACTS, TEXTS = "facts.jsonl", "texts.jsonl"
LABELLED = ("money", "percent", "duration", "age", "quantity", "phone", "hours", "date", "document", "clause")
Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text of a set with what stands above it."""

    id: str
    title: str
    heading: str
    lead: str
    text: str
    effective_from: str = ""
    as_of: str = ""

    @property
    def source(self) -> tuple[str, int]:
        """The text as an article has it, below its heading and what opens it, and where it begins there."""
        above = f"# {self.heading}\n\n" if self.heading else ""
        if self.lead.startswith("|") and self.text.startswith("|"):
            above += f"{self.lead}\n|{'---|' * max(1, self.lead.rstrip().count('|') - 1)}\n"
        elif self.lead:
            above += f"{self.lead}\n\n"
        return above + self.text, len(above)


def read_texts(folder: Path) -> dict[str, LabelledText]:
    """The texts of a set by id."""
    names = LabelledText.__dataclass_fields__
    found = [LabelledText(**{name: str(item.get(name) or "") for name in names})
             for item in json_lines(folder / TEXTS)]
    return {text.id: text for text in found}


def labels(folder: Path, name: str, key: str, texts: Mapping[str, LabelledText]) -> Iterable[tuple[LabelledText, Any]]:
    """Each text that is labelled, with its labels."""
    for item in json_lines(folder / name):
        text = texts.get(str(item.get("id")))
        if text is None:
            raise Invalid("eval_set", "{folder}: no text has the id {id!r}", folder=folder / name, id=item.get("id"))
        if not isinstance(item.get(key), list):
            raise Invalid("eval_set", "{folder}: {id}: {key} must be a list", folder=folder / name, id=text.id, key=key)
        yield text, item[key]


def measure_facts(folder: Path, run_file: TextIO | None = None) -> dict[str, Any]:
    """Precision, recall and F1 of the extractor, in all and by kind; one line a text to ``run_file``."""
    right, given, wanted = Counter[str](), Counter[str](), Counter[str]()
    texts = read_texts(folder)
    for text, gold in labels(folder, FACTS, "facts", texts):
        source, begin = text.source
        found = [fact for fact in facts_of(source, title=text.title) if fact.start >= begin and fact.kind in LABELLED]
        ours, theirs = Counter(fact.key for fact in found), Counter(_key(item) for item in gold)
        for counted, keys in ((given, ours), (wanted, theirs), (right, ours & theirs)):
            counted.update(key[0] for key in keys.elements())
        if run_file:
            line = {"id": text.id, "facts": [_told(fact, source) for fact in found]}
            run_file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return {"set": folder.name, "texts": len(texts), "facts": wanted.total(),
            **figures(right.total(), given.total(), wanted.total()),
            "by_kind": {kind: {"facts": wanted[kind], **figures(right[kind], given[kind], wanted[kind])}
                        for kind in LABELLED if wanted[kind] or given[kind]}}


def figures(right: int, given: int, wanted: int) -> dict[str, float]:
    """Precision, recall and F1; of nothing given or wanted, 1."""
    precision, recall = right / given if given else 1.0, right / wanted if wanted else 1.0
    both = precision + recall
    return {"precision": round(precision, 4), "recall": round(recall, 4),
            "f1": round(2 * precision * recall / both if both else 0.0, 4)}


def _key(item: Mapping[str, Any]) -> Key:
    kind, value = str(item["kind"]), item["value"]
    return kind, format(value, "g") if _is_short(value) else str(value), str(item.get("unit", "")), str(
        item.get("op", "eq"))


def _is_short(value: object) -> bool:
    """Whether a number would be written otherwise than by its figures (25.0)."""
    return isinstance(value, float) and value < 1e6


def _told(fact: Fact, source: str) -> dict[str, Any]:
    number: Any = fact.value
    if fact.kind in MEASURES:
        number = int(fact.number) if fact.number == fact.number.to_integral_value() else float(fact.number)
    told = {"quote": source[fact.start:fact.end], "kind": fact.kind, "value": number}
    return told | ({"unit": fact.unit} if fact.unit else {}) | ({"op": fact.op} if fact.op != "eq" else {})
