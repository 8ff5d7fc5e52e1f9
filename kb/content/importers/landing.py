"""A file as a draft: of the person who brings it, whatever number, state or signatures it claims."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from kb.actor import Actor
from kb.articles.drafts import begin_draft, check_open, remove_draft, write_draft
from kb.articles.intake import check_departments, open_article
from kb.articles.revisions import RevisionText, check_text, fields_of, newest_published, text_from, text_of
from kb.models import Article, Draft
from kb.people.permissions import Action, require


def land(session: Session, actor: Actor, slug: str, text: RevisionText, *, left_open: Iterable[str], now: datetime,
         origin: str) -> tuple[Article, bool]:
    """Keep the text as the actor's draft of the article; whether that changed anything.

    Importing again changes the draft that there is. What the file leaves open stays as it was decided the first time.
    A text that is published word for word needs no draft.
    """
    require(actor, Action.DRAFT, department=text.owner)
    check_text(replace(text, author=actor.name))
    article = open_article(session, slug, owner=text.owner, now=now)
    check_open(article, text.owner)
    check_departments(session, text.owner, text.co_owners)
    base = newest_published(session, article.id)
    if base is not None:
        session.refresh(base, ["co_owners", "bases"])
        published = text_of(base)
        if _same(text, published, left_open):
            return article, False
    draft = _draft(session, actor, article)
    if draft is None:
        begin_draft(session, actor, article, text, base, now=now, origin=origin)
        return article, True
    kept = text_from(draft.fields, author="")
    if _same(text, kept, left_open):
        return article, False
    write_draft(session, draft, seen=draft.version, now=now, fields=fields_of(_filled(text, kept, left_open)))
    return article, True


def clear(session: Session, actor: Actor, article: Article, text: RevisionText) -> None:
    """Remove the actor's draft of what has just come in as history."""
    draft = _draft(session, actor, article)
    if draft is not None and _same(text, text_from(draft.fields, author=""), ("effective_from", "review_by")):
        remove_draft(session, draft, draft.version)


def _draft(session: Session, actor: Actor, article: Article) -> Draft | None:
    """The actor's newest draft of the article."""
    return session.scalar(select(Draft).where(Draft.article_id == article.id, Draft.author == actor.name)
                          .options(selectinload(Draft.article)).order_by(Draft.updated_at.desc()).limit(1))


def _filled(text: RevisionText, earlier: RevisionText, left_open: Iterable[str]) -> RevisionText:
    return replace(text, **{name: getattr(earlier, name) for name in left_open}, author="")


def _same(text: RevisionText, earlier: RevisionText, left_open: Iterable[str]) -> bool:
    return _filled(text, earlier, left_open) == replace(earlier, author="")
