"""Verification: what may be said, and how sure we are of it.

Every quote must equal its revision's source at its offsets, every figure of a sentence must stand in its quotes; a
sentence that fails is dropped. Confidence is a logistic function of how well the question is covered; its coefficients
are fitted by bench/confidence.py on the sets that allow it, so that the abstention threshold has a meaning.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from retriever.analysis import Analyser, normalise, numbers
from retriever.evidence import Chosen
from retriever.query import Question
from retriever.quote import Composed
from retriever.ranking import Ranked
from retriever.records import Citation, Sentence

# Coefficients on the features of :func:`features`; see docs/quality.md for the fit.
INTERCEPT = -4.0
COEFFICIENTS: Mapping[str, float] = {"coverage": 4.0, "article_coverage": 1.0, "cosine": 0.0, "evidence": 2.0,
                                     "agreement": 0.5, "gap": 1.0}


def verified(composed: Composed, sources: Mapping[str, str]) -> Composed:
    """The sentences whose quotes are verbatim and hold their figures, and the citations they use, renumbered.

    ``sources`` maps revision ids to the source as the database holds it.
    """
    sound = {c.n: c for c in composed.citations if sources.get(c.revision_id, "")[c.start:c.end] == c.quote != ""}
    kept = [s for s in composed.sentences if _holds(s, sound)]
    used = sorted({n for s in kept for n in s.citations})
    renumbered = {old: new for new, old in enumerate(used, 1)}
    return Composed(
        tuple(Sentence(s.text, tuple(renumbered[n] for n in s.citations)) for s in kept),
        tuple(_renumber(sound[n], renumbered[n]) for n in used),
    )


def _holds(sentence: Sentence, sound: Mapping[int, Citation]) -> bool:
    if not sentence.citations or any(n not in sound for n in sentence.citations):
        return False
    quoted = normalise(" ".join(sound[n].quote for n in sentence.citations))
    return numbers(normalise(sentence.text)) <= numbers(quoted)


def _renumber(citation: Citation, n: int) -> Citation:
    from dataclasses import replace

    return citation if citation.n == n else replace(citation, n=n)


def features(question: Question, ranked: Sequence[Ranked], chosen: Sequence[Chosen], analyser: Analyser,
             rarity: Mapping[str, float]) -> dict[str, float]:
    """What confidence rests on; every value is 0 to about 1."""
    if not ranked:
        return dict.fromkeys(COEFFICIENTS, 0.0)
    top = ranked[0]
    weights = {t: w * rarity.get(t, 1.0) for t, w in question.focus}
    own = [r for r in ranked if r.allowed.live.article_id == top.allowed.live.article_id]
    rival = next((r for r in ranked if r.allowed.live.article_id != top.allowed.live.article_id), None)
    best_vector = max(ranked, key=lambda r: r.hit.candidate.vector_score)
    best_words = max(ranked, key=lambda r: r.hit.candidate.word_score)
    agree = sum(r.allowed.live.article_id == top.allowed.live.article_id for r in (best_vector, best_words)) / 2
    return {
        "coverage": _coverage(weights, [top], analyser),
        "article_coverage": _coverage(weights, own[:4], analyser),
        "cosine": top.hit.candidate.article_vector_score,
        "evidence": max((c.score for c in chosen), default=0.0),
        "agreement": agree,
        "gap": top.hit.score - rival.hit.score if rival else 1.0,
    }


def _coverage(weights: Mapping[str, float], items: Sequence[Ranked], analyser: Analyser) -> float:
    """Share of the question's weight that stands in these passages, their titles and headings."""
    there: set[str] = set()
    for item in items:
        p = item.hit.passage
        there.update(analyser.terms(" ".join((p.title, *p.heading_path, p.context, p.text, *p.keywords))))
    whole = sum(weights.values())
    return sum(w for t, w in weights.items() if t in there) / whole if whole else 0.0


def confidence(values: Mapping[str, float]) -> float:
    """The calibrated probability that the best answer answers, 0 to 1."""
    total = INTERCEPT + sum(weight * values.get(name, 0.0) for name, weight in COEFFICIENTS.items())
    return 1 / (1 + math.exp(-max(min(total, 50.0), -50.0)))
