"""The checker of every answer: each sentence is cited, each quote is the text of a revision that may be shown."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from kb.actor import Actor
from kb.articles.live import Moment, Rectangle, is_answerable
from kb.db import Database
from kb.models import Article, Revision
from retriever.answer import Answer
from retriever.citation import Citation
from retriever.language.analysis import normalise
from retriever.language.numerals import numbers


def check_grounded(database: Database, answer: Answer, viewer: Actor, *, audience: str | None = None) -> int:
    """Assert all that always holds of an answer, withheld sentences too; how many citations were checked."""
    sentences, citations = answer.withheld or (answer.all_sentences, answer.citations)
    numbered = {c.n: c for c in citations}
    assert sorted(numbered) == list(range(1, len(citations) + 1))
    assert {n for s in sentences for n in s.citations} == set(numbered)
    with database.reading() as session:
        for citation in citations:
            revision = session.scalars(
                select(Revision).where(Revision.id == citation.revision_id)
                .options(selectinload(Revision.publications))).one()
            article = session.get_one(Article, revision.article_id)
            assert citation.quote
            assert revision.source[citation.start:citation.end] == citation.quote
            assert (citation.article_id, citation.slug, citation.revision, citation.title, citation.department) == (
                article.id, article.slug, revision.number, revision.title, revision.owner)
            extents = [Rectangle(p.effective_from, p.effective_to, p.published_at, p.superseded_at)
                       for p in revision.publications]
            moment = _moment(answer, citation)
            assert any(is_answerable(e, revision.audience, viewer, moment, narrowed_to=audience) for e in extents)
            assert citation.effective_from <= moment.as_of
            assert citation.effective_to is None or moment.as_of < citation.effective_to
            assert citation.url == (f"/articles/{article.slug}/r/{revision.number}"
                                    f"?cite={citation.start}-{citation.end}#cite-1")
    for sentence in sentences:
        assert sentence.citations
        assert sentence.text.strip()
        quoted = " ".join(numbered[n].quote for n in sentence.citations)
        assert numbers(normalise(sentence.text)) <= numbers(normalise(quoted))
    return len(citations)


def _moment(answer: Answer, citation: Citation) -> Moment:
    """When the citation must have been in force: as of the answer, or within the time that the question named where it
    is another rule's."""
    said = {n for sentence in answer.sentences for n in sentence.citations}
    if citation.n in said or not answer.rules or answer.read_as_of is None:
        return Moment(answer.as_of, answer.known_at)
    time = answer.read_as_of
    assert time.ends_at is None or citation.effective_from < time.ends_at
    return Moment(max(time.begins_at, citation.effective_from), answer.known_at)
