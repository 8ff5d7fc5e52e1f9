"""The pages that texts name as their source, for those who answer for the texts: what is known of each, and the word
that somebody looked and the texts are still right.

Everybody of the staff may see them: the texts that name them are published.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.errors import Conflict, NotFound
from kb.models import Article, Basis, Publication, Revision, SourceLink, SourceLinkLook
from kb.people.permissions import Action, can, require
from kb.record.journal import record
from kb.text import clean_note
from kb.upkeep.links.gathering import urls_of

PAGE = 50
LONGEST_NOTE = 500
_MOST_USES = 20  # articles that are named with a link


class Which(StrEnum):
    """Which links are asked for."""

    TROUBLE = "trouble"  # gone, failing, or saying something else
    UNSEEN = "unseen"  # not looked at, or not to be seen
    ALL = "all"


@dataclass(frozen=True, slots=True)
class LinkUse:
    """An article whose text in force names the page."""

    slug: str
    title: str
    department: str
    document: str


@dataclass(frozen=True, slots=True)
class LinkView:
    """A page and what is known of it; ``looked`` says who looked at it as it is now, by department."""

    id: str
    address: str
    host: str
    state: str
    status: int | None
    reason: str
    checked_at: datetime | None
    changed_at: datetime | None
    failing_since: datetime | None
    content_hash: str
    uses: tuple[LinkUse, ...]
    looked: tuple[tuple[str, str, datetime], ...]
    may_look: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        """What somebody saw who looked: the content and the state."""
        return f"{self.state}.{self.content_hash[:16]}"

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {"id": self.id, "address": self.address, "state": self.state, "status": self.status,
                "reason": self.reason, "checked_at": _iso(self.checked_at), "changed_at": _iso(self.changed_at),
                "failing_since": _iso(self.failing_since), "seen": self.version,
                "articles": [{"slug": use.slug, "title": use.title, "department": use.department,
                              "document": use.document} for use in self.uses],
                "looked": [{"department": department, "by": by, "at": at.isoformat()}
                           for department, by, at in self.looked]}


@dataclass(frozen=True, slots=True)
class LinkPage:
    """A page of the list; ``total`` counts all that were found."""

    rows: tuple[LinkView, ...]
    number: int
    pages: int
    total: int


def find_links(session: Session, viewer: Actor, *, which: Which = Which.TROUBLE, departments: Sequence[str] = (),
               page: int = 1, now: datetime) -> LinkPage:
    """The pages that texts of these departments (none: of any) name, those in trouble first."""
    require(viewer, Action.READ_HISTORY)
    where = [SourceLink.is_used, *_of(which)]
    if departments:
        urls = set(session.scalars(_in_force(now, select(Basis.url)).where(Article.owner.in_(departments)).distinct()))
        known = set(session.scalars(select(SourceLink.address).where(*where)))
        wanted = sorted(set(urls_of(known, urls).values()))
    else:
        wanted = sorted(session.scalars(select(SourceLink.address).where(*where)))
    pages = max(1, -(-len(wanted) // PAGE))
    at = min(max(1, page), pages)
    shown = wanted[(at - 1) * PAGE:at * PAGE]
    rows = session.scalars(select(SourceLink).where(SourceLink.address.in_(shown)).order_by(SourceLink.address)).all()
    return LinkPage(tuple(_views(session, viewer, rows, now)), at, pages, len(wanted))


def links_after(session: Session, viewer: Actor, *, which: Which, after: str, limit: int, now: datetime,
                ) -> list[LinkView]:
    """The first so many of them by their ids, after this one."""
    require(viewer, Action.READ_HISTORY)
    rows = session.scalars(select(SourceLink).where(SourceLink.is_used, *_of(which), SourceLink.id > after)
                           .order_by(SourceLink.id).limit(limit)).all()
    return _views(session, viewer, rows, now)


def note_look(session: Session, actor: Actor, link_id: str, department: str, *, seen: str, note: str = "",
              now: datetime, origin: str) -> LinkView:
    """Say for a department that somebody looked at the page as it is now, and its texts are still right."""
    require(actor, Action.CONFIRM, department)
    row = session.scalar(select(SourceLink).where(SourceLink.id == link_id).with_for_update()
                         .execution_options(populate_existing=True))
    if row is None:
        raise NotFound("no_link", "there is no such link")
    view = _views(session, actor, [row], now)[0]
    if department not in {use.department for use in view.uses}:
        raise NotFound("no_link", "there is no such link")
    if view.version != seen:
        raise Conflict("link_changed", "the page was looked at again meanwhile, and something else is known; look at "
                       "it again")
    text = clean_note(note, field="note", longest=LONGEST_NOTE)
    session.merge(SourceLinkLook(link_id=link_id, department=department, content_hash=row.content_hash,
                                 state=row.state, looked_at=now, looked_by=actor.name, note=text))
    session.flush()
    record(session, actor, "look_at_link", f"link:{link_id}", now=now, origin=origin,
           after={"department": department, "state": row.state, "hash": row.content_hash, "note": text})
    return _views(session, actor, [row], now)[0]


def articles_naming(session: Session, link_ids: Sequence[str], now: datetime) -> set[str]:
    """The articles whose texts in force name these pages."""
    addresses = set(session.scalars(select(SourceLink.address).where(SourceLink.id.in_(list(link_ids)[:500]))))
    rows = session.execute(_in_force(now, select(Publication.article_id, Basis.url))).all()
    mine = urls_of(addresses, {url for _, url in rows})
    return {article_id for article_id, url in rows if url in mine}


def _of(which: Which) -> list[ColumnElement[bool]]:
    if which is Which.TROUBLE:
        return [or_(SourceLink.state.in_(("dead", "failing")), SourceLink.changed_at.is_not(None))]
    return [SourceLink.state.in_(("new", "unclear", "refused"))] if which is Which.UNSEEN else []


def _in_force(now: datetime, query: Any) -> Any:
    """A query over basis entries of texts in force."""
    return (query.select_from(Basis).join(Publication, Publication.revision_id == Basis.revision_id)
            .join(Article, Article.id == Publication.article_id)
            .where(Basis.url != "", Publication.superseded_at.is_(None), Publication.effective_from <= now,
                   or_(Publication.effective_to.is_(None), Publication.effective_to > now),
                   Article.retired_at.is_(None)))


def _views(session: Session, viewer: Actor, rows: Sequence[SourceLink], now: datetime) -> list[LinkView]:
    """The links with the texts that name them and who looked: three statements for all."""
    addresses = {row.address for row in rows}
    named = session.execute(_in_force(now, select(Basis.url).distinct())).scalars() if rows else ()
    urls = urls_of(addresses, set(named))
    uses: dict[str, list[LinkUse]] = defaultdict(list)
    if urls:
        for url, *use in session.execute(
                _in_force(now, select(Basis.url, Article.slug, Revision.title, Article.owner, Basis.title))
                .join(Revision, Revision.id == Basis.revision_id).where(Basis.url.in_(sorted(urls)))
                .order_by(Article.slug)):
            uses[urls[url]].append(LinkUse(*use))
    looks: dict[str, list[SourceLinkLook]] = defaultdict(list)
    for look in session.scalars(select(SourceLinkLook).where(SourceLinkLook.link_id.in_([row.id for row in rows]))
                                .order_by(SourceLinkLook.department)):
        looks[look.link_id].append(look)
    return [_view(viewer, row, uses[row.address], looks[row.id]) for row in rows]


def _view(viewer: Actor, row: SourceLink, uses: Sequence[LinkUse], looks: Sequence[SourceLinkLook]) -> LinkView:
    valid = [look for look in looks if look.content_hash == row.content_hash and look.state == row.state
             and (row.failing_since is None or look.looked_at >= row.failing_since)]
    looked = {look.department for look in valid}
    departments = dict.fromkeys(use.department for use in uses)
    return LinkView(row.id, row.address, row.host, row.state, row.status, row.reason, row.checked_at, row.changed_at,
                    row.failing_since, row.content_hash, tuple(uses[:_MOST_USES]),
                    tuple((look.department, look.looked_by, look.looked_at) for look in valid),
                    tuple(code for code in departments if code not in looked and can(viewer, Action.CONFIRM, code)
                          and (row.state == "dead" or row.changed_at is not None)))


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
