"""Published revisions as passages, with the intervals in which each may answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from kb.articles.feed import IndexedRevision, PassageSpan, indexed_revisions
from kb.articles.live import BATCH
from retriever.passages.cutting import split
from retriever.records import Passage, Span, passage_id


def passages_of(revision: IndexedRevision) -> list[Passage]:
    """The passages of one revision in reading order, each with its quotable units."""
    spans = tuple(Span(r.effective_from, r.effective_to, r.published_at, r.superseded_at) for r in revision.rectangles)
    found = []
    for ordinal, cut in enumerate(split(revision.source)):
        text = revision.source[cut.start:cut.end]
        found.append(Passage(
            passage_id=passage_id(revision.revision_id, ordinal), article_id=revision.article_id,
            revision_id=revision.revision_id, ordinal=ordinal, title=revision.title, heading_path=cut.heading_path,
            start=cut.start, end=cut.end, text=text, context=cut.context, department=revision.department,
            audience=revision.audience, lang=revision.lang, keywords=revision.keywords, spans=spans,
            units=cut.units, body=cut.body,
        ))
    return found


def read_articles(session: Session, article_ids: Sequence[str]) -> list[tuple[str, list[Passage]]]:
    """Each article with the passages of all its published revisions; an unpublished one has none."""
    found = indexed_revisions(session, article_ids)
    return [(article_id, [p for revision in revisions for p in passages_of(revision)])
            for article_id, revisions in found.items()]


def passage_ids(session: Session, article_ids: Sequence[str], cut: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
    """The sorted ids of each article's passages; ``cut`` says of some revisions how many they have."""
    found = {}
    for start in range(0, len(article_ids), BATCH):
        for article_id, revisions in indexed_revisions(session, article_ids[start:start + BATCH]).items():
            counts = {r.revision_id: cut[r.revision_id] if r.revision_id in cut else len(split(r.source))
                      for r in revisions}
            found[article_id] = tuple(sorted(passage_id(key, n) for key, count in counts.items() for n in range(count)))
    return found


def recorded(passages: Sequence[Passage]) -> dict[str, Sequence[PassageSpan]]:
    """The passages as the database records them, by revision."""
    rows: dict[str, list[PassageSpan]] = {}
    for p in passages:
        rows.setdefault(p.revision_id, []).append(PassageSpan(
            p.ordinal, p.start, p.end, p.heading_path, "\n".join((*p.heading_path, p.body))))
    return {**rows}
