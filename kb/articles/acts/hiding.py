"""Hiding: an article out of every answer, list, search and citizens' page at once, and showing it again.

One person who may hides it for two days at most; the second signature, of another who may, lets it last until it is
shown again. Without, it ends by itself: time decides in the one predicate (``live``), no job does. Nobody makes two
days four by hiding it again, nor by showing it in between. Whatever is published meanwhile stays out of sight too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.articles.owners import article_for, held_article
from kb.articles.revisions import newest_published
from kb.db import local_time
from kb.errors import Conflict, Denied, Invalid, InvalidTransition
from kb.messages.message import Message
from kb.models import Article, Hiding
from kb.people.permissions import Action, require, require_person
from kb.record.journal import Change, record
from kb.text import clean_note

ALONE = timedelta(days=2)  # how long one signature hides


@dataclass(frozen=True, slots=True)
class Hidden:
    """Why an article is out of sight, since when, by whom, until when; ``signed_by`` is the second signature."""

    reason: str
    hidden_by: str
    hidden_at: datetime
    until: datetime | None
    signed_by: str | None

    def as_dict(self) -> dict[str, Any]:
        """Its JSON form."""
        return {"reason": self.reason, "hidden_by": self.hidden_by, "hidden_at": self.hidden_at.isoformat(),
                "until": self.until.isoformat() if self.until else None, "signed_by": self.signed_by}


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which an article was out of sight, as history tells it; ``until`` None: it is still."""

    reason: str
    hidden_by: str
    hidden_at: datetime
    until: datetime | None
    signed_by: str | None = None
    signed_at: datetime | None = None
    shown_by: str | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it goes on at this instant."""
        return self.until is None or self.until > now


def hide(session: Session, actor: Actor, slug: str, *, reason: str, now: datetime, origin: str,
         until: datetime | None = None) -> Hidden:
    """Take the article out of sight, until this instant or for as long as one signature can.

    Raises Conflict where it is hidden already (sign that), and Denied where this person hid it before, alone, and
    nobody else ended it.
    """
    article = _held(session, actor, slug, Message("hides"))
    if newest_published(session, article.id) is None:
        raise InvalidTransition("not_published", "article {slug} has no published text; there is nothing to hide",
                                slug=slug)
    said = clean_note(reason, field="reason")
    if not said:
        raise Invalid("reason", "say why the article is hidden", fields={"reason": "required"})
    end = until or now + ALONE
    if not now < end <= now + ALONE:
        raise Invalid("until", "one signature hides for {days} days at most, and from now on", days=ALONE.days,
                      fields={"until": "out of range"})
    standing = _standing(session, article.id, now)
    if standing is not None:
        raise Conflict("hidden", "article {slug} is hidden already, since {hidden_at} by {hidden_by}; another person's "
                       "signature makes it last (`kb hide {slug} --sign`)", slug=slug,
                       hidden_at=local_time(session, standing.hidden_at), hidden_by=standing.hidden_by)
    _check_not_again(session, actor, article, now)
    row = Hiding(article_id=article.id, reason=said, hidden_by=actor.name, hidden_at=now, until=end)
    session.add(row)
    session.flush()
    record(session, actor, "hide", f"article:{article.id}", now=now, origin=origin,
           after={"slug": slug, "hiding": row.id, "reason": row.reason, "hidden_at": now.isoformat(),
                  "until": end.isoformat()},
           change=Change(article.id, "hidden"))
    return _view(row)


def sign_hiding(session: Session, actor: Actor, slug: str, *, now: datetime, origin: str) -> Hidden:
    """The second signature, of another person: the article stays hidden until it is shown again."""
    article = _held(session, actor, slug, Message("signs"))
    row = _standing_row(session, article, now)
    if row.signed_by is not None:
        raise Conflict("signed", "{signed_by} has signed already that {slug} stays hidden", signed_by=row.signed_by,
                       slug=slug)
    if row.hidden_by == actor.name:
        raise Denied("own_hiding", "{actor} has hidden {slug}; the second signature is another person's",
                     actor=actor.name, slug=slug, fields={"hidden_by": "own"})
    row.signed_by, row.signed_at, row.until = actor.name, now, None
    session.flush()
    record(session, actor, "sign_hiding", f"article:{article.id}", now=now, origin=origin,
           after={"slug": slug, "hiding": row.id, "until": None},
           change=Change(article.id, "hidden"))
    return _view(row)


def show(session: Session, actor: Actor, slug: str, *, reason: str = "", now: datetime, origin: str) -> None:
    """Let a hidden article be seen again, from now on."""
    said = clean_note(reason, field="reason")
    article = _held(session, actor, slug, Message("shows"))
    row = _standing_row(session, article, now)
    row.until, row.shown_by = now, actor.name
    session.flush()
    record(session, actor, "show", f"article:{article.id}", now=now, origin=origin,
           after={"slug": slug, "hiding": row.id, "reason": said, "until": now.isoformat()},
           change=Change(article.id, "shown"))


def import_hidings(session: Session, actor: Actor, article: Article, spans: Sequence[Span], *, now: datetime,
                   origin: str) -> int:
    """Keep when an article of imported history was out of sight where it comes from, and is still; how many are new.

    One that began at the same instant is known already, however it went on here. Raises Invalid for what cannot be.
    """
    require(actor, Action.IMPORT_HISTORY)
    held_article(session, article.id)
    known = set(session.scalars(select(Hiding.hidden_at).where(Hiding.article_id == article.id)))
    new = [span for span in spans if span.hidden_at not in known]
    for span in new:
        _check_span(span, now)
        row = Hiding(article_id=article.id, reason=clean_note(span.reason, field="hidden"), hidden_by=span.hidden_by,
                     hidden_at=span.hidden_at, until=span.until, signed_by=span.signed_by, signed_at=span.signed_at,
                     shown_by=span.shown_by)
        session.add(row)
        session.flush()
        record(session, actor, "import_hiding", f"article:{article.id}", now=now, origin=origin,
               after={"slug": article.slug, "hiding": row.id, "reason": row.reason, "hidden_by": span.hidden_by,
                      "hidden_at": span.hidden_at.isoformat(), "until": span.until.isoformat() if span.until else None,
                      "signed_by": span.signed_by},
               change=Change(article.id, "hidden"))
    return len(new)


def spans_of(session: Session, article_ids: Sequence[str]) -> dict[str, list[Span]]:
    """When these articles were out of sight, by article, in order, for an export."""
    found: dict[str, list[Span]] = {}
    for row in session.scalars(select(Hiding).where(Hiding.article_id.in_(article_ids)).order_by(Hiding.hidden_at)):
        found.setdefault(row.article_id, []).append(Span(row.reason, row.hidden_by, row.hidden_at, row.until,
                                                         row.signed_by, row.signed_at, row.shown_by))
    return found


def hidden_now(session: Session, article_id: str, now: datetime) -> Hidden | None:
    """How the article is hidden at this instant, for the staff; None when it is not."""
    row = _standing(session, article_id, now)
    return _view(row) if row else None


def list_hidden(session: Session, *, now: datetime) -> list[tuple[str, Hidden]]:
    """What is hidden now, by slug; what ends first stands first, what has no end last."""
    rows = session.execute(select(Article.slug, Hiding).join(Article, Article.id == Hiding.article_id).where(
        Hiding.hidden_at <= now, or_(Hiding.until.is_(None), Hiding.until > now))
        .order_by(Hiding.until.is_(None), Hiding.until, Article.slug))
    return [(slug, _view(row)) for slug, row in rows]


def _held(session: Session, actor: Actor, slug: str, does: Message) -> Article:
    require_person(actor, does)
    return held_article(session, article_for(session, actor, Action.HIDE, slug).id)


def _standing(session: Session, article_id: str, now: datetime) -> Hiding | None:
    return session.scalar(select(Hiding).where(
        Hiding.article_id == article_id, Hiding.hidden_at <= now, or_(Hiding.until.is_(None), Hiding.until > now))
        .order_by(Hiding.id.desc()).limit(1).execution_options(populate_existing=True))


def _standing_row(session: Session, article: Article, now: datetime) -> Hiding:
    row = _standing(session, article.id, now)
    if row is None:
        raise InvalidTransition("not_hidden", "article {slug} is not hidden{last}", slug=article.slug,
                                last=_last(session, article))
    return row


def _last(session: Session, article: Article) -> Message | str:
    """How the last hiding ended, where there was one: who comes second is told."""
    row = session.scalar(select(Hiding).where(Hiding.article_id == article.id).order_by(Hiding.id.desc()).limit(1))
    if row is None or row.until is None:
        return ""
    until = local_time(session, row.until)
    if row.shown_by:
        return Message(": it is seen again since {until}, by {shown_by}", until=until, shown_by=row.shown_by)
    return Message(": it is seen again since {until}", until=until)


def _check_not_again(session: Session, actor: Actor, article: Article, now: datetime) -> None:
    """Refuse who hid it last, alone, until nobody else ended it: that another person agrees is what the limit is for.
    """
    last = session.scalar(select(Hiding).where(Hiding.article_id == article.id).order_by(Hiding.id.desc()).limit(1))
    if (last is not None and last.hidden_by == actor.name and last.shown_by in (None, actor.name)
            and last.signed_by is None and last.until is not None and now < last.until + ALONE):
        raise Denied("hidden_before", "{actor} has hidden {slug} until {until}, and nobody signed it; another person "
                     "must hide it now", actor=actor.name, slug=article.slug, until=local_time(session, last.until))


def _check_span(span: Span, now: datetime) -> None:
    """Refuse a time that the rules of hiding do not allow; raises Invalid."""
    ends = span.until or span.hidden_at
    if not span.reason.strip() or span.hidden_at > now or ends < span.hidden_at or span.signed_by == span.hidden_by or (
            span.signed_by is None and (span.until is None or ends > span.hidden_at + ALONE)):
        days = ALONE.days
        raise Invalid("hidden", "hidden: each time has a reason, begins in the past, and without a second person's "
                      "signature ends within {days} days", days=days, fields={"hidden": "not allowed"})


def _view(row: Hiding) -> Hidden:
    return Hidden(row.reason, row.hidden_by, row.hidden_at, row.until, row.signed_by)
