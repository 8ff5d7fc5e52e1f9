"""Whether a question that was read with its dialogue and alone opens another topic (question/topic.py weighs it)."""

from __future__ import annotations

from kb.db import Database
from retriever.errors import EmbeddingDown, EngineDown
from retriever.finding.reading import Reading, nearest_of, unit_vector
from retriever.indexing.current import Parts
from retriever.passages.terms import term_sets
from retriever.question import topic
from retriever.question.followup import is_remark
from retriever.ranking.fusion import candidates
from retriever.records import EngineQuery
from retriever.scope import Scope

_TITLES = 3  # best passages whose titles may name what a short question asks
_NEAREST = 20  # passages nearest to what was asked before


def is_another(database: Database, reading: Reading, alone: Reading, parts: Parts, scope: Scope) -> bool:
    """Whether a question, read with its dialogue and alone, opens another topic."""
    question = reading.question
    if not alone.nearest or topic.repeats(alone.question, question, reading.idf):
        return False
    titles = [term_sets(a.candidate.passage, parts.analyser).title for a in alone.allowed[:_TITLES]]
    led = [term_sets(a.candidate.passage, parts.analyser) for a in reading.allowed
           if a.live.article_id == reading.allowed[0].live.article_id]
    if topic.is_named(alone.question, alone.idf, titles=titles,
                      led=frozenset().union(*(sets.title | sets.headings | sets.body for sets in led))):
        return True
    if question.leans or is_remark(question.text):
        return False
    if not topic.is_explained(nearest=reading.nearest, alone=alone.nearest):
        return True
    if not question.before or parts.embedder is None:
        return False
    try:
        query = EngineQuery((), unit_vector(parts.embedder.embed_query(question.before)), scope.filters, _NEAREST,
                            question.lang)
        nearest = candidates(parts.engine, query, {"vectors": 1.0}, _NEAREST)
    except (EmbeddingDown, EngineDown):  # the question is answered with what was found before
        return False
    with database.reading() as session:
        allowed = scope.authority_check(session, nearest)
    return topic.leads_away(nearest=reading.nearest, before=nearest_of(allowed))
