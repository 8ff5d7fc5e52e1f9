"""The database's own search for words, while no engine can answer: slow, and literal."""

from __future__ import annotations

import numpy as np

from kb.db import Database
from retriever.passages.live import passages_of
from retriever.question.understanding import Question
from retriever.ranking import order as ranking
from retriever.ranking.fusion import normalised
from retriever.records import Candidate, Proposals
from retriever.scope import Scope

_MOST = 12  # words that are looked for


def looked_for(question: Question) -> list[str]:
    """A question's longest words; of equal ones the first, so that every process looks for the same."""
    words = dict.fromkeys(term for term, _ in question.terms if len(term) > 1)
    return sorted(words, key=len, reverse=True)[:_MOST]


def plain_search(database: Database, question: Question, scope: Scope) -> list[Candidate]:
    """Without an engine: the database's own search for the question's longest words."""
    words = looked_for(question)
    with database.reading() as session:
        rows = scope.containing(session, words, limit=ranking.DESCRIBED)
    there = {(p.revision_id, p.start, p.end): p for live in {live for live, _ in rows} for p in passages_of(live)}
    kept = [(there[key], span) for live, span in rows  # a release that cut otherwise recorded the others
            if (key := (live.revision_id, span.start, span.end)) in there]
    passages = [passage for passage, _ in kept]
    scores = [float(sum(w in span.text.lower() for w in words)) for _, span in kept]
    found, none = np.array(scores, np.float64), np.zeros(len(scores))
    same_language = np.array([p.lang == question.lang for p in passages], np.float64)
    shares = normalised(Proposals(tuple(p.passage_id for p in passages), found, none, found, none, same_language))
    return [Candidate(passage, score, 0.0, score, 0.0, tuple(row))
            for passage, score, row in zip(passages, scores, shares.tolist(), strict=True)]
