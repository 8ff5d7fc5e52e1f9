"""A draft's row: read as its article's owner's, and changed only by who saw its present version."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from kb.articles.revisions import RevisionText, text_from
from kb.db import local_time
from kb.errors import Conflict
from kb.models import Article, Draft

LANDED = "landed"  # in a draft's fields: which file it was imported from
TAKEN = "taken"  # in a draft's fields: ids of the revisions that words of it came from, besides its base
CONFLICTS = "conflicts"  # in a draft's fields: those that a merge left undecided, with the published values


def owned_text(draft: Draft, article: Article, *, author: str) -> RevisionText:
    """The draft's text as its article's owner's: an article that changed hands took its drafts along."""
    text = text_from(draft.fields, author=author)
    return replace(text, owner=article.owner, co_owners=tuple(d for d in text.co_owners if d != article.owner))


def origins(draft: Draft, *more: str | None) -> dict[str, Any]:
    """What a draft's fields tell of where its words came from, whatever is written into the others."""
    taken = sorted({*draft.fields.get(TAKEN, ()), *(revision_id for revision_id in more if revision_id)})
    return {TAKEN: taken} if taken else {}


def write_draft(session: Session, draft: Draft, *, seen: int, now: datetime, **values: Any) -> None:
    """Change the draft if nobody has since ``seen``, else raise Conflict; the version goes up by one."""
    done = session.execute(update(Draft).where(Draft.id == draft.id, Draft.version == seen)
                           .values(version=seen + 1, updated_at=now, **values)
                           .execution_options(synchronize_session=False))
    _check_seen(session, draft, done.rowcount, seen)  # type: ignore[attr-defined]


def remove_draft(session: Session, draft: Draft, seen: int) -> None:
    """Delete the draft if nobody has changed it since ``seen``; raises Conflict."""
    done = session.execute(delete(Draft).where(Draft.id == draft.id, Draft.version == seen)
                           .execution_options(synchronize_session=False))
    _check_seen(session, draft, done.rowcount, seen)  # type: ignore[attr-defined]
    session.expunge(draft)


def _check_seen(session: Session, draft: Draft, changed: int, seen: int) -> None:
    if changed == 1:
        return
    now = session.execute(select(Draft.version, Draft.updated_at, Draft.author).where(Draft.id == draft.id)).first()
    if now is None:
        raise Conflict("draft_gone", "the draft was submitted or discarded meanwhile")
    raise Conflict("draft_changed", "the draft was saved meanwhile by {author}, at {updated_at}: it is at version "
                   "{version}, you saw {seen}", author=now.author, updated_at=local_time(session, now.updated_at),
                   seen=seen, version=now.version)
