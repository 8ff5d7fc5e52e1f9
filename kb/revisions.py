"""Revisions: their content hash, and an article's history as far as a viewer may know it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, defer, selectinload

from kb.errors import NotFound
from kb.models import Article, Revision, State
from kb.permissions import Action, Actor, audiences_of, can
from kb.text import SLUG


@dataclass(frozen=True, slots=True)
class BasisText:
    """A basis document as stated by a revision."""

    title: str
    number: str = ""
    issuer: str = ""
    date: date | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class RevisionText:
    """Everything of a revision that readers rely on and approvers sign."""

    title: str
    source: str
    lang: str
    audience: str
    owner: str
    effective_from: datetime
    effective_to: datetime | None = None
    review_by: datetime | None = None
    summary: str = ""
    category: str = ""
    keywords: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    co_owners: tuple[str, ...] = ()
    bases: tuple[BasisText, ...] = ()
    attachments: tuple[dict[str, str], ...] = field(default=())
    change_note: str = ""
    is_minor: bool = False
    author: str = ""


def content_hash(text: RevisionText) -> str:
    """SHA-256 over canonical JSON of every field (sorted keys, instants as ISO 8601 UTC)."""
    def plain(value: Any) -> str:
        return str(value.isoformat())

    body = json.dumps(asdict(text), default=plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(body.encode()).hexdigest()


def text_of(revision: Revision) -> RevisionText:
    """The stored revision as its signed text (needs co_owners and bases loaded)."""
    return RevisionText(
        title=revision.title, source=revision.source, lang=revision.lang, audience=revision.audience,
        owner=revision.owner, effective_from=revision.effective_from, effective_to=revision.effective_to,
        review_by=revision.review_by, summary=revision.summary, category=revision.category,
        keywords=tuple(revision.keywords), synonyms=tuple(revision.synonyms),
        co_owners=tuple(c.department for c in revision.co_owners),
        bases=tuple(BasisText(b.title, b.number, b.issuer, b.issued_on, b.url) for b in revision.bases),
        attachments=tuple(revision.attachments), change_note=revision.change_note, is_minor=revision.is_minor,
        author=revision.author,
    )


def may_know(viewer: Actor, revision: Revision) -> bool:
    """Whether this viewer may learn that the revision exists, and read it (needs co_owners loaded).

    What was published is open, for ever, to everybody whom its audience includes; what was not, to those who write or
    sign for one of its departments.
    """
    if revision.audience not in audiences_of(viewer):
        return False
    if revision.state == State.PUBLISHED:
        return True
    departments = (revision.owner, *(c.department for c in revision.co_owners))
    return any(can(viewer, action, department=d) for d in departments for action in (Action.DRAFT, Action.APPROVE))


def history(session: Session, viewer: Actor, slug: str) -> list[Revision]:
    """The article's revisions that this viewer may know, in number order; raises NotFound when there is none.

    Co-owners, bases, approvals and publications are loaded with them; the texts are not.
    """
    query = (
        select(Revision).join(Article, Article.id == Revision.article_id).where(Article.slug == slug)
        .options(defer(Revision.source, raiseload=True), selectinload(Revision.co_owners),
                 selectinload(Revision.bases), selectinload(Revision.approvals), selectinload(Revision.publications))
        .order_by(Revision.number)
    )
    found = session.scalars(query) if SLUG.fullmatch(slug) else ()
    revisions = [revision for revision in found if may_know(viewer, revision)]
    if not revisions:
        raise NotFound("no_article", f"no article {slug[:120]!r} that you may read")
    return revisions
