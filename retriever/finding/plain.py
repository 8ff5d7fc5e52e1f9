"""The database's own search for words, while no engine can answer: slow, and literal."""

from __future__ import annotations

import numpy as np

from kb.db import Database
from retriever.passages.cutting import split
from retriever.question.understanding import Question
from retriever.ranking import order as ranking
from retriever.ranking.fusion import normalised
from retriever.records import Candidate, Passage, Proposals
from retriever.scope import Scope


def plain_search(database: Database, question: Question, scope: Scope) -> list[Candidate]:
    """Without an engine: the database's own search for the question's longest words."""
    words = sorted({t for t, _ in question.terms if len(t) > 1}, key=len, reverse=True)[:12]
    with database.reading() as session:
        rows = scope.containing(session, words, limit=ranking.DESCRIBED)
    passages, scores = [], []
    for r, span in rows:
        cut = next((c for c in split(r.source) if (c.start, c.end) == (span.start, span.end)), None)
        if cut is None:  # recorded by a release that cut it otherwise
            continue
        passages.append(Passage(
            f"{r.revision_id}:{span.ordinal}", r.article_id, r.revision_id, span.ordinal, r.title,
            cut.heading_path, cut.start, cut.end, r.source[cut.start:cut.end], cut.context, r.department,
            r.audience, r.lang, units=cut.units, body=cut.body))
        scores.append(float(sum(w in span.text.lower() for w in words)))
    found, none = np.array(scores, np.float64), np.zeros(len(scores))
    same_language = np.array([p.lang == question.lang for p in passages], np.float64)
    shares = normalised(Proposals(tuple(p.passage_id for p in passages), found, none, found, none, same_language))
    return [Candidate(passage, score, 0.0, score, 0.0, tuple(row))
            for passage, score, row in zip(passages, scores, shares.tolist(), strict=True)]
