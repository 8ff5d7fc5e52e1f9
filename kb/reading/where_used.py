"""Where a figure is used: a phone, a sum, an address or a document in all live, scheduled, waiting and draft texts.

It is found by its value, however a text writes it. Published texts are looked up among the kept facts, those that are
not kept yet are read; so are drafts and texts in review, and shown to who may write or sign for their department.
Whoever may not read a text learns nothing of it, nor of its number among the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, selectinload

from kb.actor import Actor
from kb.articles.kept_facts import READER, unread_ids
from kb.articles.live import BATCH
from kb.articles.revisions import knowable
from kb.articles.writing.draft_rows import owned_text
from kb.errors import Invalid
from kb.markup.facts.fact import Fact
from kb.markup.facts.sought import LONGEST, Sought, may_state, sought_in
from kb.markup.facts.stated import facts_of
from kb.markup.parse import parse
from kb.models import Article, Department, Draft, FactReading, FactRow, Publication, Revision, State
from kb.people.permissions import Action, audiences_of, can, require

MOST = 1_000  # places that are given; beyond, what is sought is too common to be gone through by hand
_MOST_UNREAD = 200  # published texts that are read on the spot, while somebody waits; the rest is kept a minute later
_AROUND = 40  # characters of the line before and after a figure
_WORD = re.compile("[0-9A-Za-z.:-]")
_TORN_HEAD, _TORN_TAIL = re.compile(f"^{_WORD.pattern}+"), re.compile(f"{_WORD.pattern}+$")


class Standing(StrEnum):
    """How far a text is that states the figure."""

    LIVE = "live"
    SCHEDULED = "scheduled"  # published, and not in force yet
    WAITING = "waiting"  # for signatures, or to be published
    DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class Use:
    """One place that states the figure. ``before``, ``quote`` and ``after`` are stretches of the source there;
    ``shown`` what a reader sees of the three."""

    slug: str
    title: str
    department: str
    standing: Standing
    number: int | None  # of the revision; None for a draft
    draft_id: str | None
    author: str  # of a draft; empty for what is published
    start: int
    end: int
    quote: str
    before: str
    after: str
    shown: tuple[str, str, str]
    attribute: str
    conditions: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {name: getattr(self, name) for name in Use.__slots__} | {
            "standing": self.standing.value, "conditions": list(self.conditions), "shown": list(self.shown)}


@dataclass(frozen=True, slots=True)
class Uses:
    """Every place that the viewer may read, by article, what is in force first. ``is_cut``: there are more."""

    sought: Sought
    places: tuple[Use, ...]
    is_cut: bool
    is_whole: bool  # False while published texts wait to be read for the first time

    @property
    def articles(self) -> int:
        """How many articles state it."""
        return len({use.slug for use in self.places})

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {"sought": {"kind": self.sought.kind, "value": self.sought.value, "unit": self.sought.unit},
                "articles": self.articles, "places": [use.as_dict() for use in self.places], "is_cut": self.is_cut,
                "is_whole": self.is_whole}


def read_sought(text: str) -> Sought:
    """What is sought; raises Invalid where the words are not one figure."""
    found = sought_in(text)
    if found is None:
        raise Invalid("no_figure", "type one phone number, sum, time limit, date, address or document number as a text "
                      "has it, with its unit (25元, 10个工作日)", fields={"q": "not one figure"})
    return found


def where_used(session: Session, viewer: Actor, text: str, *, now: datetime, slug: str | None = None) -> Uses:
    """Every place that states what is typed, of one article where ``slug`` names it."""
    require(viewer, Action.READ_HISTORY)
    if len(text) > LONGEST:
        raise Invalid("too_long", "what is sought has more than {longest} characters", longest=LONGEST,
                      fields={"q": "too long"})
    sought = read_sought(text)
    only = Article.slug == slug if slug is not None else None
    is_whole, unread = _unread(session, viewer, sought, now, only)
    found = [*_kept(session, viewer, sought, now, only), *unread, *_waiting(session, viewer, sought, only),
             *_drafts(session, viewer, sought, only)]
    order = list(Standing)
    found.sort(key=lambda use: (use.slug, order.index(use.standing), use.number or 0, use.draft_id or "", use.start))
    return Uses(sought, tuple(found[:MOST]), len(found) > MOST, is_whole)


def _published(viewer: Actor, now: datetime, only: ColumnElement[bool] | None) -> ColumnElement[bool]:
    """Publications joined with Revision and Article that are in force or to come, as far as the viewer may read."""
    return and_(
        Publication.superseded_at.is_(None), Article.retired_at.is_(None), Revision.redacted_at.is_(None),
        or_(Publication.effective_to.is_(None), Publication.effective_to > now),
        Revision.audience.in_(sorted(audience.value for audience in audiences_of(viewer))),
        *(() if only is None else (only,)))


_TEXT = (Article.slug, Article.owner, Revision.id, Revision.number, Revision.title, Revision.source,
         Publication.effective_from)


def _kept(session: Session, viewer: Actor, sought: Sought, now: datetime, only: ColumnElement[bool] | None,
          ) -> Iterator[Use]:
    rows = session.execute(
        select(FactRow, *_TEXT).join(Revision, Revision.id == FactRow.revision_id)
        .join(Article, Article.id == Revision.article_id).join(Publication, Publication.revision_id == Revision.id)
        .join(FactReading, and_(FactReading.revision_id == Revision.id, FactReading.reader == READER))
        .where(FactRow.kind == sought.kind, FactRow.value == sought.value, _published(viewer, now, only))
        .order_by(Article.slug, FactRow.start).limit(2 * MOST))
    seen: set[int] = set()
    for row, slug, owner, _, number, title, source, since in rows:
        if sought.is_unit(row.unit) and row.id not in seen:  # a text may answer in two stretches of time
            seen.add(row.id)
            standing = Standing.LIVE if since <= now else Standing.SCHEDULED
            yield _use(slug, title, owner, standing, source, (row.figure_start, row.figure_end), row.attribute,
                       row.conditions, number=number)


def _unread(session: Session, viewer: Actor, sought: Sought, now: datetime, only: ColumnElement[bool] | None,
            ) -> tuple[bool, list[Use]]:
    """What published texts state whose facts are not kept yet; whether these were all."""
    ids = unread_ids(session, limit=_MOST_UNREAD + 1)
    found: dict[tuple[str, int], Use] = {}
    for start in range(0, min(len(ids), _MOST_UNREAD), BATCH):
        rows = session.execute(
            select(*_TEXT).select_from(Revision).join(Article, Article.id == Revision.article_id)
            .join(Publication, Publication.revision_id == Revision.id)
            .where(Revision.id.in_(ids[start:start + BATCH]), _published(viewer, now, only)))
        for slug, owner, key, number, title, source, since in rows:
            standing = Standing.LIVE if since <= now else Standing.SCHEDULED
            for fact in _stating(source, title, sought):
                found.setdefault((key, fact.start), _of(fact, slug, title, owner, standing, source, number=number))
    return len(ids) <= _MOST_UNREAD, list(found.values())


def _waiting(session: Session, viewer: Actor, sought: Sought, only: ColumnElement[bool] | None) -> Iterator[Use]:
    rows = session.execute(
        select(Revision, Article.slug, Article.owner).join(Article, Article.id == Revision.article_id)
        .where(Revision.state.in_((State.IN_REVIEW, State.APPROVED)), Revision.redacted_at.is_(None), knowable(viewer),
               *(() if only is None else (only,))))
    for revision, slug, owner in rows:
        for fact in _stating(revision.source, revision.title, sought):
            yield _of(fact, slug, revision.title, owner, Standing.WAITING, revision.source, number=revision.number)


def _drafts(session: Session, viewer: Actor, sought: Sought, only: ColumnElement[bool] | None) -> Iterator[Use]:
    query = select(Draft).join(Article, Article.id == Draft.article_id).options(selectinload(Draft.article))
    mine = sorted(code for code in session.scalars(select(Department.code)) if any(
        can(viewer, action, code) for action in (Action.DRAFT, Action.APPROVE)))
    for draft in session.scalars(query.where(Article.owner.in_(mine), *(() if only is None else (only,)))):
        text = owned_text(draft, draft.article, author=draft.author)
        for fact in _stating(text.source, text.title, sought):
            yield _of(fact, draft.article.slug, text.title, draft.article.owner, Standing.DRAFT, text.source,
                      draft_id=draft.id, author=draft.author)


def _stating(source: str, title: str, sought: Sought) -> list[Fact]:
    if not may_state(source, sought):
        return []
    return [fact for fact in facts_of(source, title=title) if sought.matches(fact)]


def _of(fact: Fact, slug: str, title: str, department: str, standing: Standing, source: str, *,
        number: int | None = None, draft_id: str | None = None, author: str = "") -> Use:
    return _use(slug, title, department, standing, source, fact.figure, fact.attribute, fact.conditions,
                number=number, draft_id=draft_id, author=author)


def _use(slug: str, title: str, department: str, standing: Standing, source: str, figure: tuple[int, int],
         attribute: str, conditions: Sequence[str], *, number: int | None = None, draft_id: str | None = None,
         author: str = "") -> Use:
    start, end = figure
    line_start = source.rfind("\n", 0, start) + 1
    line_end = source.find("\n", end)
    line_end = line_end if line_end >= 0 else len(source)
    document = parse(source)
    shown = (_ends(document.visible(line_start, start)), document.visible(start, end),
             _begins(document.visible(end, line_end)))
    return Use(slug, title, department, standing, number, draft_id, author, start, end, source[start:end],
               source[max(line_start, start - _AROUND):start], source[end:min(line_end, end + _AROUND)], shown,
               attribute, tuple(conditions))


def _ends(line: str) -> str:
    """The last of a line, from where a word or a figure begins: half a phone number would read as another one."""
    if len(line) <= _AROUND:
        return line.lstrip()
    cut = line[-_AROUND:]
    return "…" + (_TORN_HEAD.sub("", cut) if _WORD.match(line[-_AROUND - 1]) else cut).lstrip()


def _begins(line: str) -> str:
    """The first of a line, as far as its last whole word or figure."""
    if len(line) <= _AROUND:
        return line.rstrip()
    cut = line[:_AROUND]
    return (_TORN_TAIL.sub("", cut) if _WORD.match(line[_AROUND]) else cut).rstrip() + "…"
