"""Fitting: ranking first, then evidence in the article that leads, then confidence in what that chooses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from retriever.answering import evidence, quote, verify
from retriever.answering.confidence import confidence_of, features_of
from retriever.lab.evaluation import metrics
from retriever.lab.training.answers import Known, choices, fit_more, fit_reading
from retriever.lab.training.choice import fit_choice
from retriever.lab.training.collect import Asked
from retriever.lab.training.fitted import NEVER_AGAINST, START, Subset
from retriever.lab.training.logistic import Examples, fit_logistic
from retriever.lab.training.ranking import fit_ranking
from retriever.language.analysis import Analyser
from retriever.ranking.features import UNIT
from retriever.ranking.model import Logistic, Model, packaged
from retriever.settings import AskSettings

# Sets differ most in what makes an answer sure, so the features of confidence are drawn to 0 the most.
_PENALTY = {"ranking": 5e-2, "evidence": 1e-3, "confidence": 1e-1}
_ONE_UNIT = Logistic(-1.0, {})  # never takes another
_MOST_SENTENCES = min(AskSettings().max_sentences, evidence.MOST_UNITS)
_MOST_CHARS = AskSettings().answer_chars


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a set that one fit may see."""

    asked: Sequence[Asked]
    by_words: Sequence[Asked]
    analyser: Analyser
    refuses: bool
    times: float


@dataclass(frozen=True, slots=True)
class Judged:
    """One question's answer under a model, as far as the measures need it."""

    asked: Asked
    documents: list[str]
    passages: list[metrics.Place]
    text: str
    values: dict[str, float]
    confidence: float


def fit(parts: Sequence[Part], subset: Subset) -> Model:
    """All weights from these parts; the same parts give the same weights.

    What no part teaches anything about is taken from the packaged file.
    """
    base, corrections = fit_ranking([p.asked for p in parts], subset, penalty=_PENALTY["ranking"])
    model = replace(START, base=base, corrections=corrections,
                    gains={name: weight for name, weight in START.gains.items() if name in subset.gains})
    known = [(_known(p, model), p.times) for p in parts]
    columns = [UNIT.index(name) for name in subset.evidence]
    chosen = fit_choice([choices(questions, columns, times) for questions, times in known], subset.evidence,
                        penalty=_PENALTY["evidence"], never_against=NEVER_AGAINST)
    model = replace(model, evidence=chosen if chosen is not None else packaged().evidence)
    more = fit_more(known, model, subset.more, penalty=_PENALTY["evidence"], most=_MOST_SENTENCES,
                    most_chars=_MOST_CHARS) if subset.more else _ONE_UNIT
    model = replace(model, more=more if chosen is not None and more is not None else packaged().more)
    if chosen is not None and subset.reading:
        model = replace(model, reading=fit_reading(known, model, penalty=_PENALTY["evidence"]))
    refusing = [p for p in parts if p.refuses]
    seen = [_answers(p.asked, p.analyser, model, subset.with_vectors) for p in refusing]
    blind = [_answers(p.by_words, p.analyser, model, subset.words_alone) for p in refusing]
    return replace(
        model, with_vectors=_confidence(seen, subset.with_vectors) or packaged().with_vectors,
        words_alone=_confidence(blind, subset.words_alone) or packaged().words_alone)


def _confidence(sets: Sequence[Examples], names: Sequence[str]) -> Logistic | None:
    return fit_logistic(sets, names, penalty=_PENALTY["confidence"], never_against=NEVER_AGAINST)


def _known(part: Part, model: Model) -> list[Known]:
    """The questions of a part whose right answer is known, as the model ranks."""
    return [known for a in part.asked if (known := Known.of(a, model, part.analyser)) is not None]


def _answers(asked: Sequence[Asked], analyser: Analyser, model: Model, names: Sequence[str]) -> Examples:
    """What was measured of each answer, and whether its question can be answered at all."""
    judged = [j for j in (judge(a, model, analyser) for a in asked) if j.values]
    rows = np.array([[j.values[n] for n in names] for j in judged], np.float64)
    return Examples(rows.reshape(len(judged), len(names)),
                    np.array([float(j.asked.query.answerable) for j in judged]), len(judged))


def judge(asked: Asked, model: Model, analyser: Analyser) -> Judged:
    """The question's answer under the model, by the pipeline's own steps."""
    ranked = asked.ranked(model)
    if not ranked:
        return Judged(asked, [], [], "", {}, 0.0)
    pool = evidence.Pool.of(asked.question, ranked, analyser, asked.idf)
    ranked = evidence.leading(ranked, pool, model)
    chosen = evidence.choose(pool, model, most=_MOST_SENTENCES, most_chars=_MOST_CHARS)
    sources = {r.allowed.live.revision_id: r.allowed.live.source for r in ranked}
    composed = verify.verified(quote.compose(chosen, most_chars=_MOST_CHARS), sources)
    values = features_of(asked.question, ranked, chosen, analyser, asked.idf)
    confidence = confidence_of(values, model) if composed.sentences else 0.0
    return Judged(asked, list(dict.fromkeys(asked.document_of(r.allowed) for r in ranked)),
                  [asked.place_of(r.allowed) for r in ranked[:5]], " ".join(s.text for s in composed.sentences),
                  values if composed.sentences else {}, confidence)
