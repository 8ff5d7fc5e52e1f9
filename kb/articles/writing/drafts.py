"""Drafts: writing beside the revisions, several people at once, without losing what anybody wrote.

A draft belongs to its author; who takes it over is remembered beside those who wrote before. Every save names the
version that was seen, and loses to whoever saved in between. How a draft becomes a revision stands in
``submission``.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from kb.actor import Actor
from kb.articles.file_access import check_attached
from kb.articles.owners import article_for, check_owner, held_article
from kb.articles.revisions import (
    RevisionText,
    check_source,
    check_text,
    content_hash,
    fields_of,
    may_know,
    newest_published,
    stored_text,
)
from kb.articles.writing.check_rows import follow_save, forget_check
from kb.articles.writing.claiming import claim, give_up, holds_text
from kb.articles.writing.draft_rows import CONFLICTS, LANDED, TAKEN, origins, owned_text, remove_draft, write_draft
from kb.articles.writing.intake import check_departments, open_article
from kb.db import settings_of
from kb.errors import Conflict, Denied, InvalidTransition, NotFound
from kb.models import Article, Draft, Revision, State
from kb.people.permissions import Action, can, may_sql, require, require_person
from kb.record.journal import record

_MOST = 50  # drafts of one person for one article


@dataclass(frozen=True, slots=True)
class DraftView:
    """A draft as who may write for its department sees it. ``base`` is the number of the revision it rests on."""

    id: str
    slug: str
    department: str
    author: str
    version: int
    base: int | None
    newest: int | None  # of the published revisions: not the base means that the draft must be rebased
    text: RevisionText
    created_at: datetime
    updated_at: datetime
    undecided: Mapping[str, Any]  # fields that a merge left to choose, with what the published revision says

    @property
    def must_rebase(self) -> bool:
        return self.base != self.newest

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form in a list, without the text."""
        return {"id": self.id, "slug": self.slug, "department": self.department, "author": self.author,
                "version": self.version, "base": self.base, "newest": self.newest, "must_rebase": self.must_rebase,
                "title": self.text.title, "created_at": self.created_at.isoformat(),
                "updated_at": self.updated_at.isoformat()}


def start(session: Session, actor: Actor, slug: str, text: RevisionText, *, now: datetime, origin: str,
          is_new: bool = False) -> DraftView:
    """Begin a draft with this text, for a new article or on top of the newest published revision of one.

    Where it ``is_new``, raises Conflict if the slug holds a text or a draft already: who means to begin an article
    would else replace one.
    """
    require_person(actor, "writes")
    require(actor, Action.DRAFT, text.owner)
    check_text(replace(text, author=actor.name))
    check_source(text.source, settings_of(session).limits)
    article = open_article(session, slug, owner=text.owner, now=now)
    claim(session, actor, article, text.owner, now=now, origin=origin)
    check_open(article, text.owner)
    if is_new and holds_text(session, article):
        raise Conflict("slug_taken", "the address {slug} is taken: choose another, or open the article that has it "
                       "under Editing", slug=slug, fields={"slug": "taken"})
    check_departments(session, text.owner, text.co_owners)
    base = newest_published(session, article.id)
    check_attached(session, actor, text, {each["sha256"] for each in base.attachments} if base else (), now=now)
    return begin_draft(session, actor, article, text, base, now=now, origin=origin)


