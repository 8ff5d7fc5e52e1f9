"""Reading: an article's page for a viewer, and its changelog.

- ``open_article``: the revision to show under an article's own address;
- ``open_revision``: one by its number, for ever: a citation's address opens also when its revision was superseded or
  its article retired, with the facts for the banner in ``standing`` and ``retirement``;
- ``list_revisions``: the changelog; ``open_at``: the revision that was, is or will be in force on a day.

The lists that lead to a page stand in ``browsing``, differences of two revisions in ``comparing``.

Whatever the viewer may not know does not exist here: its number, its dates and its effect on a banner are left out,
and asking for it raises the same NotFound as asking for what was never there. Pages show dates and texts; they decide
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from kb.actor import Actor
from kb.articles.acts.hiding import Hidden, hidden_now
from kb.articles.acts.urgency import Owed, owed_of
from kb.articles.attachments import AttachedFile, files_of
from kb.articles.live import REVIEW_BY, LiveRevision, Moment, live_by_slug
from kb.articles.revisions import history, unknown_revision
from kb.errors import NotFound
from kb.models import Article, Department, Publication, Revision, State
from kb.people.permissions import Action, can
from kb.reading.standing import Row, Standing, standing_of


@dataclass(frozen=True, slots=True)
class DepartmentName:
    """A department as it is shown."""

    code: str
    name_zh: str
    name_en: str
    phone: str


@dataclass(frozen=True, slots=True)
class BasisDocument:
    """A document that a revision rests on; ``url`` is as the author wrote it, to be checked before it is linked."""

    title: str
    number: str
    issuer: str
    issued_on: date | None
    url: str


@dataclass(frozen=True, slots=True)
class Retirement:
    """The article was taken back; ``successor_slug`` and its title when it names an article the viewer may know."""

    at: datetime
    reason: str
    successor_slug: str | None
    successor_title: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided on a revision, for which department; None where history does not tell it."""

    signer: str
    department: str | None
    decision: str  # signed, rejected
    reason: str
    at: datetime

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {"signer": self.signer, "department": self.department, "decision": self.decision, "reason": self.reason,
                "at": self.at.isoformat()}


@dataclass(frozen=True, slots=True)
class RevisionEntry:
    """One line of a changelog. ``published_at`` is None for what was never published."""

    number: int
    title: str
    state: str
    audience: str
    effective_from: datetime
    effective_to: datetime | None
    published_at: datetime | None
    change_note: str
    is_minor: bool
    standing: Standing
    sha256: str
    decisions: tuple[Decision, ...]  # for the staff


@dataclass(frozen=True, slots=True)
class RevisionPage:
    """Everything that the page of one revision shows. ``author`` and ``approvers`` are empty for citizens, and
    ``hidden`` and ``owed`` None.

    ``live_number`` is the revision that answers now for this viewer, None when none does.
    """

    article_id: str
    slug: str
    revision_id: str
    number: int
    sha256: str
    title: str
    source: str
    summary: str
    lang: str
    category: str
    keywords: tuple[str, ...]
    audience: str
    department: DepartmentName
    co_owners: tuple[DepartmentName, ...]
    effective_from: datetime
    effective_to: datetime | None
    review_by: datetime | None
    bases: tuple[BasisDocument, ...]
    attachments: tuple[AttachedFile, ...]
    change_note: str
    author: str
    approvers: tuple[str, ...]
    published_at: datetime | None
    standing: Standing
    retirement: Retirement | None
    live_number: int | None
    redacted_at: datetime | None = None
    hidden: Hidden | None = None
    owed: Owed | None = None  # signatures that an urgent publication did not wait for


def open_article(session: Session, viewer: Actor, slug: str, *, now: datetime) -> RevisionPage:
    """The article's live revision; where none is live, the newest one the viewer may know, to be shown with a banner.

    Raises NotFound when the viewer may know none.
    """
    revisions = history(session, viewer, slug, now=now)
    live = live_by_slug(session, viewer, Moment(now, now), slug)
    published = [r.number for r in revisions if r.publications]
    number = live.number if live else max(published, default=revisions[-1].number)
    return _page(session, viewer, slug, revisions, number, live, now)


def open_revision(session: Session, viewer: Actor, slug: str, number: int, *, now: datetime) -> RevisionPage:
    """One revision by its number; raises NotFound for whatever the viewer may not read."""
    revisions = history(session, viewer, slug, now=now)
    return _page(session, viewer, slug, revisions, number, live_by_slug(session, viewer, Moment(now, now), slug), now)


def open_among(session: Session, viewer: Actor, slug: str, number: int, names: Mapping[str, DepartmentName], *,
               now: datetime) -> tuple[RevisionPage, list[RevisionEntry], list[Revision]]:
    """One revision, the changelog around it, and the rows (with their article, without texts) that both come from."""
    revisions = history(session, viewer, slug, now=now)
    article = session.get_one(Article, revisions[0].article_id)
    for revision in revisions:
        set_committed_value(revision, "article", article)
    live = live_by_slug(session, viewer, Moment(now, now), slug)
    page = _page(session, viewer, slug, revisions, number, live, now, names)
    return page, _entries(session, viewer, revisions, article, now), revisions


def open_at(session: Session, viewer: Actor, slug: str, at: datetime, *, now: datetime) -> RevisionPage | None:
    """The revision whose rule is in force at an instant, as it is known now; None where none is.

    Raises NotFound when the viewer may know none of the article's revisions.
    """
    revisions = history(session, viewer, slug, now=now)
    found = live_by_slug(session, viewer, Moment(at, now), slug)
    live = live_by_slug(session, viewer, Moment(now, now), slug)
    return _page(session, viewer, slug, revisions, found.number, live, now) if found else None


