"""How sure we are of an answer, and how sure we must be to give it.

Confidence is a logistic function of how near the best passage is, how far ahead of any other article, and how much of
the question the answer covers: the chance that a right passage is quoted. Below the threshold an answer is withheld.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from retriever.answering.evidence import Chosen
from retriever.language.analysis import Analyser
from retriever.passages.terms import term_sets
from retriever.question.focus import Focus
from retriever.question.understanding import Question
from retriever.ranking.features import CONFIDENCE
from retriever.ranking.model import Logistic, Model
from retriever.ranking.order import Ranked

_NEXT = 5  # passages of other articles that may be the right ones


def features_of(question: Question, ranked: Sequence[Ranked], chosen: Sequence[Chosen], analyser: Analyser,
             idf: Mapping[str, float]) -> dict[str, float]:
    """What confidence rests on; every value is 0 to about 1."""
    if not ranked:
        return dict.fromkeys(CONFIDENCE, 0.0)
    top = ranked[0]
    article = top.allowed.live.article_id
    others = [r for r in ranked if r.allowed.live.article_id != article]
    focus = Focus.of(question, idf)
    return {
        "cosine": top.hit.candidate.vector_score,
        "gap": top.hit.score - others[0].hit.score if others else 1.0,
        "margin": _margin(top, others),
        "said": focus.coverage(frozenset().union(*(words_of(c, analyser) for c in chosen))),
        "in_dialogue": top.hit.features.get("in_dialogue", 0.0),
    }


def _margin(top: Ranked, others: Sequence[Ranked]) -> float:
    """How much nearer its article lies than any other; none where one before which it stands has no vector yet."""
    own, rivals = top.hit.candidate.article_vector_score, [r.hit.candidate.article_vector_score for r in others]
    lead = own - max(rivals, default=0.0)
    return min(lead, 0.0) if own and not all(rivals[:_NEXT]) else lead


def words_of(chosen: Chosen, analyser: Analyser) -> frozenset[str]:
    """The words of a unit, of what it depends on and of what stands above it."""
    passage = chosen.ranked.hit.passage
    sets = term_sets(passage, analyser)
    index = passage.units.index(chosen.unit)
    return sets.units[index] | sets.leads[index] | sets.title | sets.headings


def confidence_of(values: Mapping[str, float], model: Model) -> float:
    """The chance that the best answer quotes a right passage, 0 to 1."""
    return judge_of(values, model)(values)


def threshold_for(values: Mapping[str, float], model: Model, precision: float) -> float:
    """The confidence below which an answer with these values is withheld, so that this share of answers is right."""
    return model.threshold(precision, words_alone=judge_of(values, model) is model.words_alone)


def judge_of(values: Mapping[str, float], model: Model) -> Logistic:
    """What judges these values: without vectors there is another function."""
    return model.with_vectors if values.get("cosine") else model.words_alone
