"""Bringing revisions into the store: one that was submitted here, or the signed history of another system.

Only these two make revisions. What history says (numbers, times, who signed) is taken from who may import it, and stays
marked as imported for ever.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.merge import check_resolved
from kb.articles.owners import check_owner
from kb.articles.revisions import RevisionText, check_text, content_hash
from kb.errors import Conflict, Denied, Invalid
from kb.models import Article, Basis, CoOwner, Department, Revision, Signature, State
from kb.people.permissions import Action, require
from kb.record import audit
from kb.text import SLUG

_NAMESPACE = uuid.UUID("6b1d8a4e-5d0f-4b60-9a43-1f3f4d0c7a11")


def article_id(slug: str) -> str:
    """The article's id, the same on every machine."""
    return str(uuid.uuid5(_NAMESPACE, slug))


def open_article(session: Session, slug: str, *, owner: str, now: datetime) -> Article:
    """The article of this slug, made for the owner if there is none; held against other writers until the commit.

    Raises Invalid for a slug or department that cannot be.
    """
    if not SLUG.fullmatch(slug):
        raise Invalid("slug", f"slug {slug[:40]!r}: use lower-case letters, digits and hyphens")
    article = session.scalar(select(Article).where(Article.slug == slug).with_for_update())
    if article is None:
        check_departments(session, owner)
        article = Article(id=article_id(slug), slug=slug, owner=owner, created_at=now)
        session.add(article)
        session.flush()
    return article


def check_departments(session: Session, owner: str, co_owners: Sequence[str] = ()) -> None:
    """Refuse departments that do not exist; raises Invalid naming the field."""
    for code in (owner, *co_owners):
        if session.get(Department, code) is None:
            raise Invalid("unknown_department", f"unknown department {code!r}; add it to departments.yaml",
                          fields={"owner" if code == owner else "co_owners": "unknown"})


def newest_number(session: Session, article: Article) -> int:
    """The highest number of the article's revisions, 0 when it has none."""
    return session.scalar(select(func.max(Revision.number)).where(Revision.article_id == article.id)) or 0


def store_revision(session: Session, article: Article, text: RevisionText, *, number: int, state: State,
                   created_at: datetime, base_id: str | None = None, contributors: Sequence[str] = ()) -> Revision:
    """Write a revision's rows; who calls has checked everything."""
    sha256 = content_hash(text)
    revision = Revision(
        id=str(uuid.uuid5(_NAMESPACE, f"{article.slug}/{number}/{sha256}")), article_id=article.id, number=number,
        state=state, sha256=sha256, title=text.title, source=text.source, summary=text.summary, lang=text.lang,
        category=text.category, keywords=list(text.keywords), synonyms=list(text.synonyms), audience=text.audience,
        owner=text.owner, effective_from=text.effective_from, effective_to=text.effective_to,
        review_by=text.review_by, attachments=list(text.attachments), change_note=text.change_note,
        is_minor=text.is_minor, author=text.author, contributors=list(contributors), base_id=base_id,
        created_at=created_at,
    )
    session.add(revision)
    session.flush()
    session.add_all(CoOwner(revision_id=revision.id, department=d) for d in text.co_owners)
    session.add_all(Basis(revision_id=revision.id, ordinal=i, title=b.title, number=b.number, issuer=b.issuer,
                          issued_on=b.date, url=b.url) for i, b in enumerate(text.bases))
    return revision


def import_history(session: Session, actor: Actor, slug: str, text: RevisionText, *, number: int,
                   signed: Mapping[str, datetime], now: datetime, origin: str,
                   created_at: datetime | None = None) -> tuple[Revision, bool]:
    """Store a revision that was signed elsewhere, approved, with its number and who signed it when.

    Returns the revision and whether it is new: the same number with the same hash is left alone, another text under a
    number that exists raises Conflict, since revisions never change.
    """
    require(actor, Action.IMPORT_HISTORY)
    check_text(text)
    check_departments(session, text.owner, text.co_owners)
    if text.author in signed:
        raise Denied("own_text", f"{text.author} may not approve their own text", fields={"author": "own text"})
    if text.author == actor.name:
        raise Denied("own_text", f"{actor.name} may not bring in their own text as signed: write a draft",
                     fields={"author": "own text"})
    if not signed:
        raise Invalid("approvers", "history names who signed it", fields={"approvers": "required"})
    if max(signed.values()) > now:
        raise Invalid("approved_at", "an approval lies in the future", fields={"approvers": "future"})
    if created_at is not None and created_at > now:
        raise Invalid("created_at", "created_at lies in the future", fields={"created_at": "future"})
    check_resolved(text.source)
    article = open_article(session, slug, owner=text.owner, now=created_at or now)
    check_owner(article, text.owner)
    stored = _stored(session, article, number, content_hash(text))
    if stored is not None:
        return stored, False
    revision = store_revision(session, article, text, number=number, state=State.APPROVED,
                              created_at=created_at or now)
    session.add_all(Signature(revision_id=revision.id, author=revision.author, sha256=revision.sha256, signer=login,
                              decision="signed", reason="", is_imported=True, signed_at=at)
                    for login, at in signed.items())
    audit.append(session, actor, "import_history", f"revision:{revision.id}", now=now, origin=origin,
                 after={"article": slug, "number": number, "sha256": revision.sha256, "approvers": list(signed)})
    return revision, True


def _stored(session: Session, article: Article, number: int, sha256: str) -> Revision | None:
    """The revision of this number, if it is stored with this hash; raises Conflict unless the number is free."""
    existing = session.scalar(select(Revision).where(Revision.article_id == article.id, Revision.number == number))
    if existing is not None:
        if existing.sha256 != sha256:
            raise Conflict("immutable", f"revision {number} of {article.slug} is stored with another text; revisions "
                           "never change: give the new text a new number", fields={"revision": "taken"})
        return existing
    newest = newest_number(session, article)
    if number < newest:
        raise Conflict("number", f"revision {number} of {article.slug} comes after revision {newest} was stored",
                       fields={"revision": "too low"})
    return None
