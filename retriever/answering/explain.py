"""Why this answer: how a question was read, which passages competed, what each feature brought, and who lost by what.

Ranking and evidence are weighted sums, confidence is a logistic function of one, so everything divides into
contributions that add up. Nothing is told of a passage that did not pass the authority check but how many there were.
What is told of rarity counts all texts, so explanations are for staff.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from retriever.answering import evidence
from retriever.answering.confidence import judge_of, words_of
from retriever.answering.fitted import Fitted
from retriever.answering.labels import verdict
from retriever.answering.quote import citation_url
from retriever.answering.reading import PassageRead
from retriever.language.analysis import Analyser, normalise
from retriever.passages.saying import said
from retriever.passages.terms import term_sets
from retriever.question.focus import Focus
from retriever.question.understanding import Question
from retriever.ranking.features import UNIT
from retriever.ranking.known import KNOWN, gain
from retriever.ranking.model import Logistic, Model
from retriever.ranking.order import Ranked
from retriever.records import Hit, LiveText, Unit

CANDIDATES = 10
NOT_CHOSEN = 5
_TERMS = 40
_REASONS = 3  # for each loser, the contributions that cost it most
_LEAST = 0.01  # of a contribution that is worth a word
_EXCERPT = 160
_MISSING = 5
_LONGEST = 40  # characters of a word that is told

# What confidence rests on in a usual right answer, between the medians of the callers' questions (dev half) and of the
# English dialogues. Lower values are named as what is short.
USUAL: Mapping[str, float] = {"cosine": 0.89, "gap": 0.35, "margin": 0.01, "said": 0.35, "in_dialogue": 0.35}

# The same where a reader read, of what its confidence rests on (reading.margins): the medians of the callers' questions
# whose right passage stood first. What is short of nothing by being low (others' chances, lengths) is not among them.
USUAL_READ: Mapping[str, float] = {"passage": 0.6, "unit": 0.5, "said": 0.4, "gap": 0.8, "score": 1.24, "lead": 0.37,
                                   "cosine": 0.91}

_WORD = re.compile("[\u4e00-\u9fff]+|[^\\W\u4e00-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Trace:
    """What one ask went through. ``proposed`` counts candidates before the authority check, ``allowed`` after it."""

    question: Question
    ranked: Sequence[Ranked]
    pool: evidence.Pool | None
    idf: Mapping[str, float]
    chosen: Sequence[evidence.Chosen]
    values: Mapping[str, float]
    confidence: float
    reason: str | None
    threshold: float
    precision: float  # the share of right answers that the threshold stands for
    stages: Mapping[str, float]
    proposed: int
    allowed: int
    new_topic: bool
    read: Sequence[PassageRead] = ()  # empty where no reader read


def explain(trace: Trace, analyser: Analyser, model: Model, fitted: Fitted | None = None) -> dict[str, Any]:
    """The explanation as one JSON object; docs/api.md describes it."""
    question = trace.question
    focus = Focus.of(question, trace.idf)
    words = _words(question, focus, analyser)
    return {
        "lang": question.lang,
        "terms": _terms(question, trace.idf, analyser),
        "read_as": [{"said": c.typed, "read": c.corrected} for c in question.read_as],
        "dialogue": {"used": question.is_follow_up, "new_topic": trace.new_topic, "leans_on_it": question.leans,
                     "model_reads": question.vector_text},
        "stages_ms": dict(trace.stages),
        "proposed": trace.proposed,
        "dropped": trace.proposed - trace.allowed,
        "candidates": _candidates(trace, focus, words, analyser, model),
        "evidence": _evidence(trace, model),
        "reading": _reading(trace, fitted) if fitted and trace.read else None,
        "confidence": _confidence(trace, focus, words, analyser,
                                  _Judge.of(trace, model, fitted)),
    }


# words

def _terms(question: Question, idf: Mapping[str, float], analyser: Analyser) -> list[dict[str, Any]]:
    """The heaviest terms that were searched, and where each comes from."""
    own, said = set(analyser.own_terms(question.text)), {t for t, _ in question.said}
    names = {term for a in question.alternatives for other in a.others for term in other}
    read = {term for c in question.read_as for term in analyser.own_terms(c.corrected)}

    def origin(term: str) -> str:
        if term in own:
            return "question"
        if term in read and term not in said:
            return "spelling"
        return "other_name" if term in names and term not in said else "dialogue"

    return [{"term": t, "weight": _round(w), "rarity": _round(idf.get(t, 0.0)), "from": origin(t)}
            for t, w in question.terms[:_TERMS]]


def _words(question: Question, focus: Focus, analyser: Analyser) -> dict[str, frozenset[str]]:
    """The words that count in the question, as people read them, each with its terms; in their order."""
    text = question.vector_text if question.leans else question.text
    found: dict[str, frozenset[str]] = {}
    for match in _WORD.finditer(analyser.question_core(text)):
        for word in analyser.words_of(match[0]) if "\u4e00" <= match[0][0] <= "\u9fff" else [match[0]]:
            terms = frozenset(analyser.terms(word))
            if len(word) > 1 and terms & focus.weights.keys():
                found[word] = terms
    return {w: terms for w, terms in found.items() if not any(w in other and w != other for other in found)}


def _missing(words: Mapping[str, frozenset[str]], focus: Focus, terms: frozenset[str], text: str) -> list[str]:
    """The rarest of the question's words that neither stand in these terms, under whichever name, nor in the text."""
    seen = focus.seen(terms)
    missing = [w for w, own in words.items() if not own <= seen and w not in text]
    rarest = sorted(missing, key=lambda w: -max(focus.weights.get(t, 0.0) for t in words[w]))[:_MISSING]
    return [w if len(w) <= _LONGEST else w[:_LONGEST - 1] + "…" for w in missing if w in rarest]


