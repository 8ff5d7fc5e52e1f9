"""Links of a text that lead nowhere: to an article that is retired or is not there, to a section that it has not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from kb.actor import Actor
from kb.articles.revisions import RevisionText
from kb.articles.writing.check_report import Finding, Kind, Stretch
from kb.markup.document import Document
from kb.markup.headings import places
from kb.markup.links import Link, anchors_of, is_section, links_of
from kb.markup.parse import parse
from kb.models import Article, Publication, Revision
from kb.people.permissions import audiences_of


def broken_references(session: Session, viewer: Actor, slug: str, text: RevisionText, *,
                      now: datetime) -> Iterator[Finding]:
    """The links of a text, of the article ``slug``, that its readers cannot follow.

    An article counts for those of the viewer's: one that may not be known is as if it were not there.
    """
    document = parse(text.source)
    own = anchors_of(document)
    for link in links_of(document):
        if link.slug:
            yield from _of_article(session, viewer, _shown(document, link), link.slug, link.section, now)
        elif not is_section(link.section, own):
            yield _finding(_shown(document, link), "reference_section", target=slug, section=link.section)


def _of_article(session: Session, viewer: Actor, shown: Stretch, target: str, section: str,
                now: datetime) -> Iterator[Finding]:
    successor = aliased(Article)
    row = session.execute(
        select(Article.id, Article.retired_at, successor.slug).join(
            successor, successor.id == Article.successor_id, isouter=True).where(Article.slug == target)).first()
    source = None if row is None else session.scalar(
        select(Revision.source).join(Publication, Publication.revision_id == Revision.id)
        .where(Revision.article_id == row[0], Publication.published_at <= now,
               Revision.audience.in_(sorted(audiences_of(viewer))))
        .order_by(Publication.superseded_at.is_(None).desc(), Revision.number.desc()).limit(1))
    if row is None or source is None:
        yield _finding(shown, "reference_missing", target=target)
    elif row[1] is not None and row[1] <= now:
        yield _finding(shown, "reference_retired", target=target, successor=row[2] or "")
    elif section and not is_section(section, anchors_of(parse(source))):
        yield _finding(shown, "reference_section", target=target, section=section)


def _shown(document: Document, link: Link) -> Stretch:
    path = next((place.path for place in reversed(places(document)) if place.start <= link.start), ())
    return Stretch("draft", document.said(link.start, link.end), link.start, link.end, path)


def _finding(shown: Stretch, message: str, **facts: str) -> Finding:
    return Finding(Kind.REFERENCE, message, facts, after=(shown,))
