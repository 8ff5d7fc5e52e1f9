"""Verification: what may be said, and how sure we are of it.

Every quote must equal its revision's source at its offsets, every figure of a sentence must stand in its quotes; a
sentence that fails is dropped. Confidence is a logistic function of how near the best passage is, how far ahead of any
other article, and how much of the question it covers: the chance that a right passage is quoted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from kb.markup.parse import parse
from retriever.answering.evidence import Chosen
from retriever.answering.quote import Composed
from retriever.language.analysis import Analyser, normalise
from retriever.language.numerals import numbers
from retriever.passages.terms import term_sets
from retriever.question.focus import Focus
from retriever.question.understanding import Question
from retriever.ranking.features import CONFIDENCE
from retriever.ranking.model import Logistic, Model
from retriever.ranking.order import Ranked
from retriever.records import Citation, Sentence


def verified(composed: Composed, sources: Mapping[str, str]) -> Composed:
    """The sentences whose quotes are verbatim and hold their figures, and the citations they use, renumbered.

    ``sources`` maps revision ids to the source as the database holds it.
    """
    sound = {c.n: c for c in composed.citations if sources.get(c.revision_id, "")[c.start:c.end] == c.quote != ""}
    kept = [s for s in composed.sentences if _holds(s, sound, sources)]
    used = sorted({n for s in kept for n in s.citations})
    renumbered = {old: new for new, old in enumerate(used, 1)}
    return Composed(
        tuple(Sentence(s.text, tuple(renumbered[n] for n in s.citations)) for s in kept),
        tuple(_renumber(sound[n], renumbered[n]) for n in used),
    )


def _holds(sentence: Sentence, sound: Mapping[int, Citation], sources: Mapping[str, str]) -> bool:
    if not sentence.text or not sentence.citations or any(n not in sound for n in sentence.citations):
        return False
    quotes = [sound[n] for n in sentence.citations]
    quoted = normalise(" ".join(parse(sources[q.revision_id]).said(q.start, q.end) for q in quotes))
    return numbers(normalise(sentence.text)) <= numbers(quoted)


def _renumber(citation: Citation, n: int) -> Citation:
    return citation if citation.n == n else replace(citation, n=n)


def features(question: Question, ranked: Sequence[Ranked], chosen: Sequence[Chosen], analyser: Analyser,
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
        "margin": top.hit.candidate.article_vector_score
                  - max((r.hit.candidate.article_vector_score for r in others), default=0.0),
        "said": focus.coverage(frozenset().union(*(words_of(c, analyser) for c in chosen))),
        "in_dialogue": top.hit.features.get("in_dialogue", 0.0),
    }


def words_of(chosen: Chosen, analyser: Analyser) -> frozenset[str]:
    """The words of a unit, of what it depends on and of what stands above it."""
    passage = chosen.ranked.hit.passage
    sets = term_sets(passage, analyser)
    index = passage.units.index(chosen.unit)
    return sets.units[index] | sets.leads[index] | sets.title | sets.headings


def confidence(values: Mapping[str, float], model: Model) -> float:
    """The chance that the best answer quotes a right passage, 0 to 1."""
    return judge(values, model)(values)


def threshold(values: Mapping[str, float], model: Model, precision: float) -> float:
    """The confidence below which an answer with these values is withheld, so that this share of answers is right."""
    return model.threshold(precision, words_alone=judge(values, model) is model.words_alone)


def judge(values: Mapping[str, float], model: Model) -> Logistic:
    """What judges these values: without vectors there is another function."""
    return model.with_vectors if values.get("cosine") else model.words_alone
