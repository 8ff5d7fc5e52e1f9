"""Before a draft is handed in: who will have to sign, what is more than a minor edit, and what came back.

A forecast: what a text waits for is asked anew when it is signed, and a rule may have changed until then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, aliased, defer

from kb.actor import Actor
from kb.articles.acts.owing import texts_below
from kb.articles.acts.rules import owner_signatures
from kb.articles.revisions import RevisionText, newest_published, stored_text
from kb.articles.writing.drafts import DraftView
from kb.articles.writing.minor import major_changes
from kb.models import Article, AuditEntry, CoOwner, Draft, Revision, Signature, State
from kb.people.permissions import Action, can
from kb.people.succession import standing_department
from kb.reading.narrowing import sees


@dataclass(frozen=True, slots=True)
class Handing:
    """``signers`` are departments and how often each signs, the owner first; ``minor_signers`` likewise for a minor
    edit. ``changes`` is what keeps it from being one, by kind; a first text is never minor. ``keeps_day`` says that it
    is in force from the day of the published text, so that what it changes counts for the past too. ``before`` is the
    published text, None where there is none."""

    signers: tuple[tuple[str, int], ...]
    changes: Mapping[str, str]
    is_first: bool
    keeps_day: bool
    before: RevisionText | None

    @property
    def may_be_minor(self) -> bool:
        return not self.is_first and not self.changes


@dataclass(frozen=True, slots=True)
class Returned:
    """A text that was rejected, with each department's reasons, or withdrawn. ``draft_id`` is a draft of its article
    in which it may be taken up already."""

    revision_id: str
    slug: str
    number: int
    title: str
    state: str
    department: str
    author: str
    at: datetime
    reasons: tuple[tuple[str, str, str], ...]  # department, signer, reason
    draft_id: str | None

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {"slug": self.slug, "revision": self.number, "title": self.title, "state": self.state,
                "department": self.department, "author": self.author, "at": self.at.isoformat(),
                "reasons": [{"department": department, "by": signer, "reason": reason}
                            for department, signer, reason in self.reasons], "draft_id": self.draft_id}


def handing_in(session: Session, draft: DraftView) -> Handing:
    """The forecast for a draft that the viewer was shown."""
    article_id = session.scalars(select(Article.id).where(Article.slug == draft.slug)).one()
    base = newest_published(session, article_id)
    below = texts_below(session, Revision(base_id=base.id if base else None))  # what this one would replace
    stated = session.scalars(select(CoOwner.department).where(
        CoOwner.revision_id.in_([text.id for text in below])).distinct())
    co_owners = sorted({standing_department(session, code) for code in (*draft.text.co_owners, *stated)}
                       - {draft.department})
    times = max(owner_signatures(session, draft.department, category)
                for category in {draft.text.category, *(text.category for text in below)})
    before = stored_text(session, base) if base else None
    changes = major_changes(before, draft.text) if before else {}
    keeps_day = base is not None and draft.text.effective_from == base.effective_from
    return Handing(((draft.department, times), *((code, 1) for code in co_owners)), changes, base is None,
                   keeps_day, before)


def returned(session: Session, viewer: Actor, *, slug: str | None = None, after: str = "", limit: int = 50,
             ) -> list[Returned]:
    """What came back to the viewer's departments and was not handed in anew, the last first; of one article, if named.

    ``after`` is the id of the last revision of the page before.
    """
    later = aliased(Revision)
    query = (
        select(Revision, Article.slug, Article.owner).join(Article, Article.id == Revision.article_id)
        .options(defer(Revision.source))
        .where(Revision.state.in_((State.REJECTED, State.WITHDRAWN)), Article.retired_at.is_(None),
               Revision.redacted_at.is_(None),
               ~exists().where(later.article_id == Revision.article_id, later.number > Revision.number))
        .order_by(Revision.created_at.desc(), Revision.id.desc()).limit(limit))
    if not can(viewer, Action.DRAFT):
        query = query.where(Article.owner.in_(sorted(d for d in viewer.departments if sees(viewer, d))),
                            Article.owner == Revision.owner)
    if slug is not None:
        query = query.where(Article.slug == slug)
    last = session.get(Revision, after) if after else None
    if last is not None:
        query = query.where(or_(Revision.created_at < last.created_at,
                                (Revision.created_at == last.created_at) & (Revision.id < last.id)))
    rows = session.execute(query).all()
    drafts = {row[0]: row[1] for row in session.execute(
        select(Draft.article_id, func.min(Draft.id)).group_by(Draft.article_id)
        .where(Draft.article_id.in_([row[0].article_id for row in rows])))}
    return _returned(session, [(row[0], row[1], row[2]) for row in rows], drafts)


def answered(session: Session, draft: DraftView) -> Returned | None:
    """What was said of the text that the draft takes up again: the article's last submission, where it came back."""
    row = session.execute(
        select(Revision, Article.slug, Article.owner).join(Article, Article.id == Revision.article_id)
        .options(defer(Revision.source)).where(Article.slug == draft.slug)
        .order_by(Revision.number.desc()).limit(1)).first()
    if row is None or row[0].state not in (State.REJECTED, State.WITHDRAWN) or row[0].redacted_at is not None:
        return None
    return _returned(session, [(row[0], row[1], row[2])], {row[0].article_id: draft.id})[0]


def _returned(session: Session, rows: Sequence[tuple[Revision, str, str]], drafts: Mapping[str, str]
              ) -> list[Returned]:
    """These revisions (with slug and owner) and what was said of each, in two statements for all."""
    ids = [row[0].id for row in rows]
    refused: defaultdict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for one in session.scalars(select(Signature).where(
            Signature.revision_id.in_(ids), Signature.decision == "rejected").order_by(Signature.signed_at)):
        refused[one.revision_id].append((one.department or "", one.signer, one.reason))
    subjects = [f"revision:{id_}" for id_ in ids]
    last = {entry.subject: entry for entry in session.scalars(select(AuditEntry).where(AuditEntry.id.in_(
        select(func.max(AuditEntry.id)).where(AuditEntry.subject.in_(subjects)).group_by(AuditEntry.subject))))}
    found = []
    for revision, slug, owner in rows:
        act, reasons = last.get(f"revision:{revision.id}"), tuple(refused[revision.id])
        if not reasons and act is not None and act.action == "withdraw":
            reasons = (("", act.actor, str((act.after or {}).get("reason", ""))),)
        found.append(Returned(revision.id, slug, revision.number, revision.title, revision.state, owner,
                              revision.author, act.at if act else revision.created_at, reasons,
                              drafts.get(revision.article_id)))
    return found