def edit(session: Session, actor: Actor, slug: str, *, number: int | None = None, now: datetime,
         origin: str) -> DraftView:
    """Begin a draft from the newest published revision of an article, or from the text of another that is named.

    A rejected or withdrawn text is taken up again so, and an old one brought back: the base is the newest published one
    all the same, so that nothing is lost unseen.
    """
    require_person(actor, "writes")
    article = article_for(session, actor, Action.DRAFT, slug)
    base = newest_published(session, article.id)
    source = base if number is None else session.scalar(
        select(Revision).where(Revision.article_id == article.id, Revision.number == number))
    if source is not None:
        session.refresh(source, ["article", "co_owners"])
    if source is None or not may_know(actor, source):
        if number is None:
            raise NotFound("no_revision", "{slug} has no published revision", slug=slug)
        raise NotFound("no_revision", "{slug} has no revision {number}", slug=slug, number=number)
    if source.redacted_at is not None:
        raise InvalidTransition("redacted", "the words of revision {number} of {slug} were erased",
                                number=source.number, slug=slug)
    stored = stored_text(session, source)
    came_back = source.state in (State.REJECTED, State.WITHDRAWN)  # its note still says what it changes
    text = replace(stored, owner=article.owner, change_note=stored.change_note if came_back else "", is_minor=False,
                   co_owners=tuple(d for d in stored.co_owners if d != article.owner))
    check_open(article, text.owner)
    # of a text that was never published, those who wrote it still may not sign it
    wrote = () if source.state == State.PUBLISHED else (source.author, *source.contributors)
    return begin_draft(session, actor, article, text, base, wrote=wrote, taken=source.id, now=now, origin=origin)


def save(session: Session, actor: Actor, draft_id: str, text: RevisionText, *, seen: int, now: datetime,
         origin: str) -> DraftView:
    """Replace the text; raises Conflict, saying who saved meanwhile, unless ``seen`` is the draft's version."""
    draft = own_draft(session, actor, draft_id)
    check_owner(draft.article, text.owner)
    check_departments(session, text.owner, text.co_owners)
    check_text(replace(text, author=actor.name))
    check_source(text.source, settings_of(session).limits)
    check_attached(session, actor, text, {each["sha256"] for each in draft.fields["attachments"]}, now=now)
    kept = origins(draft) | ({LANDED: draft.fields[LANDED]} if LANDED in draft.fields else {})
    former = owned_text(draft, draft.article, author="")
    write_draft(session, draft, seen=seen, now=now, fields=fields_of(replace(text, author="")) | kept)
    follow_save(session, draft_id, former, text, seen=seen)
    record(session, actor, "save_draft", f"draft:{draft.id}", now=now, origin=origin,
           after={"article": draft.article.slug, "version": seen + 1, "sha256": content_hash(
               replace(text, author=actor.name))})
    return get(session, actor, draft.id)


def take_over(session: Session, actor: Actor, draft_id: str, *, seen: int, now: datetime, origin: str) -> DraftView:
    """Make another's draft one's own; all who wrote before stay on record, and may not sign the text later."""
    require_person(actor, "writes")
    draft = _known(session, actor, draft_id)
    article = held_article(session, draft.article_id)
    require(actor, Action.DRAFT, article)
    if draft.author == actor.name:
        raise Conflict("own_draft", "the draft is yours already")
    before = draft.author
    write_draft(session, draft, seen=seen, now=now, author=actor.name,
                contributors=sorted({*draft.contributors, before, actor.name}))
    record(session, actor, "take_over_draft", f"draft:{draft.id}", now=now, origin=origin,
           before={"author": before}, after={"author": actor.name})
    return get(session, actor, draft.id)


def discard(session: Session, actor: Actor, draft_id: str, *, seen: int, now: datetime, origin: str) -> None:
    """Throw a draft away, one's own; an article that never had a text of its own goes with its last draft.

    The log keeps whose it was and its hash: words that a law may want erased stand nowhere that nothing is erased from.
    """
    draft = own_draft(session, actor, draft_id)
    article = held_article(session, draft.article_id)
    require(actor, Action.DRAFT, article)  # it may have changed hands until it was held
    before = {"article": article.slug, "version": seen, "author": draft.author,
              "sha256": content_hash(owned_text(draft, article, author=draft.author))}
    remove_draft(session, draft, seen)
    forget_check(session, draft_id)
    give_up(session, article)
    record(session, actor, "discard_draft", f"draft:{draft_id}", now=now, origin=origin, before=before)


def get(session: Session, viewer: Actor, draft_id: str) -> DraftView:
    """A draft; raises NotFound for who does not write or sign for its department."""
    return _views(session, [_known(session, viewer, draft_id)])[0]


