"""Sending what was planned: notices by mail, one message a person, retried with growing pauses, and given up at last.

The job holds a lease, so that one process sends. Before a message is handed over its rows say so: who dies at that
very moment sends it again after a while, with the same id. What the server refuses for good, and what failed too often,
stays as dead rows that can be seen and sent anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from kb.db import Database
from kb.messages.keeping import from_json
from kb.messages.message import Message
from kb.models import Notice, NoticeChoice, NoticeDelivery, User
from kb.settings import MailSettings, Settings
from kb.upkeep.mailing import Item, Refused, connected, send, written

MOST = 500  # notices of one look
MOST_ITEMS = 100  # notices in one message
_AGAIN = tuple(timedelta(minutes=m) for m in (5, 15, 60, 240, 720))  # after each attempt; then it is dead


@dataclass(frozen=True, slots=True)
class _Letter:
    """What one person is sent in one message."""

    deliveries: tuple[int, ...]
    attempts: int
    to: str
    language: str
    items: tuple[Item, ...]


def deliver(database: Database, settings: Settings, *, now: datetime) -> Message:
    """Send what is due; how much that was."""
    mail = settings.section(MailSettings)
    if not mail.is_on:
        return Message("no mail server is set")
    with database.transaction() as session:
        _forget_unreachable(session)
        letters = _letters(session, now)
    sent = failed = 0
    if letters:
        try:
            with connected(mail) as server:
                for letter in letters:
                    _begin(database, letter, now)
                    message = written(letter.items, to=letter.to, language=letter.language, sender=mail.sender,
                                      hotline=_hotline(settings, letter.language), base_url=_base_url(settings),
                                      now=now)
                    try:
                        send(server, message)
                    except Refused as refused:
                        failed += 1
                        _failed(database, letter, refused, now)
                        continue
                    sent += 1
                    _sent(database, letter, now)
        except Refused as refused:  # the server itself: what was not handed over waits
            failed += len(letters) - sent - failed
            _put_off(database, letters, refused, now)
    return Message("{sent} messages sent, {failed} not", sent=sent, failed=failed)


def _letters(session: Session, now: datetime) -> list[_Letter]:
    rows = session.execute(
        select(NoticeDelivery.id, NoticeDelivery.attempts, Notice, NoticeChoice)
        .join(Notice, Notice.id == NoticeDelivery.notice_id)
        .join(NoticeChoice, NoticeChoice.user_id == Notice.user_id)
        .where(NoticeDelivery.state == "waiting", NoticeDelivery.next_at <= now)
        .order_by(Notice.user_id, Notice.id).limit(MOST)).all()
    found = []
    for _, group in groupby(rows, key=lambda row: row[2].user_id):
        part = list(group)[:MOST_ITEMS]
        choice = part[0][3]
        found.append(_Letter(
            tuple(row[0] for row in part), max(row[1] for row in part), choice.mail, choice.language,
            tuple(Item(row[2].id, from_json(row[2].message), row[2].link) for row in part)))
    return found


def _forget_unreachable(session: Session) -> None:
    """Drop what was planned for people who are shut out, or have taken their address away."""
    gone = select(Notice.id).join(User, User.id == Notice.user_id).outerjoin(
        NoticeChoice, NoticeChoice.user_id == User.id).where(
        User.disabled_at.is_not(None) | NoticeChoice.mail.is_(None) | (NoticeChoice.mail == ""))
    session.execute(delete(NoticeDelivery).where(
        NoticeDelivery.state == "waiting", NoticeDelivery.notice_id.in_(gone))
        .execution_options(synchronize_session=False))


def _begin(database: Database, letter: _Letter, now: datetime) -> None:
    _note(database, letter.deliveries, attempts=letter.attempts + 1,
          next_at=now + _AGAIN[min(letter.attempts, len(_AGAIN) - 1)])


def _sent(database: Database, letter: _Letter, now: datetime) -> None:
    _note(database, letter.deliveries, state="sent", ended_at=now, error="")


def _failed(database: Database, letter: _Letter, refused: Refused, now: datetime) -> None:
    if refused.is_final or letter.attempts + 1 > len(_AGAIN):
        _note(database, letter.deliveries, state="dead", ended_at=now, error=refused.code)
    else:
        _note(database, letter.deliveries, error=refused.code)


def _put_off(database: Database, letters: Sequence[_Letter], refused: Refused, now: datetime) -> None:
    """The server cannot be reached: no message's own fault, so that none is given up for it before a day is over."""
    for letter in letters:
        with database.transaction() as session:
            session.execute(update(NoticeDelivery).where(
                NoticeDelivery.id.in_(letter.deliveries), NoticeDelivery.state == "waiting").values(
                error=refused.code, attempts=letter.attempts + 1,
                next_at=now + _AGAIN[min(letter.attempts, len(_AGAIN) - 1)])
                .execution_options(synchronize_session=False))
        if letter.attempts + 1 > len(_AGAIN) + 2:
            _note(database, letter.deliveries, state="dead", ended_at=now, error=refused.code)


def _note(database: Database, ids: Sequence[int], **values: object) -> None:
    with database.transaction() as session:
        session.execute(update(NoticeDelivery).where(NoticeDelivery.id.in_(ids), NoticeDelivery.state == "waiting")
                        .values(**values).execution_options(synchronize_session=False))


def _hotline(settings: Settings, language: str) -> str:
    return settings.hotline.name_en if language == "en" else settings.hotline.name_zh


def _base_url(settings: Settings) -> str:
    """Where people reach the site, as the edge's settings say."""
    return str(settings.sections["web"].base_url)
