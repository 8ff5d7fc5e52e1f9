"""Articles: bringing a finished revision into the store, as a draft or as approved text."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.revisions import RevisionText, check_text, content_hash
from kb.errors import Conflict, Denied, Invalid
from kb.models import Approval, Article, Basis, CoOwner, Department, Revision, State
from kb.people.permissions import Action, require
from kb.record import audit
from kb.text import SLUG

_NAMESPACE = uuid.UUID("6b1d8a4e-5d0f-4b60-9a43-1f3f4d0c7a11")


def article_id(slug: str) -> str:
    """The article's id, the same on every machine."""
    return str(uuid.uuid5(_NAMESPACE, slug))


def add_revision(session: Session, actor: Actor, slug: str, text: RevisionText, *, number: int, now: datetime,
                 origin: str, approvers: Sequence[str] = (),
                 created_at: datetime | None = None) -> tuple[Revision, bool]:
    """Store a revision (creating its article), approved when ``approvers`` are given, else as a draft.

    Who may import history may state when it was created. Returns the revision and whether it is new: the same number
    with the same hash is left alone, another text under a number that exists raises Conflict, since revisions never
    change.
    """
    require(actor, Action.DRAFT, department=text.owner)
    if not SLUG.fullmatch(slug):
        raise Invalid("slug", f"slug {slug[:40]!r}: use lower-case letters, digits and hyphens")
    check_text(text)
    if created_at is not None:
        require(actor, Action.IMPORT_HISTORY)
        if created_at > now:
            raise Invalid("created_at", "created_at lies in the future", fields={"created_at": "future"})
    for code in (text.owner, *text.co_owners):
        if session.get(Department, code) is None:
            raise Invalid("unknown_department", f"unknown department {code!r}; add it to departments.yaml",
                          fields={"owner" if code == text.owner else "co_owners": "unknown"})
    if text.author in approvers:
        raise Denied("own_text", f"{text.author} may not approve their own text", fields={"author": "own text"})
    sha256 = content_hash(text)
    article = session.scalar(select(Article).where(Article.slug == slug))
    if article is None:
        article = Article(id=article_id(slug), slug=slug, owner=text.owner, created_at=created_at or now)
        session.add(article)
        session.flush()
    else:
        stored = _stored(session, article, number, sha256)
        if stored is not None:
            return stored, False
    revision = Revision(
        id=str(uuid.uuid5(_NAMESPACE, f"{slug}/{number}/{sha256}")), article_id=article.id, number=number,
        state=State.APPROVED if approvers else State.DRAFT, sha256=sha256, title=text.title, source=text.source,
        summary=text.summary, lang=text.lang, category=text.category, keywords=list(text.keywords),
        synonyms=list(text.synonyms), audience=text.audience, owner=text.owner, effective_from=text.effective_from,
        effective_to=text.effective_to, review_by=text.review_by, attachments=list(text.attachments),
        change_note=text.change_note, is_minor=text.is_minor, author=text.author, created_at=created_at or now,
    )
    session.add(revision)
    session.flush()
    session.add_all(CoOwner(revision_id=revision.id, department=d) for d in text.co_owners)
    session.add_all(Basis(revision_id=revision.id, ordinal=i, title=b.title, number=b.number, issuer=b.issuer,
                          issued_on=b.date, url=b.url) for i, b in enumerate(text.bases))
    session.add_all(Approval(revision_id=revision.id, approver=a, sha256=sha256, approved_at=now) for a in approvers)
    audit.append(session, actor, "approve" if approvers else "draft", f"revision:{revision.id}", now=now,
                 origin=origin,
                 after={"article": slug, "number": number, "sha256": sha256, "approvers": list(approvers)})
    return revision, True


def _stored(session: Session, article: Article, number: int, sha256: str) -> Revision | None:
    """The revision of this number, if it is stored with this hash; raises Conflict unless the number is free."""
    existing = session.scalar(select(Revision).where(Revision.article_id == article.id, Revision.number == number))
    if existing is not None:
        if existing.sha256 != sha256:
            raise Conflict("immutable", f"revision {number} of {article.slug} is stored with another text; revisions "
                           "never change: give the new text a new number", fields={"revision": "taken"})
        return existing
    newest = session.scalar(select(func.max(Revision.number)).where(Revision.article_id == article.id)) or 0
    if number < newest:
        raise Conflict("number", f"revision {number} of {article.slug} comes after revision {newest} was stored",
                       fields={"revision": "too low"})
    return None
