"""The failures of a run, each described under its first cause, for ``kb eval --errors`` to show."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from retriever.answer import Answer, State
from retriever.answering.explaining.candidates import contributions, lost_by
from retriever.answering.labels import label
from retriever.lab.evaluation import metrics
from retriever.lab.evaluation.dataset import Dataset, Gold
from retriever.lab.evaluation.failures.causes import CAUSES, Cause, cause_of
from retriever.lab.evaluation.outcomes import Outcome
from retriever.lab.evaluation.run import Corpus
from retriever.lab.evaluation.scores import is_right
from retriever.lab.evaluation.whole_answers import VERDICTS, holds_core, is_marked, verdict
from retriever.ranking.model import Model
from retriever.records import Hit, Turn

_CANDIDATES, _EXCERPT, _SPAN = 5, 180, 500
_CURVE = 100  # points


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
class Offered:
    """A section that was offered to be checked."""

    document: str
    headings: str
    text: str
    has_core: bool


@dataclass(frozen=True, slots=True)
class Failure:
    """One question that went wrong, ready to be shown.

    ``got`` says what the asker had of it, ``lacking`` what must not lack in the answer and does, and ``excess`` how
    much was quoted beyond the ideal; they are empty where the set does not say what must not lack.
    """

    id: str
    cause: Cause
    question: str
    history: tuple[Turn, ...]
    state: State
    got: str
    confidence: float
    verdict: str
    answer: str
    f1: float | None
    lacking: tuple[str, ...]
    excess: float | None
    choices: tuple[Offered, ...]
    quotes: tuple[tuple[str, str], ...]  # (document, quote)
    gold_answer: str
    gold_spans: tuple[tuple[str, str], ...]  # (document, text)
    article_place: int | None
    gold_place: int | None
    described: int
    candidates: tuple[Candidate, ...]

    @property
    def is_given(self) -> bool:
        """Whether the answer was given."""
        return self.state is State.ANSWERED

    @property
    def badness(self) -> tuple[int, float]:
        """Worst first: wrong and said, the surer the worse; right and withheld, the less sure the worse; the rest."""
        if self.is_given:
            return (0, -self.confidence)
        return (1, self.confidence) if self.cause is Cause.REFUSED else (2, -self.confidence)


class Failures:
    """Collects the failures of a run; :meth:`see` is what the run is watched by."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._failures: list[Failure] = []
        self._seen: list[tuple[Outcome, bool]] = []
        self._offered = 0  # right choices

    def see(self, dataset: Dataset, corpus: Corpus, outcome: Outcome, answer: Answer) -> None:
        """Take note of one outcome."""
        self._seen.append((outcome, is_right(dataset, outcome)))
        cause = cause_of(dataset, outcome)
        self._offered += outcome.state is State.CHECK and outcome.query.answerable and cause is None
        if cause is not None:
            self._failures.append(_Case(dataset, corpus, outcome, answer, self._model).failure(cause))

    @property
    def worst_first(self) -> list[Failure]:
        """The failures, worst first."""
        return sorted(self._failures, key=lambda f: (f.badness, f.id))

    def bars(self) -> list[dict[str, Any]]:
        """How many questions went each way, with the width of their part of the bar in percent."""
        total, answered = len(self._seen) or 1, [f for f in self._failures if f.is_given]
        refused = sum(not o.query.answerable and o.abstained for o, _ in self._seen)
        parts: list[tuple[str, str, int, int | None]] = [
            ("right", "Answered right", len(self._seen) - refused - self._offered - len(self._failures), None),
            ("offered", "Right choice offered", self._offered, None), ("rightly", "Rightly refused", refused, None)]
        parts += [(cause, CAUSES[cause][0], sum(f.cause is cause for f in self._failures),
                   sum(f.cause is cause for f in answered)) for cause in CAUSES]
        return [{"cause": str(cause), "name": name, "count": count, "given": given, "share": 100 * count / total}
                for cause, name, count, given in parts]

    def curve(self, threshold: float) -> dict[str, Any]:
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


@dataclass(frozen=True, slots=True)
class _Case:
    """One question's outcome with all that is needed to tell what went wrong."""

    dataset: Dataset
    corpus: Corpus
    outcome: Outcome
    answer: Answer
    model: Model

    def failure(self, cause: Cause) -> Failure:
        o, query = self.outcome, self.outcome.query
        gold, relevant = self.dataset.gold.get(query.id, Gold("", ())), self.dataset.relevant.get(query.id, {})
        hits = self.answer.hits
        at = next((i for i, hit in enumerate(hits) if self._is_gold(hit)), None)
        shown = [*range(min(_CANDIDATES, len(hits))), *([at] if at is not None and at >= _CANDIDATES else [])]
        explained, got = self.answer.explain or {}, verdict(self.dataset, o) if is_marked(self.dataset) else None
        ideal = [text for _, _, _, text in gold.spans]
        return Failure(
            id=query.id, cause=cause, question=query.text, history=query.history, state=o.state,
            got=VERDICTS[got] if got else "", confidence=o.confidence,
            verdict=explained["confidence"]["summary"]["en"], answer=o.answer,
            f1=metrics.f1(o.answer, gold.answer, o.lang) if gold.answer else None,
            lacking=tuple(text for text in gold.must if not metrics.says(o.quotes, (text,))),
            excess=metrics.excess(o.quotes, ideal) if gold.must else None, choices=self._choices(gold),
            quotes=tuple((document, _cut(quote, _SPAN)) for document, _, _, quote in o.citations),
            gold_answer=gold.answer,
            gold_spans=tuple((s[0], _cut(s[3], _SPAN)) for s in gold.spans) if gold.spans
            else tuple((document, "") for document in relevant),
            article_place=next((i for i, (d, _) in enumerate(o.ranking, 1) if d in relevant), None),
            gold_place=None if at is None else at + 1, described=len(hits),
            candidates=tuple(self._candidate(i, None if at is None else hits[at]) for i in shown))

    def _choices(self, gold: Gold) -> tuple[Offered, ...]:
        return tuple(Offered(document, " › ".join((section.title, *section.heading_path)), _cut(text, _SPAN),
                             holds_core(gold, text))
                     for section, (document, _, _, text) in zip(self.answer.choices, self.outcome.choices, strict=True))

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