# candidates

def contributions(hit: Hit, model: Model) -> dict[str, float]:
    """What each feature brought to a hit's score; they add up to it.

    What reorders an article's passages, and what their units say, is one sum, ``within_article``: the article's places
    keep their scores.
    """
    weights = {name: model.base.get(name, 0.0) + model.corrections.get(name, 0.0)
               for name in (*model.base, *model.corrections)}
    parts = {name: weight * hit.features.get(name, 0.0) for name, weight in weights.items()}
    if hit.features.get(KNOWN):
        parts[KNOWN] = gain(hit.features[KNOWN])
    parts["within_article"] = hit.score - sum(parts.values())
    return parts


def lost_by(winner: Mapping[str, float], loser: Mapping[str, float]) -> list[dict[str, Any]]:
    """The contributions that cost the loser most against the winner, the dearest first."""
    costs = {name: value - loser.get(name, 0.0) for name, value in winner.items()}
    dearest = sorted(costs, key=lambda name: -costs[name])[:_REASONS]
    told = [name for name in dearest if costs[name] >= _LEAST] or [name for name in dearest[:1] if costs[name] > 0]
    return [{"feature": name, "by": _round(costs[name])} for name in told]


def _candidates(trace: Trace, focus: Focus, words: Mapping[str, frozenset[str]], analyser: Analyser,
                model: Model) -> list[dict[str, Any]]:
    ranked = trace.ranked
    found = []
    for place, item in enumerate(ranked[:CANDIDATES], 1):
        passage, live, hit = item.hit.passage, item.allowed.live, item.hit
        sets, parts = term_sets(passage, analyser), contributions(hit, model)
        if trace.read:  # places keep their scores, so the reader's order is part of what is left over
            parts["by_reading"] = parts.pop("within_article")
        if place == 1:
            first = parts
        text = normalise(f"{passage.title} {' '.join(passage.heading_path)} {passage.body}")
        found.append({
            "place": place, "slug": live.slug, "revision": live.number, "title": live.title, "audience": live.audience,
            "heading_path": list(passage.heading_path), "start": passage.start, "end": passage.end,
            "url": citation_url(live.slug, live.number, passage.start, passage.end),
            "score": _round(hit.score), "word_score": _round(hit.candidate.word_score),
            "vector_score": _round(hit.candidate.vector_score), "features": _rounded(hit.features),
            "contributions": _rounded(parts), "behind": _round(ranked[0].hit.score - hit.score),
            "lost_by": lost_by(first, parts),
            "missing": _missing(words, focus, sets.title | sets.headings | sets.body, text),
        })
    return found


