"""Who may read an attached file: whoever may read a text that carries it, and nobody else.

So no text may name a file that its writer could not read: it would open it to its own readers.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles import file_store
from kb.articles.revisions import RevisionText, readable
from kb.errors import Invalid
from kb.models import Draft, Revision, RevisionAttachment
from kb.people.permissions import Action, may_sql


def names_of(session: Session, viewer: Actor, sha256: str, *, now: datetime) -> frozenset[str]:
    """What the texts that the viewer may read now call this file; empty: it is not there for them."""
    published = session.scalars(
        select(Revision.attachments).join(RevisionAttachment, RevisionAttachment.revision_id == Revision.id)
        .where(RevisionAttachment.sha256 == sha256, Revision.redacted_at.is_(None), readable(viewer, now)))
    drafts = session.scalars(select(file_store.NAMED).where(
        may_sql(viewer, Action.READ_UNPUBLISHED, Draft), file_store.is_carried(sha256)))
    return frozenset(each["name"] for listed in (*published, *drafts) for each in listed or ()
                     if each["sha256"] == sha256)


def check_attached(session: Session, actor: Actor, text: RevisionText, former: Collection[str], *, now: datetime,
                   is_brought: bool = False) -> None:
    """Refuse a text that names files which are not there, or which its writer may not read; raises Invalid.

    ``former`` are the hashes that it named before; a text that is brought from elsewhere may name files of there.
    """
    new = {each["sha256"] for each in text.attachments} - set(former)
    kept = file_store.kept(session, new) if new else {}
    if any(not names_of(session, actor, sha256, now=now) if sha256 in kept else not is_brought for sha256 in new):
        raise Invalid("attachment_unknown", "the text names a file that is not there: attach it to the draft",
                      fields={"attachments": "unknown"})


def hashes_of(text: RevisionText | None) -> frozenset[str]:
    """The files that a text names."""
    return frozenset(each["sha256"] for each in text.attachments) if text is not None else frozenset()
