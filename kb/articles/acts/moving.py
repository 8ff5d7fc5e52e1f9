"""Giving an article to another department: an act of its own, that both departments sign.

The one who asks for it signs for their side, somebody else for the other; until then the owner stays who it was. A
knowledge manager signs for a department as its substitute, and says why. Texts in review and drafts go with the
article: what they wait for follows the new owner's rule, signatures of the old one count for it no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.owners import article_by_slug, check_known, held_article
from kb.articles.writing.intake import check_departments, hold_department
from kb.db import local_time
from kb.errors import Conflict, Denied, Invalid, InvalidTransition
from kb.models import Article, Transfer
from kb.people.directory import departments_called, person_called
from kb.people.duty.assigning import reassign
from kb.people.permissions import Action, can, holds, may_sql, require, require_person
from kb.record.journal import Change, record
from kb.text import clean_note


@dataclass(frozen=True, slots=True)
class Moving:
    """An article on its way: who has signed for the two departments, and which of them is waited for."""

    slug: str
    source: str
    target: str
    reason: str
    opened_by: str
    opened_at: datetime
    waiting_for: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {"slug": self.slug, "from": self.source, "to": self.target, "reason": self.reason,
                "opened_by": self.opened_by, "opened_at": self.opened_at.isoformat(),
                "waiting_for": list(self.waiting_for), "done": not self.waiting_for}


def move(session: Session, actor: Actor, slug: str, *, to: str, reason: str = "", department: str | None = None,
         now: datetime, origin: str) -> Moving:
    """Sign that the article goes to this department, for one of the two; the first signature opens the matter.

    With the second one, of another person, the article changes hands. ``department`` says for which of the two, where
    the actor may sign for both. Raises Conflict while it is on its way to yet another one.
    """
    require_person(actor, "moves an article")
    said = clean_note(reason, field="reason")
    article = _held(session, actor, slug, to)
    if to == article.owner:
        raise Conflict("same_owner", "article {slug} is {to}'s already", slug=slug,
                       to=departments_called(session, [to]))
    hold_department(session, to)
    check_departments(session, to)
    row = _open(session, article)
    if row is not None and row.target != to:
        raise Conflict("moving", "article {slug} is on its way to {target} already, since {opened_at} by {opened_by}; "
                       "drop that first", slug=slug, target=departments_called(session, [row.target]),
                       opened_at=local_time(session, row.opened_at), opened_by=person_called(session, row.opened_by))
    if row is None:
        end_moves(session, article.id, now)  # of a former owner: their signature gives away nothing of this one's
        row = Transfer(article_id=article.id, source=article.owner, target=to, reason=said,
                       opened_by=actor.name, opened_at=now)
    chosen, is_substitute = _side(session, actor, row, department, said)
    session.add(row)
    if chosen == row.source:
        row.source_signer = actor.name
    else:
        row.target_signer = actor.name
    found = _view(article, row)
    session.flush()
    record(session, actor, "sign_move", f"article:{article.id}", now=now, origin=origin,
           after={"slug": slug, "from": row.source, "to": to, "department": chosen, "substitute": is_substitute,
                  "reason": said, "waiting_for": list(found.waiting_for)})
    if not found.waiting_for:
        change_owner(session, actor, article, to, now=now, origin=origin)
    return found


def drop_move(session: Session, actor: Actor, slug: str, *, now: datetime, origin: str) -> None:
    """Let an article that is on its way stay where it is; who may sign for either department."""
    require_person(actor, "drops a move")
    article = _held(session, actor, slug, None)
    row = _open(session, article)
    if row is None or not can(actor, Action.MOVE_ARTICLE, row):
        raise InvalidTransition("not_moving", "article {slug} is not on its way to another department", slug=slug)
    row.closed_at = now
    session.flush()
    record(session, actor, "drop_move", f"article:{article.id}", now=now, origin=origin,
           after={"slug": slug, "from": row.source, "to": row.target})


def list_moves(session: Session, viewer: Actor, *, slug: str | None = None) -> list[Moving]:
    """What is on its way and waits for a department, of those the viewer may sign for; the longest waiting first.

    With a ``slug`` only that article, where it is on its way.
    """
    query = select(Article, Transfer).join(Article, Article.id == Transfer.article_id).where(
        Transfer.closed_at.is_(None), Transfer.source == Article.owner,
        may_sql(viewer, Action.MOVE_ARTICLE, Transfer)).order_by(Transfer.opened_at, Transfer.id)
    rows = session.execute(query if slug is None else query.where(Article.slug == slug))
    return [_view(article, row) for article, row in rows]


def change_owner(session: Session, actor: Actor, article: Article, to: str, *, now: datetime, origin: str) -> None:
    """Make it the other department's; who calls has seen to the signatures."""
    before, article.owner = article.owner, to
    end_moves(session, article.id, now)
    session.flush()
    reassign(session, actor, article_ids=[article.id], now=now, origin=origin)
    record(session, actor, "move_article", f"article:{article.id}", now=now, origin=origin,
           before={"owner": before}, after={"slug": article.slug, "owner": to},
           change=Change(article.id, "moved"))


