"""Arranging tests: one call for each state an article can be in, through the domain's own services."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from kb.actor import OPERATOR, Actor, Role
from kb.articles import publication
from kb.articles.revisions import RevisionText
from kb.articles.writing import drafts, submission
from kb.articles.writing.intake import import_history
from kb.content.verification import Finding, verify
from kb.db import Database, Session
from kb.models import Article, Department, Revision
from kb.record.journal import KNOWN

T0 = datetime(2026, 1, 1, tzinfo=UTC)
MANAGER = Actor("u-km", "km", frozenset({Role.KNOWLEDGE_MANAGER}))
ADMIN = Actor("u-ad", "root", frozenset({Role.ADMIN}))
AGENT = Actor("u-agent", "agent", frozenset({Role.AGENT}))


def forget_everybody(session: Session, *_: object) -> None:
    """For ``after_transaction_create``: whoever acts must have an account, as outside of tests."""
    session.info.pop(KNOWN, None)


def finding_of(session: Session) -> Finding | None:
    """What the check of the log finds, whether or not those who acted have accounts: tests make actors by hand."""
    found = verify(session).finding
    return None if found is not None and "never had an account" in str(found.reason) else found


def at(day: float) -> datetime:
    """A day of a test's calendar."""
    return T0 + timedelta(days=day)


def add_department(database: Database, code: str) -> None:
    with database.transaction() as session:
        session.merge(Department(code=code, name_zh=f"市{code}局", name_en=f"{code} bureau", phone=""))


def revision_text(source: str = "免费。", **fields: Any) -> RevisionText:
    """A public text of the department hrss, in force from day 0 without end."""
    given = {"title": "补卡", "lang": "zh", "audience": "public", "owner": "hrss", "effective_from": at(0),
             "author": "hrss-editor", **fields}
    return RevisionText(source=source, **given)


def editor(login: str = "hrss-editor", department: str = "hrss") -> Actor:
    """Who writes for a department."""
    return Actor(f"u-{login}", login, frozenset({Role.EDITOR}), frozenset({(Role.EDITOR, department)}))


def approver(login: str = "hrss-approver", *departments: str) -> Actor:
    """Who signs for departments, hrss unless others are named."""
    return Actor(f"u-{login}", login, frozenset({Role.APPROVER}),
                 frozenset((Role.APPROVER, d) for d in departments or ("hrss",)))


def submitted(database: Database, text: RevisionText | None = None, *, slug: str = "card", day: float = 0) -> str:
    """A revision in review, written by its author; its id."""
    words = text or revision_text()
    writer = editor(words.author, words.owner)
    with database.transaction() as session:
        draft = drafts.start(session, writer, slug, words, now=at(day), origin="test")
        return submission.submit(session, writer, draft.id, seen=draft.version, now=at(day), origin="test").id


def published(database: Database, text: RevisionText | None = None, *, slug: str = "card", number: int = 1,
              day: float = 0) -> str:
    """A revision published on ``day``; its id."""
    with database.transaction() as session:
        revision, _ = import_history(session, OPERATOR, slug, text or revision_text(), number=number, now=at(day),
                                   origin="test", signed={"hrss-approver": at(day)})
        publication.publish(session, OPERATOR, revision, now=at(day), origin="test")
        return revision.id


def retired(database: Database, slug: str = "card", *, day: float, successor: str | None = None,
            reason: str = "合并") -> None:
    """Retire an article on ``day``."""
    with database.transaction() as session:
        article = session.scalars(select(Article).where(Article.slug == slug)).one()
        heir = session.scalar(select(Article).where(Article.slug == successor)) if successor else None
        publication.retire(session, MANAGER, article, reason=reason, successor=heir, now=at(day), origin="test")


def stored_revision(database: Database, revision_id: str) -> Revision:
    with database.reading() as session:
        return session.get_one(Revision, revision_id)
