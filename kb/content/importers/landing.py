"""A file as a draft: of the person who brings it, whatever number, state or signatures it claims.

A draft remembers which file it came from. Importing that file again changes nothing, whoever has taken the draft over;
another file replaces it only as long as nobody has written in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from kb.actor import Actor
from kb.articles.file_access import check_attached
from kb.articles.revisions import (
    RevisionText,
    check_source,
    check_text,
    content_hash,
    fields_of,
    newest_published,
    stored_text,
    text_from,
)
from kb.articles.writing.draft_rows import LANDED, remove_draft, write_draft
from kb.articles.writing.drafts import begin_draft, check_open
from kb.articles.writing.intake import check_departments, open_article
from kb.db import settings_of
from kb.errors import Conflict
from kb.models import Article, Draft
from kb.people.permissions import Action, require
from kb.record.journal import record

_OPEN: dict[str, Any] = {"effective_from": datetime(2000, 1, 1, tzinfo=UTC), "review_by": None}  # left to who imports


def land(session: Session, actor: Actor, slug: str, text: RevisionText, *, left_open: Iterable[str], now: datetime,
         origin: str) -> tuple[Article, bool]:
    """Keep the text as the actor's draft of the article; whether that changed anything.

    What the file leaves open stays as it was decided the first time. A text that is published word for word needs no
    draft. Raises Conflict where the actor has written in the draft since.
    """
    require(actor, Action.IMPORT_DRAFTS, text.owner)
    check_text(replace(text, author=actor.name))
    check_source(text.source, settings_of(session).limits)
    article = open_article(session, slug, owner=text.owner, now=now)
    check_open(article, text.owner)
    check_departments(session, text.owner, text.co_owners)
    check_attached(session, actor, text, (), now=now, is_brought=True)
    base = newest_published(session, article.id)
    if base is not None and _same(text, stored_text(session, base), left_open):
        return article, False
    file = _file(text, left_open)
    drafts = session.scalars(select(Draft).where(Draft.article_id == article.id).options(selectinload(Draft.article))
                             .order_by(Draft.updated_at.desc())).all()
    if any(draft.fields.get(LANDED) == file for draft in drafts):
        return article, False
    own = next((draft for draft in drafts if draft.author == actor.name), None)
    if own is None:
        begin_draft(session, actor, article, text, base, landed=file, now=now, origin=origin)
        return article, True
    kept = text_from(own.fields, author="")
    if _same(text, kept, left_open):
        return article, False
    if own.fields.get(LANDED) != _file(kept, left_open):
        raise Conflict("draft_edited", "draft {id} of {slug} was written in since; save the file into it (`kb draft "
                       "save`), or discard it first", id=own.id, slug=slug)
    filled = _filled(text, kept, left_open)
    write_draft(session, own, seen=own.version, now=now, fields=fields_of(filled) | {LANDED: file})
    record(session, actor, "save_draft", f"draft:{own.id}", now=now, origin=origin,
           after={"article": slug, "version": own.version + 1, "sha256": content_hash(
               replace(filled, author=actor.name))})
    return article, True


def clear(session: Session, actor: Actor, article: Article, text: RevisionText) -> None:
    """Remove the actor's draft of what has just come in as history."""
    own = session.scalar(select(Draft).where(Draft.article_id == article.id, Draft.author == actor.name)
                         .order_by(Draft.updated_at.desc()).limit(1))
    if own is not None and _same(text, text_from(own.fields, author=""), _OPEN):
        remove_draft(session, own, own.version)


def _file(text: RevisionText, left_open: Iterable[str]) -> str:
    """What tells one file from another: the hash of all that it states."""
    stated = replace(text, author="", **{name: _OPEN[name] for name in left_open})
    return content_hash(stated)


def _filled(text: RevisionText, earlier: RevisionText, left_open: Iterable[str]) -> RevisionText:
    return replace(text, **{name: getattr(earlier, name) for name in left_open}, author="")


def _same(text: RevisionText, earlier: RevisionText, left_open: Iterable[str]) -> bool:
    return _filled(text, earlier, left_open) == replace(earlier, author="")