def end_moves(session: Session, article_id: str, now: datetime) -> None:
    """End what the article was on its way to: its owner has changed, and those who signed did not sign for that one."""
    session.execute(update(Transfer).where(Transfer.article_id == article_id, Transfer.closed_at.is_(None))
                    .values(closed_at=now))


def close_moves(session: Session, department: str, now: datetime) -> None:
    """End what is on its way from or to a department that is no more."""
    session.execute(update(Transfer).where(
        Transfer.closed_at.is_(None), or_(Transfer.source == department, Transfer.target == department))
        .values(closed_at=now))


def _held(session: Session, actor: Actor, slug: str, to: str | None) -> Article:
    """The article, for who may sign for its owner or for the department that is to have it.

    A text that was never published is known to its own department, and to the one that it is on its way to.
    """
    article = held_article(session, article_by_slug(session, slug).id)
    row = _open(session, article)
    if not can(actor, Action.MOVE_ARTICLE, article) and not (row and can(actor, Action.MOVE_ARTICLE, row)):
        check_known(session, actor, article)
        require(actor, Action.MOVE_ARTICLE, to or article)
    return article


def _open(session: Session, article: Article) -> Transfer | None:
    """What the held article is on its way to, from the department that has it now."""
    return session.scalar(select(Transfer).where(Transfer.article_id == article.id, Transfer.closed_at.is_(None),
                                                 Transfer.source == article.owner)
                          .order_by(Transfer.id).limit(1).execution_options(populate_existing=True))


def _side(session: Session, actor: Actor, row: Transfer, named: str | None, reason: str) -> tuple[str, bool]:
    """The department that the actor signs for, and whether as its substitute."""
    missing = _missing(row)
    if actor.name in (row.source_signer, row.target_signer):
        raise Denied("signed", "{actor} has signed for one department already; the other's signature is another "
                     "person's; waits for {missing}", actor=person_called(session, actor.name),
                     missing=departments_called(session, missing))
    if named is not None and named not in missing:
        raise Conflict("not_waited_for", "no signature of {named} is waited for; missing: {missing}",
                       named=departments_called(session, [named]), missing=departments_called(session, missing),
                       fields={"department": "not waited for"})
    able = [d for d in ((named,) if named else missing) if can(actor, Action.MOVE_ARTICLE, d)]
    own = [d for d in able if holds(actor, Action.MOVE_ARTICLE, d)]
    if not able:
        raise Denied("denied", "{actor} may not sign for {named}", actor=actor.name,
                     named=departments_called(session, [named] if named else missing))
    if len(own or able) > 1:
        raise Invalid("department", "say for which department you sign: {able}", able=own or able,
                      fields={"department": "required"})
    chosen = (own or able)[0]
    if chosen not in own and not reason:
        raise Invalid("reason", "say why you sign in place of {chosen}", chosen=departments_called(session, [chosen]),
                      fields={"reason": "required"})
    return chosen, chosen not in own


def _missing(row: Transfer) -> list[str]:
    return [code for code, signer in ((row.source, row.source_signer), (row.target, row.target_signer))
            if signer is None]


def _view(article: Article, row: Transfer) -> Moving:
    return Moving(article.slug, row.source, row.target, row.reason, row.opened_by, row.opened_at, tuple(_missing(row)))
