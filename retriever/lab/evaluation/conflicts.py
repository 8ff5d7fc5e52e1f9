"""``kb eval`` of a folder with conflicts.jsonl: does the check tell what two live texts state differently?

Each pair is compared as the sections of two live articles. A pair counts as told where its surest contradiction is;
its quotes are right where both touch the named ones.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from kb.errors import Invalid
from kb.settings import Settings
from retriever.checking.compared import Compared
from retriever.checking.contradicting import Candidate, Contradicting, Side
from retriever.checking.own_words import OwnWords
from retriever.factory import open_models
from retriever.lab.evaluation.dataset import json_lines
from retriever.lab.evaluation.facts import figures
from retriever.language.analysis import Analyser

CONFLICTS = "conflicts.jsonl"


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """Two sections of a set, with what is known of them."""

    id: str
    one: Compared
    other: Compared
    is_conflict: bool
    kind: str
    quotes: tuple[str, str]

    def is_quoted(self, one: Side, other: Side) -> bool:
        """Whether both sides touch the quotes that the set names."""
        return all(_touches(side, compared.text.source, quote) for side, compared, quote in
                   zip((one, other), (self.one, self.other), self.quotes, strict=True))


@dataclass(frozen=True, slots=True)
class Labelled:
    """A pair with what may contradict in it, and what agrees as it would look if it did not."""

    pair: LabelledPair
    found: list[Candidate]
    agreeing: list[Candidate]


def is_of_conflicts(folder: Path) -> bool:
    """Whether a folder holds pairs of texts."""
    return (folder / CONFLICTS).is_file()


def read_pairs(folder: Path, check: Contradicting) -> Iterator[LabelledPair]:
    """The pairs of a set; raises Invalid where a side lacks its text."""
    for item in json_lines(folder / CONFLICTS):
        sides = [side for side in (item.get("a"), item.get("b")) if isinstance(side, Mapping) and side.get("text")]
        if len(sides) != 2:
            raise Invalid("eval_set", "{path}: {id}: a and b must have a text", path=folder / CONFLICTS,
                          id=item.get("id"))
        lang = str(item.get("lang") or "zh")
        yield LabelledPair(str(item.get("id")), _compared(check, sides[0], lang), _compared(check, sides[1], lang),
                           bool(item.get("conflict")), str(item.get("kind") or ""),
                           (str(item.get("quote_a") or ""), str(item.get("quote_b") or "")))


def build_contradicting(settings: Settings) -> Contradicting:
    """The check as it is configured. Raises Invalid where no model of meaning is."""
    models = open_models(settings)
    if models.embedder is None:
        raise Invalid("embedding", "contradictions are found by meaning: set embedding.provider")
    return Contradicting(models.embedder, OwnWords(Analyser()))


def measure_conflicts(check: Contradicting, folder: Path, *, limit: int | None = None,
                      run_file: TextIO | None = None) -> dict[str, Any]:
    """Precision, recall and F1 in all and by kind, and the share of found ones whose quotes are right; one line a pair
    to ``run_file``."""
    judged: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    quoted = []
    for n, pair in enumerate(read_pairs(folder, check)):
        if limit is not None and n >= limit:
            break
        found = next(iter(check.between(pair.one, pair.other)), None)
        is_told = found is not None and found.is_told
        judged[pair.kind].append((is_told, pair.is_conflict))
        if found is not None and is_told and pair.is_conflict:
            quoted.append(pair.is_quoted(found.one, found.other))
        if run_file:
            run_file.write(json.dumps({
                "id": pair.id, "conflict": is_told, "score": found.score if found else 0.0,
                "quote_a": found.one.quote if found else "", "quote_b": found.other.quote if found else "",
            }, ensure_ascii=False) + "\n")
    every = [one for some in judged.values() for one in some]
    return {"set": folder.name, "pairs": len(every), "conflicts": sum(is_conflict for _, is_conflict in every),
            **_figures(every), "quotes": round(sum(quoted) / len(quoted), 4) if quoted else None,
            "by_kind": {kind: {"conflicts": sum(is_conflict for _, is_conflict in some), **_figures(some)}
                        for kind, some in sorted(judged.items())}}


def labelled_candidates(check: Contradicting, folder: Path) -> Iterator[Labelled]:
    """Each pair with all that may contradict in it, and all that agrees: what the weights are learned from."""
    for pair in read_pairs(folder, check):
        yield Labelled(pair, *(list(check.candidates(pair.one, pair.other, agreeing=agreeing, by_words=False))
                               for agreeing in (False, True)))


def _compared(check: Contradicting, side: Mapping[str, Any], lang: str) -> Compared:
    heading = str(side.get("heading") or "")
    above = f"## {heading}\n\n" if heading else ""
    return check.read(above + str(side["text"]), title=str(side.get("title") or ""), lang=lang)


def _figures(judged: Sequence[tuple[bool, bool]]) -> dict[str, float]:
    return figures(sum(told and real for told, real in judged), sum(told for told, _ in judged),
                   sum(real for _, real in judged))


def _touches(side: Side, source: str, quote: str) -> bool:
    at = source.find(quote)
    return at >= 0 and at < side.end and side.start < at + len(quote)
