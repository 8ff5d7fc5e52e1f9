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
from kb.articles.acts.rules import take_category
from kb.articles.owners import check_owner
from kb.articles.revisions import RevisionText, check_text, content_hash
from kb.articles.writing.merge import check_resolved
from kb.errors import Conflict, Denied, Invalid
from kb.messages.message import Message
from kb.models import Article, Basis, CoOwner, Department, Revision, RevisionAttachment, Signature, State
from kb.people.permissions import Action, require
from kb.people.succession import standing_department
from kb.record.journal import record
from kb.text import LONGEST_SLUG, SLUG

_NAMESPACE = uuid.UUID("6b1d8a4e-5d0f-4b60-9a43-1f3f4d0c7a11")


def article_id(slug: str) -> str:
    """The article's id, the same on every machine."""
    return str(uuid.uuid5(_NAMESPACE, slug))


def open_article(session: Session, slug: str, *, owner: str, now: datetime, is_history: bool = False) -> Article:
    """The article of this slug, made for the owner if there is none; held against other writers until the commit.

    Raises Invalid for a slug or department that cannot be; ``is_history`` lets the owner be one that is dissolved.
    """
    if len(slug) > LONGEST_SLUG and SLUG.fullmatch(slug[:LONGEST_SLUG]):
        raise Invalid("slug", "slug: {count} characters; the limit is {longest}", count=len(slug), longest=LONGEST_SLUG,
                      fields={"slug": "too long"})
    if not SLUG.fullmatch(slug):
        raise Invalid("slug", "slug {slug!r}: use lower-case letters, digits and hyphens", slug=slug[:40])
    article = session.scalar(select(Article).where(Article.slug == slug).with_for_update())
    if article is None:
        hold_department(session, owner)
        (check_known_departments if is_history else check_departments)(session, owner)
        article = Article(id=article_id(slug), slug=slug, owner=owner, created_at=now)
        session.add(article)
        session.flush()
    return article


def check_departments(session: Session, owner: str, co_owners: Sequence[str] = ()) -> None:
    """Refuse departments that do not exist, or no more; raises Invalid naming the field."""
    check_known_departments(session, owner, co_owners)
    for code in (owner, *co_owners):
        if session.get_one(Department, code).dissolved_at is not None:
            heir = standing_department(session, code)
            fields = {"owner" if code == owner else "co_owners": Message("dissolved")}
            if heir == code:
                raise Invalid("dissolved_department", "department {code} is dissolved", code=code, fields=fields)
            raise Invalid("dissolved_department", "department {code} is dissolved; name {heir}, its successor",
                          code=code, heir=heir, fields=fields)


def hold_department(session: Session, code: str) -> None:
    """Hold the department as it is until the commit: no article comes to one that is just being dissolved."""
    session.scalar(select(Department).where(Department.code == code).with_for_update(read=True)
                   .execution_options(populate_existing=True))


def check_known_departments(session: Session, owner: str, co_owners: Sequence[str] = ()) -> None:
    """Refuse departments that never existed: history may tell of those that are dissolved since."""
    for code in (owner, *co_owners):
        if session.get(Department, code) is None:
            raise Invalid("unknown_department", "unknown department {code!r}; add it to departments.yaml", code=code,
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
    session.add_all(RevisionAttachment(revision_id=revision.id, ordinal=n, sha256=each["sha256"], name=each["name"])
                    for n, each in enumerate(text.attachments))
    session.add_all(CoOwner(revision_id=revision.id, department=d) for d in text.co_owners)
    session.add_all(Basis(revision_id=revision.id, ordinal=i, title=b.title, number=b.number, issuer=b.issuer,
                          issued_on=b.date, url=b.url) for i, b in enumerate(text.bases))
    return revision


def import_history(session: Session, actor: Actor, slug: str, text: RevisionText, *, number: int,
                   signed: Mapping[str, datetime], now: datetime, origin: str,
                   created_at: datetime | None = None, owner: str | None = None) -> tuple[Revision, bool]:
    """Store a revision that was signed elsewhere, approved, with its number and who signed it when.

    ``owner`` is who has the article now, where the text tells of one before. Returns the revision and whether it is
    new: the same number with the same hash is left alone, another text under a number that exists raises Conflict,
    since revisions never change.
    """
    require(actor, Action.IMPORT_HISTORY)
    check_text(text)
    check_known_departments(session, text.owner, text.co_owners)
    take_category(session, actor, text.category, now=now, origin=origin)
    if text.author in signed:
        raise Denied("own_text", "{author} may not approve their own text", author=text.author,
                     fields={"author": "own text"})
    if text.author == actor.name:
        raise Denied("own_text", "{actor} may not bring in their own text as signed: write a draft", actor=actor.name,
                     fields={"author": "own text"})
    if not signed:
        raise Invalid("approvers", "history names who signed it", fields={"approvers": "required"})
    if max(signed.values()) > now:
        raise Invalid("approved_at", "an approval lies in the future", fields={"approvers": "future"})
    if created_at is not None and created_at > now:
        raise Invalid("created_at", "created_at lies in the future", fields={"created_at": "future"})
    check_resolved(text.source)
    there = session.scalar(select(Article).where(Article.slug == slug[:128]).with_for_update())
    stored = _stored(session, there, number, content_hash(text)) if there is not None else None
    if stored is not None:  # whoever has the article since
        return stored, False
    article = there or _historic_article(session, actor, slug, text, owner or text.owner, created_at or now, now,
                                         origin)
    check_owner(article, owner or text.owner)
    revision = store_revision(session, article, text, number=number, state=State.APPROVED,
                              created_at=created_at or now)
    session.add_all(Signature(revision_id=revision.id, author=revision.author, sha256=revision.sha256, signer=login,
                              decision="signed", reason="", is_imported=True, signed_at=at)
                    for login, at in signed.items())
    record(session, actor, "import_history", f"revision:{revision.id}", now=now, origin=origin,
           after={"article": slug, "number": number, "sha256": revision.sha256, "approvers": list(signed)})
    return revision, True


def _historic_article(session: Session, actor: Actor, slug: str, text: RevisionText, owner: str, created_at: datetime,
                      now: datetime, origin: str) -> Article:
    """A new article of imported history: of the owner that it has now, whoever its older texts name."""
    article = open_article(session, slug, owner=owner, now=created_at, is_history=True)
    if owner != text.owner:
        record(session, actor, "import_owner", f"article:{article.id}", now=now, origin=origin,
               after={"slug": slug, "owner": owner})
    return article


def _stored(session: Session, article: Article, number: int, sha256: str) -> Revision | None:
    """The revision of this number, if it is stored with this hash; raises Conflict unless the number is free."""
    existing = session.scalar(select(Revision).where(Revision.article_id == article.id, Revision.number == number))
    if existing is not None:
        if existing.sha256 != sha256:
            raise Conflict("immutable", "revision {number} of {slug} is stored with another text; revisions never "
                           "change: give the new text a new number", number=number, slug=article.slug,
                           fields={"revision": "taken"})
        return existing
    newest = newest_number(session, article)
    if number < newest:
        raise Conflict("number", "revision {number} of {slug} comes after revision {newest} was stored", number=number,
                       slug=article.slug, newest=newest, fields={"revision": "too low"})
    return None