# evidence

def _evidence(trace: Trace, model: Model) -> dict[str, list[dict[str, Any]]]:
    """The units that were quoted, in reading order, and the likeliest of those that were not."""
    pool = trace.pool
    if pool is None:
        return {"chosen": [], "not_chosen": []}
    stands = {r.hit.passage.passage_id: place for place, r in enumerate(trace.ranked, 1)}
    passages, places = pool.sources, pool.places
    shares = evidence.shares_of(pool.scores(model))
    parts = pool.rows.astype(np.float64) * model.evidence_vector
    taken = {(c.ranked.hit.passage.passage_id, c.unit.start, c.unit.end) for c in trace.chosen}

    def is_taken(i: int) -> bool:
        rank, index = places[i]
        passage = passages[rank].hit.passage
        return (passage.passage_id, passage.units[index].start, passage.units[index].end) in taken

    chosen = [i for i in range(len(places)) if is_taken(i)]
    best = max(chosen, key=lambda i: shares[i], default=None)

    def told(i: int) -> dict[str, Any]:
        rank, index = places[i]
        live, unit = passages[rank].allowed.live, passages[rank].hit.passage.units[index]
        own = {name: float(v) for name, v in zip(UNIT, parts[i], strict=True) if v}
        against = dict(zip(UNIT, (float(v) for v in parts[best]), strict=True)) if best is not None else {}
        place = stands[passages[rank].hit.passage.passage_id]
        return {"place": place, "start": unit.start, "end": unit.end, "kind": unit.kind,
                "text": _excerpt(live, unit), "chance": _round(shares[i]),
                "contributions": _rounded(own), "lost_by": [] if i in chosen else lost_by(against, own),
                "url": citation_url(live.slug, live.number, unit.start, unit.end)}

    left = sorted((i for i in range(len(places)) if i not in chosen), key=lambda i: (-shares[i], places[i]))
    return {"chosen": sorted(map(told, chosen), key=lambda one: int(one["start"])),
            "not_chosen": [told(i) for i in _once(left, places, passages)][:NOT_CHOSEN]}


def _once(order: Sequence[int], places: Sequence[tuple[int, int]], passages: Sequence[Ranked]) -> Iterator[int]:
    """The units in this order, each stretch of the source once: passages may overlap."""
    seen: set[tuple[int, int]] = set()
    for i in order:
        unit = passages[places[i][0]].hit.passage.units[places[i][1]]
        if (unit.start, unit.end) not in seen:
            seen.add((unit.start, unit.end))
            yield i


# reading

def _reading(trace: Trace, fitted: Fitted) -> dict[str, Any]:
    """What the reader says of the passages that it read, best first, and of their likeliest units."""
    stands = {r.hit.passage.passage_id: place for place, r in enumerate(trace.ranked, 1)}
    found = []
    for one in trace.read:
        passage, live = one.ranked.hit.passage, one.ranked.allowed.live
        likely = sorted((i for i, logit in enumerate(one.read.units.tolist()) if logit > -math.inf),
                        key=lambda i: -float(one.read.units[i]))[:NOT_CHOSEN]
        found.append({
            "place": stands[passage.passage_id], "slug": live.slug, "heading_path": list(passage.heading_path),
            "logit": _round(one.read.passage), "score": _round(one.score),
            "units": [{"start": passage.units[i].start, "end": passage.units[i].end,
                       "logit": _round(float(one.read.units[i])), "text": _excerpt(live, passage.units[i]),
                       "marked": float(one.read.units[i]) >= fitted.threshold} for i in sorted(likely)]})
    return {"threshold": _round(fitted.threshold), "order": _rounded(fitted.order), "passages": found}


