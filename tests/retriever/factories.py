"""One call for each state that a test of finding and answering starts from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import func, select

from kb.actor import OPERATOR
from kb.articles import publication
from kb.articles.revisions import BasisText, RevisionText
from kb.articles.writing.intake import article_id, import_history
from kb.db import Database
from kb.models import Article, Department, Revision
from kb.settings import Settings
from retriever.ask import Retriever
from retriever.embedding import Embedder
from retriever.factory import open_parts
from retriever.records import Filters, Passage, Span
from tests.conftest import NOW

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def department(database: Database, code: str, *, name: str = "市某局", phone: str = "0540-8810999") -> None:
    """A department, if it is not there."""
    with database.transaction() as session:
        session.merge(Department(code=code, name_zh=name, name_en=code, phone=phone))


def published_article(database: Database, slug: str, source: str, *, title: str = "", owner: str = "hrss",
                      audience: str = "public", lang: str = "zh", effective_from: datetime = LONG_AGO,
                      effective_to: datetime | None = None, keywords: Sequence[str] = (), bases: Sequence[str] = (),
                      now: datetime = NOW) -> str:
    """A new revision of the article, approved and published at ``now``; its id. ``bases`` are document numbers."""
    with database.transaction() as session:
        newest = session.scalar(select(func.max(Revision.number)).where(Revision.article_id == article_id(slug))) or 0
        text = RevisionText(title=title or slug, source=source, lang=lang, audience=audience, owner=owner,
                            effective_from=effective_from, effective_to=effective_to, keywords=tuple(keywords),
                            author="editor", bases=tuple(BasisText(title=f"《{n}》", number=n) for n in bases))
        revision, _ = import_history(session, OPERATOR, slug, text, number=newest + 1, now=now, origin="test",
                                   signed={"hrss-approver": now})
        publication.publish(session, OPERATOR, revision, now=now, origin="test")
        return revision.id


def retired_article(database: Database, slug: str, *, now: datetime = NOW) -> None:
    """The article taken out of every answer at ``now``."""
    with database.transaction() as session:
        article = session.scalars(select(Article).where(Article.slug == slug)).one()
        publication.import_retirement(session, OPERATOR, article, reason="merged", successor=None, now=now,
                                      origin="test")


def retriever_of(settings: Settings, database: Database, embedder: Embedder | None = None) -> Retriever:
    """A retriever over this installation's index."""
    return Retriever(settings, database, open_parts(settings, database, embedder)[0])


def passage(text: str, *, article: str = "a", revision: int = 1, ordinal: int = 0, title: str = "",
            heading_path: Sequence[str] = (), context: str = "", department: str = "hrss", audience: str = "public",
            lang: str = "zh", spans: Sequence[Span] | None = None) -> Passage:
    """A passage of one line, in force since long ago."""
    revision_id = f"{article}-r{revision}"
    return Passage(
        passage_id=f"{revision_id}:{ordinal}", article_id=article, revision_id=revision_id, ordinal=ordinal,
        title=title or article, heading_path=tuple(heading_path), start=0, end=len(text), text=text, body=text,
        context=context, department=department, audience=audience, lang=lang,
        spans=(Span(LONG_AGO, None, LONG_AGO, None),) if spans is None else tuple(spans))


def filters(*, as_of: datetime = NOW, known_at: datetime = NOW, audiences: Sequence[str] = ("public",),
            departments: Sequence[str] | None = None, langs: Sequence[str] | None = None) -> Filters:
    """What an asker of these times and audiences may be shown."""
    return Filters(as_of, known_at, frozenset(audiences), None if departments is None else frozenset(departments),
                   None if langs is None else frozenset(langs))
