"""``kb eval --errors``: the failures of a run as one readable page, worst first, and the risk–coverage curve.

A failure has one kind, its first cause: what was not found cannot be quoted, what was not quoted cannot be refused
wrongly. The page is self-contained, loads nothing, and escapes everything, since sets hold whatever the web holds.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TextIO

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from kb.text import BIDI
from retriever.answer import Answer
from retriever.answering.explain import contributions, lost_by
from retriever.answering.labels import label
from retriever.lab.evaluation import metrics
from retriever.lab.evaluation.dataset import Dataset, Gold
from retriever.lab.evaluation.run import Corpus
from retriever.lab.evaluation.scores import Outcome, is_right
from retriever.ranking.model import Model
from retriever.records import Hit, Turn

_HERE = Path(__file__).parent
_DEEP = 10  # places among which the right article counts as found
_LOW_F1, _LITTLE = 0.2, 0.5  # an answer that says less of the gold answer has missed it
_IN_SPANS = 0.8  # of a gold answer's words: then quotes can be judged by them
_CANDIDATES, _EXCERPT, _SPAN = 5, 180, 500
_CURVE = 100  # points
_UNSEEN = re.compile(f"{BIDI.pattern}|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # no page may hold the latter


class Kind(StrEnum):
    """What went wrong first."""

    ANSWERED = "answered"
    MISSED = "missed"
    PASSAGE = "passage"
    SENTENCE = "sentence"
    REFUSED = "refused"


KINDS: Mapping[Kind, tuple[str, str]] = {
    Kind.ANSWERED: ("Answered though unanswerable", "the set says that no document answers this"),
    Kind.MISSED: ("Right article not found", "none of the right articles is among the first ten"),
    Kind.PASSAGE: ("Right article, wrong passage", "the article is there, another passage was put first and quoted"),
    Kind.SENTENCE: ("Right passage, wrong sentence", "the passage is first, but what was quoted of it says too little"),
    Kind.REFUSED: ("Refused though answerable", "what was withheld was right"),
}


def kind_of(dataset: Dataset, outcome: Outcome) -> Kind | None:
    """What went wrong first with a question; None when nothing did, or the set does not say."""
    query, relevant = outcome.query, dataset.relevant.get(outcome.query.id, {})
    if not query.answerable:
        return None if outcome.abstained else Kind.ANSWERED
    if not relevant:
        return None
    if not any(document in relevant for document, _ in outcome.ranking[:_DEEP]):
        return Kind.MISSED
    wrong = _wrongly_quoted(outcome, relevant, dataset.gold.get(query.id))
    if wrong is None and outcome.abstained:
        return Kind.REFUSED
    return wrong


def _wrongly_quoted(outcome: Outcome, relevant: Mapping[str, float], gold: Gold | None) -> Kind | None:
    lang = outcome.lang
    if gold is None or not gold.spans:
        if outcome.ranking[0][0] not in relevant:
            return Kind.PASSAGE
        is_low = gold is not None and gold.answer and metrics.f1(outcome.answer, gold.answer, lang) < _LOW_F1
        return Kind.SENTENCE if is_low else None
    if not metrics.citation_scores([(d, a, b) for d, a, b, _ in outcome.citations], gold)[1]:
        is_first = any(metrics.overlaps(outcome.passages[0], span) for span in gold.spans)
        return Kind.SENTENCE if is_first else Kind.PASSAGE
    spans = " ".join(span[3] for span in gold.spans)
    can_be_quoted = gold.answer and metrics.share_said(spans, gold.answer, lang) >= _IN_SPANS
    says_little = (metrics.f1(outcome.answer, gold.answer, lang) < _LOW_F1
                   and metrics.share_said(outcome.answer, gold.answer, lang) < _LITTLE)
    return Kind.SENTENCE if can_be_quoted and says_little else None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that competed; ``ahead_by`` says in words what put it before the gold passage."""

    place: int
    document: str
    title: str
    headings: str
    text: str
    score: float
    is_gold: bool
    ahead_by: str


@dataclass(frozen=True, slots=True)
class Failure:
    """One question that went wrong, ready to be shown."""

    id: str
    kind: Kind
    question: str
    history: tuple[Turn, ...]
    is_given: bool
    confidence: float
    verdict: str
    answer: str
    f1: float | None
    quotes: tuple[tuple[str, str], ...]  # (document, quote)
    gold_answer: str
    gold_spans: tuple[tuple[str, str], ...]  # (document, text)
    article_place: int | None
    gold_place: int | None
    described: int
    candidates: tuple[Candidate, ...]

    @property
    def badness(self) -> tuple[int, float]:
        """Worst first: wrong and said, the surer the worse; right and withheld, the less sure the worse; the rest."""
        if self.is_given:
            return (0, -self.confidence)
        return (1, self.confidence) if self.kind is Kind.REFUSED else (2, -self.confidence)