# confidence

@dataclass(frozen=True, slots=True)
class _Judge:
    """What judged an answer: its function of the values, what right answers usually have, and how it names them.

    Two judges use a word for two things (what is said, how far it leads), so a reader's margins are told as margin_….
    """

    function: Logistic
    usual: Mapping[str, float]
    prefix: str

    @classmethod
    def of(cls, trace: Trace, model: Model, fitted: Fitted | None) -> _Judge:
        if fitted and trace.read:
            return cls(fitted.confidence, USUAL_READ, "margin_")
        return cls(judge_of(trace.values, model), USUAL, "")

    def told(self, values: Mapping[str, float]) -> dict[str, float]:
        """Values under the names that an explanation has for them."""
        return {self.prefix + name: _round(value) for name, value in values.items()}

    def short(self, values: Mapping[str, float]) -> dict[str, float]:
        """By how much confidence would rise if each feature had its usual value, the most first."""
        now = self.function(values)
        gains = {name: self.function({**values, name: usual}) - now for name, usual in self.usual.items()
                 if name in self.function.weights and values.get(name, 0.0) < usual}
        return self.told(dict(sorted(((n, g) for n, g in gains.items() if g >= _LEAST), key=lambda item: -item[1])))

    def strong(self, values: Mapping[str, float]) -> list[str]:
        """The features that are as right answers usually have them."""
        return [self.prefix + name for name, usual in self.usual.items()
                if name in self.function.weights and values.get(name, 0.0) >= usual]


def _confidence(trace: Trace, focus: Focus, words: Mapping[str, frozenset[str]], analyser: Analyser,
                judge: _Judge) -> dict[str, Any]:
    """The features of confidence, what each brought, what is short of the usual, and a sentence on it."""
    short, weights = judge.short(trace.values), judge.function.weights
    said = frozenset[str]().union(*(words_of(c, analyser) for c in trace.chosen))
    text = normalise(" ".join(_said(c) for c in trace.chosen))
    missing = _missing(words, focus, said, text)
    rival = next((r.allowed.live for r in trace.ranked
                  if r.allowed.live.article_id != trace.ranked[0].allowed.live.article_id), None)
    return {
        "value": _round(trace.confidence), "threshold": _round(trace.threshold),
        "precision": trace.precision, "reason": trace.reason,
        "features": judge.told({name: trace.values.get(name, 0.0) for name in weights}),
        "contributions": judge.told({name: weight * trace.values.get(name, 0.0) for name, weight in weights.items()}),
        "intercept": _round(judge.function.intercept),
        "short": [{"feature": name, "by": by} for name, by in short.items()],
        "missing": missing,
        "rival": {"slug": rival.slug, "title": rival.title} if rival else None,
        "summary": verdict(trace.reason, trace.confidence, trace.threshold, short=list(short)[:_REASONS],
                           strong=judge.strong(trace.values), missing=missing, rival=rival.title if rival else ""),
    }


def _said(chosen: evidence.Chosen) -> str:
    """A unit's words with its leads and all that stands above it."""
    source, passage = chosen.ranked.allowed.live.source, chosen.ranked.hit.passage
    spans = (*chosen.unit.leads, (chosen.unit.start, chosen.unit.end))
    return " ".join((passage.title, *passage.heading_path, *(source[a:b] for a, b in spans)))


# writing it down

def _excerpt(live: LiveText, unit: Unit) -> str:
    text = said(live.source, live.lang, unit)
    return text if len(text) <= _EXCERPT else text[:_EXCERPT - 1] + "…"


def _round(value: float) -> float:
    return round(float(value), 4) + 0.0  # no -0.0


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return {name: _round(value) for name, value in values.items()}