def list_revisions(session: Session, viewer: Actor, slug: str, *, now: datetime) -> list[RevisionEntry]:
    """The revisions the viewer may know, newest first: for citizens the public ones that were published."""
    revisions = history(session, viewer, slug, now=now)
    return _entries(session, viewer, revisions, session.get_one(Article, revisions[0].article_id), now)


def department_names(session: Session) -> dict[str, DepartmentName]:
    """Every department by its code."""
    return {d.code: _name(d) for d in session.scalars(select(Department))}


def _entries(session: Session, viewer: Actor, revisions: Sequence[Revision], article: Article, now: datetime
             ) -> list[RevisionEntry]:
    known, rows = {r.number for r in revisions}, _rows(session, viewer, revisions)
    is_staff = can(viewer, Action.READ_HISTORY)
    return [_entry(r, _standing(r.number, rows, article, known, now), is_staff) for r in reversed(revisions)]


def _rows(session: Session, viewer: Actor, revisions: Sequence[Revision]) -> list[Row]:
    """When each text of the article was held to be in force, also those that the viewer may not know."""
    if can(viewer, Action.READ_HISTORY):  # they know all that was published
        held = sorted((p.id, r.number, p) for r in revisions for p in r.publications)
        return [Row(number, p.effective_from, p.effective_to, p.published_at, p.superseded_at) for _, number, p in held]
    query = (
        select(Revision.number, Publication.effective_from, Publication.effective_to, Publication.published_at,
               Publication.superseded_at)
        .join(Revision, Revision.id == Publication.revision_id)
        .where(Publication.article_id == revisions[0].article_id).order_by(Publication.id)
    )
    return [Row(*row) for row in session.execute(query)]


def _standing(number: int, rows: Sequence[Row], article: Article, known: set[int], now: datetime) -> Standing:
    """The standing, without the number of a revision that the viewer may not know."""
    found = standing_of(number, rows, retired_at=article.retired_at, now=now)
    return found if found.by is None or found.by in known else replace(found, by=None)


def _entry(revision: Revision, standing: Standing, is_staff: bool) -> RevisionEntry:
    return RevisionEntry(
        number=revision.number, title=revision.title, state=revision.state, audience=revision.audience,
        effective_from=revision.effective_from, effective_to=revision.effective_to,
        published_at=_published_at(revision), change_note=revision.change_note, is_minor=revision.is_minor,
        standing=standing, sha256=revision.sha256,
        decisions=tuple(Decision(s.signer, s.department, s.decision, s.reason, s.signed_at)
                        for s in sorted(revision.signatures, key=lambda s: s.id)) if is_staff else (),
    )


def _published_at(revision: Revision) -> datetime | None:
    return min((p.published_at for p in revision.publications), default=None)


def _name(department: Department) -> DepartmentName:
    return DepartmentName(department.code, department.name_zh, department.name_en, department.phone)


def _retirement(session: Session, viewer: Actor, article: Article, now: datetime) -> Retirement | None:
    if article.retired_at is None:
        return None
    successor = session.get(Article, article.successor_id) if article.successor_id else None
    slug = title = None
    if successor is not None:
        with suppress(NotFound):
            slug, title = successor.slug, history(session, viewer, successor.slug, now=now)[-1].title
    return Retirement(article.retired_at, article.retired_reason or "", slug if title else None, title)


def _page(session: Session, viewer: Actor, slug: str, revisions: Sequence[Revision], number: int,
          live: LiveRevision | None, now: datetime, known: Mapping[str, DepartmentName] | None = None) -> RevisionPage:
    revision = next((r for r in revisions if r.number == number), None)
    if revision is None:
        raise unknown_revision(session, slug, number)
    article = session.get_one(Article, revision.article_id)
    owner = article.owner if live and live.number == number else revision.owner  # who answers for it now, or did then
    codes = [owner, *(c.department for c in revision.co_owners)]
    names = known if known is not None else {
        d.code: _name(d) for d in session.scalars(select(Department).where(Department.code.in_(codes)))}
    is_staff = can(viewer, Action.READ_HISTORY)
    source, review_by = session.execute(select(Revision.source, REVIEW_BY).where(Revision.id == revision.id)).one()
    return RevisionPage(
        article_id=article.id, slug=article.slug, revision_id=revision.id, number=revision.number,
        sha256=revision.sha256, title=revision.title, source=source,
        summary=revision.summary, lang=revision.lang, category=revision.category, keywords=tuple(revision.keywords),
        audience=revision.audience, department=names[owner], co_owners=tuple(names[c] for c in codes[1:]),
        effective_from=revision.effective_from, effective_to=revision.effective_to, review_by=review_by,
        bases=tuple(BasisDocument(b.title, b.number, b.issuer, b.issued_on, b.url) for b in revision.bases),
        attachments=files_of(session, revision.attachments), change_note=revision.change_note,
        author=revision.author if is_staff else "",
        approvers=tuple(s.signer for s in revision.signatures if s.decision == "signed") if is_staff else (),
        published_at=_published_at(revision),
        standing=_standing(number, _rows(session, viewer, revisions), article, {r.number for r in revisions}, now),
        retirement=_retirement(session, viewer, article, now), live_number=live.number if live else None,
        redacted_at=revision.redacted_at, hidden=hidden_now(session, article.id, now) if is_staff else None,
        owed=owed_of(session, revision, now) if is_staff and revision.state == State.PUBLISHED else None,
    )