class Failures:
    """Collects the failures of a run; :meth:`see` is what the run is watched by."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._failures: list[Failure] = []
        self._seen: list[tuple[Outcome, bool]] = []

    def see(self, dataset: Dataset, corpus: Corpus, outcome: Outcome, answer: Answer) -> None:
        """Take note of one outcome."""
        self._seen.append((outcome, is_right(dataset, outcome)))
        kind = kind_of(dataset, outcome)
        if kind is not None:
            self._failures.append(_Case(dataset, corpus, outcome, answer, self._model).failure(kind))

    def write(self, out: TextIO, result: Mapping[str, Any], *, threshold: float) -> None:
        """The page; ``result`` holds the run's measures."""
        failures = sorted(self._failures, key=lambda f: (f.badness, f.id))
        script = (_HERE / "failures.js").read_text(encoding="utf-8")
        environment = Environment(loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined,
                                  trim_blocks=True, lstrip_blocks=True)
        environment.filters["visible"] = lambda text: _UNSEEN.sub(lambda m: f"[U+{ord(m.group()):04X}]", text)
        out.write(environment.get_template("failures.html").render(
            result=result, failures=failures, kinds=KINDS, bars=self._bars(), curve=self._curve(threshold),
            measures=_measures(result), script=script, script_hash=_digest(script)))

    def _bars(self) -> list[dict[str, Any]]:
        """How many questions went each way, with the width of their part of the bar in percent."""
        total, answered = len(self._seen) or 1, [f for f in self._failures if f.is_given]
        refused = sum(not o.query.answerable and o.abstained for o, _ in self._seen)
        parts: list[tuple[str, str, int, int | None]] = [
            ("right", "Answered right", len(self._seen) - refused - len(self._failures), None),
            ("rightly", "Rightly refused", refused, None)]
        parts += [(kind, KINDS[kind][0], sum(f.kind is kind for f in self._failures),
                   sum(f.kind is kind for f in answered)) for kind in KINDS]
        return [{"kind": str(kind), "name": name, "count": count, "given": given, "share": 100 * count / total}
                for kind, name, count, given in parts]

    def _curve(self, threshold: float) -> dict[str, Any]:
        """The risk–coverage curve, and where the threshold stands on it."""
        given = [ok for o, ok in self._seen if not o.abstained]
        points = metrics.risk_coverage([o.confidence for o, _ in self._seen], [ok for _, ok in self._seen],
                                       points=min(_CURVE, len(self._seen)) or 1) if self._seen else []
        risk = given.count(False) / len(given) if given else 0.0
        highest = max([0.1, risk, *(p["risk"] for p in points)])
        step = 10 if highest <= 0.6 else 20  # percent between the lines
        lines = math.ceil(100 * highest / step - 1e-9)
        return {"points": points, "threshold": threshold, "step": step, "lines": lines, "top": lines * step / 100,
                "coverage": len(given) / len(self._seen) if self._seen else 0.0, "risk": risk}


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _measures(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The run's main figures, as percentages; what the set does not measure is left out."""
    refusals = result["abstention"]
    named = [("nDCG@10", result["ndcg@10"]), ("passage_hit@1", result["passage_hit@1"]),
             ("passage_hit@5", result["passage_hit@5"]), ("answer F1", result["answer_f1"]),
             ("AUROC answerable", result["auroc_answerable"]), ("answered", refusals["answered"]),
             ("unanswerable refused", refusals["recall"]), ("wrongly refused", refusals["wrongly_refused"])]
    return [(name, f"{100 * value:.1f}") for name, value in named if value is not None]


@dataclass(frozen=True, slots=True)
class _Case:
    """One question's outcome with all that is needed to tell what went wrong."""

    dataset: Dataset
    corpus: Corpus
    outcome: Outcome
    answer: Answer
    model: Model

    def failure(self, kind: Kind) -> Failure:
        o, query = self.outcome, self.outcome.query
        gold, relevant = self.dataset.gold.get(query.id), self.dataset.relevant.get(query.id, {})
        hits = self.answer.hits
        at = next((i for i, hit in enumerate(hits) if self._is_gold(hit)), None)
        shown = [*range(min(_CANDIDATES, len(hits))), *([at] if at is not None and at >= _CANDIDATES else [])]
        explained = self.answer.explain or {}
        return Failure(
            id=query.id, kind=kind, question=query.text, history=query.history, is_given=not o.abstained,
            confidence=o.confidence, verdict=explained["confidence"]["summary"]["en"], answer=o.answer,
            f1=metrics.f1(o.answer, gold.answer, o.lang) if gold and gold.answer else None,
            quotes=tuple((document, _cut(quote, _SPAN)) for document, _, _, quote in o.citations),
            gold_answer=gold.answer if gold else "",
            gold_spans=tuple((s[0], _cut(s[3], _SPAN)) for s in gold.spans) if gold and gold.spans
            else tuple((document, "") for document in relevant),
            article_place=next((i for i, (d, _) in enumerate(o.ranking, 1) if d in relevant), None),
            gold_place=None if at is None else at + 1, described=len(hits),
            candidates=tuple(self._candidate(i, None if at is None else hits[at]) for i in shown))

    def _is_gold(self, hit: Hit) -> bool:
        """Whether a passage holds a gold span; where none is marked, whether its document is right."""
        query_id, passage = self.outcome.query.id, hit.passage
        gold = self.dataset.gold.get(query_id)
        if gold and gold.spans:
            place = (self.corpus.by_revision[passage.revision_id], passage.start, passage.end)
            return any(metrics.overlaps(place, span) for span in gold.spans)
        return self.corpus.by_article[passage.article_id] in self.dataset.relevant.get(query_id, {})

    def _candidate(self, i: int, gold: Hit | None) -> Candidate:
        hit = self.answer.hits[i]
        passage = hit.passage
        ahead = lost_by(contributions(hit, self.model), contributions(gold, self.model)) \
            if gold and hit.score > gold.score else []
        return Candidate(
            place=i + 1, document=self.corpus.by_revision[passage.revision_id], title=passage.title,
            headings=" › ".join(h for h in passage.heading_path if h != passage.title),
            text=_cut(" ".join(passage.body.split()), _EXCERPT), score=hit.score, is_gold=self._is_gold(hit),
            ahead_by=", ".join(f"{label(r['feature'], 'en')} {r['by']:+.2f}" for r in ahead))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most - 1]}…"
