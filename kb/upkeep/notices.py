"""Telling people something once: :func:`tell`, and each person's own list of what they were told.

A notice is unique by person and key, so that whoever tells it again, after a crash or beside another process, tells
nothing. It is kept as a message and said in its reader's language; its link leads to where something can be done, and
that page checks again who may see it. How else a person hears of it (mail at once or with the day's others) is their
choice, kept in :mod:`kb.upkeep.notice_choices`; what is to be sent stands as rows in the same transaction and is sent
by a job (:mod:`kb.upkeep.delivery`), so that nobody waits for a mail server.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from kb.actor import Actor
from kb.clock import zone
from kb.db import settings_of
from kb.dialects import insert_new
from kb.messages.keeping import as_json, from_json
from kb.messages.message import Message
from kb.models import Notice, NoticeChoice, NoticeDelivery, User, Webhook
from kb.people.permissions import Action, require
from kb.upkeep import calendar
from kb.upkeep.notice_choices import Choices, Kind, Way, mail_at

LONGEST_KEY, LONGEST_LINK = 200, 300
PAGE = 50
_IN = 500  # values of one IN list


@dataclass(frozen=True, slots=True)
class News:
    """Something that people are told.

    Of a person and ``key`` there is one notice for ever: put into the key what makes it another one, such as the task
    and the day (``reminder:{task}:{day}``). ``link`` is an address of this site, such as ``/tasks/…``. Name the article
    where the message has words of it, so that an erasure reaches them. Raises ValueError for another link or key.
    """

    kind: Kind
    message: Message
    link: str
    key: str
    article_id: str | None = None

    def __post_init__(self) -> None:
        link = self.link
        if not (link.startswith("/") and not link.startswith("//") and link.isprintable()
                and len(link) <= LONGEST_LINK):
            raise ValueError("a link is an address of this site")
        if not 0 < len(self.key) <= LONGEST_KEY:
            raise ValueError("a key has 1 to 200 characters")


@dataclass(frozen=True, slots=True)
class Told:
    """A notice as its reader sees it."""

    id: int
    key: str
    kind: str
    message: Message
    link: str
    told_at: datetime
    is_read: bool


def tell(session: Session, recipients: Collection[str], news: News, *, now: datetime) -> int:
    """Tell these people (logins) something; to how many of them it was news. Nobody is told who is shut out."""
    choices = dict(_choices_of(session, sorted(set(recipients))))
    if not choices:
        return 0
    made = insert_new(session, Notice, [
        {"user_id": user_id, "key": news.key, "kind": news.kind.value, "message": as_json(news.message),
         "link": news.link, "article_id": news.article_id, "told_at": now,
         "is_hidden": one.way_of(news.kind) is Way.NONE}
        for user_id, one in choices.items()], returning=(Notice.id, Notice.user_id))
    if made:
        _plan_mail(session, news, {row.id: choices[row.user_id] for row in made}, now)
        _plan_webhooks(session, news, now)
    return len(made)


def list_notices(session: Session, viewer: Actor, *, unread: bool = False, before: int | None = None,
                 limit: int = PAGE) -> list[Told]:
    """The viewer's own, the newest first; of a page of ``limit`` one more, where there is one."""
    require(viewer, Action.READ_HISTORY)
    query = select(Notice).where(Notice.user_id == viewer.user_id, ~Notice.is_hidden).order_by(Notice.id.desc())
    if unread:
        query = query.where(Notice.read_at.is_(None))
    if before is not None:
        query = query.where(Notice.id < before)
    return [Told(row.id, row.key, row.kind, from_json(row.message), row.link, row.told_at, row.read_at is not None)
            for row in session.scalars(query.limit(limit + 1))]


def count_unread(session: Session, viewer: Actor, _now: datetime | None = None) -> int:
    """How many the viewer has not read."""
    return session.scalar(select(func.count()).select_from(Notice).where(
        Notice.user_id == viewer.user_id, Notice.read_at.is_(None), ~Notice.is_hidden)) or 0


def mark_read(session: Session, viewer: Actor, *, up_to: int | None = None, notice_id: int | None = None,
              now: datetime) -> None:
    """Note that the viewer has read one of their notices, or all up to one; another person's are left alone."""
    require(viewer, Action.READ_HISTORY)
    which = Notice.id == notice_id if notice_id is not None else Notice.id <= (up_to or 0)
    session.execute(update(Notice).where(which, Notice.user_id == viewer.user_id, Notice.read_at.is_(None))
                    .values(read_at=now).execution_options(synchronize_session=False))


def _choices_of(session: Session, logins: list[str]) -> Iterator[tuple[str, Choices]]:
    """Who of these may be told, by user id, with their choices."""
    default = settings_of(session).hotline.language
    for start in range(0, len(logins), _IN):
        for user_id, row in session.execute(
                select(User.id, NoticeChoice).outerjoin(NoticeChoice, NoticeChoice.user_id == User.id)
                .where(User.login.in_(logins[start:start + _IN]), User.disabled_at.is_(None)).order_by(User.id)):
            yield user_id, Choices.of(row, default)


def _plan_mail(session: Session, news: News, choices: dict[int, Choices], now: datetime) -> None:
    wanted = {notice_id: one for notice_id, one in choices.items() if one.mail and one.way_of(news.kind).is_mail}
    if not wanted:
        return
    tz, days = zone(settings_of(session).hotline.timezone), calendar.load(session)
    session.add_all(NoticeDelivery(notice_id=notice_id, key=news.key, next_at=mail_at(one, news.kind, now, tz, days))
                    for notice_id, one in wanted.items())
    session.flush()


def _plan_webhooks(session: Session, news: News, now: datetime) -> None:
    """One event a webhook and key, whoever is told: kinds and addresses, no words, for what the words rest on is not
    for everybody."""
    hooks = [hook for hook in session.scalars(select(Webhook).where(Webhook.stopped_at.is_(None)).order_by(Webhook.id))
             if not hook.kinds or news.kind.value in hook.kinds]
    if hooks:
        body = {"kind": news.kind.value, "key": news.key, "link": news.link, "told_at": now.isoformat()}
        insert_new(session, NoticeDelivery, [
            {"webhook_id": hook.id, "key": news.key, "body": body, "state": "waiting", "attempts": 0, "next_at": now,
             "worker": "", "error": ""} for hook in hooks], returning=(NoticeDelivery.id,))
