"""Reading a question for typing errors, by what its asker may see."""

from __future__ import annotations

from kb.db import Database
from retriever.indexing.current import Parts
from retriever.language.spelling import Speller, as_written
from retriever.question.proofreading import Proofreader
from retriever.ranking.fusion import candidates
from retriever.records import EngineQuery
from retriever.scope import Scope

_HOLDERS = 20  # a correction counts only where one of so many best passages holds the word


def proofreader_for(database: Database, parts: Parts, speller: Speller | None, scope: Scope) -> Proofreader | None:
    """What reads this asker's question for typing errors; None without a speller.

    The speller knows the words of all times and departments. One counts only where a text that this asker may see
    now holds it: what may not be seen must not change what is found, or how sure an answer is.
    """
    if speller is None:
        return None

    def written(word: str) -> str | None:
        terms = tuple((term, 1.0) for term in parts.analyser.own_terms(word))
        holders = candidates(parts.engine, EngineQuery(terms, None, scope.filters, _HOLDERS), {"words": 1.0},
                             _HOLDERS)
        with database.reading() as session:
            allowed = scope.authority_check(session, holders)
        return as_written(word, (a.candidate.passage for a in allowed))

    return Proofreader(speller.corrections, written)
