"""Revisions: their content hash, an article's history, and the difference of two texts."""

from __future__ import annotations

import difflib
import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from kb.errors import NotFound
from kb.live import Rectangle
from kb.models import Article, Revision
from kb.permissions import Action, Actor, Audience, audiences_of, can


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


def history(session: Session, viewer: Actor, slug: str) -> list[Revision]:
    """The article's revisions in number order, as far as this viewer may read them; raises NotFound for none.

    Staff read every revision of their audience; citizens those public ones that were once live.
    """
    query = (
        select(Revision).join(Article, Article.id == Revision.article_id)
        .where(Article.slug == slug, Revision.audience.in_([a.value for a in audiences_of(viewer)]))
        .options(selectinload(Revision.co_owners), selectinload(Revision.bases), selectinload(Revision.approvals),
                 selectinload(Revision.publications))
        .order_by(Revision.number)
    )
    revisions = list(session.scalars(query))
    if not can(viewer, Action.READ_HISTORY):
        revisions = [r for r in revisions if r.publications and r.audience == Audience.PUBLIC]
    if not revisions:
        raise NotFound("no_article", f"no article {slug!r} that you may read")
    return revisions


def rectangles_of(revision: Revision) -> list[Rectangle]:
    """When the revision answered or answers (needs publications loaded)."""
    return [Rectangle(p.effective_from, p.effective_to, p.published_at, p.superseded_at)
            for p in revision.publications]


def diff(old: str, new: str) -> list[tuple[str, str]]:
    """Line differences as (sign, line) with sign ' ', '-' or '+'; plain text, to be escaped where shown."""
    return [(line[0], line[2:]) for line in difflib.ndiff(old.split("\n"), new.split("\n")) if line[0] != "?"]
