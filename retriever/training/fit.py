"""Fitting: ranking first, then evidence among what it ranks, then confidence in what that chooses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from retriever import evidence, quote, verify
from retriever.analysis import Analyser
from retriever.evaluation import metrics
from retriever.features import UNIT, unit_features
from retriever.model import Logistic, Model, packaged
from retriever.records import Unit
from retriever.settings import AskSettings
from retriever.training.collect import Asked
from retriever.training.fitted import NEVER_AGAINST, START, Subset
from retriever.training.logistic import Examples, fit_logistic
from retriever.training.search import Table, search

_PENALTY = {"evidence": 1e-3, "confidence": 1e-1}  # of the five features of confidence each set would have it otherwise
_MOST_SENTENCES, _MOST_CHARS = AskSettings().max_sentences, AskSettings().answer_chars


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


def fit(parts: Sequence[Part], subset: Subset, seed: int) -> Model:
    """All weights from these parts; the same parts and seed give the same weights.

    What no part teaches anything about is taken from the packaged file.
    """
    base, corrections, gains = search([Table.of(p.asked) for p in parts], subset, seed)
    model = replace(START, base=base, corrections=corrections, gains=gains)
    units = [_units(p, model, subset.evidence) for p in parts]
    model = replace(model, evidence=fit_logistic(units, subset.evidence, penalty=_PENALTY["evidence"],
                                                 never_against=NEVER_AGAINST) or packaged().evidence)
    refusing = [p for p in parts if p.refuses]
    seen = [_answers(p.asked, p.analyser, model, subset.with_vectors) for p in refusing]
    blind = [_answers(p.by_words, p.analyser, model, subset.words_alone) for p in refusing]
    return replace(
        model, with_vectors=_confidence(seen, subset.with_vectors) or packaged().with_vectors,
        words_alone=_confidence(blind, subset.words_alone) or packaged().words_alone)


def _confidence(sets: Sequence[Examples], names: Sequence[str]) -> Logistic | None:
    return fit_logistic(sets, names, penalty=_PENALTY["confidence"], never_against=NEVER_AGAINST)


def _units(part: Part, model: Model, names: Sequence[str]) -> Examples:
    """The units that evidence is chosen from, where the right article leads and its spans mark some units only.

    The target is the square root of the share of a unit inside a span: the share itself would teach to take short
    units, whether a span touches the unit to take long ones.
    """
    columns = [UNIT.index(n) for n in names]
    rows, targets = [np.zeros((0, len(columns)))], [np.zeros(0)]
    for a in part.asked:
        ranked = a.ranked(model) if a.ranks and a.spans else []
        if not ranked:
            continue
        best = evidence.sources(ranked)
        document = a.place_of(best[0].allowed)[0]
        places, found = unit_features(a.question, [(r.allowed, r.hit.score) for r in best], a.rarity, part.analyser)
        read = [best[rank].hit.passage.units[i] for rank, i in places]
        sizes = np.array([u.end - u.start for u in read], np.float64)
        inside = np.array([max(_inside(u, document, a.spans), 0) for u in read], np.float64)
        if 0 < inside.sum() <= sizes.sum() / 2:
            rows.append(found[:, columns].astype(np.float64))
            targets.append(np.sqrt(inside / sizes))
    return Examples(np.concatenate(rows), np.concatenate(targets), len(rows) - 1, part.times)


def _inside(unit: Unit, document: str, spans: Sequence[metrics.GoldSpan]) -> int:
    """How many characters of a unit lie in one span; below 0 when none touches it."""
    return max((min(unit.end, s[2]) - max(unit.start, s[1]) for s in spans if s[0] == document), default=0)


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
    chosen = evidence.choose(asked.question, ranked, analyser, asked.rarity, model=model,
                             most=min(_MOST_SENTENCES, evidence.MOST_UNITS), most_chars=_MOST_CHARS)
    composed = verify.verified(quote.compose(chosen), {r.allowed.live.revision_id: r.allowed.live.source
                                                       for r in ranked})
    values = verify.features(asked.question, ranked, chosen, analyser, asked.rarity)
    confidence = verify.confidence(values, model) if composed.sentences else 0.0
    return Judged(asked, list(dict.fromkeys(asked.document_of(r.allowed) for r in ranked)),
                  [asked.place_of(r.allowed) for r in ranked[:5]], " ".join(s.text for s in composed.sentences),
                  values if composed.sentences else {}, confidence)