def list_drafts(session: Session, viewer: Actor, *, slug: str | None = None, author: str | None = None,
                after: str = "", limit: int = 50) -> list[DraftView]:
    """The drafts that the viewer may see, last saved first; one page after the draft ``after``."""
    query = (select(Draft).join(Article, Article.id == Draft.article_id).options(selectinload(Draft.article))
             .where(may_sql(viewer, Action.READ_UNPUBLISHED, Draft)))
    if slug is not None:
        query = query.where(Article.slug == slug)
    if author is not None:
        query = query.where(Draft.author == author)
    last = session.get(Draft, after) if after else None
    if last is not None:
        query = query.where((Draft.updated_at < last.updated_at)
                            | ((Draft.updated_at == last.updated_at) & (Draft.id < last.id)))
    return _views(session, session.scalars(query.order_by(Draft.updated_at.desc(), Draft.id.desc()).limit(limit)).all())


def begin_draft(session: Session, actor: Actor, article: Article, text: RevisionText, base: Revision | None, *,
                now: datetime, origin: str, wrote: Sequence[str] = (), landed: str | None = None,
                taken: str | None = None) -> DraftView:
    """A new draft of the actor's, whose rights were checked, with those who ``wrote`` its words before, the file that
    it ``landed`` from, or the revision that it was ``taken`` from.

    Raises Conflict where the actor has too many.
    """
    held = session.scalar(select(func.count()).where(Draft.article_id == article.id, Draft.author == actor.name)) or 0
    if held >= _MOST:
        raise Conflict("too_many", "you have {held} drafts of {slug} already; discard some first", held=held,
                       slug=article.slug)
    draft = Draft(id=str(uuid.uuid4()), article_id=article.id, base_id=base.id if base else None, author=actor.name,
                  contributors=sorted({*wrote, actor.name}), version=1, created_at=now, updated_at=now,
                  fields=fields_of(replace(text, author="")) | ({LANDED: landed} if landed else {})
                  | ({TAKEN: [taken]} if taken else {}))
    session.add(draft)
    session.flush()
    record(session, actor, "draft", f"draft:{draft.id}", now=now, origin=origin,
           after={"article": article.slug, "base": base.number if base else None,
                  "sha256": content_hash(replace(text, author=actor.name))})
    return get(session, actor, draft.id)


def own_draft(session: Session, actor: Actor, draft_id: str) -> Draft:
    """The actor's own draft; raises NotFound, or Denied where it is another's."""
    require_person(actor, "writes")
    draft = _known(session, actor, draft_id)
    require(actor, Action.DRAFT, draft)
    if not can(actor, Action.WRITE, draft):
        raise Denied("not_author", "the draft is {author}'s; take it over first, or begin your own",
                     author=draft.author)
    return draft


def _known(session: Session, viewer: Actor, draft_id: str) -> Draft:
    draft = session.scalar(select(Draft).where(Draft.id == draft_id).options(selectinload(Draft.article))
                           .execution_options(populate_existing=True))
    if draft is None or not can(viewer, Action.READ_UNPUBLISHED, draft):
        raise NotFound("no_draft", "no draft {draft_id!r} that you may read; see `kb draft list`",
                       draft_id=draft_id[:40])
    return draft


def check_open(article: Article, owner: str) -> None:
    """Refuse a text for an article that is retired, or another department's."""
    check_owner(article, owner)
    if article.retired_at is not None:
        raise InvalidTransition("retired", "article {slug} is retired; start a new article", slug=article.slug)


def _views(session: Session, drafts: Sequence[Draft]) -> list[DraftView]:
    """The drafts (their articles loaded) with the numbers of their bases and of the newest published revisions."""
    newest = {row[0]: row[1] for row in session.execute(
        select(Revision.article_id, func.max(Revision.number)).group_by(Revision.article_id)
        .where(Revision.article_id.in_({d.article_id for d in drafts}), Revision.state == State.PUBLISHED))}
    bases = {row[0]: row[1] for row in session.execute(
        select(Revision.id, Revision.number).where(Revision.id.in_({d.base_id for d in drafts if d.base_id})))}
    return [DraftView(d.id, d.article.slug, d.article.owner, d.author, d.version, bases.get(d.base_id or ""),
                      newest.get(d.article_id), owned_text(d, d.article, author=d.author), d.created_at, d.updated_at,
                      dict(d.fields.get(CONFLICTS, {})))
            for d in drafts]
